import Base
import Raft

// One line for everything that a trace shows.

extension Message {
  var line: String { "\(body.line) term=\(term)" }
}

extension Message.Body {
  var name: String {
    switch self {
    case .preVote: "preVote"
    case .preVoteReply: "preVoteReply"
    case .vote: "vote"
    case .voteReply: "voteReply"
    case .append: "append"
    case .appendReply: "appendReply"
    case .heartbeat: "heartbeat"
    case .heartbeatReply: "heartbeatReply"
    case .readIndex: "readIndex"
    case .readIndexReply: "readIndexReply"
    case .timeoutNow: "timeoutNow"
    }
  }

  var line: String {
    switch self {
    case .preVote(let request), .vote(let request):
      "\(name) last=\(request.last)\(request.isTransfer ? " transfer" : "")"
    case .preVoteReply(let reply), .voteReply(let reply):
      "\(name) \(reply.granted ? "granted" : "refused") for=\(reply.requestTerm)"
    case .append(let request):
      "append after=\(request.previous) \(request.entries.line) commit=\(request.commit) round=\(request.round.rawValue)"
    case .appendReply(let reply): "appendReply \(reply.result.line) round=\(reply.round.rawValue)"
    case .heartbeat(let beat): "heartbeat commit=\(beat.commit) round=\(beat.round.rawValue)"
    case .heartbeatReply(let reply):
      "heartbeatReply round=\(reply.round.rawValue)\(reply.isSuspended ? " suspended" : "")"
        + (reply.fsyncAge > .zero ? " fsync=\(reply.fsyncAge.milliseconds)" : "")
    case .readIndex(let nonce): "readIndex \(nonce.line)"
    case .readIndexReply(let reply):
      "readIndexReply \(reply.nonce.line) \(reply.index.map { "index=\($0)" } ?? "retry")"
    case .timeoutNow: "timeoutNow"
    }
  }
}

extension AppendReply.Result {
  var line: String {
    switch self {
    case .matched(let index): "matched=\(index)"
    case .rejected(let previous, let hint, let last): "rejected=\(previous) hint=\(hint) last=\(last)"
    case .hashDiffers(let index): "hashDiffers=\(index)"
    }
  }
}

extension ReadNonce {
  var line: String { "r\(replica).\(bootCount).\(counter)" }
}

extension [Entry] {
  var line: String { "[" + map(\.line).joined(separator: " ") + "]" }
}

extension Entry {
  var line: String {
    switch kind {
    case .noop: "\(id)noop"
    case .command: "\(id)"
    case .configuration: "\(id)\(Laws.configuration(of: self).line)"
    }
  }
}

extension Configuration {
  var line: String {
    let names = members.map { member in
      switch member.role {
      case .voter: "\(member.replica)"
      case .learner: "\(member.replica)l"
      case .witness: "\(member.replica)w"
      case .departing: "\(member.replica)d"
      }
    }
    let half = "{" + names.joined(separator: " ") + "}"
    return isJoint ? half + "&{" + outgoing.map(\.description).joined(separator: " ") + "}" : half
  }
}

extension WayHome {
  var line: String {
    switch self {
    case .unasked: "unasked"
    case .isHome: "yes"
    case .nobody: "nobody"
    case .underWay(let target): "underWay:\(target)"
    case .unwell(let replica, let ailment): "unwell:\(replica):\(ailment)"
    case .waiting(let replica, _): "waiting:\(replica)"
    case .resting: "resting"
    }
  }
}

extension Refusal {
  var line: String {
    switch self {
    case .notLeader(let hint): "notLeader hint=\(hint.map(\.description) ?? "none")"
    case .transferring(let target): "transferring to \(target)"
    case .overloaded: "overloaded"
    case .changeUnderWay: "changeUnderWay"
    case .illegalChange(let why): "illegalChange: \(why)"
    case .unsuitableTarget: "unsuitableTarget"
    }
  }
}

extension Note {
  var line: String {
    switch self {
    case .becameRole(let role, let term): "becomes \(role.rawValue) term=\(term)"
    case .leaderChanged(let leader, let term): "follows \(leader.map(\.description) ?? "nobody") term=\(term)"
    case .truncated(let index): "truncates from \(index)"
    case .peerLost(let peer, let acknowledged, let last): "peer \(peer) lost entries: had \(acknowledged), has \(last)"
    case .hashDiffers(let peer, let index): "hash differs from \(peer)'s at \(index)"
    case .configurationChanged(let index): "configuration of \(index) counts"
    case .transferEnded(let succeeded): "transfer \(succeeded ? "succeeded" : "failed")"
    case .leftJoint(let index): "leaves the joint configuration of \(index)"
    case .lostQuorum(let term): "hears no majority term=\(term)"
    case .abdicated(let peer): "abdicates to \(peer)"
    case .skippedBack(let peer, let entries): "skips back \(entries) for \(peer)"
    case .tailFull: "tail is full"
    case .resumedVoting: "votes again"
    }
  }
}

extension Effects {
  /// Everything but messages, which are shown when they arrive or are held.
  var lines: [String] {
    var lines = notes.map(\.line)
    lines += accepted.map { "accepts \($0.token) as \($0.id)" }
    lines += refused.map { "refuses \($0.token.map { "\($0) " } ?? "")\($0.reason.line)" }
    if let persist { lines.append(persist.line) }
    if let applicable { lines.append("may apply through \(applicable)") }
    for answer in reads {
      switch answer.result {
      case .index(let index, let byLease):
        lines.append("read \(answer.nonce.line) at \(index)\(byLease ? " by lease" : "")")
      case .retry: lines.append("read \(answer.nonce.line) must be asked again")
      }
    }
    lines += loads.map { "loads \($0.from)...\($0.through) for \($0.peer)" }
    lines += snapshotsNeeded.map { "needs a snapshot for \($0)" }
    return lines
  }
}

extension Persist {
  var line: String {
    var line = "writes m\(mark.rawValue)"
    if let hardState {
      line += " term=\(hardState.term) vote=\(hardState.votedFor.map(\.description) ?? "none")"
      if hardState.suspended { line += " suspended" }
    }
    if let truncateFrom { line += " truncate=\(truncateFrom)" }
    return entries.isEmpty ? line : line + " \(entries.line)"
  }
}

extension Note {
  var kind: String {
    switch self {
    case .becameRole(let role, _): role.rawValue
    case .leaderChanged: "leaderChanged"
    case .truncated: "truncated"
    case .peerLost: "peerLost"
    case .hashDiffers: "hashDiffers"
    case .configurationChanged: "configurationChanged"
    case .transferEnded(let succeeded): succeeded ? "transfer succeeded" : "transfer failed"
    case .leftJoint: "leftJoint"
    case .lostQuorum: "lostQuorum"
    case .abdicated: "abdicated"
    case .skippedBack: "skippedBack"
    case .tailFull: "tailFull"
    case .resumedVoting: "resumedVoting"
    }
  }
}

extension Refusal {
  var kind: String {
    switch self {
    case .notLeader: "notLeader"
    case .transferring: "transferring"
    case .overloaded: "overloaded"
    case .changeUnderWay: "changeUnderWay"
    case .illegalChange(let why): "\(why)"
    case .unsuitableTarget: "unsuitableTarget"
    }
  }
}

extension ReadAnswer.Result {
  var kind: String {
    switch self {
    case .index(_, let byLease): byLease ? "by lease" : "by round"
    case .retry: "retry"
    }
  }
}
