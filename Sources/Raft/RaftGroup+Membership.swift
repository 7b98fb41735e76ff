import Base

/// Changes of membership (TH 4, with the correction of 2015): one voter at a time, or any change by joint consensus.
extension RaftGroup {
  mutating func change(_ new: Configuration, into effects: inout Effects) {
    if let refusal = refusal(of: new) {
      effects.refused.append(Refused(token: nil, reason: refusal))
      return
    }
    appendOwn(.configuration, payload: new.bytes, wallTime: .zero, into: &effects)
  }

  private func refusal(of new: Configuration) -> Refusal? {
    guard role == .leader else { return .notLeader(hint: leader) }
    if let transfer = lead.transfer { return .transferring(to: transfer.target) }
    guard commit >= lead.termStart || defect == .changesBeforeOwnTerm, commit >= configurations.latest.index else {
      return .changeUnderWay
    }
    // Leaving follows by itself as soon as the joint configuration is committed.
    let old = configurations.latest.configuration
    guard !old.isJoint else { return .changeUnderWay }
    guard new != old else { return .illegalChange("nothing would change") }
    do { try new.validate() } catch { return .illegalChange("it is not a valid configuration") }
    return refusal(ofStructureOf: new, after: old) ?? refusal(ofNewVotersOf: new, after: old)
  }

  private func refusal(ofStructureOf new: Configuration, after old: Configuration) -> Refusal? {
    let (voters, present) = (new.incoming, old.incoming)
    if new.isJoint {
      guard new.outgoing == present else { return .illegalChange("the outgoing half is not the present voters") }
    } else {
      let gone = present.filter { !voters.contains($0) }.count
      let come = voters.filter { !present.contains($0) }.count
      guard gone + come <= 1 else { return .illegalChange("more than one voter changes outside a joint configuration") }
    }
    for (place, member) in new.members.enumerated() {
      guard !new.members[..<place].contains(where: { $0.node == member.node }) else {
        return .illegalChange("two replicas on one node")
      }
      guard let before = old.member(member.replica) else { continue }
      guard before.node == member.node, before.store == member.store else {
        return .illegalChange("a replica moves to another node or store")
      }
      if before.votes && member.votes && before.role != member.role {
        return .illegalChange("a voter and a witness turn into each other by way of a learner")
      }
    }
    return nil
  }

  /// A voter that has yet to be caught up would count in every quorum and help none (TH 4.2.1).
  private func refusal(ofNewVotersOf new: Configuration, after old: Configuration) -> Refusal? {
    for member in new.members where member.votes && !(old.member(member.replica)?.votes ?? false) {
      guard old.member(member.replica) != nil, let place = lead.place(of: member.replica) else {
        return .illegalChange("a new voter is not a learner yet")
      }
      let peer = lead.peers[place]
      guard peer.state == .replicate, !peer.isLost, peer.match + capacity.promotionLag >= commit else {
        return .illegalChange("a new voter is not caught up")
      }
    }
    return nil
  }

  /// Goes on under a later id, as a follower: whatever an earlier one was at is over.
  mutating func readmit(as new: ReplicaID, into effects: inout Effects) {
    precondition(new > replica, "replica \(replica) would become \(new)")
    if role != .follower { become(.follower, into: &effects) }
    replica = new
  }

  /// A configuration entered or left the log: it counts from now on.
  mutating func configurationChanged(into effects: inout Effects) {
    quorum = Quorum(configurations.latest.configuration)
    effects.notes.append(.configurationChanged(index: configurations.latest.index))
    endSurveyWhenAllTold()
    guard role == .leader else { return }
    admitPeers()
    if let transfer = lead.transfer, !quorum.incoming.contains(transfer.target) {
      endTransfer(into: &effects)
    }
  }

  /// Makes the leader's table follow the newest configuration. A removed peer stays until it knows, for some time: one
  /// that is never told would stand for election for ever (TH 4.2.3).
  mutating func admitPeers() {
    let latest = configurations.latest
    var table: [Progress] = []
    for member in latest.configuration.members where member.replica != replica {
      var peer =
        lead.place(of: member.replica).map { lead.peers[$0] }
        ?? Progress(replica: member.replica, next: log.lastIndex + 1, at: clock)
      peer.removed = nil
      table.append(peer)
    }
    for var peer in lead.peers where latest.configuration.member(peer.replica) == nil {
      if peer.removed == nil {
        peer.removed = Progress.Removal(index: latest.index, until: clock + timing.electionMax * 4)
      }
      table.append(peer)
    }
    table.sort { $0.replica < $1.replica }
    lead.peers = table
  }

  /// Ends the attention to a removed peer that has learnt of its removal. The last use of `place`.
  mutating func dropWhenTold(_ place: Int) {
    let peer = lead.peers[place]
    guard let removed = peer.removed, peer.match >= removed.index, peer.toldCommit >= removed.index else { return }
    lead.peers.remove(at: place)
  }

  /// A joint configuration is left as soon as it is committed, by whoever then leads (TH 4.3; trap 24).
  mutating func leaveJointWhenCommitted(into effects: inout Effects) {
    let latest = configurations.latest
    guard latest.configuration.isJoint, commit >= latest.index, commit >= lead.termStart, lead.transfer == nil else {
      return
    }
    if defect == .leavesOwnJointAlone, latest.index < lead.termStart { return }
    effects.notes.append(.leftJoint(index: latest.index))
    let members = latest.configuration.members.filter { $0.role != .departing }
    appendOwn(.configuration, payload: Configuration(members: members).bytes, wallTime: .zero, into: &effects)
    advanceCommit(into: &effects)
  }

  /// A leader that is no voter any more serves until that is committed (TH 4.2.2), then hands over and steps down.
  mutating func stepDownWhenRemoved(into effects: inout Effects) {
    let latest = configurations.latest
    guard role == .leader, commit >= latest.index, !quorum.contains(replica) else { return }
    if let target = bestTarget, let place = lead.place(of: target), lead.peers[place].match == log.lastIndex {
      effects.sends.append(message(to: target, .timeoutNow))
    }
    become(.follower, into: &effects)
  }
}
