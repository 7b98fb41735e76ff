import Base
import Raft
import Replica
import SQLite
import Storage
import Testing
import Wire

/// The workload of ``LogScript`` on a disk that fails at every place in turn.
@Suite("The log on SQLite, on a failing disk", .serialized)
struct LogPowerLossTests {
  /// Each n-th place of a campaign is tried: all of them where it is fast enough.
  #if DEBUG
    private static let every = 4
  #else
    private static let every = 1
  #endif
  private static let options = SQLiteLogStore.Options(checkpointPages: 24, walBytesKept: 40 * 4_120, sweepRows: 8)

  /// What every length of the workload leaves: element k after k performs. An oracle on the other implementation.
  private static let expected: [LogSummary] = {
    var random = SplitMix64(seed: 3)
    let oracle = MemoryLogStore()
    var found: [LogSummary] = []
    do {
      found.append(try LogSummary(try oracle.open(random: &random), oracle))
      for case .perform(let operations) in LogScript.workload {
        try oracle.perform(operations)
        found.append(try LogSummary(try oracle.copy().open(random: &random), oracle))
      }
    } catch {
      Issue.record("the oracle failed: \(error)")
    }
    return found
  }()

  /// One run of the workload until its end or the first failure.
  private final class Run {
    let files: MemoryFiles
    private(set) var acknowledged = 0
    private(set) var bootCount: UInt64 = 0
    private(set) var identity: Identifier?
    private(set) var failure: StorageError?
    private var random: SplitMix64
    private var store: SQLiteLogStore?

    init(_ files: MemoryFiles, seed: UInt64) {
      self.files = files
      random = SplitMix64(seed: seed)
    }

    private func open() throws(StorageError) -> NodeRecord {
      store = nil
      let (record, opened) = try SQLiteLogUnderTest.open(files, LogPowerLossTests.options, &random)
      store = opened
      return record
    }

    /// - Parameter onFull: called when there is no space; then the step is tried again.
    func go(onFull: (() -> Void)? = nil) {
      var position = -1
      while position < LogScript.workload.count {
        do throws(StorageError) {
          try step(position)
          position += 1
        } catch {
          if case .full = error, let onFull {
            onFull()
            continue
          }
          failure = error
          break
        }
      }
    }

    private func step(_ position: Int) throws(StorageError) {
      guard position >= 0 else { return note(try open()) }
      guard position < LogScript.workload.count else { return }
      switch LogScript.workload[position] {
      case .perform(let operations):
        try store?.perform(operations)
        acknowledged += 1
      case .maintain: try store?.maintain()
      case .reopen:
        store?.close()
        note(try open())
      }
    }

    private func note(_ record: NodeRecord) {
      bootCount = record.bootCount
      identity = record.store
    }

    /// Ends the process, as a crash does: nothing more of it reaches the disk.
    func crash(_ loss: MemoryFiles.PowerLoss) {
      files.cutPower()
      store?.close()
      store = nil
      files.restorePower(loss)
    }

    /// Opens the store again and says what is wrong; nil when nothing is.
    func fault() -> String? {
      do throws(StorageError) {
        let record = try open()
        guard let store else { return "no store" }
        if let identity, record.store != identity { return "another identity" }
        if record.bootCount <= bootCount { return "boot count \(record.bootCount) after \(bootCount)" }
        note(record)
        if !record.damage.isEmpty { return "damage said of a mere loss of power: \(record.damage)" }
        let found = try LogSummary(record, store)
        if let fault = LogSummary.fault(record, found) { return fault }
        let allowed = LogPowerLossTests.expected[acknowledged...].prefix(2)
        guard allowed.contains(found) else { return "after \(acknowledged) acknowledged writes found \(found)" }
        return nil
      } catch {
        return "not opened: \(error)"
      }
    }
  }

  private static func count(_ counter: KeyPath<MemoryFiles.Counts, Int>) -> Int {
    let run = Run(MemoryFiles(), seed: 1)
    run.go()
    return run.failure == nil ? run.files.counts[keyPath: counter] : 0
  }

  @Test("reaches the end of the workload when nothing fails, as the store in memory does")
  func undisturbed() {
    let run = Run(MemoryFiles(), seed: 1)
    run.go()
    #expect(run.failure == nil)
    #expect(run.acknowledged == Self.expected.count - 1)
    #expect(run.acknowledged > 25)
    run.crash(.dropsUnsynced)
    #expect(run.fault() == nil)
  }

