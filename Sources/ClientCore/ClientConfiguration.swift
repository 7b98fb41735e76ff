public import Base

/// What a ``ClientMachine`` is made with. The times suit nodes 3 to 15 ms apart that elect within 600 ms (design
/// §12).
public struct ClientConfiguration: Hashable, Sendable {
  /// Client addresses to begin with; the cluster's map adds the others.
  public var addresses: [String]
  /// For the nodes' logs and status.
  public var name: String
  /// Reads prefer nodes of this nation; empty: none.
  public var nation: String
  /// Reads prefer this node before all others, as long as it is well; empty: none.
  public var preferredNode: String
  public var timeout: Interval
  /// How long a session outlives its last command, in the log time of its keyspace.
  public var sessionTimeToLive: Interval
  /// Writes of one keyspace that may wait for a place in its session; one more is refused as `overloaded`.
  public var queueMax: Int
  /// Reads and other questions that may wait for a connection; one more is refused as `overloaded`.
  public var parkedMax: Int
  /// How long a connection and its greeting may take.
  public var connectTimeout: Interval
  /// A leader that answers no write for so long is doubted: others are asked who leads.
  public var doubtAfter: Interval
  /// How often others are asked while a leader is doubted or unknown.
  public var pollInterval: Interval
  /// A read without answer for so long is asked of a second node.
  public var hedgeAfter: Interval
  /// A connection with questions on it that delivers nothing at all for so long is given up.
  public var deadAfter: Interval

  public init(
    addresses: [String], name: String = "client", nation: String = "", preferredNode: String = "",
    timeout: Interval = .seconds(10),
    sessionTimeToLive: Interval = .seconds(3_600), queueMax: Int = 16_384, parkedMax: Int = 16_384,
    connectTimeout: Interval = .seconds(1), doubtAfter: Interval = .milliseconds(200),
    pollInterval: Interval = .milliseconds(100), hedgeAfter: Interval = .milliseconds(500),
    deadAfter: Interval = .seconds(4)
  ) {
    self.addresses = addresses
    self.name = name
    self.nation = nation
    self.preferredNode = preferredNode
    self.timeout = timeout
    self.sessionTimeToLive = sessionTimeToLive
    self.queueMax = queueMax
    self.parkedMax = parkedMax
    self.connectTimeout = connectTimeout
    self.doubtAfter = doubtAfter
    self.pollInterval = pollInterval
    self.hedgeAfter = hedgeAfter
    self.deadAfter = deadAfter
  }
}
