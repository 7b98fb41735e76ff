public import Base
public import Model

/// What a client sends on its connection: one frame each, answered by a ``ClientReply`` with the same number, in any
/// order.
public struct ClientRequest: Hashable, Sendable {
  /// Chosen by the client, unique among its unanswered requests on this connection.
  public var number: UInt64
  public var body: Body
  public init(number: UInt64, body: Body) {
    self.number = number
    self.body = body
  }

  public enum Body: Hashable, Sendable {
    /// First on every connection.
    case hello(ClientHello)
    /// Put a command in the keyspace's log; answered when it was applied, or its fate is known. `command` holds the
    /// canonical bytes of a ``Model/Command``, encoded once by the client and carried as they are.
    case propose(keyspace: String, command: [UInt8])
    case read(keyspace: String, ReadRequest)
    /// The routing: which nodes there are, who leads what.
    case cluster
    /// Everything that an administrator sees of this node (``NodeStatus``).
    case status
    /// Who the node is, before and after genesis.
    case identity
    /// Found the cluster: the node keeps the record for ever. Idempotent for an equal record.
    case genesis([UInt8])
    /// Digests of live rows recomputed from the rows (``DigestQuery``).
    case digest(keyspace: String, DigestQuery)
    /// Hand over leadership of the keyspace's group; `to` empty: to the best.
    case transfer(keyspace: String, to: String)
  }
}

public struct ClientHello: Hashable, Sendable {
  public var versions: ClosedRange<UInt16>
  /// For logs and status only.
  public var name: String
  public init(versions: ClosedRange<UInt16>, name: String) {
    self.versions = versions
    self.name = name
  }
}

/// How fresh a read has to be.
public enum ReadConsistency: Hashable, Sendable {
  /// Sees every write acknowledged, by anyone, before the read began.
  case linearizable
  /// At most so old, and not before the revision; answered also without a majority, else refused as `tooStale`.
  case stale(maxAge: Interval, notBefore: Revision)
}

public struct ReadRequest: Hashable, Sendable {
  public var consistency: ReadConsistency
  public var query: Query
  public init(consistency: ReadConsistency, query: Query) {
    self.consistency = consistency
    self.query = query
  }
  public enum Query: Hashable, Sendable {
    case range(RangeQuery)
    /// Every kept change of the key, newest first, below `before` (zero: from the newest), at most `limit`.
    case history(Key, before: Revision, limit: Int)
    /// What became of a request, by its id.
    case outcome(Identifier)
    /// What became of a session's request.
    case sessionOutcome(session: UInt64, sequence: UInt64)
  }
}

/// One row of a history: a put, or a deletion (`value` nil, `version` 0).
public struct HistoryItem: Hashable, Sendable {
  public var item: KeyValue
  public var isDeletion: Bool
  public init(item: KeyValue, isDeletion: Bool) {
    self.item = item
    self.isDeletion = isDeletion
  }
}

/// What is known of a request.
public enum RequestOutcome: Hashable, Sendable {
  /// Applied at the revision; `result` holds the encoded ``Model/CommandResult`` unless it was too long.
  case applied(revision: Revision, succeeded: Bool, logTime: LogTime, result: [UInt8])
  /// Nothing is remembered: it was never applied, or its memory has expired. The caller knows which can be.
  case notRemembered
}

public struct ReadResult: Hashable, Sendable {
  public var value: Value
  /// nil for a linearizable answer.
  public var staleness: Staleness?
  public init(value: Value, staleness: Staleness?) {
    self.value = value
    self.staleness = staleness
  }
  public enum Value: Hashable, Sendable {
    case range(RangeResult)
    case history([HistoryItem], more: Bool)
    case outcome(RequestOutcome)
  }
}

/// A stale answer declares itself.
public struct Staleness: Hashable, Sendable {
  /// The answer held at some moment at most so long ago.
  public var age: Interval
  public init(age: Interval) { self.age = age }
}

/// Where an answer comes from; on every answer.
public struct ReplyHeader: Hashable, Sendable {
  public var keyspace: String
  /// Of the write, or at which the read was answered.
  public var revision: Revision
  public var node: String
  public var nation: String
  public var cluster: Identifier
  public var term: UInt64
  public init(
    keyspace: String, revision: Revision, node: String, nation: String, cluster: Identifier, term: UInt64
  ) {
    self.keyspace = keyspace
    self.revision = revision
    self.node = node
    self.nation = nation
    self.cluster = cluster
    self.term = term
  }
}

public struct ClientReply: Hashable, Sendable {
  public var number: UInt64
  public var header: ReplyHeader
  public var body: Body
  public init(number: UInt64, header: ReplyHeader, body: Body) {
    self.number = number
    self.header = header
    self.body = body
  }

