import Base
import Raft

/// | bytes | what |
/// |---|---|
/// | 4, 8, 8, 8 | group, replica from, replica to, term |
/// | 1 | 1 preVote, 2 preVoteReply, 3 vote, 4 voteReply, 5 append, 6 appendReply |
/// | | 7 heartbeat, 8 heartbeatReply, 9 readIndex, 10 readIndexReply, 11 timeoutNow |
/// | … | the body |
extension GroupMessage: WirePart {
  static let byteCountMin = 29
  /// Of every body but an append's; the longest is a refused append's answer.
  private static let bodyByteCountMax = 64

  /// What the message takes at most.
  var byteCountMax: Int {
    guard case .append(let append) = message.body else { return Self.byteCountMin + Self.bodyByteCountMax }
    return append.entries.reduce(Self.byteCountMin + AppendRequest.byteCountMin) { $0 + 4 + $1.byteCount }
  }

  func write(to writer: inout ByteWriter) {
    writer.u32(group.rawValue)
    writer.u64(message.from.rawValue)
    writer.u64(message.to.rawValue)
    writer.u64(message.term.rawValue)
    writer.u8(message.body.tag)
    switch message.body {
    case .preVote(let body), .vote(let body): body.write(to: &writer)
    case .preVoteReply(let body), .voteReply(let body): body.write(to: &writer)
    case .append(let body): body.write(to: &writer)
    case .appendReply(let body): body.write(to: &writer)
    case .heartbeat(let body): body.write(to: &writer)
    case .heartbeatReply(let body): body.write(to: &writer)
    case .readIndex(let nonce): nonce.write(to: &writer)
    case .readIndexReply(let body): body.write(to: &writer)
    case .timeoutNow: break
    }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    group = try reader.group("message's group")
    let from = try reader.replica("message's sender")
    let to = try reader.replica("message's receiver")
    let term = try reader.term("message's term")
    let body: Message.Body
    switch try reader.u8("message's kind") {
    case 1: body = .preVote(try VoteRequest(from: &reader))
    case 2: body = .preVoteReply(try VoteReply(from: &reader))
    case 3: body = .vote(try VoteRequest(from: &reader))
    case 4: body = .voteReply(try VoteReply(from: &reader))
    case 5: body = .append(try AppendRequest(from: &reader, group: group))
    case 6: body = .appendReply(try AppendReply(from: &reader))
    case 7: body = .heartbeat(try Heartbeat(from: &reader))
    case 8: body = .heartbeatReply(try HeartbeatReply(from: &reader))
    case 9: body = .readIndex(try ReadNonce(from: &reader))
    case 10: body = .readIndexReply(try ReadIndexReply(from: &reader))
    case 11: body = .timeoutNow
    default: throw .invalid(field: "message's kind")
    }
    message = Message(from: from, to: to, term: term, body: body)
  }
}

extension Message.Body {
  fileprivate var tag: UInt8 {
    switch self {
    case .preVote: 1
    case .preVoteReply: 2
    case .vote: 3
    case .voteReply: 4
    case .append: 5
    case .appendReply: 6
    case .heartbeat: 7
    case .heartbeatReply: 8
    case .readIndex: 9
    case .readIndexReply: 10
    case .timeoutNow: 11
    }
  }
}

/// Index (8), term (8).
extension EntryID: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u64(index.rawValue)
    writer.u64(term.rawValue)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let index = try reader.index("entry's index")
    self.init(index: index, term: try reader.term("entry's term"))
  }
}

/// The candidate's last entry (16), whether the leader asked for it (1).
extension VoteRequest: WirePart {
  func write(to writer: inout ByteWriter) {
    last.write(to: &writer)
    writer.bool(isTransfer)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let last = try EntryID(from: &reader)
    self.init(last: last, isTransfer: try reader.bool("transfer"))
  }
}

/// Granted (1), the request's term (8).
extension VoteReply: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.bool(granted)
    writer.u64(requestTerm.rawValue)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let granted = try reader.bool("granted")
    self.init(granted: granted, requestTerm: try reader.term("request's term"))
  }
}

/// Commit (8), round (8), quorum age (8).
extension Heartbeat: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u64(commit.rawValue)
    writer.u64(round.rawValue)
    writer.interval(quorumAge)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let commit = try reader.index("heartbeat's commit")
    let round = Round(try reader.counter("heartbeat's round"))
    self.init(commit: commit, round: round, quorumAge: try reader.interval("heartbeat's quorum age"))
  }
}

/// Round (8), fsync age (8), suspended (1).
extension HeartbeatReply: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u64(round.rawValue)
    writer.interval(fsyncAge)
    writer.bool(isSuspended)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let round = Round(try reader.counter("heartbeat's round"))
    let fsyncAge = try reader.interval("heartbeat's fsync age")
    self.init(round: round, fsyncAge: fsyncAge, isSuspended: try reader.bool("heartbeat's suspension"))
  }
}

/// Replica (8), boot count (8), counter (8).
extension ReadNonce: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u64(replica.rawValue)
    writer.u64(bootCount)
    writer.u64(counter)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let replica = try reader.replica("nonce's replica")
    let bootCount = try reader.counter("nonce's boot count")
    self.init(replica: replica, bootCount: bootCount, counter: try reader.counter("nonce's counter"))
  }
}

/// Nonce (24), optional index (1 or 9), quorum age (8).
extension ReadIndexReply: WirePart {
  func write(to writer: inout ByteWriter) {
    nonce.write(to: &writer)
    writer.bool(index != nil)
    if let index { writer.u64(index.rawValue) }
    writer.interval(quorumAge)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let nonce = try ReadNonce(from: &reader)
    let index = try reader.bool("read index's presence") ? try reader.index("read index") : nil
    self.init(nonce: nonce, index: index, quorumAge: try reader.interval("read index's quorum age"))
  }
}
