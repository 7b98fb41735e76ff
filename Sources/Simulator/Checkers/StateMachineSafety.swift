import Base
import Raft
import Replica

/// No two replicas apply different entries at one index (TH figure 3.2, State Machine Safety).
struct StateMachineSafety: Rule {
  static let name = "state machine safety"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .applying(_, let batch) = observation else { return nil }
    let known = facts.committed(batch.group)
    for entry in batch.entries {
      if let other = known[entry.index], other.hash != entry.hash {
        return "two entries were applied at \(entry.index) of \(batch.group)"
      }
    }
    return nil
  }
}
