import Base
import Raft

/// What a replica promises is on its disk before the promise leaves: its term and vote, and the entries that it
/// acknowledges (TH figure 3.1, 3.8; `peers.md` traps 9 and 10).
struct DurablePromises: Rule {
  static let name = "durable promises"

  private var hardStates = ByReplica<HardState?>(nil)

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .persisted(let node, let group, let persist):
      if let hard = persist.hardState { hardStates[node, group] = hard }
    case .restarted(let node, let replicas):
      for replica in replicas { hardStates[node, replica.group] = replica.hardState }
    case .replaced(let node): hardStates.forget(node: node)
    case .sent(let node, let group, let message):
      guard !facts.isHarmed(node, group) else { return nil }
      return judge(node, group, message, facts)
    default: break
    }
    return nil
  }

  private func judge(_ node: Int, _ group: GroupID, _ message: Message, _ facts: Facts) -> String? {
    switch message.body {
    case .vote where !hasVoted(node, group, message.term, for: message.from):
      return "node \(node + 1) campaigns in term \(message.term) of \(group) with a vote that is not durable"
    case .voteReply(let reply) where reply.granted && !hasVoted(node, group, reply.requestTerm, for: message.to):
      return "node \(node + 1) tells a vote of term \(reply.requestTerm) of \(group) that is not durable"
    case .appendReply(let reply):
      // What was acknowledged to an earlier leader may be gone by the word of a later one.
      guard hardStates[node, group].map({ $0.term <= message.term }) ?? true else { return nil }
      guard case .matched(let index) = reply.result, index > facts.logs.last(node, group) else { return nil }
      return "node \(node + 1) acknowledges \(index) of \(group), durable is \(facts.logs.last(node, group))"
    default: return nil
    }
  }

  /// A later term ends what was promised in an earlier one.
  private func hasVoted(_ node: Int, _ group: GroupID, _ term: Term, for candidate: ReplicaID) -> Bool {
    guard let hard = hardStates[node, group] else { return false }
    return hard.term > term || (hard.term == term && hard.votedFor == candidate)
  }
}
