import Base
import Model
import Raft
import Wire

/// What replicas of one group reported of themselves at the same indexes (design §6, "Two digests").
struct DigestLedger {
  private struct Point {
    var index: LogIndex
    /// Ascending by replica.
    var reports: [(replica: ReplicaID, chain: Digest, set: Digest)]
  }
  /// Ascending by index; only the newest few matter, since a difference stays in the chain for ever.
  private var points: [Point] = []
  private static let pointsMax = 8

  enum Verdict: Equatable {
    case agreed
    /// A majority of voters agrees on something else than this replica has.
    case outvoted
    /// Replicas differ, and those that have not reported yet will tell which of them is right.
    case undecided
    /// Every voter has reported, and no value has a majority.
    case noMajority
  }

  mutating func record(_ index: LogIndex, from replica: ReplicaID, chain: Digest, set: Digest) {
    if !points.contains(where: { $0.index == index }) {
      points.append(Point(index: index, reports: []))
      points.sort { $0.index < $1.index }
      if points.count > Self.pointsMax { points.removeFirst() }
    }
    guard let position = points.firstIndex(where: { $0.index == index }),
      !points[position].reports.contains(where: { $0.replica == replica })
    else { return }
    points[position].reports.append((replica, chain, set))
  }

  /// Forgets what a replica has said: its state was replaced.
  mutating func forget(_ replica: ReplicaID) {
    for position in points.indices { points[position].reports.removeAll { $0.replica == replica } }
  }

  /// Judges this replica by what it has reported itself. A verdict against it holds for ever, since a difference stays in
  /// the chain; whether replicas differ without a verdict is told by the newest point.
  func verdict(for own: ReplicaID, voters: [ReplicaID]) -> Verdict {
    var newest: Verdict?
    for point in points.reversed() {
      guard let verdict = verdict(at: point, own, voters) else { continue }
      if verdict == .outvoted || verdict == .noMajority { return verdict }
      newest = newest ?? verdict
    }
    return newest ?? .agreed
  }

  /// nil where the point tells nothing yet.
  private func verdict(at point: Point, _ own: ReplicaID, _ voters: [ReplicaID]) -> Verdict? {
    guard let mine = point.reports.first(where: { $0.replica == own }) else { return nil }
    let votes = point.reports.filter { voters.contains($0.replica) }
    let quorum = voters.count / 2 + 1
    func agreeing(_ one: (replica: ReplicaID, chain: Digest, set: Digest)) -> Int {
      votes.count { $0.chain == one.chain && $0.set == one.set }
    }
    if agreeing(mine) >= quorum { return .agreed }
    if votes.contains(where: { agreeing($0) >= quorum }) { return .outvoted }
    if votes.count == voters.count { return .noMajority }
    return votes.contains { $0.chain != mine.chain || $0.set != mine.set } ? .undecided : nil
  }
}
