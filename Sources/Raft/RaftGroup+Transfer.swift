import Base

/// Leadership transfer (TH 3.10): the target is caught up, then told to campaign at once; nothing new is accepted
/// meanwhile, and the lease is given up before anybody is told.
extension RaftGroup {
  mutating func transfer(to wanted: ReplicaID?, into effects: inout Effects) {
    guard role == .leader else {
      return effects.refused.append(Refused(token: nil, reason: .notLeader(hint: leader)))
    }
    if let transfer = lead.transfer {
      if wanted == nil || wanted == transfer.target { return }
      return effects.refused.append(Refused(token: nil, reason: .transferring(to: transfer.target)))
    }
    guard let target = wanted ?? bestTarget, isSuitable(target) else {
      return effects.refused.append(Refused(token: nil, reason: .unsuitableTarget))
    }
    beginTransfer(to: target)
  }

  /// Gets rid of leadership: to the best of the others, or by stepping down.
  mutating func handOver(into effects: inout Effects) {
    if lead.transfer != nil { return }
    if let target = bestTarget { beginTransfer(to: target) } else { become(.follower, into: &effects) }
  }

  private mutating func beginTransfer(to target: ReplicaID) {
    lead.transfer = Leadership.Transfer(target: target, deadline: clock + timing.transfer)
  }

  private func isSuitable(_ target: ReplicaID) -> Bool {
    guard quorum.incoming.contains(target), let place = lead.place(of: target) else { return false }
    let peer = lead.peers[place]
    guard let contact = peer.lastContact, clock - contact < timing.electionMax else { return false }
    return peer.state == .replicate && !peer.isLost
  }

  /// How often a leader may hand over because of its disk: two slow disks must not play ball with leadership.
  static let abdicationPause = Interval.seconds(10)

  /// A leader whose disk hangs commits with the others' disks, but answers nobody: its state takes nothing that its own
  /// log does not hold. So it hands over, if there is somebody who has all that is committed and whose disk is much
  /// quicker; else it stays, because nobody else would do better.
  mutating func abdicateWhenDiskHangs() {
    guard role == .leader, lead.transfer == nil, fsyncAge >= timing.electionMin,
      abdicatedAt.map({ clock - $0 >= Self.abdicationPause }) ?? true,
      let target = bestTarget(where: { $0.match >= commit && $0.fsyncAge * 4 <= fsyncAge })
    else { return }
    abdicatedAt = clock
    beginTransfer(to: target)
  }

  /// The most caught-up voter that was heard lately; among equals one that holds data, then the one with the quickest disk.
  var bestTarget: ReplicaID? { bestTarget { _ in true } }

  private func bestTarget(where isWanted: (Progress) -> Bool) -> ReplicaID? {
    let configuration = configurations.latest.configuration
    var best: (replica: ReplicaID, isData: Bool, match: LogIndex, fsyncAge: Interval)?
    for peer in lead.peers where isSuitable(peer.replica) && isWanted(peer) {
      let isData = configuration.member(peer.replica)?.role == .voter
      if let best {
        if best.isData != isData {
          if best.isData { continue }
        } else if best.match != peer.match {
          if best.match > peer.match { continue }
        } else if best.fsyncAge <= peer.fsyncAge {
          continue
        }
      }
      best = (peer.replica, isData, peer.match, peer.fsyncAge)
    }
    return best?.replica
  }

  /// Tells the target as soon as it has everything; again with each heartbeat, because the message may be lost.
  mutating func advanceTransfer(into effects: inout Effects) {
    guard let transfer = lead.transfer, !transfer.told else { return }
    guard let place = lead.place(of: transfer.target), !lead.peers[place].isLost else {
      return endTransfer(into: &effects)
    }
    guard lead.peers[place].match == log.lastIndex else { return }
    lead.transfer?.told = true
    lead.leaseForfeited = true
    effects.sends.append(message(to: transfer.target, .timeoutNow))
  }

  mutating func expireTransfer(into effects: inout Effects) {
    if let transfer = lead.transfer, clock >= transfer.deadline { endTransfer(into: &effects) }
  }

  /// The transfer did not come about. The leader serves again, unless it was to get rid of leadership.
  mutating func endTransfer(into effects: inout Effects) {
    lead.transfer = nil
    effects.notes.append(.transferEnded(succeeded: false))
    if isSuspended { become(.follower, into: &effects) }
  }
}
