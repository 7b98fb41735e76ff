public import Base

/// When each operation of an open loop is meant to begin: at a constant rate, whatever became of the ones before.
public struct ArrivalSchedule: Hashable, Sendable {
  public let start: Moment
  public let rate: Double

  /// - Parameter rate: operations a second, above 0.
  public init(start: Moment, rate: Double) {
    precondition(rate > 0, "a rate of \(rate)")
    self.start = start
    self.rate = rate
  }

  /// The moment of the operation with this number, from 0. Computed from the number, so that rounding never adds up.
  public func moment(_ number: Int) -> Moment {
    start + Interval(nanoseconds: Int64((Double(number) * 1e9 / rate).rounded()))
  }

  /// How many are due up to and including `now`.
  public func due(at now: Moment) -> Int {
    guard now >= start else { return 0 }
    var count = Int(Double((now - start).nanoseconds) * rate / 1e9)
    while moment(count) <= now { count += 1 }
    while count > 0, moment(count - 1) > now { count -= 1 }
    return count
  }
}
