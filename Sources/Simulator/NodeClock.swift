import Base

/// A machine's monotonic clock as it really is: it begins somewhere at each boot, runs a little fast or slow, and can stand
/// still or leap; it never goes back (CLOCK_BOOTTIME).
///
/// True time is the world's. What clocks of two nodes may differ by over one ``Raft/Timing/electionMin`` is what
/// ``Raft/Timing/drift`` says: who draws rates, leaps and halts keeps them within it, for beyond it leases promise nothing.
struct NodeClock {
  /// From a true moment on the clock shows so much and runs so fast.
  private struct Stretch {
    var since: Moment
    var reading: Int64
    var rate: Int64
  }

  /// Parts per million by which a clock is off; nothing real is off by a tenth of this.
  static let rateMax: Int64 = 500_000
  /// The rate of a clock that stands still.
  private static let halted: Int64 = -1_000_000

  /// Of this boot, oldest first; never empty.
  private var stretches: [Stretch]

  /// Starts to run at `now`, when it shows `reading`.
  init(at now: Moment, reading: Moment, rate: Int64 = 0) {
    precondition(abs(rate) <= Self.rateMax, "a clock that is off by \(rate) parts per million")
    stretches = [Stretch(since: now, reading: reading.nanoseconds, rate: rate)]
  }

  /// Parts per million by which it runs fast (or slow, negative) now.
  var rate: Int64 { stretches[stretches.count - 1].rate }

  var isHalted: Bool { rate == Self.halted }

  func reading(at now: Moment) -> Moment {
    let last = stretches[stretches.count - 1]
    if last.since <= now { return Moment(nanoseconds: Self.reading(last, at: now)) }
    let stretch = stretches.last { $0.since <= now } ?? stretches[0]
    return Moment(nanoseconds: Self.reading(stretch, at: max(now, stretch.since)))
  }

  /// The true moment at which the clock first shows `reading` or more, as far as it is known now; the boot for readings
  /// from before it.
  func moment(of reading: Moment) -> Moment {
    guard reading != .never else { return .never }
    let place = stretches.lastIndex { $0.reading < reading.nanoseconds } ?? 0
    let stretch = stretches[place]
    guard stretch.reading < reading.nanoseconds else { return stretch.since }
    let moment = stretch.since + Self.trueLength(reading.nanoseconds - stretch.reading, rate: stretch.rate)
    // It leapt over the reading, or ran again.
    return place + 1 < stretches.count ? min(moment, stretches[place + 1].since) : moment
  }

  /// Shows `interval` more than it would.
  mutating func leap(by interval: Interval, at now: Moment) { turn(at: now, leap: interval.nanoseconds, rate: rate) }

  mutating func halt(at now: Moment) { turn(at: now, leap: 0, rate: Self.halted) }

  mutating func run(rate: Int64, at now: Moment) { turn(at: now, leap: 0, rate: rate) }

  private mutating func turn(at now: Moment, leap: Int64, rate: Int64) {
    precondition(leap >= 0, "a clock goes back")
    let shown = reading(at: now).nanoseconds + leap
    // Nobody asks about more than a few seconds ago.
    if stretches.count > 64 { stretches.removeFirst(32) }
    stretches.append(Stretch(since: now, reading: shown, rate: rate))
  }

  private static func reading(_ stretch: Stretch, at now: Moment) -> Int64 {
    stretch.reading + shownLength((now - stretch.since).nanoseconds, rate: stretch.rate)
  }

  /// What the clock shows of a true length; in parts, so that weeks do not overflow.
  private static func shownLength(_ length: Int64, rate: Int64) -> Int64 {
    guard rate != 0 else { return length }
    return length + length / 1_000_000 * rate + length % 1_000_000 * rate / 1_000_000
  }

  /// The shortest true length of which the clock shows at least `shown`.
  private static func trueLength(_ shown: Int64, rate: Int64) -> Interval {
    guard rate != 0 else { return Interval(nanoseconds: shown) }
    guard rate > halted else { return Interval(nanoseconds: Int64.max / 4) }
    let divisor = 1_000_000 + rate
    var length = shown / divisor * 1_000_000 + shown % divisor * 1_000_000 / divisor
    while shownLength(length, rate: rate) < shown { length += 1 }
    while length > 0, shownLength(length - 1, rate: rate) >= shown { length -= 1 }
    return Interval(nanoseconds: length)
  }
}
