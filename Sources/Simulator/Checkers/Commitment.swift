import Base
import Raft
import Replica

/// What a leader takes for committed stands on the disks of a quorum, and it counts copies only of entries of its own term
/// (TH 3.5, 3.6.2 and figure 3.7; TLA+ `CommittedIsDurableInv`, `QuorumLogInv`).
struct Commitment: Rule {
  static let name = "commitment"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .inspected(let node, let replica) = observation, replica.role == .leader,
      let known = facts.commit(node, replica.group), replica.commit > known, let mark = replica.committed
    else { return nil }
    guard mark.term == replica.term else {
      return "node \(node + 1) commits \(mark) of \(replica.group) by its copies, in term \(replica.term)"
    }
    let holders = facts.logs.holders(of: mark, replica.group, among: facts.nodes)
    guard holders > facts.nodes / 2 else {
      return "node \(node + 1) commits \(mark.id) of \(replica.group), which \(holders) of \(facts.nodes) disks hold"
    }
    return nil
  }
}
