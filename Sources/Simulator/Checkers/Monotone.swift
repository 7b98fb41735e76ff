import Base
import Raft
import Replica

/// Term and vote never go back, over restarts either (TH figure 3.1 and 3.8, persistent state).
struct TermAndVote: Rule {
  static let name = "term and vote"

  /// What was last made durable.
  private var durable = ByReplica<HardState?>(nil)

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .persisted(let node, let group, let persist):
      if let hard = persist.hardState { durable[node, group] = hard }
      return nil
    case .restarted(let node, let replicas):
      for replica in replicas {
        guard let known = durable[node, replica.group] else { continue }
        let now = replica.hardState
        if now.term < known.term || (now.term == known.term && known.votedFor != nil && now.votedFor != known.votedFor) {
          return "node \(node + 1) went back from term \(known.term) to \(now.term) in \(replica.group)"
        }
      }
      return nil
    default: return nil
    }
  }
}

/// A replica's commit index only rises while it runs (TH figure 3.1). What was committed stays committed over a restart,
/// but a replica may at first know less of it.
struct MonotoneCommit: Rule {
  static let name = "monotone commit"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .inspected(let node, let replica) = observation, let known = facts.commit(node, replica.group),
      replica.commit < known
    else { return nil }
    return "node \(node + 1) went back from \(known) to \(replica.commit) in \(replica.group)"
  }
}
