import Base
import Glibc
import Model
import Raft
import Replica
import SQLite
import Storage
import Synchronization
import TestSupport
import Testing
import Wire

/// What a writer and its readers share.
private final class Meeting: Sendable {
  let isDone = Mutex(false)
  /// The digests that readers took, with the revision of each.
  let seen = Mutex<[(UInt64, Digest)]>([])
  let wrong = Mutex<[String]>([])
  /// Set hashes that were true, by revision.
  let hashes = Mutex<[UInt64: Digest]>([:])
}

/// A reader that one thread takes over.
private struct Handed: @unchecked Sendable {
  let reader: any StateReader
}

@Suite("A state file in use")
struct StateStoreTests {
  @Test("Nothing counts as durable before a checkpoint reports it, and a reader that holds on keeps it from counting")
  func readersHoldDurabilityBack() throws {
    var work = StateWorkload(seed: 61)
    let setup = try StateSetup()
    let store = try setup.created(work.founding)
    #expect(store.durableApplied == .genesis)
    _ = try Applier.apply(work.batch(10), to: store)
    #expect(store.durableApplied == .genesis)
    let reader = try Connection(StateSetup.path, vfs: setup.vfs, mode: .readOnly)
    try reader.begin(.deferred)
    let statement = try reader.prepare("SELECT count(*) FROM rows")
    #expect(try statement.step())
    statement.reset()
    let held = LogIndex(work.header.applied)
    _ = try Applier.apply(work.batch(10), to: store)
    #expect(try store.checkpoint() == held)
    reader.rollback()
    #expect(try store.checkpoint().rawValue == work.header.applied)
    reader.close()
    store.close()
  }

  @Test("Asks for a checkpoint when frames have gathered, and not again before there are as many more")
  func wantsCheckpoints() throws {
    var work = StateWorkload(seed: 62)
    let setup = try StateSetup()
    let store = try setup.created(work.founding)
    #expect(!store.wantsCheckpoint)
    var batches = 0
    while !store.wantsCheckpoint, batches < 1_000 {
      _ = try Applier.apply(work.batch(2), to: store)
      batches += 1
    }
    #expect(batches > 1)
    #expect(batches < 1_000)
    _ = try store.checkpoint()
    #expect(!store.wantsCheckpoint)
  }

  @Test("What compaction allows to be deleted is gone after as many slices as it takes, and the work ends")
  func deletesCompacted() throws {
    var work = StateWorkload(seed: 63)
    let setup = try StateSetup()
    let store = try setup.created(work.founding)
    for _ in 0..<300 { _ = try Applier.apply(work.batch(4), to: store) }
    let target = Revision(max(work.header.compacted.rawValue + 1, work.revision.rawValue - 10))
    let entry = try work.add(Command(envelope: Envelope(), body: .compact(target)))
    _ = try Applier.apply(ApplyBatch(group: StateWorkload.group, entries: [entry], resultsFrom: nil), to: store)
    var slices = 0
    while try store.deleteCompacted(), slices < 1_000 { slices += 1 }
    #expect(slices > 1)
    #expect(slices < 1_000)
    store.close()
    let connection = try Connection(StateSetup.path, vfs: setup.vfs, mode: .readWrite)
    let count = try connection.prepare("SELECT count(*) FROM rows")
    #expect(try count.step())
    #expect(Int(count.int64(0)) == work.oracle.changes(after: .zero, limit: .max).count)
  }

