import Base
import Raft
import Replica

/// A leader holds what leaders of earlier terms committed, and what is committed at an index is the same everywhere and
/// for ever (TH figure 3.2, Leader Completeness, and 3.6.3; TLA+ `LeaderCompletenessInv`).
struct LeaderCompleteness: Rule {
  static let name = "leader completeness"

  /// By index: what was seen to be committed there.
  private var committed = ByGroup<[Digest?]>([])

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .elected(let node, let group, let term, _, let last, let held):
      guard let newest = facts.newestCommitted(group, before: term) else { return nil }
      // Below the memory tail everything is applied, and judged there.
      let isHeld = held.map { $0.hash == newest.hash } ?? (last >= newest.index)
      return isHeld ? nil : "node \(node + 1) leads \(group) in term \(term) without entry \(newest.id)"
    case .inspected(let node, let replica):
      guard facts.seen(node, replica.group)?.commit != replica.commit, let mark = replica.committed else { return nil }
      let place = Int(mark.index.rawValue)
      while committed[replica.group].count <= place { committed[replica.group].append(nil) }
      if let other = committed[replica.group][place], other != mark.hash {
        return "two entries were committed at \(mark.index) of \(replica.group)"
      }
      committed[replica.group][place] = mark.hash
      return nil
    default: return nil
    }
  }
}
