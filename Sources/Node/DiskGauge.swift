import Base
import Network
import Synchronization

/// How long the disk has owed an answer, and the worst of late: told by the threads that wait for it, read by the reactor.
final class DiskGauge: Sendable {
  /// Nanoseconds of the moment at which the log thread's present work on the disk began; 0 when there is none.
  private let logBegan = Atomic<Int64>(0)
  /// The same of the state thread.
  private let stateBegan = Atomic<Int64>(0)
  private let worst = Atomic<Int64>(0)
  private let previousWorst = Atomic<Int64>(0)
  private let windowBegan = Atomic<Int64>(0)
  private let writes = Atomic<UInt64>(0)
  private let logFull = Atomic<Bool>(false)
  private let stateFull = Atomic<Bool>(false)
  private static let window = Interval.seconds(60)
  /// Applying a batch is computing as well, so only when it takes longer than any batch does the disk count as the cause.
  private static let statePatience = Interval.seconds(1)

  /// The log thread begins a write.
  func begin(at now: Moment) { logBegan.store(now.nanoseconds, ordering: .releasing) }

  /// The write ended, well or not.
  func end(at now: Moment) {
    let took = now.nanoseconds - logBegan.exchange(0, ordering: .acquiringAndReleasing)
    if now.nanoseconds - windowBegan.load(ordering: .relaxed) > Self.window.nanoseconds {
      previousWorst.store(worst.load(ordering: .relaxed), ordering: .relaxed)
      worst.store(0, ordering: .relaxed)
      windowBegan.store(now.nanoseconds, ordering: .relaxed)
    }
    if took > worst.load(ordering: .relaxed) { worst.store(took, ordering: .relaxed) }
    writes.add(1, ordering: .relaxed)
  }

  /// The log thread is about to use the disk for something that is no write of its own; the next write waits behind it
  /// all the same.
  func beginUpkeep(at now: Moment) { logBegan.store(now.nanoseconds, ordering: .releasing) }
  func endUpkeep() { logBegan.store(0, ordering: .releasing) }

  /// The state thread's work between two waits for something to do. Nobody waits for the verification of a snapshot or
  /// the opening of a file, and those are long: they are not told.
  func beginState(at now: Moment) { stateBegan.store(now.nanoseconds, ordering: .releasing) }
  func endState() { stateBegan.store(0, ordering: .releasing) }

  /// Each thread tells of its own writes and takes back only what it has told: a log that still fits must not hide a
  /// state that does not, and a state that waits must not keep the log from its reserve.
  func setLogFull(_ isFull: Bool) { logFull.store(isFull, ordering: .releasing) }
  func setStateFull(_ isFull: Bool) { stateFull.store(isFull, ordering: .releasing) }
  /// A write found no space and is being tried again.
  var isFull: Bool { logFull.load(ordering: .acquiring) || stateFull.load(ordering: .acquiring) }
  var writeCount: UInt64 { writes.load(ordering: .relaxed) }

  /// How long the disk has owed an answer to anybody.
  func age(at now: Moment) -> Interval {
    let log = Self.age(logBegan.load(ordering: .acquiring), at: now)
    let state = Self.age(stateBegan.load(ordering: .acquiring), at: now)
    return state >= Self.statePatience ? max(log, state) : log
  }

  private static func age(_ start: Int64, at now: Moment) -> Interval {
    start == 0 ? .zero : Interval(nanoseconds: max(0, now.nanoseconds - start))
  }

  /// The longest write of the last minute or two.
  func worst(at now: Moment) -> Interval {
    let finished = max(worst.load(ordering: .relaxed), previousWorst.load(ordering: .relaxed))
    return max(Interval(nanoseconds: finished), age(at: now))
  }
}
