import Base
import Raft

/// At most one leader in a term (TH figure 3.2, Election Safety; etcd's TLA+ `ElectionSafetyInv`, `MoreThanOneLeaderInv`).
struct ElectionSafety: Rule {
  static let name = "election safety"

  private struct Reign: Hashable {
    var group: GroupID
    var term: Term
  }
  private var leaders: [Reign: Int] = [:]

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .elected(let node, let group, let term, _, _, _) = observation else { return nil }
    let reign = Reign(group: group, term: term)
    if let other = leaders[reign], other != node {
      return "nodes \(other + 1) and \(node + 1) both lead \(group) in term \(term)"
    }
    leaders[reign] = node
    return nil
  }
}
