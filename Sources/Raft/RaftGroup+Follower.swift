import Base

/// A follower's half of replication (TH 3.5).
extension RaftGroup {
  mutating func receive(heartbeat beat: Heartbeat, from sender: ReplicaID, into effects: inout Effects) {
    if survey != nil { return }
    if escapeDamagedTerm(into: &effects) {
      return answer(heartbeat: beat, from: sender, into: &effects)
    }
    guard role != .leader else { return }
    heardLeader(sender, round: beat.round, into: &effects)
    leaderQuorumAge = min(max(beat.quorumAge, .zero), Self.ageUnknown)
    // The leader tells no more than this replica acknowledged in this term, so it is here and verified (trap 13). When
    // it is not here, this store lost it, and what is here proves nothing until the next append.
    if beat.commit <= log.lastIndex { commit = max(commit, beat.commit) }
    if defect == .commitsUnverified { commit = max(commit, min(beat.commit, log.lastIndex)) }
    answer(heartbeat: beat, from: sender, into: &effects)
  }

  /// Never waits for the disk: it says that the sender is heard, and promises nothing.
  func answer(heartbeat beat: Heartbeat, from sender: ReplicaID, into effects: inout Effects) {
    let reply = HeartbeatReply(round: beat.round, fsyncAge: fsyncAge, isSuspended: isSuspended)
    effects.sends.append(message(to: sender, .heartbeatReply(reply)))
  }

  mutating func receive(append request: AppendRequest, from sender: ReplicaID, into effects: inout Effects) {
    if survey != nil { return }
    if escapeDamagedTerm(into: &effects) {
      return effects.sendsAfterPersist.append(message(to: sender, .appendReply(rejection(of: request))))
    }
    guard role != .leader else { return }
    heardLeader(sender, round: request.round, into: &effects)
    let result = take(request, into: &effects)
    if case .hashDiffers(let index) = result { effects.notes.append(.hashDiffers(sender, at: index)) }
    reply(result, round: request.round, to: sender, into: &effects)
  }

  mutating func reply(
    _ result: AppendReply.Result, round: Round, to peer: ReplicaID, into effects: inout Effects
  ) {
    let reply = AppendReply(round: round, result: result, fsyncAge: fsyncAge)
    effects.sendsAfterPersist.append(message(to: peer, .appendReply(reply)))
  }

  /// A store that lost entries may have acknowledged them to the leader of the very term in which it restarts, who still
  /// counts them. No commitment of that term proves that it has caught up, so it ends the term; the next leader starts
  /// with no belief about it.
  private mutating func escapeDamagedTerm(into effects: inout Effects) -> Bool {
    guard hardState.suspended, hardState.term == damagedTerm else { return false }
    enter(hardState.term.next, into: &effects)
    return true
  }

  private mutating func take(_ request: AppendRequest, into effects: inout Effects) -> AppendReply.Result {
    let previous = request.previous
    // Below the commit index the logs agree by Leader Completeness (TH 3.6.3), and what is there may be compacted.
    if previous.index >= commit {
      guard log.term(at: previous.index) == previous.term else { return rejection(of: request).result }
      if let hash = log.hash(at: previous.index), hash != request.previousHash {
        return .hashDiffers(at: previous.index)
      }
    }
    if defect == .truncatesAlways, previous.index >= commit, previous.index < log.lastIndex {
      truncateLog(from: previous.index + 1, into: &effects)
    }
    for place in request.entries.indices {
      let entry = request.entries[place]
      if entry.index <= log.lastIndex {
        // Unknown here means below the log's start: committed, applied and cut.
        guard let term = log.term(at: entry.index) else { continue }
        if term == entry.term {
          if let hash = log.hash(at: entry.index), hash != entry.hash { return .hashDiffers(at: entry.index) }
          continue
        }
        // Committed entries never conflict with a leader's (TH 3.6.3), so one of the two logs is damaged.
        if entry.index <= commit { return .hashDiffers(at: entry.index) }
      }
      if let hash = log.hash(at: entry.index - 1), hash != entry.header.previousHash {
        return .hashDiffers(at: entry.index - 1)
      }
      // Only on a conflict, never because a request ends early: it may be an old one (trap 14).
      if entry.index <= log.lastIndex { truncateLog(from: entry.index, into: &effects) }
      for new in request.entries[place...] { appendToLog(new, into: &effects) }
      break
    }
    let verified = previous.index + UInt64(request.entries.count)
    commit = max(commit, min(request.commit, verified))
    return .matched(max(verified, commit))
  }

  /// Refuses `request` and says where the logs may agree, skipping whole terms (TH 3.5; trap 26).
  func rejection(of request: AppendRequest) -> AppendReply {
    let found = log.lastIndex(atMost: request.previous.term, upTo: request.previous.index)
    let index = max(found, min(commit, request.previous.index))
    let hint = EntryID(index: index, term: log.term(at: index) ?? .zero)
    return AppendReply(
      round: request.round, result: .rejected(previous: request.previous.index, hint: hint, last: log.lastIndex),
      fsyncAge: fsyncAge)
  }
}
