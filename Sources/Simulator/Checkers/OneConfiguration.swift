import Base
import Raft
import Replica

/// One change of membership at a time, by one voter or by joint consensus, and none before a leader has committed an entry
/// of its own term (TH 4.1 with the correction of 2015, 4.3; `peers.md` trap 2).
struct OneConfiguration: Rule {
  static let name = "one configuration"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .submitted(let node, let group, let persist):
      guard persist.entries.contains(where: { $0.kind == .configuration }) else { return nil }
      return judgeSteps(node, group, persist, facts)
    case .inspected(let node, let replica):
      guard replica.role == .leader else { return nil }
      let log = facts.appended[node, replica.group]
      guard log.configurations.count > 1 else { return nil }
      // Of what it found in its log a leader does not know what is committed until it has committed an entry of its own
      // term: its first is the first of its term.
      guard let first = log.first(of: replica.term), replica.commit >= first else {
        guard let newest = log.configurations.last, newest.id.term == replica.term else { return nil }
        return "node \(node + 1) changes \(replica.group) at \(newest.id) and has committed nothing of its term"
      }
      let open = log.configurations.filter { $0.id.index > replica.commit }
      guard open.count > 1 else { return nil }
      return "node \(node + 1) leads \(replica.group) with uncommitted configurations at "
        + "\(open.map(\.id.index.rawValue))"
    default: return nil
    }
  }

  /// Each configuration is a legal step from the one before it in the same log.
  private func judgeSteps(_ node: Int, _ group: GroupID, _ persist: Persist, _ facts: Facts) -> String? {
    let log = facts.appended[node, group]
    let from = persist.truncateFrom ?? .init(.max)
    var before = log.configurations.last { $0.id.index < from || $0.id.index <= log.base }?.configuration
    for entry in persist.entries where entry.kind == .configuration && entry.index > log.base {
      guard let new = Configuration(in: entry) else { return "entry \(entry.id) of \(group) holds no configuration" }
      if let before, let problem = Self.problem(from: before, to: new) { return "entry \(entry.id) of \(group) \(problem)" }
      before = new
    }
    return nil
  }

  private static func problem(from old: Configuration, to new: Configuration) -> String? {
    if old.isJoint {
      return !new.isJoint && new.incoming == old.incoming ? nil : "does not leave the joint configuration before it"
    }
    if new.isJoint { return new.outgoing == old.incoming ? nil : "is joint with others than the voters before it" }
    let changed = Set(old.incoming).symmetricDifference(new.incoming).count
    return changed <= 1 ? nil : "changes \(changed) voters at once"
  }
}