  public enum Body: Hashable, Sendable {
    case hello(version: UInt16)
    /// The canonical bytes of a ``Model/CommandResult``, and the log time at which it was applied.
    case applied(result: [UInt8], logTime: LogTime)
    case read(ReadResult)
    indirect case cluster(ClusterMap)
    indirect case status(NodeStatus)
    indirect case identity(NodeIdentity)
    case done
    indirect case digest(DigestResult)
    case failed(Failure)
  }
}

/// Why a request was not answered with what it asked for.
public struct Failure: Hashable, Sendable {
  public var code: FailureCode
  public var outcome: Outcome
  /// What went wrong and what to do, for people. Never a key or a value.
  public var message: String
  /// Where to go instead: a node's name, or empty.
  public var leader: String
  public init(code: FailureCode, outcome: Outcome, message: String, leader: String = "") {
    self.code = code
    self.outcome = outcome
    self.message = message
    self.leader = leader
  }
}

/// The named reasons; numbers are for ever.
public enum FailureCode: UInt16, Hashable, Sendable, CaseIterable {
  case notLeader = 1
  /// No leader is known, or it cannot reach a majority.
  case unavailable = 2
  case deadlineExceeded = 3
  case overloaded = 4
  case invalidArgument = 5
  case unknownKeyspace = 6
  /// A limit of ``Base/Limits``.
  case tooLarge = 7
  case tooStale = 8
  case compacted = 9
  case futureRevision = 10
  case unknownSession = 11
  case acknowledgedBefore = 12
  case requestReused = 13
  /// Session, window or request memory at its limit.
  case memoryFull = 14
  /// No genesis yet, or refused by its peers, or quarantined: the message says which.
  case notServing = 15
  case diskFull = 16
  case unsupported = 17
  case cancelled = 18
  case connectionLost = 19
  case unauthorised = 20
  case `internal` = 21
  /// A majority of the keyspace's nodes is low on disk space: new data is refused, what makes room is not.
  case noSpace = 22
}

/// The routing, as one node knows it.
public struct ClusterMap: Hashable, Sendable {
  public var cluster: Identifier
  public var nodes: [Node]
  public var keyspaces: [Keyspace]
  public init(cluster: Identifier, nodes: [Node], keyspaces: [Keyspace]) {
    self.cluster = cluster
    self.nodes = nodes
    self.keyspaces = keyspaces
  }
  public struct Node: Hashable, Sendable {
    public var name: String
    public var nation: String
    public var supplier: String
    public var client: String
    public var peer: String
    public var http: String
    public init(name: String, nation: String, supplier: String, client: String, peer: String, http: String) {
      self.name = name
      self.nation = nation
      self.supplier = supplier
      self.client = client
      self.peer = peer
      self.http = http
    }
  }
  public struct Keyspace: Hashable, Sendable {
    public var name: String
    public var group: GroupID
    /// Empty when none is known.
    public var leader: String
    public var term: UInt64
    public init(name: String, group: GroupID, leader: String, term: UInt64) {
      self.name = name
      self.group = group
      self.leader = leader
      self.term = term
    }
  }
}

/// Who a node is: what genesis binds.
public struct NodeIdentity: Hashable, Sendable {
  public var node: String
  public var nation: String
  public var supplier: String
  public var store: Identifier
  public var bootCount: UInt64
  /// The encoded genesis record, empty before genesis.
  public var genesis: [UInt8]
  public init(
    node: String, nation: String, supplier: String, store: Identifier, bootCount: UInt64, genesis: [UInt8]
  ) {
    self.node = node
    self.nation = nation
    self.supplier = supplier
    self.store = store
    self.bootCount = bootCount
    self.genesis = genesis
  }
}

/// Digests over live rows of a range as of a revision.
public struct DigestQuery: Hashable, Sendable {
  public var revision: Revision
  public var range: KeyRange
  /// Rows to cover at most; the result says where it stopped. 0: all that one slice allows.
  public var limit: Int
  /// Also list each row's key hash and member digest.
  public var perRow: Bool
  public init(revision: Revision, range: KeyRange, limit: Int, perRow: Bool) {
    self.revision = revision
    self.range = range
    self.limit = limit
    self.perRow = perRow
  }
}

public struct DigestResult: Hashable, Sendable {
  /// Set hash of the rows covered.
  public var setHash: Digest
  public var rows: UInt64
  /// Where the next slice starts; nil when the range is done.
  public var next: Key?
  /// (SHA-256 of the key, member of the set hash), in key order, when asked for.
  public var members: [Member]
  /// Rows whose stored bytes contradict their own digests, by key hash; and damage that SQLite itself reported.
  public var damaged: [Digest]
  public var error: String
  public init(
    setHash: Digest, rows: UInt64, next: Key?, members: [Member], damaged: [Digest], error: String
  ) {
    self.setHash = setHash
    self.rows = rows
    self.next = next
    self.members = members
    self.damaged = damaged
    self.error = error
  }
  public struct Member: Hashable, Sendable {
    public var key: Digest
    public var member: Digest
    public init(key: Digest, member: Digest) {
      self.key = key
      self.member = member
    }
  }
}
