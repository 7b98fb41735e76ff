public import Base

/// Everything that can happen to a group. Past participles are facts, verbs are requests.
public enum Event: Hashable, Sendable {
  /// The moment has come that ``RaftGroup/deadline`` named, or a later one.
  case tick
  /// A peer's message arrived. Whoever delivers it has checked that the sender is the member it says it is.
  case received(Message)
  /// Append these to the log, in order, as one batch; answered by ``Effects/accepted`` or ``Effects/refused``.
  case propose([Proposal])
  /// Everything handed out in ``Persist`` through this mark is durable.
  case persisted(WriteMark)
  /// A linearizable read wants an index; answered by one of ``Effects/reads`` with the same nonce.
  case read(ReadNonce)
  /// Entries that ``Effects/loads`` asked for, from the log on disk; consecutive, starting at the index asked for.
  case loaded(LogLoad, [Entry])
  /// They are no longer in the log, so the peer needs a snapshot.
  case loadCompacted(LogLoad)
  /// A snapshot has been installed and made durable; the log starts after its mark.
  case installed(SnapshotMark)
  /// The log on disk was cut: entries through `index` are gone.
  case cut(LogIndex)
  /// A snapshot reached `peer` (`index`), or did not (nil).
  case snapshotSent(to: ReplicaID, LogIndex?)
  /// Change who belongs to the group; answered like a proposal.
  case change(Configuration)
  /// Hand leadership to `to`, or to the best of the others when nil.
  case transfer(to: ReplicaID?)
  /// This node's disk has a write outstanding since `Interval`; travels in replies.
  case fsyncAge(Interval)
  /// The node cannot vouch for its state (disk full, digests differ): no votes, no campaign, no leadership until false.
  case suspend(Bool)
  /// A leader calls this node's replica by a later id: it was removed from the group (or never belonged to it) and is a
  /// member again. A group never uses an id twice, so that nobody's votes are counted under two names; what the store
  /// holds and has promised stays.
  case readmitted(as: ReplicaID)
}

/// What a client wants in the log.
public struct Proposal: Hashable, Sendable {
  public var payload: [UInt8]
  public var wallTime: WallTime
  /// Handed back with the index that the entry got.
  public var token: UInt64
  public init(payload: [UInt8], wallTime: WallTime, token: UInt64) {
    self.payload = payload
    self.wallTime = wallTime
    self.token = token
  }
}

/// Names one ``Persist``; marks of a group rise by one.
public struct WriteMark: Hashable, Comparable, Sendable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What must be durable before any promise that rests on it leaves the node.
public struct HardState: Hashable, Sendable {
  public var term: Term
  public var votedFor: ReplicaID?
  /// The store lost something (damaged log): neither votes nor campaigns until a leader has caught it up.
  public var suspended: Bool
  public init(term: Term, votedFor: ReplicaID?, suspended: Bool) {
    self.term = term
    self.votedFor = votedFor
    self.suspended = suspended
  }
}

/// The place of a snapshot with the configuration in force there.
public struct SnapshotMark: Hashable, Sendable {
  public var mark: LogMark
  public var configuration: Configuration
  /// The index of the entry that made it; the snapshot's own at genesis.
  public var configurationIndex: LogIndex
  public init(mark: LogMark, configuration: Configuration, configurationIndex: LogIndex) {
    self.mark = mark
    self.configuration = configuration
    self.configurationIndex = configurationIndex
  }
}
