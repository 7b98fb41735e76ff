public import Base

/// What one replica tells another of the same group. May be lost, repeated, delayed and reordered; never believed
/// without its term.
public struct Message: Hashable, Sendable {
  public var from: ReplicaID
  public var to: ReplicaID
  /// The sender's term; for pre-votes the term that the sender would campaign in.
  public var term: Term
  public var body: Body

  public init(from: ReplicaID, to: ReplicaID, term: Term, body: Body) {
    self.from = from
    self.to = to
    self.term = term
    self.body = body
  }

  public enum Body: Hashable, Sendable {
    case preVote(VoteRequest)
    case preVoteReply(VoteReply)
    case vote(VoteRequest)
    case voteReply(VoteReply)
    case append(AppendRequest)
    case appendReply(AppendReply)
    case heartbeat(Heartbeat)
    case heartbeatReply(HeartbeatReply)
    case readIndex(ReadNonce)
    case readIndexReply(ReadIndexReply)
    /// Leadership transfer (TH 3.10): campaign now, without waiting and without pre-vote.
    case timeoutNow
  }
}

/// TH 3.4, 3.6.1, 9.6.
public struct VoteRequest: Hashable, Sendable {
  /// The candidate's last entry.
  public var last: EntryID
  /// The leader itself asked for this election: the receiver need not protect a live leader.
  public var isTransfer: Bool
  public init(last: EntryID, isTransfer: Bool) {
    self.last = last
    self.isTransfer = isTransfer
  }
}

public struct VoteReply: Hashable, Sendable {
  public var granted: Bool
  /// The term of the request: a reply to an earlier campaign must not count for this one.
  public var requestTerm: Term
  public init(granted: Bool, requestTerm: Term) {
    self.granted = granted
    self.requestTerm = requestTerm
  }
}

/// A leader's round: rises by one with every batch of messages that asks "am I still the leader?". Replies carry it back;
/// leases and read indexes count from the moment at which the round was *sent*.
public struct Round: Hashable, Comparable, Sendable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// TH 3.5, with the previous entry's hash.
public struct AppendRequest: Hashable, Sendable {
  public var previous: EntryID
  public var previousHash: Digest
  /// Consecutive, from `previous.index + 1`; may be empty.
  public var entries: [Entry]
  public var commit: LogIndex
  public var round: Round
  public init(previous: EntryID, previousHash: Digest, entries: [Entry], commit: LogIndex, round: Round) {
    self.previous = previous
    self.previousHash = previousHash
    self.entries = entries
    self.commit = commit
    self.round = round
  }
}

/// Sent only when what it says is durable.
public struct AppendReply: Hashable, Sendable {
  public var round: Round
  public var result: Result
  /// How long the sender's oldest write to disk has been outstanding: what abdication judges by.
  public var fsyncAge: Interval
  public enum Result: Hashable, Sendable {
    /// The log equals the leader's through `match`, durably.
    case matched(LogIndex)
    /// `previous` did not fit. `hint` is an entry of the sender's log at or below which the logs may agree: the last one
    /// whose term is at most the refused one's.
    case rejected(previous: LogIndex, hint: EntryID, last: LogIndex)
    /// The sender's log holds another entry with the same index and term as `previous`: one of the two is damaged.
    case hashDiffers(at: LogIndex)
  }
  public init(round: Round, result: Result, fsyncAge: Interval) {
    self.round = round
    self.result = result
    self.fsyncAge = fsyncAge
  }
}

/// "I lead." Never carries entries, never waits behind bulk data or the disk.
public struct Heartbeat: Hashable, Sendable {
  /// The leader's commit index, but never beyond what this follower is known to hold (etcd's min(match, commit)).
  public var commit: LogIndex
  public var round: Round
  /// The leader's time since a quorum last confirmed it: followers add it to the age of a stale read.
  public var quorumAge: Interval
  public init(commit: LogIndex, round: Round, quorumAge: Interval) {
    self.commit = commit
    self.round = round
    self.quorumAge = quorumAge
  }
}

public struct HeartbeatReply: Hashable, Sendable {
  public var round: Round
  public var fsyncAge: Interval
  /// The sender neither votes nor campaigns at present, so leadership is not handed to it.
  public var isSuspended: Bool
  public init(round: Round, fsyncAge: Interval, isSuspended: Bool = false) {
    self.round = round
    self.fsyncAge = fsyncAge
    self.isSuspended = isSuspended
  }
}

/// Names one question "what is committed?" for ever: a late answer to an earlier question can never pass for the answer
/// to a later one (etcd#20418).
public struct ReadNonce: Hashable, Comparable, Sendable {
  public var replica: ReplicaID
  public var bootCount: UInt64
  public var counter: UInt64
  public init(replica: ReplicaID, bootCount: UInt64, counter: UInt64) {
    self.replica = replica
    self.bootCount = bootCount
    self.counter = counter
  }
  public static func < (left: Self, right: Self) -> Bool {
    (left.replica, left.bootCount, left.counter) < (right.replica, right.bootCount, right.counter)
  }
}

public struct ReadIndexReply: Hashable, Sendable {
  public var nonce: ReadNonce
  /// nil: the receiver does not lead (or not yet); ask again, with another nonce.
  public var index: LogIndex?
  /// The leader's time since its last confirmation by a quorum at the moment of this answer.
  public var quorumAge: Interval
  public init(nonce: ReadNonce, index: LogIndex?, quorumAge: Interval) {
    self.nonce = nonce
    self.index = index
    self.quorumAge = quorumAge
  }
}
