import Base
import Network
import Synchronization

/// How long the log thread's present write is outstanding, and the worst of late: written by one thread, read by another.
final class DiskGauge: Sendable {
  /// Nanoseconds of the moment at which the write under way began; 0 when none is.
  private let began = Atomic<Int64>(0)
  private let worst = Atomic<Int64>(0)
  private let previousWorst = Atomic<Int64>(0)
  private let windowBegan = Atomic<Int64>(0)
  private let writes = Atomic<UInt64>(0)
  private let logFull = Atomic<Bool>(false)
  private let stateFull = Atomic<Bool>(false)
  private static let window = Interval.seconds(60)

  func begin(at now: Moment) { began.store(now.nanoseconds, ordering: .releasing) }

  func end(at now: Moment) {
    let took = now.nanoseconds - began.exchange(0, ordering: .acquiringAndReleasing)
    if now.nanoseconds - windowBegan.load(ordering: .relaxed) > Self.window.nanoseconds {
      previousWorst.store(worst.load(ordering: .relaxed), ordering: .relaxed)
      worst.store(0, ordering: .relaxed)
      windowBegan.store(now.nanoseconds, ordering: .relaxed)
    }
    if took > worst.load(ordering: .relaxed) { worst.store(took, ordering: .relaxed) }
    writes.add(1, ordering: .relaxed)
  }

  /// Each thread tells of its own writes and takes back only what it has told: a log that still fits must not hide a
  /// state that does not, and a state that waits must not keep the log from its reserve.
  func setLogFull(_ isFull: Bool) { logFull.store(isFull, ordering: .releasing) }
  func setStateFull(_ isFull: Bool) { stateFull.store(isFull, ordering: .releasing) }
  /// A write found no space and is being tried again.
  var isFull: Bool { logFull.load(ordering: .acquiring) || stateFull.load(ordering: .acquiring) }
  var writeCount: UInt64 { writes.load(ordering: .relaxed) }

  func age(at now: Moment) -> Interval {
    let start = began.load(ordering: .acquiring)
    return start == 0 ? .zero : Interval(nanoseconds: max(0, now.nanoseconds - start))
  }

  /// The longest write of the last minute or two.
  func worst(at now: Moment) -> Interval {
    let finished = max(worst.load(ordering: .relaxed), previousWorst.load(ordering: .relaxed))
    return max(Interval(nanoseconds: finished), age(at: now))
  }
}
