import Base
import Storage

/// The disks of a world with SQLite in it, as seen by who breaks them.
struct DiskFaults {
  let plan: DiskPlan
  /// Of the fault that is being injected.
  var random: SplitMix64
  var guardian = DiskGuard()
  /// By node: what its disk's faults had done when they were last counted.
  var counted: [MemoryFiles.Effects]
  /// By node: until when its disk answers nothing.
  var hungUntil: [Moment]
  /// By node: its disk was made to fail since its process started, so the process may stop.
  var mayStop: [Bool]
  /// By node: its process stopped because a sync had failed, or lost its power in the middle of a commit, and none has
  /// looked at the log since.
  var mayAlarm: [Bool]
  /// How far the helix has come: which group's copy goes bad next, and where.
  var helix = 0

  init(_ plan: DiskPlan, random: SplitMix64, nodes: Int) {
    self.plan = plan
    self.random = random
    counted = Array(repeating: MemoryFiles.Effects(), count: nodes)
    hungUntil = Array(repeating: .zero, count: nodes)
    mayStop = Array(repeating: false, count: nodes)
    mayAlarm = Array(repeating: false, count: nodes)
  }

  /// There is another disk.
  mutating func add() {
    counted.append(MemoryFiles.Effects())
    hungUntil.append(.zero)
    mayStop.append(false)
    mayAlarm.append(false)
  }
}