  @Test(
    "loses nothing that was acknowledged when the power goes during any change",
    arguments: [MemoryFiles.PowerLoss.dropsUnsynced, .tears])
  func powerLoss(_ loss: MemoryFiles.PowerLoss) {
    let changes = Self.count(\.changes)
    #expect(changes > 100)
    var faults: [String] = []
    for number in stride(from: 1, through: changes, by: Self.every) {
      let run = Run(MemoryFiles(seed: UInt64(number)), seed: UInt64(number))
      run.files.cutPower(at: number)
      run.go()
      run.crash(loss)
      if let fault = run.fault() { faults.append("\(number): \(fault)") }
      // Once more, in the recovery's own writes.
      run.crash(loss)
      run.files.cutPower(at: 1 + number % 9)
      _ = run.fault()
      run.crash(loss)
      if let fault = run.fault() { faults.append("\(number), twice: \(fault)") }
    }
    #expect(faults == [])
  }

  @Test("loses what was acknowledged when the disk lies about syncing: the campaign can fail")
  func lyingDisk() {
    let changes = Self.count(\.changes)
    var losses = 0
    for number in stride(from: 20, through: changes, by: 7) {
      let run = Run(MemoryFiles(.init(syncIsNoop: true), seed: UInt64(number)), seed: 1)
      run.files.cutPower(at: number)
      run.go()
      run.crash(.tears)
      if run.fault() != nil { losses += 1 }
    }
    #expect(losses > 5)
  }

  @Test("loses nothing that was acknowledged when any one call fails and the process stops")
  func failedCalls() {
    let calls = Self.count(\.calls)
    var faults: [String] = []
    for number in stride(from: 1, through: calls, by: Self.every * 3) {
      let run = Run(MemoryFiles(seed: UInt64(number)), seed: UInt64(number))
      run.files.failCall(number, with: .io(code: 5, what: "planted"))
      run.go()
      run.crash(number % 2 == 0 ? .tears : .dropsUnsynced)
      if let fault = run.fault() { faults.append("\(number): \(fault)") }
    }
    #expect(faults == [])
  }

  @Test("loses nothing that was acknowledged when any one sync fails for good and the process stops")
  func failedSyncs() {
    let syncs = Self.count(\.syncs)
    var faults: [String] = []
    for number in 1...max(1, syncs) {
      let run = Run(MemoryFiles(seed: UInt64(number)), seed: UInt64(number))
      run.files.failSync(number)
      run.go()
      run.crash(.dropsUnsynced)
      if let fault = run.fault() { faults.append("\(number): \(fault)") }
    }
    #expect(faults == [])
  }

  @Test("goes on where it was when space runs out at any write and comes back")
  func fullDisk() {
    let writes = Self.count(\.writes)
    var faults: [String] = []
    var refusals = 0
    for number in stride(from: 1, through: writes, by: Self.every) {
      let run = Run(MemoryFiles(seed: UInt64(number)), seed: UInt64(number))
      run.files.fillUp(atWrite: number)
      // Every second time the power goes while there is no space.
      if number % 2 == 0 {
        run.go()
        refusals += 1
      } else {
        run.go {
          refusals += 1
          run.files.makeRoom()
        }
        if let failure = run.failure { faults.append("\(number): \(failure)") }
        if run.acknowledged != Self.expected.count - 1 { faults.append("\(number): ended at \(run.acknowledged)") }
      }
      run.crash(.tears)
      if let fault = run.fault() { faults.append("\(number): \(fault)") }
    }
    #expect(faults == [])
    #expect(refusals > 10)
  }

  @Test("writes nothing more after a failed write")
  func stopsForGood() throws {
    let disk = try SQLiteLogUnderTest()
    try disk.log.perform([.genesis(LogScript.genesis)])
    disk.files.failSync(1)
    #expect(throws: StorageError.self) {
      try disk.log.perform([.write([LogScript.vote(LogScript.group1, term: 4, for: 1)])])
    }
    #expect(throws: StorageError.self) {
      try disk.log.perform([.write([LogScript.vote(LogScript.group1, term: 5, for: 1)])])
    }
    #expect(throws: StorageError.self) { try disk.store?.maintain() }
    #expect(try disk.losePower().groups[0].hardState.term <= Term(4))
  }
}
