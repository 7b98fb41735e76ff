public import Base
public import Raft

/// What a node sends first to a peer that it dialled, and what the peer answers with. Each of the two links between a
/// pair of nodes carries one direction: the dialler's messages.
public struct PeerHello: Hashable, Sendable {
  public var versions: ClosedRange<UInt16>
  public var featureLevel: UInt16
  public var cluster: Identifier
  public var epoch: UInt32
  public var node: NodeID
  public var store: Identifier
  /// Raised durably at each start: a lower one than was seen before is a copy from the past.
  public var bootCount: UInt64
  /// Drawn at each start: an equal boot count with another nonce is a second process on a copy.
  public var nonce: Identifier
  /// Who the dialler believes it called.
  public var callee: NodeID
  /// The last durable entry of each group, ascending by group: less than was acknowledged is a damaged or older store.
  public var logs: [LogEnd]

  public struct LogEnd: Hashable, Sendable {
    public var group: GroupID
    public var last: EntryID
    /// The store knows that it lost something and promises nothing until a leader has caught it up: it may hold less
    /// than it acknowledged, and must be let in to be caught up.
    public var isSuspended: Bool
    public init(group: GroupID, last: EntryID, isSuspended: Bool = false) {
      self.group = group
      self.last = last
      self.isSuspended = isSuspended
    }
  }

  public init(
    versions: ClosedRange<UInt16>, featureLevel: UInt16, cluster: Identifier, epoch: UInt32, node: NodeID,
    store: Identifier, bootCount: UInt64, nonce: Identifier, callee: NodeID, logs: [LogEnd]
  ) {
    self.versions = versions
    self.featureLevel = featureLevel
    self.cluster = cluster
    self.epoch = epoch
    self.node = node
    self.store = store
    self.bootCount = bootCount
    self.nonce = nonce
    self.callee = callee
    self.logs = logs
  }
}

/// Why a peer is refused. The refused node shows it to its administrator.
public enum PeerRefusal: Hashable, Sendable {
  case version(ClosedRange<UInt16>)
  case otherCluster(Identifier)
  case otherEpoch(UInt32)
  case notAMember
  case wrongCallee(NodeID)
  /// The node is bound to another store: this one was wiped or is somebody else's.
  case otherStore(bound: Identifier)
  /// A later start of this store was seen: this is a copy from before it.
  case olderBoot(seen: UInt64)
  /// Another process of this store with the same boot count is, or was, alive.
  case doubled
  /// The store acknowledged more than it now holds.
  case logShrank(group: GroupID, acknowledged: LogIndex, last: LogIndex)
  case noGenesis

  /// Whether it says that the refused store is not what it was: what it promised before may be forgotten.
  public var disownsStore: Bool {
    switch self {
    case .otherStore, .olderBoot, .doubled, .logShrank: true
    case .version, .otherCluster, .otherEpoch, .notAMember, .wrongCallee, .noGenesis: false
    }
  }

  /// Whether it says that what this process holds is not, or not alone, what the store was. Another store under a
  /// member's name may be one that replaced it, of which the refusing peer has not heard yet.
  public var isFinal: Bool {
    switch self {
    case .olderBoot, .doubled, .logShrank: true
    default: false
    }
  }
}

/// One frame between nodes. What is large and rare stands apart, so that the common frames stay small to hand on.
public enum PeerFrame: Hashable, Sendable {
  indirect case hello(PeerHello)
  indirect case welcome(PeerHello)
  case refused(PeerRefusal)
  /// Messages of several groups that left in one turn.
  case messages([GroupMessage])
  case snapshot(SnapshotFrame)
  /// Digests at an index, so that replicas can compare (design §6).
  case digests([DigestReport])
  /// What a node tells of its disk, so that leaders refuse new data before disks are full (design §6).
  case space(SpaceReport)
}

/// The room that a node has left for data.
public struct SpaceReport: Hashable, Sendable {
  /// Free bytes of the data directory's volume.
  public var free: UInt64
  /// Whether the node calls that too little.
  public var isLow: Bool
  public init(free: UInt64, isLow: Bool) {
    self.free = free
    self.isLow = isLow
  }
}

public struct GroupMessage: Hashable, Sendable {
  public var group: GroupID
  public var message: Message
  public init(group: GroupID, message: Message) {
    self.group = group
    self.message = message
  }
}

/// The whole-file transfer of a group's state; chunks in order, each answered so that the sender is paced.
public struct SnapshotFrame: Hashable, Sendable {
  public var group: GroupID
  public var from: ReplicaID
  public var to: ReplicaID
  /// Names the transfer; chunks of another one are ignored.
  public var transfer: UInt64
  public var body: Body
  public init(group: GroupID, from: ReplicaID, to: ReplicaID, transfer: UInt64, body: Body) {
    self.group = group
    self.from = from
    self.to = to
    self.transfer = transfer
    self.body = body
  }
  public enum Body: Hashable, Sendable {
    indirect case offer(SnapshotDescription)
    case chunk(offset: UInt64, bytes: [UInt8])
    /// The receiver holds everything below `offset`.
    case received(offset: UInt64)
    /// Installed and durable.
    case installed(LogIndex)
    /// The transfer came to nothing, either side's word.
    case failed
    /// The sender's state is not to be trusted: it asks the leader for a snapshot at that index or later.
    case wanted(atLeast: LogIndex)
  }
}

/// What a snapshot says of itself (design §6).
public struct SnapshotDescription: Hashable, Sendable {
  public var formatVersion: UInt16
  public var mark: SnapshotMark
  public var base: UInt64
  public var chainHead: Digest
  public var setHash: Digest
  public var featureLevel: UInt16
  public var kind: Kind
  public var bytes: UInt64
  /// SHA-256 of the file.
  public var fileDigest: Digest
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    /// A whole SQLite file.
    case file = 1
  }
  public init(
    formatVersion: UInt16 = 1, mark: SnapshotMark, base: UInt64, chainHead: Digest, setHash: Digest,
    featureLevel: UInt16, kind: Kind, bytes: UInt64, fileDigest: Digest
  ) {
    self.formatVersion = formatVersion
    self.mark = mark
    self.base = base
    self.chainHead = chainHead
    self.setHash = setHash
    self.featureLevel = featureLevel
    self.kind = kind
    self.bytes = bytes
    self.fileDigest = fileDigest
  }
}

public struct DigestReport: Hashable, Sendable {
  public var group: GroupID
  public var index: LogIndex
  public var chainHead: Digest
  public var setHash: Digest
  public init(group: GroupID, index: LogIndex, chainHead: Digest, setHash: Digest) {
    self.group = group
    self.index = index
    self.chainHead = chainHead
    self.setHash = setHash
  }
}
