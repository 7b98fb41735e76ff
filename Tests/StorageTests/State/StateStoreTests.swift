import Base
import Model
import Raft
import Replica
import SQLite
import Storage
import Synchronization
import Testing
import Wire

/// What a writer and its readers share.
private final class Meeting: Sendable {
  let isDone = Mutex(false)
  /// Digests that readers have compared.
  let digests = Mutex(0)
  /// Set hashes that were true, by revision.
  let hashes = Mutex<[UInt64: Digest]>([:])
}

/// A reader that one task takes over.
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
  func readsBesideWrites() async throws {
    let setup = try StateSetup()
    setup.options = SQLiteStateStore.Options(checkpointFrames: 30, walFramesMax: 60)
    var work = StateWorkload(seed: 64)
    let store = try setup.created(work.founding)
    let meeting = Meeting()
    meeting.hashes.withLock { $0[work.revision.rawValue] = work.header.setHash }
    let readers = try (0..<2).map { _ in Handed(reader: try store.makeReader()) }
    let (seen, wrong) = try await withThrowingTaskGroup(of: (seen: [(UInt64, Digest)], wrong: [String]).self) { group in
      for handed in readers {
        group.addTask {
          var seen: [(UInt64, Digest)] = []
          var wrong: [String] = []
          while !meeting.isDone.withLock({ $0 }) || seen.isEmpty {
            let (value, revision) = try handed.reader.answer(.range(RangeQuery(range: KeyRange(prefix: Key("same/")))))
            guard case .range(let range) = value else { continue }
            if Set(range.items.map(\.modRevision)).count > 1 { wrong.append("torn batch at \(revision)") }
            do {
              let digest = try wholeDigest(handed.reader, revision: revision, limit: 7)
              seen.append((revision.rawValue, digest.setHash))
              meeting.digests.withLock { $0 += 1 }
              if !digest.damaged.isEmpty || !digest.error.isEmpty { wrong.append("damage at \(revision)") }
            } catch ReadError.compacted {}
            await Task.yield()
          }
          return (seen, wrong)
        }
      }
      #if DEBUG
        let rounds = 150
      #else
        let rounds = 500
      #endif
      var round = 0
      // Readers begin when the machine lets them.
      while round < rounds || (round < 100 * rounds && meeting.digests.withLock { $0 } < 100) {
        round += 1
        await Task.yield()
        let value = Value([UInt8(truncatingIfNeeded: round)])
        var batch = [
          try work.add(
            Command(
              envelope: Envelope(),
              body: .transaction(
                Transaction(success: (0..<8).map { .put(key: Key("same/\($0)"), value: value, wantsPrevious: false) }))))
        ]
        meeting.hashes.withLock { $0[work.revision.rawValue] = work.header.setHash }
        batch.append(try work.add(work.command()))
        meeting.hashes.withLock { $0[work.revision.rawValue] = work.header.setHash }
        _ = try Applier.apply(ApplyBatch(group: StateWorkload.group, entries: batch, resultsFrom: nil), to: store)
        if store.wantsCheckpoint { _ = try store.checkpoint() }
        _ = try store.deleteCompacted()
      }
      meeting.isDone.withLock { $0 = true }
      var all: (seen: [(UInt64, Digest)], wrong: [String]) = ([], [])
      for try await one in group { all = (all.seen + one.seen, all.wrong + one.wrong) }
      return all
    }
    let known = meeting.hashes.withLock { $0 }
    #expect(wrong == [])
    #expect(seen.filter { known[$0.0] != $0.1 }.map(\.0) == [])
    #expect(seen.count >= 100)
    store.close()
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
