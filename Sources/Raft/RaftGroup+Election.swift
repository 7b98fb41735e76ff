import Base

/// A candidate's count of votes.
struct Ballot: Hashable, Sendable {
  /// The term that is campaigned for; for a pre-vote the one that would be.
  var term = Term.zero
  var granted: [ReplicaID] = []
  var refused: [ReplicaID] = []
  /// The write that makes the own vote durable; only then it counts (traps 9 and 12).
  var durableWith: WriteMark?

  mutating func start(_ term: Term) {
    self.term = term
    granted.removeAll(keepingCapacity: true)
    refused.removeAll(keepingCapacity: true)
    durableWith = nil
  }

  mutating func record(_ replica: ReplicaID, granted isGranted: Bool) {
    guard !granted.contains(replica), !refused.contains(replica) else { return }
    if isGranted { granted.append(replica) } else { refused.append(replica) }
  }

  func vote(of replica: ReplicaID) -> Bool? {
    if granted.contains(replica) { return true }
    return refused.contains(replica) ? false : nil
  }
}

/// Elections (TH 3.4, 3.6.1, 4.2.3, 9.6).
extension RaftGroup {
  /// Only voters campaign, and those whose removal is not committed as far as they know: they may hold the longest log,
  /// without which nobody could be elected (TH 4.2.2). They do not count themselves. Once they know, they never campaign
  /// again (trap 6).
  var mayCampaign: Bool {
    !isSuspended && (quorum.contains(replica) || configurations.mayStillVote(replica, commit: commit))
  }
  var isSuspended: Bool { hardState.suspended || isSuspendedByNode }

  /// Draws a time-out afresh, so that two replicas that tied once do not tie again (trap 34).
  mutating func redrawElectionDeadline() {
    let wait = random.interval(timing.electionMin, timing.electionMax)
    electionDeadline = clock + (defect == .timesOutAlike ? timing.electionMin : wait)
  }

  /// Asks whether an election could be won before disturbing anybody with a new term (TH 9.6).
  mutating func startPreVote(into effects: inout Effects) {
    become(.preCandidate, into: &effects)
    redrawElectionDeadline()
    ballot.start(hardState.term.next)
    ballot.record(replica, granted: true)
    let request = VoteRequest(last: log.lastID, isTransfer: false)
    let term = ballot.term
    quorum.forEachVoter { voter in
      guard voter != replica else { return }
      effects.sends.append(Message(from: replica, to: voter, term: term, body: .preVote(request)))
    }
    judgeBallot(into: &effects)
  }

  /// Campaigns in the next term. The requests wait for the disk like the own vote: a candidate that crashed and lost
  /// entries must not find votes that were given to its longer log.
  mutating func campaign(isTransfer: Bool, into effects: inout Effects) {
    precondition(mayCampaign, "replica \(replica) may not campaign")
    become(.candidate, into: &effects)
    redrawElectionDeadline()
    hardState.term = hardState.term.next
    hardState.votedFor = replica
    unwritten.hardState = true
    effects.notes.append(.becameRole(.candidate, hardState.term))
    ballot.start(hardState.term)
    let request = VoteRequest(last: log.lastID, isTransfer: isTransfer)
    quorum.forEachVoter { voter in
      guard voter != replica else { return }
      effects.sendsAfterPersist.append(message(to: voter, .vote(request)))
    }
  }

  /// Counts the candidate's own vote once it is durable.
  mutating func countOwnVote(into effects: inout Effects) {
    guard role == .candidate, let mark = ballot.durableWith, mark <= writes.durable else { return }
    ballot.record(replica, granted: true)
    judgeBallot(into: &effects)
  }

  private mutating func judgeBallot(into effects: inout Effects) {
    switch quorum.tally(ballot.vote) {
    case .open: break
    case .lost: become(.follower, into: &effects)
    case .won where role == .preCandidate: campaign(isTransfer: false, into: &effects)
    case .won: becomeLeader(into: &effects)
    }
  }

  /// Takes a role in the present term and with no known leader. Leaving leadership answers whatever waited for it.
  mutating func become(_ new: Role, into effects: inout Effects) {
    if role == .leader { abandonLeadership(into: &effects) }
    follow(nil, into: &effects)
    guard new != role else { return }
    role = new
    if new != .candidate { effects.notes.append(.becameRole(new, hardState.term)) }
  }

  /// Enters `term`, in which nothing was promised yet.
  mutating func enter(_ term: Term, into effects: inout Effects) {
    precondition(term > hardState.term, "term \(term) after \(hardState.term)")
    hardState.term = term
    hardState.votedFor = nil
    unwritten.hardState = true
    // A follower keeps its deadline: a request that it may go on to refuse must not put off its own campaign (trap 33).
    if role != .follower { redrawElectionDeadline() }
    become(.follower, into: &effects)
  }

