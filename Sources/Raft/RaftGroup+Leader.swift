import Base

/// A leader's half of replication (TH 3.5, 3.6.2, 10.2.1, 10.2.2).
extension RaftGroup {
  mutating func becomeLeader(into effects: inout Effects) {
    precondition(role == .candidate, "a \(role.rawValue) becomes leader")
    role = .leader
    lead.start(
      termStart: log.lastIndex + 1, uncommittedBytes: log.byteCount(after: commit, through: log.lastIndex),
      logTime: log.lastLogTime, at: defect == .stampsSinceBoot ? .zero : clock)
    effects.notes.append(.becameRole(.leader, hardState.term))
    follow(replica, into: &effects)
    admitPeers()
    appendOwn(.noop, payload: [], wallTime: .zero, into: &effects)
    beginHeartbeats(into: &effects)
  }

  /// Leaves leadership: whatever waited for it is answered, because nobody else will.
  mutating func abandonLeadership(into effects: inout Effects) {
    retryRegisteredReads(into: &effects)
    if let transfer = lead.transfer {
      if lead.leaseForfeited {
        handedTo = transfer.target
      } else {
        effects.notes.append(.transferEnded(succeeded: false))
      }
    }
    lead = Leadership()
    redrawElectionDeadline()
  }

  mutating func propose(_ proposals: [Proposal], into effects: inout Effects) {
    let refusal: Refusal? =
      if role != .leader { .notLeader(hint: leader) } else if let transfer = lead.transfer {
        .transferring(to: transfer.target)
      } else { nil }
    if let refusal {
      for proposal in proposals { effects.refused.append(Refused(token: proposal.token, reason: refusal)) }
      return
    }
    var isTailFull = false
    for proposal in proposals {
      let bytes = EntryHeader.byteCount + proposal.payload.count
      // One entry of any size passes when nothing else is uncommitted.
      guard lead.uncommittedBytes == 0 || lead.uncommittedBytes + bytes <= capacity.uncommittedBytes else {
        effects.refused.append(Refused(token: proposal.token, reason: .overloaded))
        isTailFull = true
        continue
      }
      let id = appendOwn(.command, payload: proposal.payload, wallTime: proposal.wallTime, into: &effects)
      effects.accepted.append(Accepted(token: proposal.token, id: id))
    }
    if isTailFull { effects.notes.append(.tailFull) }
  }

  @discardableResult
  mutating func appendOwn(
    _ kind: EntryKind, payload: [UInt8], wallTime: WallTime, into effects: inout Effects
  ) -> EntryID {
    precondition(role == .leader, "a \(role.rawValue) appends")
    let header = EntryHeader(
      epoch: epoch, group: group, term: hardState.term, index: log.lastIndex + 1, kind: kind,
      logTime: stamp(wallTime), wallTime: wallTime, previousHash: log.lastHash)
    let entry = Entry(header: header, payload: payload)
    lead.uncommittedBytes += entry.byteCount
    appendToLog(entry, into: &effects)
    return entry.id
  }

  private mutating func stamp(_ wallTime: WallTime) -> LogTime {
    let time = lead.stamp(at: clock)
    guard defect == .stampsByWallTime else { return time }
    return max(log.lastLogTime, LogTime(nanoseconds: wallTime.milliseconds &* 1_000_000))
  }

  /// Commits what a quorum holds durably, the leader's own disk being one voice of it. Only an entry of this term counts;
  /// earlier ones are committed by it (TH 3.6.2, Figure 3.7; trap 1).
  mutating func advanceCommit(into effects: inout Effects) {
    let counting = defect == .countsItselfThoughRemoved ? quorum.joined(by: replica) : quorum
    let held = LogIndex(
      counting.reached { voter in
        if voter == replica { return (defect == .countsOwnUnwritten ? log.lastIndex : log.durable).rawValue }
        guard let place = lead.place(of: voter) else { return 0 }
        return lead.peers[place].countedMatch.rawValue
      })
    guard held > commit, log.term(at: held) == hardState.term || defect == .commitsOldTermByCount else { return }
    let wasKnown = commit >= lead.termStart
    lead.uncommittedBytes -= log.byteCount(after: commit, through: held)
    commit = held
    if !wasKnown && reads.wantsRound { beginHeartbeats(into: &effects) }
  }

