import Base
import Model
import Raft
import Replica
import Wire

/// Shows the rules what happens.
extension World {
  func observe(_ observation: Observation) {
    // What a store does that is not what it was is judged by what comes of it elsewhere.
    let broken: String?
    if let node = observation.node, nodes[node].isImposter {
      switch observation {
      case .applying(_, let batch): broken = checks.observeApplying(byLost: node, batch, at: now)
      // Until it is found out a sound node may take its word that it would win.
      case .sent(_, _, let message) where message.body.isPreVoteReply: broken = checks.observe(observation, at: now)
      default: broken = nil
      }
    } else {
      broken = checks.observe(observation, at: now)
    }
    violation = violation ?? broken
  }

  /// The process is about to take up an event.
  func observeAsked(_ node: Int, _ event: ReplicaEvent) {
    switch event {
    case .client(let token, let body): observe(.asked(node: node, token, body))
    case .clientGone(let connection): observe(.hungUp(node: node, connection: connection))
    default: break
    }
  }

  /// Of messages that promise something, or that ask for what was promised.
  func observeSent(_ node: Int, _ frame: PeerFrame) {
    guard case .messages(let messages) = frame else { return }
    for message in messages {
      switch message.message.body {
      case .preVoteReply, .vote, .voteReply, .appendReply:
        observe(.sent(node: node, group: message.group, message.message))
      case .preVote, .append, .heartbeat, .heartbeatReply, .readIndex, .readIndexReply, .timeoutNow: break
      }
    }
  }

  /// The process has taken up an event, and what came of it has left.
  func observeTold(_ node: Int, _ event: ReplicaEvent) {
    // What came of it may be left to do when the process runs again.
    guard case .stateDone(let done) = event, nodes[node].isUp, nodes[node].unfinished.isEmpty else { return }
    switch done {
    case .applied(let report):
      observe(.learned(node: node, group: report.group, index: LogIndex(report.header.applied)))
    case .adopted(let group, let header):
      observe(.learned(node: node, group: group, index: LogIndex(header.applied)))
    default: break
    }
  }

  /// The process has done what was left to do.
  func observeTold(_ node: Int) {
    for group in genesis.groups {
      guard let index = nodes[node].replicas?.applied(of: group.group) else { continue }
      observe(.learned(node: node, group: group.group, index: index))
    }
    observeMoved(node, 0)
  }

  /// Replicas of the node are not what they were.
  /// - Parameter moved: which, a bit for each group.
  func observeMoved(_ node: Int, _ moved: UInt64) {
    leaders.follow(node, nodes[node].pulses)
    for (slot, pulse) in nodes[node].pulses.enumerated() where survival.isNews(slot, pulse.commit) {
      guard let replica = nodes[node].inspection(of: slot) else { continue }
      survival.commit(slot, pulse.commit, configuration: replica.configurationIndex)
    }
    nodes[node].unseen |= moved
    // What it handed to its disk in this turn comes first.
    guard nodes[node].unfinished.isEmpty else { return }
    for slot in [Int](places: nodes[node].unseen) {
      if let replica = nodes[node].inspection(of: slot) { observe(.inspected(node: node, replica)) }
    }
    nodes[node].unseen = 0
  }

  func observeContested() {
    for slot in [Int](places: leaders.contested) {
      let group = genesis.groups[slot].group
      let rivals = leaders.leaders(of: slot).map { leader in
        Observation.Leader(
          node: leader, term: nodes[leader].pulses[slot].term, hasLease: nodes[leader].holdsLease(group, at: reading(leader)))
      }
      observe(.contested(group: group, rivals))
    }
  }

  func observeElected(_ node: Int, _ group: GroupID, _ term: Term) {
    let replicas = nodes[node].replicas
    let held = checks.facts.newestCommitted(group, before: term).flatMap { replicas?.mark(of: group, at: $0.index) }
    observe(
      .elected(
        node: node, group: group, term: term, since: nodes[node].clock.moment(of: nodes[node].turnReading),
        last: replicas?.lastIndex(of: group) ?? .zero, held: held))
  }

  func observeSubmitted(_ node: Int, _ operations: [LogOperation]) {
    for case .write(let writes) in operations {
      for write in writes {
        followConfigurations(node, write)
        probe(node, write)
        observe(.submitted(node: node, group: write.group, write.persist))
      }
    }
  }

  func observePersisted(_ node: Int, _ operations: [LogOperation]) {
    for operation in operations {
      switch operation {
      case .write(let writes):
        for write in writes { observe(.persisted(node: node, group: write.group, write.persist)) }
      case .install(let group, let description, _):
        nodes[node].isInstalling = true
        observe(.installed(node: node, group: group, description.mark))
      case .rebuild(let group, let description, _):
        observe(.rebuilt(node: node, group: group, description.mark))
      case .cut:
        meet(.logCut)
        if nodes[node].sendsSnapshot { count(.logCutWhileRestoring) }
      case .genesis, .peers: break
      }
    }
  }

  func observeStateWorked(_ node: Int, _ done: StateDone) {
    switch done {
    case .applied(let report): observe(.applied(node: node, report))
    case .durable(let group, let index): observe(.stateDurable(node: node, group: group, index: index))
    case .adopted(let group, let header):
      nodes[node].isInstalling = false
      if let reader = nodes[node].readers[group] { observe(.adopted(node: node, group: group, header, reader)) }
    case .exported, .chunkRead, .chunkWritten, .verified, .failed, .exportFailed: break
    }
  }

  func observeRestarted(_ node: Int) {
    guard let replicas = nodes[node].replicas else { return }
    let found = genesis.groups.compactMap { group -> Observation.Restarted? in
      guard let hard = replicas.hardState(of: group.group), let last = replicas.lastIndex(of: group.group),
        let applied = replicas.applied(of: group.group)
      else { return nil }
      return Observation.Restarted(
        group: group.group, hardState: hard, last: last, mark: replicas.mark(of: group.group, at: last), applied: applied)
    }
    for group in genesis.groups { stateFound(node, group.group, file: replicas.stateFile(of: group.group)) }
    observe(.restarted(node: node, found))
  }
}

extension Raft.Message.Body {
  fileprivate var isPreVoteReply: Bool {
    if case .preVoteReply = self { true } else { false }
  }
}