  /// Believes `new` to lead the present term.
  mutating func follow(_ new: ReplicaID?, into effects: inout Effects) {
    guard leader != new else { return }
    retryForwardedReads(into: &effects)
    leaderMoved(from: leader, to: new)
    leader = new
    leaderRound = Round(0)
    leaderQuorumAge = Self.ageUnknown
    effects.notes.append(.leaderChanged(new, hardState.term))
    if let target = handedTo, let new {
      handedTo = nil
      effects.notes.append(.transferEnded(succeeded: new == target))
    }
  }

  /// The leader of the present term has spoken.
  mutating func heardLeader(_ new: ReplicaID, round: Round, into effects: inout Effects) {
    precondition(role != .leader, "leader heard another leader")
    if role != .follower { become(.follower, into: &effects) }
    follow(new, into: &effects)
    leaderRound = max(leaderRound, round)
    lastContactWithLeader = clock
    redrawElectionDeadline()
  }

  /// Whether an election now could elect a second leader within the first one's lease (TH 4.2.3, 6.4.1).
  private var protectsLeader: Bool {
    if defect == .votesAgainstLiveLeader { return false }
    if clock < voteHoldUntil { return true }
    if role == .leader { return quorumContact + timing.electionMin > clock }
    guard let contact = lastContactWithLeader else { return false }
    return contact + timing.electionMin > clock
  }

  private func isUpToDate(_ last: EntryID) -> Bool {
    if defect == .ignoresLogLength { return true }
    return last.term != log.lastTerm ? last.term > log.lastTerm : last.index >= log.lastIndex
  }

  /// Grants nothing durable, so it changes nothing here.
  mutating func receive(
    preVote request: VoteRequest, from candidate: ReplicaID, term: Term, into effects: inout Effects
  ) {
    let granted = term > hardState.term && !isSuspended && !protectsLeader && isUpToDate(request.last)
      && (defect != .refusesThoughNotVoter || quorum.contains(replica))
    let reply = VoteReply(granted: granted, requestTerm: term)
    effects.sends.append(message(to: candidate, .preVoteReply(reply)))
  }

  /// Votes even when this replica's own configuration does not count it: it may have been promoted and not know (trap 23).
  mutating func receive(vote request: VoteRequest, from candidate: ReplicaID, term: Term, into effects: inout Effects) {
    let isProtected = protectsLeader && !request.isTransfer
    if !isProtected && term > hardState.term { enter(term, into: &effects) }
    let isFree =
      hardState.votedFor == candidate
      || (leader == nil && (hardState.votedFor == nil || (defect == .votesTwice && role == .follower)))
    let mayVote = !isProtected && !isSuspended && term == hardState.term && role != .leader
      && (defect != .refusesThoughNotVoter || quorum.contains(replica))
    guard mayVote && isFree && isUpToDate(request.last) else {
      let reply = VoteReply(granted: false, requestTerm: term)
      effects.sends.append(message(to: candidate, .voteReply(reply)))
      return
    }
    if hardState.votedFor != candidate {
      hardState.votedFor = candidate
      unwritten.hardState = true
    }
    if role == .preCandidate { become(.follower, into: &effects) }
    redrawElectionDeadline()
    let reply = message(to: candidate, .voteReply(VoteReply(granted: true, requestTerm: term)))
    if defect == .grantsBeforeDurable { return effects.sends.append(reply) }
    effects.sendsAfterPersist.append(reply)
  }

  mutating func receive(preVoteReply reply: VoteReply, from voter: ReplicaID, into effects: inout Effects) {
    surveyed(voter)
    guard role == .preCandidate, reply.requestTerm == ballot.term else { return }
    ballot.record(voter, granted: reply.granted)
    judgeBallot(into: &effects)
  }

  mutating func receive(voteReply reply: VoteReply, from voter: ReplicaID, into effects: inout Effects) {
    guard role == .candidate, reply.requestTerm == hardState.term else { return }
    ballot.record(voter, granted: reply.granted)
    judgeBallot(into: &effects)
  }

  /// The leader hands over: campaign now; its own word overrides everybody's protection of it.
  mutating func receiveTimeoutNow(from sender: ReplicaID, into effects: inout Effects) {
    // Told again with each heartbeat: a disk that answers meanwhile is in time.
    guard role == .follower, leader == sender, mayCampaign, !diskHangs else { return }
    campaign(isTransfer: true, into: &effects)
  }

  /// A store that lost entries votes again once a leader has caught it up: when an entry of the leader's own term is
  /// committed and durable here.
  mutating func resumeVotingWhenCaughtUp(into effects: inout Effects) {
    guard hardState.suspended, leader != nil, role == .follower, hardState.term != damagedTerm else { return }
    guard log.term(at: min(commit, log.durable)) == hardState.term else { return }
    hardState.suspended = false
    unwritten.hardState = true
    redrawElectionDeadline()
    effects.notes.append(.resumedVoting)
  }

  mutating func suspend(_ suspended: Bool, into effects: inout Effects) {
    guard suspended != isSuspendedByNode else { return }
    isSuspendedByNode = suspended
    switch role {
    case .follower: if !suspended { redrawElectionDeadline() }
    case .preCandidate, .candidate: become(.follower, into: &effects)
    case .leader: if suspended { handOver(into: &effects) }
    }
  }
}
