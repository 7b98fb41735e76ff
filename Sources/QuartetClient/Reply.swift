public import Base

/// An answer with where it comes from. What it says was true of the keyspace as a whole, not of one node's view:
/// reads that may be stale give a ``StaleReply``.
public struct Reply<Value: Sendable>: Sendable {
  public var value: Value
  public var origin: Origin
  /// Of a write: when it was applied, in the group's own clock. nil of a read.
  public var logTime: LogTime?

  public init(_ value: Value, origin: Origin, logTime: LogTime? = nil) {
    self.value = value
    self.origin = origin
    self.logTime = logTime
  }

  /// Of the write, or at which the read was answered.
  public var revision: Revision { origin.revision }
  /// The keyspace that was asked.
  public var keyspace: String { origin.keyspace }
  /// The node that answered, and the nation where it stands.
  public var node: String { origin.node }
  public var nation: String { origin.nation }

  /// The same answer, another reading of its value.
  public func map<Other: Sendable, Failure: Error>(
    _ transform: (Value) throws(Failure) -> Other
  ) throws(Failure) -> Reply<Other> {
    Reply<Other>(try transform(value), origin: origin, logTime: logTime)
  }
}

extension Reply: Equatable where Value: Equatable {}

/// An answer that held at some moment at most ``age`` ago.
public struct StaleReply<Value: Sendable>: Sendable {
  /// Old: something else may hold by now.
  public var staleValue: Value
  public var origin: Origin
  public var age: Interval

  public init(_ staleValue: Value, origin: Origin, age: Interval) {
    self.staleValue = staleValue
    self.origin = origin
    self.age = age
  }

  /// At which the read was answered: `notBefore` for a next read that must not go back in time.
  public var revision: Revision { origin.revision }
  /// The keyspace that was asked.
  public var keyspace: String { origin.keyspace }
  /// The node that answered, and the nation where it stands.
  public var node: String { origin.node }
  public var nation: String { origin.nation }

  public func map<Other: Sendable, Failure: Error>(
    _ transform: (Value) throws(Failure) -> Other
  ) throws(Failure) -> StaleReply<Other> {
    StaleReply<Other>(try transform(staleValue), origin: origin, age: age)
  }
}

extension StaleReply: Equatable where Value: Equatable {}

/// Where an answer comes from.
public struct Origin: Hashable, Sendable {
  public var keyspace: String
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
