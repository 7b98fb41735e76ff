import Base
import Raft
import Replica
import Storage
import Testing
import Wire

/// What every log store must do.
@Suite("A log store")
struct LogConformanceTests {
  private let group = LogScript.group1

  private func founded(_ kind: LogKind) throws -> any LogUnderTest {
    let (_, disk) = try kind.make()
    try disk.log.perform([.genesis(LogScript.genesis)])
    return disk
  }

  @Test("draws an identity once, and raises the boot count at each of fifty starts", arguments: LogKind.allCases)
  func boots(_ kind: LogKind) throws {
    let (first, disk) = try kind.make()
    #expect(first.bootCount == 1)
    #expect(!first.store.isZero)
    #expect(first.genesis == nil && first.groups.isEmpty && first.peers.isEmpty && first.damage.isEmpty)
    var counts: [UInt64] = []
    var nonces: Set<Identifier> = [first.nonce]
    for start in 0..<50 {
      let record = try start % 2 == 0 ? disk.reopen() : disk.losePower()
      counts.append(record.bootCount)
      nonces.insert(record.nonce)
      #expect(record.store == first.store)
    }
    #expect(counts == Array(2...51))
    #expect(nonces.count == 51)
  }

  @Test("founds each group as a snapshot at index 1, at the genesis digest", arguments: LogKind.allCases)
  func genesis(_ kind: LogKind) throws {
    let disk = try founded(kind)
    let record = try disk.losePower()
    #expect(record.genesis == LogScript.genesis)
    #expect(record.groups.map(\.group) == LogScript.groups)
    for (found, group) in zip(record.groups, LogScript.genesis.groups) {
      let wanted = GroupRecord(founding: group, of: LogScript.genesis)
      #expect(found.snapshot == wanted.snapshot)
      #expect(found.hardState == wanted.hardState)
      #expect(found.stateFile == wanted.stateFile)
      #expect(found.last == wanted.last && found.tail.isEmpty && found.trail.isEmpty)
    }
  }

  @Test("refuses a genesis record that does not hold together, and can be founded after", arguments: LogKind.allCases)
  func impossibleGenesis(_ kind: LogKind) throws {
    let (_, disk) = try kind.make()
    var genesis = LogScript.genesis
    genesis.nodes.removeLast()
    #expect(throws: StorageError.self) { try disk.log.perform([.genesis(genesis)]) }
    #expect(try disk.reopen().genesis == nil)
    try disk.log.perform([.genesis(LogScript.genesis)])
    #expect(try disk.losePower().genesis == LogScript.genesis)
  }

