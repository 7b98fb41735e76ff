public import Base

/// What a node tells an administrator about itself.
public struct NodeStatus: Hashable, Sendable {
  public var node: String
  public var nation: String
  public var supplier: String
  public var version: String
  public var store: Identifier
  public var cluster: Identifier
  public var bootCount: UInt64
  public var pid: UInt32
  public var uptime: Interval
  /// Resident memory in bytes.
  public var memory: UInt64
  /// Free bytes of the data directory's volume, and bytes used by the node's files.
  public var diskFree: UInt64
  public var diskUsed: UInt64
  /// Whether the free bytes are fewer than the node's `low-space`: when that holds for a majority, new data is refused.
  public var isLowOnSpace: Bool
  /// How long the oldest write to disk is outstanding now, and the longest of the last minute.
  public var fsyncAge: Interval
  public var fsyncWorst: Interval
  public var sqliteVersion: String
  /// Whether this libsqlite3 has the mend of the WAL-reset fault, so that a checkpointer may run apart.
  public var hasWALResetFix: Bool
  /// Empty when it serves; else the reason why it does not.
  public var notServing: String
  public var peers: [Peer]
  public var groups: [Group]

  public init(
    node: String, nation: String, supplier: String, version: String, store: Identifier, cluster: Identifier,
    bootCount: UInt64, pid: UInt32, uptime: Interval, memory: UInt64, diskFree: UInt64, diskUsed: UInt64,
    isLowOnSpace: Bool, fsyncAge: Interval, fsyncWorst: Interval, sqliteVersion: String, hasWALResetFix: Bool, notServing: String,
    peers: [Peer], groups: [Group]
  ) {
    self.node = node
    self.nation = nation
    self.supplier = supplier
    self.version = version
    self.store = store
    self.cluster = cluster
    self.bootCount = bootCount
    self.pid = pid
    self.uptime = uptime
    self.memory = memory
    self.diskFree = diskFree
    self.diskUsed = diskUsed
    self.isLowOnSpace = isLowOnSpace
    self.fsyncAge = fsyncAge
    self.fsyncWorst = fsyncWorst
    self.sqliteVersion = sqliteVersion
    self.hasWALResetFix = hasWALResetFix
    self.notServing = notServing
    self.peers = peers
    self.groups = groups
  }

  /// A link to another node.
  public struct Peer: Hashable, Sendable {
    public var node: String
    public var isConnected: Bool
    /// Why the last handshake failed, either side's words; empty when it did not.
    public var refusal: String
    /// Round trip measured by heartbeats.
    public var roundTrip: Interval
    public init(node: String, isConnected: Bool, refusal: String, roundTrip: Interval) {
      self.node = node
      self.isConnected = isConnected
      self.refusal = refusal
      self.roundTrip = roundTrip
    }
  }

  /// One replica.
  public struct Group: Hashable, Sendable {
    public var keyspace: String
    public var group: GroupID
    public var replica: ReplicaID
    /// `leader`, `follower`, `candidate`, `preCandidate`, `learner`, `suspended`, `quarantined`.
    public var role: String
    public var leader: String
    public var term: UInt64
    public var commit: UInt64
    public var applied: UInt64
    public var lastIndex: UInt64
    public var firstIndex: UInt64
    public var durableIndex: UInt64
    public var base: UInt64
    public var compacted: UInt64
    public var liveKeys: UInt64
    public var sessions: UInt64
    public var chainHead: Digest
    public var setHash: Digest
    /// Since the leader was last heard (follower) or a quorum confirmed (leader).
    public var lastContact: Interval
    /// Only the leader's view: one for each other member.
    public var followers: [Follower]
    /// Entries known committed but not applied.
    public var lag: UInt64
    /// Nodes that vote, both halves of a joint configuration.
    public var voters: [String]
    public var outgoing: [String]
    /// Why the replica is out of service; empty while it is in service.
    public var quarantine: String
    /// Bytes of a snapshot that has arrived, and of the whole of it; 0 of 0 when none is on its way.
    public var received: UInt64
    public var receiving: UInt64
    /// Since the start of the process: how often the state was rebuilt from a leader, and read through in the background.
    public var rebuilds: UInt64
    public var scrubs: UInt64
    /// The nodes that should lead, by preference; empty when none is preferred.
    public var preferred: [String]
    /// Only the leader's view: why none of them leads; empty when one does.
    public var notHome: String
    public init(
      keyspace: String, group: GroupID, replica: ReplicaID, role: String, leader: String, term: UInt64, commit: UInt64,
      applied: UInt64, lastIndex: UInt64, firstIndex: UInt64, durableIndex: UInt64, base: UInt64, compacted: UInt64,
      liveKeys: UInt64, sessions: UInt64, chainHead: Digest, setHash: Digest, lastContact: Interval,
      followers: [Follower], lag: UInt64, voters: [String], outgoing: [String], quarantine: String = "",
      received: UInt64 = 0, receiving: UInt64 = 0, rebuilds: UInt64 = 0, scrubs: UInt64 = 0, preferred: [String] = [],
      notHome: String = ""
    ) {
      self.keyspace = keyspace
      self.group = group
      self.replica = replica
      self.role = role
      self.leader = leader
      self.term = term
      self.commit = commit
      self.applied = applied
      self.lastIndex = lastIndex
      self.firstIndex = firstIndex
      self.durableIndex = durableIndex
      self.base = base
      self.compacted = compacted
      self.liveKeys = liveKeys
      self.sessions = sessions
      self.chainHead = chainHead
      self.setHash = setHash
      self.lastContact = lastContact
      self.followers = followers
      self.lag = lag
      self.voters = voters
      self.outgoing = outgoing
      self.quarantine = quarantine
      self.received = received
      self.receiving = receiving
      self.rebuilds = rebuilds
      self.scrubs = scrubs
      self.preferred = preferred
      self.notHome = notHome
    }
  }

  public struct Follower: Hashable, Sendable {
    public var node: String
    public var match: UInt64
    /// Entries behind the leader's last.
    public var lag: UInt64
    public var lastContact: Interval
    public var fsyncAge: Interval
    /// `probe`, `replicate`, `snapshot`.
    public var state: String
    public init(node: String, match: UInt64, lag: UInt64, lastContact: Interval, fsyncAge: Interval, state: String) {
      self.node = node
      self.match = match
      self.lag = lag
      self.lastContact = lastContact
      self.fsyncAge = fsyncAge
      self.state = state
    }
  }
}
