public import Base
public import JSON

/// One operation on one key, as a client saw it.
public struct HistoryEvent: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case put
    case get
    case getStale = "get-stale"
    /// A put on condition that the key still held ``HistoryEvent/expected``.
    case swap = "cas"
  }

  public enum Result: String, Hashable, Sendable {
    case ok
    /// A condition did not hold; nothing was written.
    case refused
    case notApplied
    /// It may have had its effect, or have it still.
    case unknown
  }

  /// Nanoseconds since the run began.
  public var start: Int64
  public var end: Int64
  /// −1: what filled the store before the run. −2: what read it afterwards.
  public var client: Int
  public var kind: Kind
  public var key: String
  /// Of a write what it wrote, of a read what it saw; nil: nothing was there.
  public var value: Digest?
  public var expected: Digest?
  public var result: Result

  public init(
    start: Int64, end: Int64, client: Int, kind: Kind, key: String, value: Digest?, expected: Digest? = nil,
    result: Result
  ) {
    self.start = start
    self.end = end
    self.client = client
    self.kind = kind
    self.key = key
    self.value = value
    self.expected = expected
    self.result = result
  }

  /// One line of the history file, without its end.
  public var json: JSONValue {
    var members: [JSONMember] = [
      JSONMember("start", .integer(start)), JSONMember("end", .integer(end)),
      JSONMember("client", .integer(client)), JSONMember("kind", .string(kind.rawValue)),
      JSONMember("key", .string(key)), JSONMember("value", value.map { .string($0.description) } ?? .null),
    ]
    if kind == .swap { members.append(JSONMember("expected", expected.map { .string($0.description) } ?? .null)) }
    members.append(JSONMember("outcome", .string(result.rawValue)))
    return .object(members)
  }
}

/// What a key holds when all is over.
public struct FinalRow: Hashable, Sendable {
  public var value: Digest
  /// How many writes it has had since it was made; nil where the store does not count.
  public var version: UInt64?
  public init(value: Digest, version: UInt64?) {
    self.value = value
    self.version = version
  }
}
