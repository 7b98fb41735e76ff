import Base
import Network

/// When a request's time is over, for calls that follow one another.
struct Deadline: Sendable {
  private let moment: Moment

  init(in interval: Interval) { moment = Clock.now() + interval }

  /// What is left; never negative.
  var remaining: Interval { max(moment - Clock.now(), .zero) }
  var isOver: Bool { remaining == .zero }
}
