import Base

/// What happens to a process in the middle of a turn: it has decided what to do, and does only the first of it.
struct Interruption {
  enum Kind {
    case crash(restartAfter: Interval)
    /// The rest is done when it runs again.
    case pause(Interval)
  }

  let kind: Kind
  /// Turns with something to divide that are let through first.
  var turnsLeft: Int
}