  /// When a quorum, this leader included, was last heard.
  var quorumContact: Moment {
    let nanoseconds = quorum.reached { voter in
      if voter == replica { return UInt64(bitPattern: clock.nanoseconds) ^ (1 << 63) }
      guard let place = lead.place(of: voter) else { return 0 }
      return UInt64(bitPattern: lead.peers[place].contact.nanoseconds) ^ (1 << 63)
    }
    return Moment(nanoseconds: Int64(bitPattern: nanoseconds ^ (1 << 63)))
  }

  mutating func tickAsLeader(into effects: inout Effects) {
    // Nobody may go on believing in a leader that cannot commit (check-quorum; trap 16).
    guard clock - quorumContact < timing.electionMax || defect == .leadsUnheard else {
      effects.notes.append(.lostQuorum(hardState.term))
      return become(.follower, into: &effects)
    }
    expireTransfer(into: &effects)
    guard role == .leader, clock >= lead.nextHeartbeat else { return }
    lead.peers.removeAll { $0.removed.map { clock >= $0.until } ?? false }
    lead.transfer?.told = false
    watchPreferred()
    beginHeartbeats(into: &effects)
  }

  /// Begins a round and asks everybody; reads that wait for a round join it.
  mutating func beginHeartbeats(into effects: inout Effects) {
    let round = lead.rounds.begin(at: clock)
    if reads.wantsRound && (commit >= lead.termStart || defect == .readsBeforeOwnTerm) { reads.beginBatch(round: round, index: commit) }
    lead.nextHeartbeat = clock + timing.heartbeat
    for place in lead.peers.indices { sendHeartbeat(to: place, round: round, into: &effects) }
    confirmRounds(into: &effects)
  }

  private mutating func sendHeartbeat(to place: Int, round: Round, into effects: inout Effects) {
    let told = defect == .commitsUnverified ? commit : min(lead.peers[place].match, commit)
    lead.peers[place].toldCommit = max(lead.peers[place].toldCommit, told)
    let beat = Heartbeat(commit: told, round: round, quorumAge: quorumAge(at: clock) ?? Self.ageUnknown)
    effects.sends.append(message(to: lead.peers[place].replica, .heartbeat(beat)))
  }

  /// Any answer of this term to a round counts for the round, whatever else it says.
  private mutating func heard(_ place: Int, round: Round, fsyncAge: Interval, into effects: inout Effects) {
    lead.peers[place].lastContact = clock
    lead.peers[place].fsyncAge = max(fsyncAge, .zero)
    guard round <= lead.rounds.newest, round > lead.peers[place].acknowledged else { return }
    lead.peers[place].acknowledged = round
    confirmRounds(into: &effects)
  }

  /// Finds the newest round that a quorum has answered: it confirms reads and moves the lease.
  private mutating func confirmRounds(into effects: inout Effects) {
    let newest = lead.rounds.newest
    let round = Round(
      quorum.reached { voter in
        if voter == replica { return newest.rawValue }
        guard let place = lead.place(of: voter) else { return 0 }
        return lead.peers[place].acknowledged.rawValue
      })
    guard round > lead.rounds.confirmed else { return }
    lead.rounds.confirm(round)
    if defect == .leaseFromReceipt { lead.rounds.misdate(clock) }
    answerBatch(into: &effects)
  }

  mutating func receive(heartbeatReply reply: HeartbeatReply, from peer: ReplicaID, into effects: inout Effects) {
    guard role == .leader, let place = lead.place(of: peer) else { return }
    heard(place, round: reply.round, fsyncAge: reply.fsyncAge, into: &effects)
    lead.peers[place].isSuspended = reply.isSuspended
    switch lead.peers[place].state {
    case .probe: probeAgain(place, answered: reply.round)
    case .replicate: verifyOldAppends(to: place, answered: reply.round, into: &effects)
    case .snapshot: break
    }
    dropWhenTold(place)
  }

