import Base
import Model
import Raft
import Replica

/// Term and vote never go back, over restarts either, and in one term there is one vote (TH figure 3.1 and 3.8, persistent
/// state).
struct TermAndVote: Rule {
  static let name = "term and vote"

  /// What was last made durable.
  private var durable = ByReplica<HardState?>(nil)

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .persisted(let node, let group, let persist):
      guard let hard = persist.hardState else { return nil }
      defer { durable[node, group] = hard }
      return problem(node, group, hard)
    case .restarted(let node, let replicas):
      for replica in replicas {
        if !facts.isHarmed(node, replica.group), let problem = problem(node, replica.group, replica.hardState) {
          return problem
        }
        durable[node, replica.group] = replica.hardState
      }
      return nil
    case .replaced(let node):
      durable.forget(node: node)
      return nil
    default: return nil
    }
  }

  private func problem(_ node: Int, _ group: GroupID, _ now: HardState) -> String? {
    guard let known = durable[node, group] else { return nil }
    if now.term < known.term { return "node \(node + 1) went back from term \(known.term) to \(now.term) in \(group)" }
    guard now.term == known.term, let vote = known.votedFor, now.votedFor != vote else { return nil }
    return "node \(node + 1) changed its vote of term \(now.term) in \(group)"
  }
}

/// A replica's term and commit index only rise while it runs (TH figure 3.1). What was committed stays committed over a
/// restart, but a replica may at first know less of it: never less than its state file holds.
struct MonotoneCommit: Rule {
  static let name = "monotone commit"

  private var applied = ByReplica<LogIndex>(.zero)

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .inspected(let node, let replica):
      if let known = facts.seen(node, replica.group) {
        guard replica.commit >= known.commit else {
          return "node \(node + 1) went back from \(known.commit) to \(replica.commit) in \(replica.group)"
        }
        guard replica.term >= known.term else {
          return "node \(node + 1) went back from term \(known.term) to \(replica.term) in \(replica.group)"
        }
      }
      guard replica.commit >= applied[node, replica.group] || facts.isHarmed(node, replica.group) else {
        return "node \(node + 1) takes \(replica.group) for committed through \(replica.commit), and has applied "
          + "\(applied[node, replica.group])"
      }
      return nil
    case .restarted(let node, let replicas):
      for replica in replicas { applied[node, replica.group] = replica.applied }
      return nil
    default: return nil
    }
  }
}

/// A state file takes entries one after the other and never goes back, but for what a loss of power takes: the batches
/// after what a checkpoint reported as durable (design §6, "Cutting the log").
struct MonotoneApplied: Rule {
  static let name = "monotone applied"

  private struct State {
    var applied = LogIndex.genesis
    var durable = LogIndex.genesis
    /// What the batch under way would make it: a process that goes in the middle may leave that behind.
    var attempted = LogIndex.genesis
  }
  private var states = ByReplica(State())

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .applying(let node, let batch):
      let applied = states[node, batch.group].applied
      states[node, batch.group].attempted = batch.entries.last?.index ?? applied
      guard let first = batch.entries.first, first.index != applied + 1 else { return nil }
      return "node \(node + 1) applies entry \(first.index) of \(batch.group) after \(applied)"
    case .applied(let node, let report):
      states[node, report.group].applied = LogIndex(report.header.applied)
      states[node, report.group].attempted = .genesis
      return nil
    case .adopted(let node, let group, let header, _):
      let before = states[node, group].applied
      states[node, group] = State(applied: LogIndex(header.applied), durable: LogIndex(header.applied))
      guard LogIndex(header.applied) < before, !facts.isHarmed(node, group) else { return nil }
      return "node \(node + 1) adopts a snapshot of \(group) at \(header.applied) after \(before)"
    case .stateDurable(let node, let group, let index):
      states[node, group].durable = max(states[node, group].durable, index)
      guard index > states[node, group].applied else { return nil }
      return "node \(node + 1) calls \(group) durable through \(index), and has applied \(states[node, group].applied)"
    case .restarted(let node, let replicas):
      for replica in replicas {
        let before = states[node, replica.group]
        states[node, replica.group] = State(applied: replica.applied, durable: replica.applied)
        if facts.isHarmed(node, replica.group) { continue }
        guard replica.applied >= before.durable else {
          return "node \(node + 1) comes back with the state of \(replica.group) at \(replica.applied), durable was "
            + "\(before.durable)"
        }
        // An adoption may have been cut short between the log's change and the process's hearing of it.
        guard replica.applied <= max(before.applied, before.attempted, facts.logs[node, replica.group].base) else {
          return "node \(node + 1) comes back with the state of \(replica.group) at \(replica.applied), and had applied "
            + "\(before.applied)"
        }
      }
      return nil
    case .replaced(let node):
      states.forget(node: node)
      return nil
    default: return nil
    }
  }
}
