import Base
import Model
import Raft
import Replica
import SQLite
import Storage
import Testing
import Wire

@Suite("A state file that loses power, fails or fills up")
struct StatePowerLossTests {
  /// What a run did before something stopped it.
  private struct Run {
    /// As the store told before the step that failed.
    var durable = LogIndex.zero
    /// Applied index of the last commit that returned.
    var committed: UInt64
    /// Applied index of the batch that was being committed.
    var attempted: UInt64
    /// Snapshots that were reported as finished.
    var snapshots: [StateSnapshot] = []
    var isFinished = false
    /// Highest `durableApplied` while commits beyond it were not durable: shows that the two differ.
    var sawLag = false
  }

  /// Batches, checkpoints, sweeps and snapshots: the same for the same seed.
  private static func run(
    _ setup: StateSetup, _ work: StateWorkload, from applied: UInt64 = 1, onError: (StorageError) -> Bool = { _ in false }
  ) -> Run {
    var random = SplitMix64(seed: 77)
    var run = Run(committed: applied, attempted: applied)
    func attempt(_ body: () throws(StorageError) -> Void) throws(StorageError) {
      while true {
        do throws(StorageError) { return try body() } catch { guard onError(error) else { throw error } }
      }
    }
    do throws(StorageError) {
      var opened: SQLiteStateStore?
      try attempt { () throws(StorageError) in
        do { opened = try setup.open() } catch let error as StorageError { throw error } catch {}
      }
      guard let store = opened else { return run }
      run.durable = store.durableApplied
      var position = work.entries.firstIndex { $0.index.rawValue > applied } ?? work.entries.count
      var snapshots = 0
      while position < work.entries.count {
        let count = min(1 + random.below(6), work.entries.count - position)
        let batch = ApplyBatch(
          group: StateWorkload.group, entries: Array(work.entries[position..<position + count]), resultsFrom: nil)
        run.attempted = batch.entries[count - 1].index.rawValue
        try attempt { () throws(StorageError) in
          do throws(ApplyError) { _ = try Applier.apply(batch, to: store) } catch {
            guard case .storage(let error) = error else { preconditionFailure("\(error)") }
            throw error
          }
        }
        position += count
        run.committed = run.attempted
        run.sawLag = run.sawLag || store.durableApplied.rawValue < run.committed
        if random.oneIn(4) { try attempt { () throws(StorageError) in _ = try store.checkpoint() } }
        run.durable = max(run.durable, store.durableApplied)
        if random.oneIn(3) { try attempt { () throws(StorageError) in _ = try store.deleteCompacted() } }
        if random.oneIn(2) {
          try attempt { () throws(StorageError) in
            if let snapshot = try store.snapshotStep(to: "snapshot-\(snapshots).db") {
              run.snapshots.append(snapshot)
              snapshots += 1
            }
          }
        }
      }
      store.close()
      run.isFinished = true
    } catch {}
    return run
  }

  /// What is wrong with the file after `run`, as a new process finds it.
  private static func faults(_ setup: StateSetup, _ work: StateWorkload, _ run: Run) throws -> [String] {
    try setup.restart()
    let store = try setup.open()
    defer { store.close() }
    let applied = store.header.applied
    var faults: [String] = []
    if applied < run.durable.rawValue { faults.append("\(applied) is left of \(run.durable) durable") }
    if applied > run.attempted { faults.append("\(applied) was never applied") }
    guard let contents = work.past[applied] else { return faults + ["no state \(applied)"] }
    faults += try work.differences(store, from: contents)
    if store.durableApplied.rawValue != applied { faults.append("not all durable after opening") }
    for snapshot in run.snapshots {
      do { try setup.verify(snapshot) } catch { faults.append("snapshot \(snapshot.name): \(error)") }
    }
    return faults
  }

  private static func makeWork(_ seed: UInt64) throws -> StateWorkload {
    var work = StateWorkload(seed: seed, largest: 9_000)
    while work.entries.count < 90 { _ = try work.batch(1) }
    return work
  }

  /// Every position at the start, then evenly chosen ones: as many as the build is fast.
  private static func positions(_ total: Int) -> [Int] {
    #if DEBUG
      let wanted = 60
    #else
      let wanted = 220
    #endif
    let step = max(1, total / wanted)
    return Array(1..<min(12, total)) + Array(stride(from: 12, through: total, by: step))
  }

  private static func total(_ work: StateWorkload, _ count: (MemoryFiles.Counts) -> Int) throws -> Int {
    let setup = try StateSetup()
    try setup.create(work.founding)
    let before = count(setup.files.counts)
    let run = run(setup, work)
    #expect(run.isFinished)
    #expect(run.sawLag)
    #expect(!run.snapshots.isEmpty)
    let faults = try faults(setup, work, run)
    #expect(faults == [])
    return count(setup.files.counts) - before
  }

