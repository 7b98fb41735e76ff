import Base
import Raft

/// Nobody enters a new term to campaign who has not asked a majority whether it would win, unless the leader itself told it
/// to (TH 9.6; `peers.md` traps 15 and 16): else whoever comes back from a partition deposes a leader that all others hear.
struct AskedBefore: Rule {
  static let name = "pre-vote"

  /// Who was told by whom that it would win in which term. A request for votes that waits for a slow disk leaves after its
  /// candidate has asked about a later term, so that more than one term is known at a time.
  private static let termsKept: UInt64 = 32
  private var grants = ByGroup<[ReplicaID: [Term: Answers]]>([:])

  private struct Answers {
    var voters: [ReplicaID] = []
    /// They were a majority of the configuration that the asker went by then: a full disk may keep its request until
    /// long after that configuration.
    var won = false
  }

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .sent(let node, let group, let message) = observation else { return nil }
    switch message.body {
    case .preVoteReply(let reply) where reply.granted:
      var answers = grants[group][message.to]?[reply.requestTerm] ?? Answers(voters: [message.to])
      answers.voters.append(message.from)
      for asker in facts.nodes.indices where isReplica(message.to, on: asker, group, facts) {
        answers.won = answers.won || minority(among: answers.voters, asker, group, facts) == nil
      }
      grants[group][message.to, default: [:]][reply.requestTerm] = answers
    case .vote(let request) where !request.isTransfer:
      let answers = grants[group][message.from]?[message.term] ?? Answers(voters: [message.from])
      // Requests of several terms that one write set free leave sorted by peer, not by term.
      grants[group][message.from] = grants[group][message.from]?
        .filter { $0.key.rawValue + Self.termsKept > message.term.rawValue }
      guard !answers.won, let minority = minority(among: answers.voters, node, group, facts) else { return nil }
      return "node \(node + 1) campaigns in term \(message.term) of \(group); \(minority) said that it would win"
    default: break
    }
    return nil
  }

  private func isReplica(_ replica: ReplicaID, on node: Int, _ group: GroupID, _ facts: Facts) -> Bool {
    facts.appended[node, group].configurations.last?.configuration.member(on: facts.nodes[node])?.replica == replica
  }

  /// How few voters of the configuration that `node` goes by are among `voters`; nil when they are a majority.
  private func minority(among voters: [ReplicaID], _ node: Int, _ group: GroupID, _ facts: Facts) -> String? {
    guard let configuration = facts.appended[node, group].configurations.last?.configuration else { return nil }
    for half in [configuration.incoming, configuration.outgoing] where !half.isEmpty {
      let granted = half.count { voters.contains($0) }
      if granted <= half.count / 2 { return "\(granted) of \(half.count)" }
    }
    return nil
  }
}
