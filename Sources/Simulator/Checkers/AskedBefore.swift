import Base
import Raft

/// Nobody enters a new term to campaign who has not asked a majority whether it would win, unless the leader itself told it
/// to (TH 9.6; `peers.md` traps 15 and 16): else whoever comes back from a partition deposes a leader that all others hear.
struct AskedBefore: Rule {
  static let name = "pre-vote"

  /// Who was told by whom that it would win in a term.
  private struct Grants {
    var term = Term.zero
    var voters: [ReplicaID] = []
  }
  private var grants = ByGroup<[ReplicaID: Grants]>([:])

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .sent(let node, let group, let message) = observation else { return nil }
    switch message.body {
    case .preVoteReply(let reply) where reply.granted:
      var known = grants[group][message.to] ?? Grants()
      if reply.requestTerm > known.term { known = Grants(term: reply.requestTerm) }
      if reply.requestTerm == known.term { known.voters.append(message.from) }
      grants[group][message.to] = known
    case .vote(let request) where !request.isTransfer:
      let known = grants[group][message.from]
      let voters = (known?.term == message.term ? known?.voters ?? [] : []) + [message.from]
      guard let configuration = facts.appended[node, group].configurations.last?.configuration else { return nil }
      for half in [configuration.incoming, configuration.outgoing] where !half.isEmpty {
        let granted = half.count { voters.contains($0) }
        guard granted <= half.count / 2 else { continue }
        return "node \(node + 1) campaigns in term \(message.term) of \(group); \(granted) of \(half.count) said that it would win"
      }
    default: break
    }
    return nil
  }
}
