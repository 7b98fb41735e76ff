public import Base
public import Raft
public import Wire

/// What a node's replicas are told about themselves and their limits.
public struct ReplicaConfiguration: Sendable {
  public var node: NodeID
  public var nation: Nation
  public var supplier: String
  public var timing: Timing
  /// Entries kept behind what the state file has made durable, so that a node that was away catches up from the log.
  public var retainedEntries: UInt64
  /// How long a read waits for a leader, or for a fresh enough answer, before it is refused.
  public var readWaitMax: Interval
  /// How often a follower asks how fresh it is, so that declared-stale reads have an answer when the leader is lost.
  public var freshnessInterval: Interval
  /// How long a follower that nobody waits for gathers entries before it applies them: one transaction costs much the
  /// same for one entry as for a hundred, and changes each page of the index of keys once.
  public var followerRest = Interval.milliseconds(500)
  /// Entries that end such a rest. A large batch of one keyspace keeps the others of the node waiting, and whoever
  /// becomes leader applies it before it answers.
  public var followerRestEntries: UInt64 = 8_192
  /// How long a snapshot transfer may stand still.
  public var snapshotPatience: Interval
  /// Free bytes below which the node calls its disk low; a leader refuses new data once a majority does. 0: never.
  public var lowSpaceBytes: UInt64
  public var preferences: LeaderPreferences
  /// The rest between two slices of the background reading of states; nil: none is done.
  public var scrubPause: Interval?
  public var authorisation: Authorisation
  /// What groups keep, send and take on.
  public var capacity = Capacity()
  /// Proposals without an answer, and reads, in one group.
  public var proposalsWaiting = Limits.proposalsWaitingMax
  public var readsWaiting = Limits.readsWaitingMax
  /// Bytes of one chunk of a snapshot.
  public var snapshotChunkBytes = Limits.snapshotChunkBytes
  /// Addresses that clients are told; from the node's configuration, which an administrator may change.
  public var nodes: [ClusterMap.Node]

  public init(
    node: NodeID, nation: Nation, supplier: String, timing: Timing = Timing(), retainedEntries: UInt64 = 10_000,
    readWaitMax: Interval = .seconds(1), freshnessInterval: Interval = .milliseconds(500),
    snapshotPatience: Interval = .seconds(30), lowSpaceBytes: UInt64 = 0, scrubPause: Interval? = .seconds(1),
    preferences: LeaderPreferences = LeaderPreferences(),
    authorisation: Authorisation = .allowAll, nodes: [ClusterMap.Node]
  ) {
    self.node = node
    self.nation = nation
    self.supplier = supplier
    self.timing = timing
    self.retainedEntries = retainedEntries
    self.readWaitMax = readWaitMax
    self.freshnessInterval = freshnessInterval
    self.snapshotPatience = snapshotPatience
    self.lowSpaceBytes = lowSpaceBytes
    self.preferences = preferences
    self.scrubPause = scrubPause
    self.authorisation = authorisation
    self.nodes = nodes
  }
}

/// Where the leader of each keyspace should stand: in the nation whose name the keyspace has.
public struct LeaderPreferences: Hashable, Sendable {
  /// Of keyspaces that are called like a nation.
  public var byNation: Bool
  /// Of the keyspace that is nobody's home; nil: no nation is preferred.
  public var system: Nation?
  public var patience: Interval
  public init(byNation: Bool = true, system: Nation? = nil, patience: Interval = .seconds(10)) {
    self.byNation = byNation
    self.system = system
    self.patience = patience
  }

  func preference(of keyspace: String) -> LeaderPreference? {
    let nation = keyspace == Self.systemKeyspace ? system : byNation ? Nation(keyspace) : nil
    return nation.map { LeaderPreference(nation: $0, patience: patience) }
  }

  private static let systemKeyspace = "system"
}

/// The one place where a request is allowed or not: asked on every proposal and read.
public struct Authorisation: Sendable {
  public enum Operation: Hashable, Sendable {
    case read, write, administer
  }
  private let decide: @Sendable (_ principal: String, _ operation: Operation, _ range: KeyRange) -> Bool

  public init(_ decide: @escaping @Sendable (_ principal: String, _ operation: Operation, _ range: KeyRange) -> Bool) {
    self.decide = decide
  }

  public static let allowAll = Authorisation { _, _, _ in true }

  /// Whether `principal` may do `operation` on every key of `range`.
  public func authorise(_ principal: String, _ operation: Operation, _ range: KeyRange) -> Bool {
    decide(principal, operation, range)
  }
}
