import Base
import Glibc
import Network

/// Waiting on a thread that has nothing else to do.
enum Pause {
  static func microseconds(_ count: UInt32) { _ = usleep(count) }

  /// Waits in small steps, so that a stop is not held up.
  static func untilStopping(_ waker: Waker, for length: Interval) {
    let end = Clock.now() + length
    while !waker.isStopping, Clock.now() < end { microseconds(50_000) }
  }
}