  /// The probe is lost when a heartbeat that went out after it was answered and it was not; an earlier heartbeat says
  /// nothing about it. A peer whose disk hangs cannot answer, so what it has in memory already is not sent in a hurry.
  private mutating func probeAgain(_ place: Int, answered: Round) {
    guard let probed = lead.peers[place].probed, answered > probed, defect != .forgetsLostProbe else { return }
    let hangs = lead.peers[place].fsyncAge >= timing.electionMin
    if hangs && clock - lead.peers[place].verifiedAt < timing.electionMin { return }
    lead.peers[place].probed = nil
  }

  /// The peer lives but has not answered an append that was sent before the heartbeat which it did answer: either its disk
  /// is slow, or one of the two messages was lost. An empty append behind all of them finds out (trap 27).
  private mutating func verifyOldAppends(to place: Int, answered: Round, into effects: inout Effects) {
    guard let oldest = lead.peers[place].inFlight.first, oldest.round < answered,
      clock - lead.peers[place].verifiedAt >= timing.heartbeat
    else { return }
    lead.peers[place].verifiedAt = clock
    let previous = lead.peers[place].next - 1
    guard let term = log.term(at: previous), let hash = log.hash(at: previous) else {
      return lead.peers[place].probe(from: lead.peers[place].match + 1)
    }
    sendAppend(to: place, previous: EntryID(index: previous, term: term), hash: hash, entries: [], into: &effects)
  }

  mutating func receive(appendReply reply: AppendReply, from peer: ReplicaID, into effects: inout Effects) {
    guard role == .leader, let place = lead.place(of: peer) else { return }
    heard(place, round: reply.round, fsyncAge: reply.fsyncAge, into: &effects)
    switch reply.result {
    case .matched(let index):
      guard index <= log.lastIndex else { return }
      lead.peers[place].matched(
        index, reply: reply.round, newest: lead.rounds.newest, logStart: min(log.start, log.base.index),
        defect: defect)
      dropWhenTold(place)
    case .rejected(let previous, let hint, let last):
      rejected(place, reply.round, previous: previous, hint: hint, last: last, into: &effects)
    case .hashDiffers(let index):
      effects.notes.append(.hashDiffers(peer, at: index))
      // Asked again with the next heartbeat, no faster: only a rebuild of one of the two can change the answer.
      if index <= lead.peers[place].match { declareLost(place, last: index - 1, into: &effects) }
      lead.peers[place].probe(from: lead.peers[place].match + 1)
      lead.peers[place].probed = lead.rounds.newest
    }
  }

  private mutating func rejected(
    _ place: Int, _ round: Round, previous: LogIndex, hint: EntryID, last: LogIndex, into effects: inout Effects
  ) {
    let peer = lead.peers[place]
    if last < peer.match && round > peer.matchedAt { declareLost(place, last: last, into: &effects) }
    let match = lead.peers[place].match
    switch peer.state {
    // Of an earlier probe.
    case .probe where previous + 1 != peer.next: return
    // Of an append from before what was acknowledged since.
    case .replicate where previous <= match: return
    case .snapshot: return
    case .probe, .replicate: break
    }
    guard previous > .zero else { return }
    let agreed = log.lastIndex(atMost: hint.term, upTo: min(hint.index, previous - 1))
    if previous - 1 > agreed { effects.notes.append(.skippedBack(peer.replica, entries: previous - 1 - agreed)) }
    lead.peers[place].probe(from: agreed + 1)
  }

  /// A peer that holds less than it acknowledged is not counted until it has all of it again. What was committed with its
  /// voice stays committed; it is told so that whoever runs the group knows how near a loss is.
  private mutating func declareLost(_ place: Int, last: LogIndex, into effects: inout Effects) {
    let peer = lead.peers[place]
    effects.notes.append(.peerLost(peer.replica, acknowledged: peer.match, last: last))
    lead.peers[place].lost(newest: lead.rounds.newest)
    // Answers from here on are told apart from earlier ones by a newer round.
    _ = lead.rounds.begin(at: clock)
    if peer.state != .snapshot { lead.peers[place].probe(from: last + 1) }
  }