  @Test(
    "puts a snapshot under the log that holds its mark: what follows stays, what was before is gone",
    arguments: LogKind.allCases)
  func rebuilds(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    let write = script.append(group, term: 3, count: 20, bytes: 100)
    try disk.log.perform([.write([write])])
    try disk.log.perform([script.rebuild(group, at: LogIndex(9), file: "state-k1-7.db")])
    let more = script.append(group, term: 3, count: 2, bytes: 100)
    try disk.log.perform([.write([more])])
    let found = try disk.losePower().groups[0]
    #expect(found.stateFile == "state-k1-7.db" && found.base == 19)
    #expect(found.snapshot.mark == write.persist.entries[7].mark)
    #expect(found.snapshot.configuration == LogScript.configuration(2))
    #expect(found.tail == write.persist.entries[8...] + more.persist.entries)
    #expect(found.last == script.last(group))
    let reader = try disk.log.makeReader()
    #expect(throws: StorageError.compacted(first: LogIndex(10))) {
      try reader.entries(group, from: LogIndex(9), through: LogIndex(12), bytesMax: .max)
    }
    // The mark may be the log's own beginning, or its end.
    try disk.log.perform([script.rebuild(group, at: LogIndex(9), file: "state-k1-8.db")])
    try disk.log.perform([script.rebuild(group, at: script.last(group).index, file: "state-k1-9.db")])
    let emptied = try disk.losePower().groups[0]
    #expect(emptied.stateFile == "state-k1-9.db")
    #expect(emptied.tail.isEmpty && emptied.last == script.last(group) && emptied.snapshot.mark == script.last(group))
  }

  @Test("keeps terms, votes, suspension and entries through a loss of power", arguments: LogKind.allCases)
  func keeps(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    let write = script.append(group, term: 3, count: 5, bytes: 100)
    try disk.log.perform([.write([write, LogScript.vote(group, term: 3, for: 2, suspended: true)])])
    let record = try disk.losePower()
    let found = record.groups[0]
    #expect(found.hardState == HardState(term: Term(3), votedFor: ReplicaID(2), suspended: true))
    #expect(found.tail == write.persist.entries)
    #expect(found.trail == [EntryID(index: LogIndex(2), term: Term(3))])
    #expect(found.last == script.last(group))
    #expect(record.groups[1].tail.isEmpty)
  }

  @Test("truncates before it appends, and rolls a configuration back with its entry", arguments: LogKind.allCases)
  func truncates(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    let start = script.append(group, term: 2, count: 4, bytes: 10)
    let change = script.entry(group, term: 2, bytes: 0, configuration: LogScript.configuration(1))
    try disk.log.perform([.write([start, LogScript.write(group, entries: [change])])])
    script.truncate(group, from: LogIndex(4))
    let replaced = (0..<5).map { _ in script.entry(group, term: 5, bytes: 20) }
    try disk.log.perform([
      .write([
        LogScript.write(
          group, hardState: HardState(term: Term(5), votedFor: nil, suspended: false), truncateFrom: LogIndex(4),
          entries: replaced)
      ])
    ])
    let log = try disk.losePower().groups[0]
    #expect(log.tail == Array(start.persist.entries.prefix(2)) + replaced)
    #expect(log.trail == [EntryID(index: LogIndex(2), term: Term(2)), EntryID(index: LogIndex(4), term: Term(5))])
    // The cut has the configuration of genesis, not the one that was rolled back.
    try disk.log.perform([.cut(group, through: LogIndex(7))])
    let cut = try disk.losePower().groups[0]
    #expect(cut.snapshot.configuration == LogScript.configuration(3))
    #expect(cut.snapshot.configurationIndex == .genesis)
    #expect(cut.snapshot.mark == replaced[3].mark)
  }

  @Test("truncates everything, and goes on at the snapshot", arguments: LogKind.allCases)
  func truncatesAll(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    try disk.log.perform([.write([script.append(group, term: 2, count: 3, bytes: 10)])])
    script.truncate(group, from: LogIndex(2))
    let entry = script.entry(group, term: 3, bytes: 1)
    try disk.log.perform([.write([LogScript.write(group, truncateFrom: LogIndex(2), entries: [entry])])])
    let log = try disk.reopen().groups[0]
    #expect(log.tail == [entry])
  }

  @Test("cuts at once for readers, and keeps the configuration in force at the cut", arguments: LogKind.allCases)
  func cuts(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    let first = script.append(group, term: 2, count: 3, bytes: 10)
    let change = script.entry(group, term: 2, bytes: 0, configuration: LogScript.configuration(2))
    let rest = script.append(group, term: 3, count: 40, bytes: 10)
    try disk.log.perform([.write([first, LogScript.write(group, entries: [change]), rest])])
    let reader = try disk.log.makeReader()
    #expect(try reader.entries(group, from: LogIndex(2), through: LogIndex(3), bytesMax: 9_999).count == 2)
    try disk.log.perform([.cut(group, through: LogIndex(20))])
    #expect(throws: StorageError.compacted(first: LogIndex(21))) {
      try reader.entries(group, from: LogIndex(20), through: LogIndex(30), bytesMax: 9_999)
    }
    #expect(try reader.entries(group, from: LogIndex(21), through: LogIndex(22), bytesMax: 9_999).count == 2)
    // Twice, and below the start, changes nothing.
    try disk.log.perform([.cut(group, through: LogIndex(20)), .cut(group, through: LogIndex(3))])
    let log = try disk.losePower().groups[0]
    #expect(log.snapshot.mark.index == LogIndex(20))
    #expect(log.snapshot.configuration == LogScript.configuration(2))
    #expect(log.snapshot.configurationIndex == change.index)
    #expect(log.tail == Array(rest.persist.entries.suffix(25)))
    // The whole log may go; the next entry follows the mark.
    try disk.log.perform([.cut(group, through: script.last(group).index)])
    let next = script.entry(group, term: 3, bytes: 4)
    try disk.log.perform([.write([LogScript.write(group, entries: [next])])])
    #expect(try disk.losePower().groups[0].tail == [next])
  }

  @Test("puts a snapshot in force with its file, mark, configuration and base", arguments: LogKind.allCases)
  func installs(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    try disk.log.perform([.write([script.append(group, term: 2, count: 60, bytes: 10)])])
    let install = script.install(group, at: LogIndex(50), term: 4, file: "state-k1-9.db")
    try disk.log.perform([install])
    let next = script.append(group, term: 4, count: 3, bytes: 10)
    try disk.log.perform([.write([next])])
    let log = try disk.losePower().groups[0]
    #expect(log.stateFile == "state-k1-9.db" && log.base == 17)
    #expect(log.snapshot.mark.index == LogIndex(50) && log.snapshot.configurationIndex == LogIndex(49))
    #expect(log.snapshot.configuration == LogScript.configuration(2))
    #expect(log.tail == next.persist.entries)
    let reader = try disk.log.makeReader()
    #expect(throws: StorageError.compacted(first: LogIndex(51))) {
      try reader.entries(group, from: LogIndex(49), through: LogIndex(52), bytesMax: 1)
    }
  }

  @Test("keeps what is known of peers with the next write, without one of its own", arguments: LogKind.allCases)
  func peers(_ kind: LogKind) throws {
    let disk = try founded(kind)
    try disk.log.perform([.peers([LogScript.peer(2, bootCount: 1), LogScript.peer(1, bootCount: 1)])])
    try disk.log.perform([.peers([LogScript.peer(2, bootCount: 5)])])
    try disk.log.perform([.write([LogScript.vote(group, term: 2, for: 1)])])
    #expect(try disk.losePower().peers == [LogScript.peer(1, bootCount: 1), LogScript.peer(2, bootCount: 5)])
    try disk.log.perform([.peers([LogScript.peer(1, bootCount: 2)])])
    #expect(try disk.reopen().peers == [LogScript.peer(1, bootCount: 2), LogScript.peer(2, bootCount: 5)])
  }

  @Test(
    "hands Raft a tail within its bounds, with terms and configurations of what is before", arguments: LogKind.allCases)
  func tail(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    var writes = [script.append(group, term: 2, count: 10, bytes: 10)]
    let change = script.entry(group, term: 3, bytes: 0, configuration: LogScript.configuration(2))
    writes.append(LogScript.write(group, entries: [change]))
    writes.append(script.append(group, term: 4, count: 7, bytes: 1_000_000))
    let late = script.entry(group, term: 5, bytes: 0, configuration: LogScript.configuration(1))
    writes.append(LogScript.write(group, entries: [late]))
    try disk.log.perform([.write(writes)])
    let log = try disk.reopen().groups[0]
    let bytes = log.tail.reduce(0) { $0 + $1.byteCount }
    #expect(bytes <= Limits.tailBytesMax && bytes > Limits.tailBytesMax - 1_100_000)
    #expect(log.tail.last == late)
    #expect(log.configurations.map(\.index) == [change.index])
    #expect(log.configurations.map(\.configuration) == [LogScript.configuration(2)])
    #expect(log.trail.map(\.term) == [Term(2), Term(3), Term(4), Term(5)])
    #expect(log.trail.map(\.index) == [LogIndex(2), change.index, change.index + 1, late.index])
  }

  @Test("gives one entry at least, however large, and stops at the bound", arguments: LogKind.allCases)
  func bounds(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    let write = script.append(group, term: 2, count: 10, bytes: 1_000)
    try disk.log.perform([.write([write])])
    let reader = try disk.log.makeReader()
    #expect(
      try reader.entries(group, from: LogIndex(3), through: LogIndex(11), bytesMax: 1).map(\.index) == [LogIndex(3)])
    #expect(try reader.entries(group, from: LogIndex(2), through: LogIndex(11), bytesMax: 3_000).count == 3)
    #expect(try reader.entries(group, from: LogIndex(9), through: LogIndex(99), bytesMax: 99_999).count == 3)
    #expect(try reader.entries(group, from: LogIndex(12), through: LogIndex(99), bytesMax: 99_999).isEmpty)
    #expect(try reader.entries(group, from: LogIndex(9), through: LogIndex(8), bytesMax: 99_999).isEmpty)
    #expect(disk.log.bytesOnDisk > 10_000)
  }

  @Test("holds a long log while its beginning is swept away in slices", arguments: LogKind.allCases)
  func sweeps(_ kind: LogKind) throws {
    let disk = try founded(kind)
    var script = LogScript()
    for round in 0..<20 {
      try disk.log.perform([.write([script.append(group, term: 2, count: 500, bytes: 40)])])
      guard round > 3 else { continue }
      try disk.log.perform([.cut(group, through: script.last(group).index - 700)])
    }
    for term in 3..<15 { try disk.log.perform([.write([LogScript.vote(group, term: UInt64(term), for: nil)])]) }
    let log = try disk.losePower().groups[0]
    #expect(log.tail.count == 700)
    #expect(log.last == script.last(group))
    #expect(disk.log.bytesOnDisk < 4_000_000)
  }
}
