public import Base

/// What the caller owes after a step. Kept by the caller and reused.
///
/// What must wait for the disk is told apart by its place here: ``sends`` may leave at once and in parallel with
/// ``persist``; ``sendsAfterPersist`` are promises about durable state (votes, acknowledgements) and leave only when the
/// newest mark handed out so far, this step's included, is durable.
public struct Effects: Sendable {
  /// Make durable, in mark order, then feed ``Event/persisted(_:)``.
  public internal(set) var persist: Persist?
  public internal(set) var sends: [Message] = []
  public internal(set) var sendsAfterPersist: [Message] = []
  /// Entries through this index are committed *and* durable here: they may be applied.
  public internal(set) var applicable: LogIndex?
  /// Proposals that entered the log.
  public internal(set) var accepted: [Accepted] = []
  /// Proposals, changes and transfers that did not, and never will by this call.
  public internal(set) var refused: [Refused] = []
  public internal(set) var reads: [ReadAnswer] = []
  /// Read these from the log on disk, then feed ``Event/loaded(_:_:)``.
  public internal(set) var loads: [LogLoad] = []
  /// These peers need a snapshot; then feed ``Event/snapshotSent(to:_:)``.
  public internal(set) var snapshotsNeeded: [ReplicaID] = []
  /// What is worth counting and telling; nothing that the caller must do.
  public internal(set) var notes: [Note] = []

  public init() {}

  /// Forgets everything and keeps the memory.
  public mutating func removeAll() {
    persist = nil
    sends.removeAll(keepingCapacity: true)
    sendsAfterPersist.removeAll(keepingCapacity: true)
    applicable = nil
    accepted.removeAll(keepingCapacity: true)
    refused.removeAll(keepingCapacity: true)
    reads.removeAll(keepingCapacity: true)
    loads.removeAll(keepingCapacity: true)
    snapshotsNeeded.removeAll(keepingCapacity: true)
    notes.removeAll(keepingCapacity: true)
  }
}

/// One durable write of a group: first the truncation, then the entries, and the hard state, all or nothing.
public struct Persist: Hashable, Sendable {
  public var mark: WriteMark
  /// Written whenever it is here.
  public var hardState: HardState?
  /// Remove entries from here on before appending.
  public var truncateFrom: LogIndex?
  public var entries: [Entry]
  public init(mark: WriteMark, hardState: HardState?, truncateFrom: LogIndex?, entries: [Entry]) {
    self.mark = mark
    self.hardState = hardState
    self.truncateFrom = truncateFrom
    self.entries = entries
  }
}

public struct Accepted: Hashable, Sendable {
  public var token: UInt64
  public var id: EntryID
  public init(token: UInt64, id: EntryID) {
    self.token = token
    self.id = id
  }
}

public struct Refused: Hashable, Sendable {
  /// The proposal's; nil for a change or a transfer.
  public var token: UInt64?
  public var reason: Refusal
  public init(token: UInt64?, reason: Refusal) {
    self.token = token
    self.reason = reason
  }
}

public enum Refusal: Hashable, Sendable {
  /// This replica does not lead; `hint` is who it believes does.
  case notLeader(hint: ReplicaID?)
  /// Leadership is being handed over; try the new leader in a moment.
  case transferring(to: ReplicaID)
  /// The uncommitted tail is at its bound (trap 25): refused, never queued.
  case overloaded
  /// An earlier change is not committed, or no entry of this term is (trap 2).
  case changeUnderWay
  /// The change is not a legal step from the present configuration.
  case illegalChange(StaticText)
  /// The transfer's target is no voter, or is too far behind, or is this replica.
  case unsuitableTarget
}

public struct ReadAnswer: Hashable, Sendable {
  public var nonce: ReadNonce
  public var result: Result
  public enum Result: Hashable, Sendable {
    /// Whoever has applied `index` may answer; `byLease` asks that the lease be checked again at the moment of the answer.
    case index(LogIndex, byLease: Bool)
    /// No leader is known, or leadership went: ask again with another nonce.
    case retry
  }
  public init(nonce: ReadNonce, result: Result) {
    self.nonce = nonce
    self.result = result
  }
}

/// Entries wanted from the log on disk for a peer that lags behind the memory tail.
public struct LogLoad: Hashable, Sendable {
  public var peer: ReplicaID
  public var from: LogIndex
  public var through: LogIndex
  public var bytesMax: Int
  public init(peer: ReplicaID, from: LogIndex, through: LogIndex, bytesMax: Int) {
    self.peer = peer
    self.from = from
    self.through = through
    self.bytesMax = bytesMax
  }
}

/// What a replica is in its present term.
public enum Role: String, Hashable, Sendable {
  case follower, preCandidate, candidate, leader
}

public enum Note: Hashable, Sendable {
  case becameRole(Role, Term)
  case leaderChanged(ReplicaID?, Term)
  case truncated(from: LogIndex)
  /// A peer acknowledged `acknowledged` and now holds less: its store lost entries.
  case peerLost(ReplicaID, acknowledged: LogIndex, last: LogIndex)
  case hashDiffers(ReplicaID, at: LogIndex)
  case configurationChanged(index: LogIndex)
  case transferEnded(succeeded: Bool)
  /// A joint configuration is committed, and left.
  case leftJoint(index: LogIndex)
  /// A leader that no majority answers leads no more (check-quorum).
  case lostQuorum(Term)
  /// A leader whose disk hangs hands over to a peer.
  case abdicated(to: ReplicaID)
  /// A peer's hint about where its log may agree saved so many steps back.
  case skippedBack(ReplicaID, entries: UInt64)
  /// The uncommitted tail is at its bound: proposals were refused.
  case tailFull
  /// A damaged store has been caught up and votes again.
  case resumedVoting
}
