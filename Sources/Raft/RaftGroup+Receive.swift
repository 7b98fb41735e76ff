import Base

/// The one place at which messages come in and terms are compared (TH 3.3).
extension RaftGroup {
  mutating func receive(_ message: Message, into effects: inout Effects) {
    guard message.to == replica, message.from != replica, message.term.rawValue < Self.numberMax else { return }
    switch message.body {
    case .preVote(let request):
      // Its term is one that the sender has not entered, so nobody else does.
      return receive(preVote: request, from: message.from, term: message.term, into: &effects)
    case .vote(let request):
      // Judges for itself whether the term may be entered.
      return receive(vote: request, from: message.from, term: message.term, into: &effects)
    case .preVoteReply(let reply) where message.term < hardState.term:
      // A voter whose term is behind grants as well as any other; it enters no term by that.
      return receive(preVoteReply: reply, from: message.from, into: &effects)
    case .append(let request):
      guard request.isSound(group: group, epoch: epoch, term: message.term, numberMax: Self.numberMax) else { return }
    default: break
    }
    if message.term < hardState.term { return answerOldTerm(message, into: &effects) }
    if message.term > hardState.term { enter(message.term, into: &effects) }
    switch message.body {
    case .preVote, .vote: break
    case .preVoteReply(let reply): receive(preVoteReply: reply, from: message.from, into: &effects)
    case .voteReply(let reply): receive(voteReply: reply, from: message.from, into: &effects)
    case .append(let request): receive(append: request, from: message.from, into: &effects)
    case .appendReply(let reply): receive(appendReply: reply, from: message.from, into: &effects)
    case .heartbeat(let beat): receive(heartbeat: beat, from: message.from, into: &effects)
    case .heartbeatReply(let reply): receive(heartbeatReply: reply, from: message.from, into: &effects)
    case .readIndex(let nonce): receive(readIndex: nonce, from: message.from, into: &effects)
    case .readIndexReply(let reply): receive(readIndexReply: reply, from: message.from, into: &effects)
    case .timeoutNow: receiveTimeoutNow(from: message.from, into: &effects)
    }
  }

  /// Whoever asks in an old term learns of the new one; that is also how a candidate whose term ran ahead is freed: the
  /// leader learns its term from the reply. Answers of an old term mean nothing (trap 12).
  private mutating func answerOldTerm(_ message: Message, into effects: inout Effects) {
    // What it knows of terms is not what it knew.
    if survey != nil { return }
    switch message.body {
    case .heartbeat(let beat): answer(heartbeat: beat, from: message.from, into: &effects)
    case .append(let request):
      let reply = rejection(of: request)
      effects.sendsAfterPersist.append(self.message(to: message.from, .appendReply(reply)))
    case .readIndex(let nonce):
      answer(ReadQueue.Waiting(nonce: nonce, replica: message.from), nil, byLease: false, into: &effects)
    default: break
    }
  }
}

extension AppendRequest {
  /// Whether the request can be a leader's of `term`: entries consecutive, chained by their hashes, terms and log times
  /// not falling, configurations readable. Everything else is damaged or not ours, and is ignored.
  func isSound(group: GroupID, epoch: UInt32, term: Term, numberMax: UInt64) -> Bool {
    guard previous.index.rawValue < numberMax, previous.term <= term else { return false }
    var index = previous.index
    var hash = previousHash
    var lastTerm = previous.term
    var logTime = LogTime.zero
    for entry in entries {
      let header = entry.header
      guard header.group == group, header.epoch == epoch, header.index == index + 1, header.previousHash == hash,
        header.term >= lastTerm, header.term <= term, header.logTime >= logTime,
        header.logTime.nanoseconds < Int64(numberMax)
      else { return false }
      if entry.kind == .configuration && Configuration(payloadOf: entry) == nil { return false }
      index = header.index
      hash = entry.hash
      lastTerm = header.term
      logTime = header.logTime
    }
    return true
  }
}