  @Test(
    "After a loss of power at any write nothing durable is missing and the state is that of one entry",
    arguments: [MemoryFiles.PowerLoss.dropsUnsynced, .tears])
  func losesPower(_ loss: MemoryFiles.PowerLoss) throws {
    let work = try Self.makeWork(31)
    let total = try Self.total(work) { $0.changes }
    var faults: [String] = []
    var lost = 0
    for position in Self.positions(total) {
      let setup = try StateSetup(MemoryFiles(seed: UInt64(position)))
      try setup.create(work.founding)
      setup.files.cutPower(at: position)
      let run = Self.run(setup, work)
      setup.files.restorePower(loss)
      let found = try Self.faults(setup, work, run)
      let after = try setup.open().header.applied
      if after < run.committed { lost += 1 }
      if !found.isEmpty { faults.append("position \(position): \(found)") }
    }
    #expect(faults == [])
    // The tail of the WAL is not synced: if nothing was ever lost the disk has lied.
    #expect(lost > 0)
  }

  @Test("Goes on after a loss of power from where the state stands, and ends as if there had been none")
  func goesOn() throws {
    let work = try Self.makeWork(32)
    let total = try Self.total(work) { $0.changes }
    var faults: [String] = []
    for position in Self.positions(total) where position % 5 == 0 {
      let setup = try StateSetup(MemoryFiles(seed: UInt64(position)))
      try setup.create(work.founding)
      setup.files.cutPower(at: position)
      _ = Self.run(setup, work)
      setup.files.restorePower(.tears)
      try setup.restart()
      let applied = try setup.open().header.applied
      let second = Self.run(setup, work, from: applied)
      let found = try Self.faults(setup, work, second)
      if !second.isFinished || !found.isEmpty { faults.append("position \(position): \(found)") }
    }
    #expect(faults == [])
  }

  @Test("A call that fails stops the store for good and harms nothing")
  func failsCalls() throws {
    let work = try Self.makeWork(33)
    let total = try Self.total(work) { $0.calls }
    var faults: [String] = []
    for position in Self.positions(total) {
      let setup = try StateSetup()
      try setup.create(work.founding)
      setup.files.failCall(position, with: .io(code: 5, what: "test"))
      let run = Self.run(setup, work)
      setup.files.clearFaults()
      let found = try Self.faults(setup, work, run)
      if !found.isEmpty { faults.append("call \(position): \(found)") }
    }
    #expect(faults == [])
  }

  @Test("A sync that fails never lets anything count as durable")
  func failsSyncs() throws {
    let work = try Self.makeWork(34)
    let total = try Self.total(work) { $0.syncs }
    var faults: [String] = []
    for position in 1...total {
      for loss in [MemoryFiles.PowerLoss.dropsUnsynced, .tears] {
        let setup = try StateSetup(MemoryFiles(seed: UInt64(position)))
        try setup.create(work.founding)
        setup.files.failSync(position)
        let run = Self.run(setup, work)
        setup.files.restorePower(loss)
        let found = try Self.faults(setup, work, run)
        if !found.isEmpty { faults.append("sync \(position): \(found)") }
      }
    }
    #expect(faults == [])
  }

  @Test("A full disk refuses a batch whole; with room again it goes on")
  func fillsUp() throws {
    let work = try Self.makeWork(35)
    let total = try Self.total(work) { $0.writes }
    var faults: [String] = []
    for position in Self.positions(total) {
      let setup = try StateSetup()
      try setup.create(work.founding)
      setup.files.fillUp(atWrite: position)
      var refusals = 0
      let run = Self.run(setup, work) { error in
        guard case .full = error else { return false }
        refusals += 1
        if refusals % 3 == 0 { setup.files.makeRoom() }
        return true
      }
      setup.files.makeRoom()
      let found = try Self.faults(setup, work, run)
      if !run.isFinished || !found.isEmpty { faults.append("write \(position): \(run.isFinished) \(found)") }
    }
    #expect(faults == [])
  }

  @Test(
    "A state that was created is there after a loss of power; one that was not can be created again",
    arguments: [MemoryFiles.PowerLoss.dropsUnsynced, .tears])
  func createsDurably(_ loss: MemoryFiles.PowerLoss) throws {
    let work = StateWorkload(seed: 36)
    var faults: [String] = []
    for position in 1...200 {
      let setup = try StateSetup(MemoryFiles(seed: UInt64(position)))
      setup.files.cutPower(at: position)
      let isCreated = (try? setup.create(work.founding)) != nil
      setup.files.restorePower(loss)
      try setup.restart()
      if !isCreated { try setup.create(work.founding) }
      let store = try setup.open()
      if store.header != work.founding { faults.append("position \(position)") }
      store.close()
      if isCreated { break }
    }
    #expect(faults == [])
  }
}
