public import Base
public import Model
public import Raft
public import Wire

/// A client's request on one of its connections: where the answer goes.
public struct ClientToken: Hashable, Sendable {
  public var connection: UInt64
  public var number: UInt64
  public init(connection: UInt64, number: UInt64) {
    self.connection = connection
    self.number = number
  }
}

/// Names a connection between nodes, as the shell does.
public struct LinkID: Hashable, Sendable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Everything that can happen to a node's replicas.
public enum ReplicaEvent: Sendable {
  case tick
  /// A peer dialled and said who it is; answered by ``ReplicaEffect/answer(_:_:)``.
  case greeted(LinkID, PeerHello)
  /// A peer that this node dialled accepted it and said who it is.
  case welcomed(LinkID, PeerHello)
  /// A peer that this node dialled refused it.
  case refused(node: NodeID, PeerRefusal)
  case linkClosed(LinkID)
  /// A frame on a link that was greeted or welcomed.
  case received(LinkID, PeerFrame)
  case client(ClientToken, ClientRequest.Body)
  /// Nobody waits for answers on this connection any more. Commands go on; their answers are dropped.
  case clientGone(connection: UInt64)
  /// The operations submitted under this number are durable.
  case logDone(sequence: UInt64)
  case stateDone(StateDone)
  case readDone(ReadDone)
  /// Entries read from disk for a laggard; nil: the log begins later.
  case loaded(GroupID, LogLoad, [Entry]?)
  /// The entries that were to be read are not what was written.
  case logDamaged(GroupID, LogLoad)
  /// What the shell saw of its disk since the last report.
  case disk(DiskReport)
  /// The node is about to stop: hand over what it leads.
  case stopping
  /// An administrator wants a group to be of these members; only its leader can do that. Refused as
  /// ``ReplicaNote/membershipRefused(_:_:)``.
  case changeMembership(GroupID, Configuration)
}

/// What the shell knows of the disk.
public struct DiskReport: Hashable, Sendable {
  /// How long the oldest write is outstanding.
  public var fsyncAge: Interval
  /// A write failed for lack of space and is being tried again.
  public var isFull: Bool
  /// Free bytes of the volume; nil when nobody has looked yet.
  public var free: UInt64?
  public init(fsyncAge: Interval, isFull: Bool, free: UInt64? = nil) {
    self.fsyncAge = fsyncAge
    self.isFull = isFull
    self.free = free
  }
}

/// What the state thread is asked to do, in order.
public enum StateOperation: Hashable, Sendable {
  case apply(ApplyBatch)
  /// Write the group's state to a snapshot file, a slice at a time between batches.
  case export(GroupID, name: String)
  case readChunk(GroupID, transfer: UInt64, name: String, offset: UInt64, count: Int)
  case writeChunk(GroupID, transfer: UInt64, name: String, offset: UInt64, bytes: [UInt8])
  indirect case verify(GroupID, transfer: UInt64, name: String, SnapshotDescription)
  /// The file is in force now: close the old state, open this one, remove the old file.
  case adopt(GroupID, name: String)
  case remove(name: String)
  /// Make durable what can be: the log waits to be cut. Answered by ``StateDone/durable(_:_:)``.
  case checkpoint(GroupID)
  /// The state is known to be wrong: use it no more, also after a restart.
  case condemn(GroupID, reason: String)
}

/// What came of it.
public enum StateDone: Hashable, Sendable {
  indirect case applied(ApplyReport)
  /// A checkpoint made the state through here durable.
  case durable(GroupID, LogIndex)
  indirect case exported(GroupID, StateSnapshot)
  case chunkRead(GroupID, transfer: UInt64, offset: UInt64, bytes: [UInt8])
  case chunkWritten(GroupID, transfer: UInt64, end: UInt64)
  case verified(GroupID, transfer: UInt64, Bool)
  indirect case adopted(GroupID, StateHeader)
  /// Applying stopped for good; the replica leaves service.
  case failed(GroupID, ApplyError)
  /// Exporting or sending a snapshot failed; it may be tried again.
  case exportFailed(GroupID, StorageError)
}

/// A read for a reader thread.
public struct ReadJob: Hashable, Sendable {
  public var id: UInt64
  public var group: GroupID
  public var work: Work
  public init(id: UInt64, group: GroupID, work: Work) {
    self.id = id
    self.group = group
    self.work = work
  }
  public enum Work: Hashable, Sendable {
    case query(ReadRequest.Query)
    case digest(DigestQuery)
  }
}

public struct ReadDone: Hashable, Sendable {
  public var id: UInt64
  public var group: GroupID
  public var result: Result
  public init(id: UInt64, group: GroupID, result: Result) {
    self.id = id
    self.group = group
    self.result = result
  }
  public enum Result: Hashable, Sendable {
    case value(ReadResult.Value, Revision)
    case digest(DigestResult)
    case failed(ReadError)
  }
}

/// What the shell must carry out; it decides nothing.
public enum ReplicaEffect: Sendable {
  /// To the node's link if there is one; else it is lost, as the network may lose it.
  case send(NodeID, PeerFrame)
  /// To one link: the end of a handshake.
  case answer(LinkID, PeerFrame)
  case closeLink(LinkID)
  case log(sequence: UInt64, [LogOperation])
  case state(StateOperation)
  case read(ReadJob)
  case load(GroupID, LogLoad)
  case reply(ClientToken, ClientReply)
  /// Something worth a line in the node's log; never a key or a value.
  case note(ReplicaNote)
}

public enum ReplicaNote: Hashable, Sendable {
  case raft(GroupID, Note)
  case peerRefused(NodeID, PeerRefusal)
  case refusedBy(NodeID, PeerRefusal)
  case leftService(GroupID, reason: String)
  /// Replicas differ, and for now nobody can tell who is right.
  case inDoubt(GroupID)
  /// A peer that is out of service gets its state anew.
  case rebuilding(GroupID, peer: NodeID?)
  /// The replica has a new state and is back in service.
  case rebuilt(GroupID, LogIndex)
  case snapshotSent(GroupID, to: NodeID, LogIndex)
  case snapshotInstalled(GroupID, LogIndex)
  /// A snapshot came for nothing: the log had come by another way meanwhile.
  case snapshotNotNeeded(GroupID)
  case allReplicasHandedOver
  /// A read was ready to be answered when the lease that it rests on had run out: it is asked again.
  case leaseRanOut(GroupID)
  /// A replica that leads no more told what became of a write that it had accepted.
  case fateTold(GroupID, wasApplied: Bool)
  case membershipRefused(GroupID, Refusal)
  /// The replica goes by a later id: it was removed, and is a member again.
  case readmitted(GroupID, ReplicaID)
}
