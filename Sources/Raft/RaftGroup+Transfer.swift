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
    guard let target = wanted ?? bestTarget, isSuitable(target), diskAnswers(of: target) else {
      return effects.refused.append(Refused(token: nil, reason: .unsuitableTarget))
    }
    beginTransfer(to: target)
  }

  /// Gets rid of leadership: to the best of the others, or by stepping down.
  mutating func handOver(into effects: inout Effects) {
    if lead.transfer != nil { return }
    if let target = bestTarget { beginTransfer(to: target) } else { become(.follower, into: &effects) }
  }

  mutating func beginTransfer(to target: ReplicaID) {
    lead.transfer = Leadership.Transfer(target: target, deadline: clock + timing.transfer)
  }

  private func diskAnswers(of target: ReplicaID) -> Bool {
    lead.place(of: target).map { lead.peers[$0].fsyncAge < timing.electionMin } ?? false
  }

  private func isSuitable(_ target: ReplicaID) -> Bool {
    guard quorum.incoming.contains(target), let place = lead.place(of: target) else { return false }
    let peer = lead.peers[place]
    guard let contact = peer.lastContact, clock - contact < timing.electionMax else { return false }
    return peer.state == .replicate && !peer.isLost && !peer.isSuspended
  }

  /// A write has been outstanding for as long as followers would bear with a silent leader: the disk is taken to hang.
  var diskHangs: Bool { fsyncAge >= timing.electionMin }

  /// One resolve to give up leadership because of the disk.
  struct Abdication: Hashable, Sendable {
    var term: Term
    var began: Moment
    /// Who was told and did not take over.
    var tried: [ReplicaID]
  }

  /// How often a leader may hand over because of its disk: two slow disks must not play ball with leadership.
  static let abdicationPause = Interval.seconds(10)

  /// A leader whose disk hangs commits with the others' disks, but answers nobody: its state takes nothing that its own
  /// log does not hold. So it hands over, if there is somebody who has all that is committed and whose disk is much
  /// quicker; else it stays, because nobody else would do better. A peer that does not take over is not asked twice, the
  /// next one is: as long as nobody leads but this replica, nothing was played.
  ///
  /// Nothing of it waits for the own disk: the target is caught up from memory, and the others' votes make it leader.
  mutating func abdicateWhenDiskHangs(into effects: inout Effects) {
    guard role == .leader, lead.transfer == nil, diskHangs else { return }
    var resolve = Abdication(term: hardState.term, began: clock, tried: [])
    if let last = abdication, clock - last.began < Self.abdicationPause {
      guard last.term == hardState.term else { return }
      resolve = last
    }
    let age = fsyncAge
    guard
      let target = bestTarget(where: { peer in
        peer.match >= commit && peer.fsyncAge * 4 <= age && !resolve.tried.contains(peer.replica)
      })
    else { return }
    resolve.tried.append(target)
    abdication = resolve
    effects.notes.append(.abdicated(to: target))
    beginTransfer(to: target)
  }

  /// A voter that was heard lately and whose log agrees with this one's as far as it goes. One that holds data comes
  /// before a witness, one whose disk answers before one whose disk hangs; then the most caught up, then the one with the
  /// quickest disk.
  var bestTarget: ReplicaID? { bestTarget { _ in true } }

  private func bestTarget(where isWanted: (Progress) -> Bool) -> ReplicaID? {
    var best: Progress?
    for peer in lead.peers where isSuitable(peer.replica) && isWanted(peer) {
      if best.map({ isBetter(peer, than: $0) }) ?? true { best = peer }
    }
    return best?.replica
  }

  func isBetter(_ peer: Progress, than other: Progress) -> Bool {
    func holdsData(_ peer: Progress) -> Bool {
      configurations.latest.configuration.member(peer.replica)?.role == .voter
    }
    func answers(_ peer: Progress) -> Bool { peer.fsyncAge < timing.electionMin }
    if holdsData(peer) != holdsData(other) { return holdsData(peer) }
    if answers(peer) != answers(other) { return answers(peer) }
    if peer.match != other.match { return peer.match > other.match }
    return peer.fsyncAge < other.fsyncAge
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
    if let transfer = lead.transfer, clock >= transfer.deadline, defect != .neverEndsTransfer { endTransfer(into: &effects) }
  }

  /// The transfer did not come about. The leader serves again, unless it was to get rid of leadership.
  mutating func endTransfer(into effects: inout Effects) {
    lead.transfer = nil
    effects.notes.append(.transferEnded(succeeded: false))
    if isSuspended { become(.follower, into: &effects) }
  }
}
