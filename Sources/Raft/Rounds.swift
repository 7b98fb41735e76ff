import Base

/// The send moments of a leader's rounds. A quorum's answers to a round prove that the sender led when the round was
/// *sent*: the lease counts from there (TH 6.4.1), never from the moment at which the answers came.
///
/// Invariant: `moments` holds the rounds `first` through `newest`.
struct Rounds: Hashable, Sendable {
  private(set) var newest = Round(0)
  /// The newest round that a quorum has acknowledged.
  private(set) var confirmed = Round(0)
  /// When a round that a quorum has acknowledged was sent; nil before the first.
  private(set) var confirmedAt: Moment?
  private var first: UInt64 = 1
  private var moments: [Moment] = []

  /// More rounds than these are never waited for; the oldest are then forgotten, which can only shorten a lease.
  static let countMax = 512

  mutating func begin(at now: Moment) -> Round {
    if moments.count >= Self.countMax {
      moments.removeFirst(Self.countMax / 2)
      first += UInt64(Self.countMax / 2)
    }
    moments.append(now)
    newest = Round(newest.rawValue + 1)
    return newest
  }

  /// A round for messages that ask for no confirmation of their own: the newest while it is younger than `age`. Its
  /// recorded moment is then earlier than the sending, which errs on the safe side.
  mutating func current(at now: Moment, youngerThan age: Interval) -> Round {
    if let begun = moments.last, now - begun < age { return newest }
    return begin(at: now)
  }

  /// Only for ``PlantedDefect/leaseFromReceipt``.
  mutating func misdate(_ moment: Moment) { confirmedAt = moment }

  mutating func confirm(_ round: Round) {
    precondition(round <= newest, "round \(round.rawValue) confirmed, newest is \(newest.rawValue)")
    guard round > confirmed else { return }
    confirmed = round
    guard round.rawValue >= first else { return }
    let count = Int(round.rawValue - first) + 1
    confirmedAt = moments[count - 1]
    // The newest moment stays: `current` needs it.
    let forgotten = min(count, moments.count - 1)
    moments.removeFirst(forgotten)
    first += UInt64(forgotten)
  }
}
