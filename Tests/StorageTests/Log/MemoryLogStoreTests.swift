import Base
import Raft
import Replica
import Storage
import Testing
import Wire

@Suite("The log in memory")
struct MemoryLogStoreTests {
  private let group = LogScript.group1

  private func founded() throws -> MemoryLogStore {
    var random = SplitMix64(seed: 1)
    let store = MemoryLogStore()
    _ = try store.open(random: &random)
    try store.perform([.genesis(LogScript.genesis)])
    return store
  }

  private func restart(_ store: MemoryLogStore) throws -> GroupRecord {
    var random = SplitMix64(seed: 2)
    return try store.open(random: &random).groups[0]
  }

  @Test("loses its last write to a loss of power when it acknowledges before anything is durable")
  func acknowledgesEarly() throws {
    let store = try founded()
    store.faults.acknowledgesBeforeDurable = true
    var script = LogScript()
    let first = script.append(group, term: 2, count: 2, bytes: 8)
    try store.perform([.write([first])])
    try store.perform([.write([script.append(group, term: 2, count: 2, bytes: 8)])])
    let reader = store.makeReader()
    #expect(try reader.entries(group, from: LogIndex(2), through: LogIndex(9), bytesMax: 999).count == 4)
    #expect(try restart(store).tail == first.persist.entries)
  }

  @Test("forgets votes, votes without terms, or last entries when it is told to")
  func forgets() throws {
    var script = LogScript()
    let write = script.append(group, term: 3, count: 3, bytes: 8)
    let operations: [LogOperation] = [.write([write, LogScript.vote(group, term: 3, for: 2)])]
    let honest = try founded()
    try honest.perform(operations)
    #expect(try restart(honest).hardState.votedFor == ReplicaID(2))
    let voteless = try founded()
    voteless.faults.forgetsVotes = true
    try voteless.perform(operations)
    #expect(try restart(voteless).hardState == HardState(term: Term(1), votedFor: nil, suspended: false))
    let undecided = try founded()
    undecided.faults.forgetsVotedFor = true
    try undecided.perform(operations)
    #expect(try restart(undecided).hardState == HardState(term: Term(3), votedFor: nil, suspended: false))
    let short = try founded()
    short.faults.losesLastEntry = true
    try short.perform(operations)
    // What follows the lost entry does not fit and goes the same way.
    try short.perform([.write([script.append(group, term: 3, count: 2, bytes: 8)])])
    #expect(try restart(short).tail == Array(write.persist.entries.prefix(2)))
  }

  @Test("holds nothing of a write for which there is no space, and all of it when it is tried again")
  func full() throws {
    let store = try founded()
    var script = LogScript()
    let operations: [LogOperation] = [.write([script.append(group, term: 2, count: 3, bytes: 8)])]
    store.faults.isFull = true
    #expect(throws: StorageError.self) { try store.perform(operations) }
    store.faults.isFull = false
    try store.perform(operations)
    #expect(try restart(store).last == script.last(group))
  }

  @Test("copies a disk that goes its own way from there")
  func copies() throws {
    let store = try founded()
    var script = LogScript()
    try store.perform([.write([script.append(group, term: 2, count: 3, bytes: 8)])])
    let copy = store.copy()
    try store.perform([.write([script.append(group, term: 2, count: 3, bytes: 8)])])
    #expect(try restart(copy).tail.count == 3)
    #expect(try restart(store).tail.count == 6)
    var random = SplitMix64(seed: 2)
    #expect(try copy.open(random: &random).store == store.open(random: &random).store)
  }

  @Test("offers the log up to a damaged entry, and suspends its replica until it is lifted")
  func damage() throws {
    let store = try founded()
    var script = LogScript()
    let write = script.append(group, term: 2, count: 9, bytes: 8)
    try store.perform([.write([write])])
    #expect(!store.damage(group, at: LogIndex(11)))
    #expect(store.damage(group, at: LogIndex(6)))
    let found = try restart(store)
    #expect(found.tail == Array(write.persist.entries.prefix(4)))
    #expect(found.hardState.suspended)
    var random = SplitMix64(seed: 2)
    #expect(try store.open(random: &random).damage == "the log of g1 was damaged at entry 6")
    try store.perform([
      .write([
        LogScript.write(group, entries: Array(write.persist.entries[4...])), LogScript.vote(group, term: 2, for: nil),
      ])
    ])
    let record = try store.open(random: &random)
    #expect(record.damage.isEmpty && record.groups[0].tail == write.persist.entries)
  }
}
