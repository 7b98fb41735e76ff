public import Base
import Model
import Raft
public import Wire

extension Replicas {
  /// What an administrator sees of each replica here.
  public func groupStatus(at now: Moment) -> [NodeStatus.Group] {
    groups.indices.map { slot in
      let group = groups[slot]
      let configuration = group.raft.configuration
      return NodeStatus.Group(
        keyspace: group.keyspace, group: group.group, replica: group.replica, role: roleName(slot),
        leader: group.raft.leader.flatMap { node(slot, $0)?.name } ?? "", term: group.raft.term.rawValue,
        commit: group.raft.commit.rawValue, applied: group.header.applied, lastIndex: group.raft.lastIndex.rawValue,
        firstIndex: group.raft.firstIndex.rawValue, durableIndex: group.raft.durableIndex.rawValue,
        base: group.header.base, compacted: group.header.compacted.rawValue, liveKeys: group.header.liveKeys,
        sessions: group.header.sessions, chainHead: group.header.chainHead, setHash: group.header.setHash,
        lastContact: lastContact(slot, at: now), followers: followers(slot, at: now),
        lag: group.raft.commit.rawValue > group.header.applied ? group.raft.commit.rawValue - group.header.applied : 0,
        voters: configuration.incoming.compactMap { configuration.member($0)?.node.name },
        outgoing: configuration.outgoing.compactMap { configuration.member($0)?.node.name },
        quarantine: group.outOfService, received: group.receiving?.written ?? 0,
        receiving: group.receiving?.description.bytes ?? 0, rebuilds: group.rebuilds.count, scrubs: group.scrub.passes,
        preferred: preferred(slot), notHome: notHome(slot, at: now))
    }
  }

  /// The links to the other nodes.
  public func peerStatus(at now: Moment) -> [NodeStatus.Peer] {
    configuration.nodes.compactMap { peer in
      guard peer.name != configuration.node.name, let node = NodeID(peer.name) else { return nil }
      return NodeStatus.Peer(
        node: peer.name, isConnected: links.outbound(to: node) != nil, refusal: links.refusal(of: node),
        roundTrip: .zero)
    }
  }

  private func preferred(_ slot: Int) -> [String] {
    guard let nation = groups[slot].raft.preference?.nation else { return [] }
    return groups[slot].raft.configuration.members.filter { $0.nation == nation && $0.votes }.map(\.node.name)
  }

  /// Why leadership is not where it is preferred, as the leader sees it; empty when it is.
  private func notHome(_ slot: Int, at now: Moment) -> String {
    let raft = groups[slot].raft
    func name(_ replica: ReplicaID) -> String { node(slot, replica)?.name ?? "replica \(replica)" }
    func seconds(_ interval: Interval) -> Int64 { (max(interval, .zero).milliseconds + 999) / 1_000 }
    switch raft.wayHome(at: now) {
    case .unasked, .isHome: return ""
    case .nobody: return "no voter stands in \(raft.preference.map { "\($0.nation)" } ?? "")"
    case .underWay(let target): return "\(name(target)) is taking over"
    case .unwell(let replica, let ailment):
      switch ailment {
      case .silent: return "\(name(replica)) is not heard"
      case .suspended: return "\(name(replica)) may not lead just now"
      case .behind: return "\(name(replica)) is not caught up"
      case .slowDisk: return "the disk of \(name(replica)) is slow"
      }
    case .waiting(let replica, let since):
      return "\(name(replica)) has been well for \((max(now - since, .zero)).milliseconds / 1_000) s of "
        + "\(seconds(raft.preference?.patience ?? .zero)) s"
    case .resting(let until): return "it was lost there lately; \(seconds(until - now)) s to wait"
    }
  }

  private func roleName(_ slot: Int) -> String {
    let group = groups[slot]
    if group.quarantine != nil { return "quarantined" }
    if group.raft.hardState.suspended || !disowning.isEmpty { return "suspended" }
    if group.raft.configuration.member(group.replica)?.role == .learner { return "learner" }
    return group.raft.role.rawValue
  }

  private func lastContact(_ slot: Int, at now: Moment) -> Interval {
    let group = groups[slot]
    if group.raft.role == .leader { return group.raft.quorumAge(at: now) ?? .zero }
    return group.raft.lastContactWithLeader.map { now - $0 } ?? .zero
  }

  private func followers(_ slot: Int, at now: Moment) -> [NodeStatus.Follower] {
    let group = groups[slot]
    guard group.raft.role == .leader else { return [] }
    return group.raft.configuration.members.compactMap { member -> NodeStatus.Follower? in
      guard member.replica != group.replica else { return nil }
      guard let progress = group.raft.progress(of: member.replica) else { return nil }
      let last = group.raft.lastIndex.rawValue
      return NodeStatus.Follower(
        node: member.node.name, match: progress.match.rawValue,
        lag: last > progress.match.rawValue ? last - progress.match.rawValue : 0,
        lastContact: progress.lastContact.map { now - $0 } ?? .zero, fsyncAge: progress.fsyncAge,
        state: progress.state.rawValue)
    }
  }
}
