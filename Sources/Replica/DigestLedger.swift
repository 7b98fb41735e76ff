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

  /// Judges this replica by the newest point that it has reported itself.
  func verdict(for own: ReplicaID, voters: [ReplicaID]) -> Verdict {
    for point in points.reversed() {
      guard let mine = point.reports.first(where: { $0.replica == own }) else { continue }
      let votes = point.reports.filter { voters.contains($0.replica) }
      let quorum = voters.count / 2 + 1
      let agreeing = votes.filter { $0.chain == mine.chain && $0.set == mine.set }.count
      if agreeing >= quorum { return .agreed }
      let hasMajority = votes.contains { vote in
        votes.filter { $0.chain == vote.chain && $0.set == vote.set }.count >= quorum
      }
      if hasMajority { return .outvoted }
      if votes.count == voters.count { return .noMajority }
    }
    return .agreed
  }
}
