import Base

/// What must hold after every step. Broken ones are our own bugs, so these stay on in release.
extension RaftGroup {
  func checkInvariants() {
    let last = log.lastIndex
    precondition(commit <= last, "commit \(commit) beyond the log's end \(last)")
    precondition(log.start <= commit, "the log begins after \(log.start), commit is \(commit)")
    precondition(log.durable <= last, "durable \(log.durable) beyond the log's end \(last)")
    precondition(handedOut <= min(commit, log.durable), "handed out \(handedOut), commit \(commit), \(log.durable)")
    precondition(log.lastTerm <= hardState.term, "term \(hardState.term), last entry \(log.lastID)")
    precondition(unwritten.isEmpty, "a step left something unwritten")
    switch role {
    case .leader:
      precondition(leader == replica, "leader \(replica) follows \(String(describing: leader))")
      precondition(hardState.votedFor == replica, "leader \(replica) voted for another")
      // Unknown once the log is cut beyond it.
      precondition((log.term(at: lead.termStart) ?? term) == term, "no entry of term \(term)")
      for peer in lead.peers {
        precondition(peer.match <= last, "peer \(peer.replica) matches \(peer.match) of \(last)")
        precondition(
          peer.match < peer.next || defect == .keepsNextBehindMatch,
          "peer \(peer.replica): match \(peer.match), next \(peer.next)")
      }
    case .candidate: precondition(hardState.votedFor == replica && leader == nil, "candidate \(replica)")
    case .preCandidate: precondition(leader == nil, "pre-candidate \(replica) follows \(String(describing: leader))")
    case .follower: precondition(leader != replica, "follower \(replica) follows itself")
    }
    assert(holdsThroughout(), "the state of replica \(replica) is inconsistent")
  }

  /// The dearer half; the log's chain only near its ends, so that a debug build stays usable.
  private func holdsThroughout() -> Bool {
    guard quorum == Quorum(configurations.latest.configuration), configurations.latest.index <= log.lastIndex else {
      return false
    }
    for (left, right) in zip(log.trail, log.trail.dropFirst())
    where left.index >= right.index || left.term >= right.term {
      return false
    }
    guard log.trail[0].index == log.start else { return false }
    for entry in log.entries.suffix(32) where log.term(at: entry.index) != entry.term { return false }
    for (left, right) in zip(log.entries.suffix(32), log.entries.suffix(32).dropFirst()) {
      guard right.index == left.index + 1, right.header.previousHash == left.hash else { return false }
      guard right.term >= left.term, right.header.logTime >= left.header.logTime else { return false }
    }
    guard role == .leader else { return true }
    for (left, right) in zip(lead.peers, lead.peers.dropFirst()) where left.replica >= right.replica { return false }
    let uncommitted = log.byteCount(after: commit, through: log.lastIndex)
    return lead.uncommittedBytes == uncommitted && lead.place(of: replica) == nil
  }
}
