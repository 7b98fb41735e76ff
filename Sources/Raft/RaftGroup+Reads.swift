public import Base

/// Linearizable reads without a log entry (TH 6.4): by a round that was begun after the read was registered, or by the
/// lease that such rounds maintain.
extension RaftGroup {
  mutating func read(_ nonce: ReadNonce, into effects: inout Effects) {
    if role == .leader { return register(ReadQueue.Waiting(nonce: nonce, replica: replica), into: &effects) }
    guard let leader, reads.count < capacity.readsWaiting else {
      return effects.reads.append(ReadAnswer(nonce: nonce, result: .retry))
    }
    reads.forward(nonce, at: clock)
    effects.sends.append(message(to: leader, .readIndex(nonce)))
  }

  mutating func receive(readIndex nonce: ReadNonce, from peer: ReplicaID, into effects: inout Effects) {
    let read = ReadQueue.Waiting(nonce: nonce, replica: peer)
    if role == .leader { register(read, into: &effects) } else { answer(read, nil, byLease: false, into: &effects) }
  }

  private var knowsCommit: Bool { commit >= lead.termStart || defect == .readsBeforeOwnTerm }

  private mutating func register(_ read: ReadQueue.Waiting, into effects: inout Effects) {
    guard reads.count < capacity.readsWaiting else { return answer(read, nil, byLease: false, into: &effects) }
    if leaseValid(at: clock) { return answer(read, commit, byLease: true, into: &effects) }
    reads.wait(read)
    // Before its first own-term commit a leader does not know what is committed (trap 17).
    if knowsCommit && reads.wantsRound { beginHeartbeats(into: &effects) }
  }

  /// Answers one registered read; nil means that this replica does not lead.
  func answer(_ read: ReadQueue.Waiting, _ index: LogIndex?, byLease: Bool, into effects: inout Effects) {
    guard read.replica == replica else {
      let reply = ReadIndexReply(nonce: read.nonce, index: index, quorumAge: quorumAge(at: clock) ?? Self.ageUnknown)
      return effects.sends.append(message(to: read.replica, .readIndexReply(reply)))
    }
    let result: ReadAnswer.Result = if let index { .index(index, byLease: byLease) } else { .retry }
    effects.reads.append(ReadAnswer(nonce: read.nonce, result: result))
  }

  /// Answers the batch whose round, or a later one, was confirmed, and begins the next when reads came meanwhile.
  mutating func answerBatch(into effects: inout Effects) {
    guard !reads.batch.isEmpty, lead.rounds.confirmed >= reads.batchRound else { return }
    for read in reads.batch { answer(read, reads.batchIndex, byLease: false, into: &effects) }
    reads.removeBatch()
    if reads.wantsRound { beginHeartbeats(into: &effects) }
  }

  mutating func receive(readIndexReply reply: ReadIndexReply, from peer: ReplicaID, into effects: inout Effects) {
    guard peer == leader, reads.takeForwarded(reply.nonce) else { return }
    let result: ReadAnswer.Result = if let index = reply.index { .index(index, byLease: false) } else { .retry }
    effects.reads.append(ReadAnswer(nonce: reply.nonce, result: result))
  }

  /// The leader of this term goes; none of what waited for its word will get it.
  mutating func retryRegisteredReads(into effects: inout Effects) {
    for read in reads.batch { answer(read, nil, byLease: false, into: &effects) }
    for read in reads.waiting { answer(read, nil, byLease: false, into: &effects) }
    reads.removeBatch()
    reads.removeWaiting()
  }

  mutating func retryForwardedReads(into effects: inout Effects) {
    for read in reads.forwarded { effects.reads.append(ReadAnswer(nonce: read.nonce, result: .retry)) }
    reads.removeForwarded(reads.forwarded.count)
  }

  /// A question or its answer was lost. It is never asked again under its nonce (trap 18).
  mutating func expireForwardedReads(into effects: inout Effects) {
    var count = 0
    while count < reads.forwarded.count, clock - reads.forwarded[count].sent >= timing.electionMin {
      effects.reads.append(ReadAnswer(nonce: reads.forwarded[count].nonce, result: .retry))
      count += 1
    }
    if count > 0 { reads.removeForwarded(count) }
  }

  /// Whether no other leader can exist at `now`. Ask again with a fresh reading of the clock at the moment of an answer:
  /// the process may have been paused since the last.
  public func leaseValid(at now: Moment) -> Bool {
    let isHandingOver = (lead.transfer != nil || lead.leaseForfeited) && defect != .keepsLeaseInTransfer
    guard role == .leader, knowsCommit, !isHandingOver, !isSuspended, let confirmedAt = lead.rounds.confirmedAt
    else { return false }
    return now < confirmedAt + (defect == .leaseWithoutDrift ? timing.electionMin : timing.lease)
  }

  /// How old the knowledge of the commit index may be. At a leader: the time since a round was sent that a quorum
  /// answered. At a follower: what the leader said, plus the time since it was heard; the way of the message comes on
  /// top, so a bound needs a read of one's own. nil when nobody has confirmed anything yet.
  public func quorumAge(at now: Moment) -> Interval? {
    if role == .leader {
      guard commit >= lead.termStart, let confirmedAt = lead.rounds.confirmedAt else { return nil }
      return max(now - confirmedAt, .zero)
    }
    guard leader != nil, let heard = lastContactWithLeader, leaderQuorumAge < Self.ageUnknown else { return nil }
    return max(now - heard, .zero) + leaderQuorumAge
  }
}