  @Test("Readers see whole batches, and set hashes that were true, while the writer commits, checkpoints and sweeps")
  func readsBesideWrites() throws {
    let setup = try StateSetup()
    setup.options = SQLiteStateStore.Options(checkpointFrames: 30, walFramesMax: 60)
    var work = StateWorkload(seed: 64)
    let store = try setup.created(work.founding)
    let meeting = Meeting()
    meeting.hashes.withLock { $0[work.revision.rawValue] = work.header.setHash }
    let readers = try (0..<2).map { _ in Handed(reader: try store.makeReader()) }
    try withThreads(readers.map { handed in { try Self.read(handed.reader, meeting) } }) {
      defer { meeting.isDone.withLock { $0 = true } }
      #if DEBUG
        let rounds = 150
      #else
        let rounds = 500
      #endif
      var round = 0
      // Readers begin when the machine lets them.
      while round < rounds || (round < 100 * rounds && meeting.seen.withLock { $0.count } < 100) {
        round += 1
        sched_yield()
        let value = Value([UInt8(truncatingIfNeeded: round)])
        var batch = [
          try work.add(
            Command(
              envelope: Envelope(),
              body: .transaction(
                Transaction(success: (0..<8).map { .put(key: Key("same/\($0)"), value: value, wantsPrevious: false) })))
          )
        ]
        meeting.hashes.withLock { $0[work.revision.rawValue] = work.header.setHash }
        batch.append(try work.add(work.command()))
        meeting.hashes.withLock { $0[work.revision.rawValue] = work.header.setHash }
        _ = try Applier.apply(ApplyBatch(group: StateWorkload.group, entries: batch, resultsFrom: nil), to: store)
        if store.wantsCheckpoint { _ = try store.checkpoint() }
        _ = try store.deleteCompacted()
      }
    }
    let seen = meeting.seen.withLock { $0 }
    let known = meeting.hashes.withLock { $0 }
    #expect(meeting.wrong.withLock { $0 } == [])
    #expect(seen.filter { known[$0.0] != $0.1 }.map(\.0) == [])
    #expect(seen.count >= 100)
    store.close()
  }

  private static func read(_ reader: any StateReader, _ meeting: Meeting) throws {
    var isFirst = true
    while isFirst || !meeting.isDone.withLock({ $0 }) {
      do {
        let (value, revision) = try reader.answer(.range(RangeQuery(range: KeyRange(prefix: Key("same/")))))
        guard case .range(let range) = value else { continue }
        if Set(range.items.map(\.modRevision)).count > 1 {
          meeting.wrong.withLock { $0.append("torn batch at \(revision)") }
        }
        let digest = try wholeDigest(reader, revision: revision, limit: 7)
        meeting.seen.withLock { $0.append((revision.rawValue, digest.setHash)) }
        isFirst = false
        if !digest.damaged.isEmpty || !digest.error.isEmpty {
          meeting.wrong.withLock { $0.append("damage at \(revision)") }
        }
      } catch ReadError.compacted {
      } catch ReadError.storage(.locked) {
        // A WAL as small as this one stops readers more often than they try.
      }
      sched_yield()
    }
  }

  @Test("A state in memory loses with the power what no checkpoint has seen, and tells no more than that is durable")
  func memoryLosesPower() throws {
    var work = StateWorkload(seed: 65)
    let store = MemoryStateStore(header: work.founding)
    _ = try Applier.apply(work.batch(10), to: store)
    let durable = try store.checkpoint()
    #expect(durable.rawValue == work.header.applied)
    _ = try Applier.apply(work.batch(10), to: store)
    #expect(store.durableApplied == durable)
    store.powerLoss()
    #expect(throws: StorageError.self) { try store.begin() }
    let again = store.reopened()
    #expect(again.header.applied == durable.rawValue)
    let contents = try #require(work.past[durable.rawValue])
    #expect(try work.differences(again, from: contents) == [])
  }

  @Test("Planted bugs of a state in memory do what they say")
  func plantsBugs() throws {
    var work = StateWorkload(seed: 66)
    let overstating = MemoryStateStore(header: work.founding)
    overstating.faults.overstatesDurable = true
    let splitting = MemoryStateStore(header: work.founding)
    splitting.faults.splitsHeaderFromRows = true
    let batch = try work.batch(30)
    _ = try Applier.apply(batch, to: overstating)
    _ = try Applier.apply(batch, to: splitting)
    #expect(overstating.durableApplied.rawValue == work.header.applied)
    overstating.powerLoss()
    #expect(overstating.reopened().header.applied == work.founding.applied)
    splitting.powerLoss()
    let split = splitting.reopened()
    #expect(split.header == work.header)
    #expect(try wholeDigest(split.makeReader(), revision: .zero).setHash != split.header.setHash)
    let diverted = MemoryStateStore(header: work.founding)
    _ = try Applier.apply(batch, to: diverted)
    let key = try #require(try diverted.rows(.all, asOf: nil, limit: 1, keysOnly: true, reverse: false).first?.key)
    #expect(diverted.divert(key, to: Value([1, 2, 3])))
    #expect(try wholeDigest(diverted.makeReader(), revision: .zero).setHash != diverted.header.setHash)
  }
}
