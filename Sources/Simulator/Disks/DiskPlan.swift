import Base
import SQLite
import Storage

/// What a seed draws for the disks of its world: how the stores spend them, and which of their faults there are at all.
struct DiskPlan {
  /// What becomes of processes that end.
  let killsProcesses: Bool
  let interruptsWrites: Bool
  let interruptsStarts: Bool
  /// What disks do.
  let rots: Bool
  let misdirects: Bool
  let readsStale: Bool
  let hangs: Bool
  let failsSyncs: Bool
  let failsCalls: Bool
  /// Each region of the files goes bad on some minority, and no node stays clean.
  let helix: Bool
  /// Readers that stand in the way of checkpoints.
  let holdsReaders: Bool
  /// Between two faults of disks.
  let faultEvery: Interval
  let store: SQLiteNodeStore.Options

  init(_ random: inout SplitMix64, clock: VFS.Clock) {
    killsProcesses = random.oneIn(2)
    interruptsWrites = !random.oneIn(3)
    interruptsStarts = random.oneIn(3)
    rots = random.oneIn(2)
    misdirects = random.oneIn(3)
    readsStale = random.oneIn(3)
    hangs = random.oneIn(2)
    failsSyncs = random.oneIn(2)
    failsCalls = random.oneIn(3)
    helix = random.oneIn(6)
    faultEvery = random.interval(.milliseconds(200), .milliseconds(2_000))
    store = SQLiteNodeStore.Options(
      reserveBytes: [0, 1 << 16, 1 << 18][random.below(3)], checkpointPages: [8, 40, 1_000][random.below(3)],
      walCapBytes: [1 << 16, 1 << 19, 64 << 20][random.below(3)], clock: clock)
    holdsReaders = !random.oneIn(3)
  }
}
