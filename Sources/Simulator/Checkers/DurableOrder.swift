import Base
import Model
import Raft
import Replica

/// A state file never takes entries that are not durable in the same node's log, so it never comes back ahead of it
/// (design §6, "Durable order").
struct DurableOrder: Rule {
  static let name = "durable order"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .applying(let node, let batch):
      guard let last = batch.entries.last else { return nil }
      let known = facts.logs.last(node, batch.group)
      if last.index > known {
        return "node \(node + 1) applies entry \(last.index) of \(batch.group), durable is \(known)"
      }
      // Its hash covers all before it.
      guard let held = facts.logs[node, batch.group].mark(at: last.index), held.hash != last.hash else { return nil }
      return "node \(node + 1) applies entry \(last.id) of \(batch.group), its disk holds \(held.id) there"
    case .restarted(let node, let replicas):
      for replica in replicas where replica.applied > replica.last && !facts.isHarmed(node, replica.group) {
        return "node \(node + 1) comes back with the state of \(replica.group) at \(replica.applied), its log ends at "
          + "\(replica.last)"
      }
      return nil
    default: return nil
    }
  }
}
