/// A length of time in nanoseconds; never negative where a limit is meant.
public struct Interval: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The length.
  public var nanoseconds: Int64
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  public static let zero = Interval(nanoseconds: 0)
  public static func microseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000) }
  public static func milliseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000_000) }
  public static func seconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000_000_000) }
  /// Whole milliseconds, rounded down.
  public var milliseconds: Int64 { nanoseconds / 1_000_000 }
  /// Seconds with their fraction, for people and metrics.
  public var seconds: Double { Double(nanoseconds) / 1e9 }
  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func + (left: Self, right: Self) -> Self { Interval(nanoseconds: left.nanoseconds + right.nanoseconds) }
  public static func - (left: Self, right: Self) -> Self { Interval(nanoseconds: left.nanoseconds - right.nanoseconds) }
  public static func * (left: Self, right: Int64) -> Self { Interval(nanoseconds: left.nanoseconds * right) }
  public static func / (left: Self, right: Int64) -> Self { Interval(nanoseconds: left.nanoseconds / right) }
  public var description: String { "\(milliseconds)ms" }
}

/// A monotonic reading that the caller supplies: CLOCK_BOOTTIME in a node, the virtual clock in the simulator.
///
/// Moments of two processes have nothing to do with each other and never travel.
public struct Moment: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since an arbitrary origin.
  public var nanoseconds: Int64
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  public static let zero = Moment(nanoseconds: 0)
  /// Later than everything: "no deadline".
  public static let never = Moment(nanoseconds: .max)
  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func + (left: Self, right: Interval) -> Self { Moment(nanoseconds: left.nanoseconds + right.nanoseconds) }
  public static func - (left: Self, right: Interval) -> Self { Moment(nanoseconds: left.nanoseconds - right.nanoseconds) }
  public static func - (left: Self, right: Self) -> Interval {
    Interval(nanoseconds: left.nanoseconds - right.nanoseconds)
  }
  public var description: String { self == .never ? "never" : "\(nanoseconds / 1_000_000)ms" }
}

/// The replicated clock of a group (design §7): nanoseconds since its birth. It alone expires things.
public struct LogTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since the group's birth.
  public var nanoseconds: Int64
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  public static let zero = LogTime(nanoseconds: 0)
  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func + (left: Self, right: Interval) -> Self { LogTime(nanoseconds: left.nanoseconds + right.nanoseconds) }
  public static func - (left: Self, right: Self) -> Interval {
    Interval(nanoseconds: left.nanoseconds - right.nanoseconds)
  }
  public var description: String { "\(nanoseconds / 1_000_000)ms" }
}

/// A human's clock: milliseconds since 1970 UTC. It is shown to people and orders and expires nothing.
public struct WallTime: Hashable, Sendable, CustomStringConvertible {
  /// Since 1970-01-01T00:00:00Z.
  public var milliseconds: Int64
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }
  public static let zero = WallTime(milliseconds: 0)
  public var description: String { "\(milliseconds)" }
}