  /// Sends every peer what it lacks, as far as its window allows. `written` holds the entries of this step's write, which
  /// most peers need just so.
  mutating func replicate(sharing written: [Entry], into effects: inout Effects) {
    var shared = written
    for place in lead.peers.indices {
      switch lead.peers[place].state {
      case .probe:
        if lead.peers[place].probed == nil && sendNext(to: place, sharing: &shared, into: &effects) {
          lead.peers[place].probed = lead.rounds.newest
          lead.peers[place].verifiedAt = clock
        }
      case .replicate:
        while lead.peers[place].next <= log.lastIndex, lead.peers[place].canPipeline(within: capacity),
          sendNext(to: place, sharing: &shared, into: &effects)
        {}
      case .snapshot: break
      }
      tellCommit(place, into: &effects)
    }
  }

  /// Sends one append from `next`, or asks the disk or a snapshot for what memory no longer has. Returns whether an append
  /// went out.
  private mutating func sendNext(to place: Int, sharing shared: inout [Entry], into effects: inout Effects) -> Bool {
    guard lead.peers[place].loading == nil else { return false }
    let next = lead.peers[place].next
    let previous = next - 1
    guard let term = log.term(at: previous) else {
      lead.peers[place].awaitSnapshot()
      effects.snapshotsNeeded.append(lead.peers[place].replica)
      return false
    }
    guard let hash = log.hash(at: previous) else {
      return sendFromDisk(to: place, previous: EntryID(index: previous, term: term), into: &effects)
    }
    if shared.first?.index != next || !shared.fitOneAppend(within: capacity) {
      shared = log.slice(
        from: next, through: log.lastIndex, bytesMax: capacity.appendBytes, countMax: capacity.appendEntries)
    }
    sendAppend(to: place, previous: EntryID(index: previous, term: term), hash: hash, entries: shared, into: &effects)
    return true
  }

  /// A laggard below the memory tail gets what was read for it, or has more read.
  private mutating func sendFromDisk(
    to place: Int, previous: EntryID, into effects: inout Effects
  ) -> Bool {
    let entries = lead.peers[place].loaded
    lead.peers[place].loaded = []
    if let first = entries.first, first.index == previous.index + 1 {
      sendAppend(to: place, previous: previous, hash: first.header.previousHash, entries: entries, into: &effects)
      return true
    }
    let load = LogLoad(
      peer: lead.peers[place].replica, from: previous.index + 1,
      through: min(log.base.index, previous.index + UInt64(capacity.appendEntries)),
      bytesMax: capacity.appendBytes)
    lead.peers[place].loading = load
    effects.loads.append(load)
    return false
  }

  private mutating func sendAppend(
    to place: Int, previous: EntryID, hash: Digest, entries: [Entry], into effects: inout Effects
  ) {
    let round = lead.rounds.current(at: clock, youngerThan: timing.heartbeat / 4)
    if let last = entries.last {
      let bytes = entries.reduce(0) { $0 + $1.byteCount }
      if lead.peers[place].state == .replicate {
        lead.peers[place].sent(through: last.index, bytes: bytes, round: round)
      }
    }
    let told = min(commit, previous.index + UInt64(entries.count))
    lead.peers[place].toldCommit = max(lead.peers[place].toldCommit, told)
    let request = AppendRequest(
      previous: previous, previousHash: hash, entries: entries, commit: commit, round: round)
    effects.sends.append(message(to: lead.peers[place].replica, .append(request)))
  }

  /// Nothing is on the way that would carry the new commit index, so a heartbeat does at once (trap 28).
  private mutating func tellCommit(_ place: Int, into effects: inout Effects) {
    let peer = lead.peers[place]
    guard peer.state == .replicate, peer.inFlight.isEmpty, min(peer.match, commit) > peer.toldCommit else { return }
    let round = lead.rounds.current(at: clock, youngerThan: timing.heartbeat / 4)
    sendHeartbeat(to: place, round: round, into: &effects)
  }
}

extension [Entry] {
  /// Whether all of them may travel in one append.
  fileprivate func fitOneAppend(within capacity: Capacity) -> Bool {
    guard count <= capacity.appendEntries else { return false }
    var bytes = 0
    for entry in self { bytes += entry.byteCount }
    return count == 1 || bytes <= capacity.appendBytes
  }
}
