import Base
import Model
import Raft
import Replica

/// A state file never takes entries that are not durable in the same node's log (design §6, "Durable order").
struct DurableOrder: Rule {
  static let name = "durable order"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .applying(let node, let batch) = observation, let last = batch.entries.last else { return nil }
    let known = facts.logs.last(node, batch.group)
    guard last.index > known else { return nil }
    return "node \(node + 1) applies entry \(last.index) of \(batch.group), durable is \(known)"
  }
}
