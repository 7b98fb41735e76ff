import Base
import Raft
import Replica
import Wire

/// A write is answered as soon as the node that took it up knows its fate: when its own state has passed the entry's index,
/// whatever stands there (design §7, "What was in flight is answered as soon as its fate is known"; TH 6.3; `peers.md`
/// trap 37). A node that is down, paused or cut off has taken nothing up, or does not know.
struct AnsweredWhenKnown: Rule {
  static let name = "answered when known"

  private struct Proposal {
    var token: ClientToken
    var command: [UInt8]
    var asked: Moment
    /// Once it is in the log.
    var index: LogIndex?
  }
  private var open = ByReplica<[Proposal]>([])

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .asked(let node, let token, .propose(let keyspace, let command)):
      guard let group = facts.keyspaces[keyspace] else { return nil }
      if let lost = open[node, group].first(where: { $0.index == nil && $0.asked < facts.now }) {
        return "node \(node + 1) neither refused nor wrote what it was asked at \(lost.asked)"
      }
      open[node, group].append(Proposal(token: token, command: command, asked: facts.now))
    case .submitted(let node, let group, let persist): bind(node, group, persist)
    case .replied(let node, let token, let reply, _):
      guard let group = facts.keyspaces[reply.header.keyspace],
        let place = open[node, group].firstIndex(where: { $0.token == token })
      else { return nil }
      open[node, group].remove(at: place)
    case .learned(let node, let group, let index):
      guard let late = open[node, group].first(where: { $0.index.map { $0 <= index } ?? false }), let place = late.index
      else { return nil }
      return "node \(node + 1) has applied \(index) of \(group) and has not answered the proposal at \(place)"
    case .crashed(let node): open.forget(node: node)
    case .hungUp(let node, let connection):
      for group in facts.groups where !open[node, group].isEmpty {
        open[node, group].removeAll { $0.token.connection == connection }
      }
    default: break
    }
    return nil
  }

  /// Proposals enter the log in the order in which they were asked; what was not refused by now is in it.
  private mutating func bind(_ node: Int, _ group: GroupID, _ persist: Persist) {
    guard open[node, group].contains(where: { $0.index == nil }) else { return }
    for entry in persist.entries where entry.kind == .command {
      guard let place = open[node, group].firstIndex(where: { $0.index == nil }) else { return }
      if open[node, group][place].command == entry.payload { open[node, group][place].index = entry.index }
    }
  }
}
