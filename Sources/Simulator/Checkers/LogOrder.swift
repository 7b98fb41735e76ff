import Base
import Raft

/// A node's log has no gaps, and a restart finds in it all that was durable (TH figure 3.1 and 3.8; design §6, "Durable
/// order").
struct LogOrder: Rule {
  static let name = "log order"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .persisted(let node, let group, let persist):
      let log = facts.logs[node, group]
      var last = log.last
      if let from = persist.truncateFrom, from <= last { last = max(log.base, from - 1) }
      for entry in persist.entries where entry.index > log.base {
        guard entry.index == last + 1 else {
          return "node \(node + 1) writes entry \(entry.index) of \(group) after \(last)"
        }
        last = entry.index
      }
      return nil
    case .restarted(let node, let replicas):
      for replica in replicas where !facts.isHarmed(node, replica.group) {
        let known = facts.logs[node, replica.group]
        guard replica.last == known.last else {
          return "node \(node + 1) comes back with \(replica.group) through \(replica.last), durable was \(known.last)"
        }
        guard let mark = replica.mark, let durable = known.mark(at: known.last), mark.hash != durable.hash else { continue }
        return "node \(node + 1) comes back with \(mark.id) of \(replica.group), durable was \(durable.id)"
      }
      return nil
    default: return nil
    }
  }
}
