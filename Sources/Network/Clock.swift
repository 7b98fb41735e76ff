public import Base
import Glibc

/// The clocks of the operating system. Only edges read them; the cores are given moments.
public enum Clock {
  /// CLOCK_BOOTTIME: monotonic, and unlike CLOCK_MONOTONIC it also counts the time that the machine was suspended, so
  /// that a lease cannot outlive its holder's sleep.
  public static func now() -> Moment {
    var time = timespec()
    let result = clock_gettime(CLOCK_BOOTTIME, &time)
    precondition(result == 0, "CLOCK_BOOTTIME is missing (errno \(errno))")
    return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// CLOCK_REALTIME in milliseconds, for people: it may jump, and it orders nothing.
  public static func wall() -> WallTime {
    var time = timespec()
    let result = clock_gettime(CLOCK_REALTIME, &time)
    precondition(result == 0, "CLOCK_REALTIME is missing (errno \(errno))")
    return WallTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
