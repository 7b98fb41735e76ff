import Base
import Raft

/// Nobody enters a new term to campaign who has not asked a majority whether it would win, unless the leader itself told it
/// to (TH 9.6; `peers.md` traps 15 and 16): else whoever comes back from a partition deposes a leader that all others hear.
struct AskedBefore: Rule {
  static let name = "pre-vote"

  /// Who was told by whom that it would win in which term. A request for votes that waits for a slow disk leaves after its
  /// candidate has asked about a later term, so that more than one term is known at a time.
  private static let termsKept: UInt64 = 32
  private var grants = ByGroup<[ReplicaID: [Term: [ReplicaID]]]>([:])

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .sent(let node, let group, let message) = observation else { return nil }
    switch message.body {
    case .preVoteReply(let reply) where reply.granted:
      grants[group][message.to, default: [:]][reply.requestTerm, default: []].append(message.from)
    case .vote(let request) where !request.isTransfer:
      let voters = (grants[group][message.from]?[message.term] ?? []) + [message.from]
      // Requests of several terms that one write set free leave sorted by peer, not by term.
      grants[group][message.from] = grants[group][message.from]?
        .filter { $0.key.rawValue + Self.termsKept > message.term.rawValue }
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
