import Base

/// What vouches for the age of a follower's state: confirmed answers, each of which says that a state applied through its
/// index is at most as old as the moment when its question was sent (design §7).
///
/// A replica that lags never reaches the newest answer, because each comes with a higher index; it can still say how old
/// it is by the last one that it did reach.
struct FreshnessMarks: Sendable {
  /// Ascending by both; the ones still ahead are few unless the replica has stopped applying.
  private var marks: [(index: LogIndex, asked: Moment)] = []
  private static let countMax = 64
  var defect: PlantedDefect?

  /// The moment as of which a state applied through `applied` was the newest; nil when nothing vouches for it.
  func basis(applied: LogIndex) -> Moment? {
    marks.last { $0.index <= applied || defect == .agesByUnreachedAnswer }?.asked
  }

  /// Takes in an answer to a question sent at `asked`.
  mutating func confirm(_ index: LogIndex, asked: Moment, applied: LogIndex) {
    guard marks.last.map({ $0.asked < asked }) ?? true else { return }
    // A younger question with no higher index says more.
    marks.removeAll { $0.index >= index }
    if let reached = marks.lastIndex(where: { $0.index <= applied }) { marks.removeFirst(reached) }
    // The nearest ones are reached first; of those far ahead the newest is enough.
    if marks.count == Self.countMax { marks.removeLast() }
    marks.append((index, asked))
  }
}
