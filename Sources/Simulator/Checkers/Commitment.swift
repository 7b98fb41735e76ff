import Base
import Raft
import Replica

/// What a leader takes for committed stands on the disks of a quorum of the configuration in force, of both halves while it
/// is joint, and the leader counts copies only of entries of its own term (TH 3.5, 3.6.2 with figure 3.7, 4.3; TLA+
/// `CommittedIsDurableInv`, `QuorumLogInv`).
struct Commitment: Rule {
  static let name = "commitment"

  /// What was in force when each replica was last seen: a configuration that came in the same turn need not have counted.
  private var counted = ByReplica<NodeLogs.InLog?>(nil)

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .inspected(let node, let replica) = observation, replica.role == .leader else { return nil }
    let newest = facts.appended[node, replica.group].configurations.last
    let before = counted[node, replica.group] ?? newest
    counted[node, replica.group] = newest
    guard let known = facts.seen(node, replica.group)?.commit, replica.commit > known, let mark = replica.committed,
      let newest, let before
    else { return nil }
    guard mark.term == replica.term else {
      return "node \(node + 1) commits \(mark) of \(replica.group) by its copies, in term \(replica.term)"
    }
    func hold(_ voters: [Int]) -> Bool {
      voters.count { facts.isLost($0) || facts.logs[$0, replica.group].holds(mark) } > voters.count / 2
    }
    func hold(_ voters: NodeLogs.InLog) -> Bool {
      hold(voters.incoming) && (voters.outgoing.isEmpty || hold(voters.outgoing))
    }
    guard !hold(newest), before.id == newest.id || !hold(before) else { return nil }
    let holders = Set(newest.incoming + newest.outgoing).sorted().filter { facts.logs[$0, replica.group].holds(mark) }
    return "node \(node + 1) commits \(mark.id) of \(replica.group), which is on the disks of nodes "
      + "\(holders.map { $0 + 1 }) alone, of \(newest.incoming.map { $0 + 1 }) and \(newest.outgoing.map { $0 + 1 })"
  }
}
