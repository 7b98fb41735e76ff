public import Base
public import JSON

/// One thing that a service does, as a value: a pure decision over rows of one keyspace.
///
/// ``decide(_:)`` may run many times. It reads rows through the view; when one is missing it ends, the row is fetched, and
/// it runs again from the start; when it has all it stages what is to be written and returns its result. The transaction
/// that follows holds on condition that every row it read is as it was read, so that nobody else's write comes between.
/// It has no other way to learn or change anything: no clock, no randomness.
///
/// `Encodable` is what makes a request known again: the digest over all stored properties stands in the request's record.
public protocol EncounterOperation: Sendable, Encodable {
  associatedtype Result: RecordedResult
  /// As in the request's record and the audit.
  static var name: String { get }
  /// The keyspace that it changes: told by its arguments alone. Nil when an id in them does not tell its home.
  var home: Nation? { get }
  /// Decides what changes, or why nothing does.
  func decide(_ view: inout DecisionView) throws(DecisionStop) -> Result
}

/// A result that the request's record can hold, so that a repeat is answered the same.
public protocol RecordedResult: Hashable, Sendable {
  var recorded: JSONValue { get }
  /// Reads it back; `home` is the keyspace of the record. Nil when that is no such result.
  init?(recorded: JSONValue, home: Nation)
}

/// Why a decision ended without a result.
public enum DecisionStop: Error {
  /// Rows are missing; the view knows which.
  case incomplete
  /// It must not be done.
  case refused(EncounterError)
}

/// What an operation did.
public struct Performed<Result: RecordedResult>: Hashable, Sendable {
  public var result: Result
  /// The keyspace.
  public var nation: Nation
  /// Of the transaction; nil of a repeat.
  public var revision: Revision?
  /// Whether the request had been carried out before, and this is what it gave then.
  public var isRepeat: Bool

  public init(_ result: Result, nation: Nation, revision: Revision?, isRepeat: Bool) {
    self.result = result
    self.nation = nation
    self.revision = revision
    self.isRepeat = isRepeat
  }
}
