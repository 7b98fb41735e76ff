public import Base
import JSON
public import Model

/// What a node answered over HTTP, read.
public struct GatewayAnswer: Hashable, Sendable {
  public enum Content: Hashable, Sendable {
    case transaction(TransactionResult)
    case range(RangeResult)
  }
  public var content: Content
  public var revision: Revision
  public var term: UInt64
  public var node: String
  public var nation: String
  /// nil: it is not stale.
  public var age: Interval?

  /// A body that is not what the API says.
  public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
  }

  /// Reads the body of an answer with status 200.
  public init(_ body: [UInt8], to kind: GatewayRequest.Kind) throws(Malformed) {
    let json: JSONValue
    do {
      json = try JSONValue(parsing: body, limits: JSONLimits(bytesMax: 64 << 20))
    } catch {
      throw Malformed("the answer is no JSON: \(error)")
    }
    guard let header = json["header"], header["revision"]?.protobufUInt64 != nil else {
      throw Malformed("the answer has no header with a revision")
    }
    revision = Revision(header["revision"]?.protobufUInt64 ?? 0)
    term = header["raft_term"]?.protobufUInt64 ?? 0
    node = header["node"]?.string ?? ""
    nation = header["nation"]?.string ?? ""
    if header["stale"]?.bool == true { age = .milliseconds(header["age_ms"]?.protobufInt64 ?? 0) }
    switch kind {
    case .put:
      let previous = try json["prev_kv"].map(Self.row)
      content = .transaction(TransactionResult(succeeded: true, responses: [.put(previous: previous)]))
    case .transaction:
      var responses: [OperationResult] = []
      for response in json["responses"]?.array ?? [] { responses.append(try Self.response(response)) }
      content = .transaction(
        TransactionResult(succeeded: json["succeeded"]?.bool ?? false, responses: responses))
    case .range: content = .range(try Self.range(json))
    }
  }

  private static func response(_ json: JSONValue) throws(Malformed) -> OperationResult {
    if let put = json["response_put"] {
      guard let previous = put["prev_kv"] else { return .put(previous: nil) }
      return .put(previous: try row(previous))
    }
    if let found = json["response_range"] { return .range(try range(found)) }
    if let deleted = json["response_delete_range"] {
      var previous: [KeyValue] = []
      for item in deleted["prev_kvs"]?.array ?? [] { previous.append(try row(item)) }
      return .delete(count: Int(clamping: deleted["deleted"]?.protobufInt64 ?? 0), previous: previous)
    }
    throw Malformed("a response is of no known kind")
  }

  private static func range(_ json: JSONValue) throws(Malformed) -> RangeResult {
    var items: [KeyValue] = []
    for item in json["kvs"]?.array ?? [] { items.append(try row(item)) }
    return RangeResult(
      items: items, more: json["more"]?.bool ?? false, count: Int(clamping: json["count"]?.protobufInt64 ?? 0))
  }

  /// Fields that are zero, false or empty are left out.
  private static func row(_ json: JSONValue) throws(Malformed) -> KeyValue {
    guard let key = json["key"]?.base64Bytes else { throw Malformed("a row has no key") }
    var value: [UInt8] = []
    if let text = json["value"] {
      guard let bytes = text.base64Bytes else { throw Malformed("a row's value is no Base64") }
      value = bytes
    }
    return KeyValue(
      key: Key(key), value: Value(value), createRevision: Revision(json["create_revision"]?.protobufUInt64 ?? 0),
      modRevision: Revision(json["mod_revision"]?.protobufUInt64 ?? 0), version: json["version"]?.protobufUInt64 ?? 0)
  }
}

/// Why a node gave no result over HTTP, and whether a write was applied.
public struct GatewayFailure: Hashable, Sendable {
  public var reason: String
  public var outcome: Outcome
  public var message: String

  /// Reads an answer with another status than 200.
  ///
  /// The API's own errors tell the outcome. What the HTTP server refuses itself it has not passed on (4xx); of anything
  /// else nothing is known.
  public init(status: Int, body: [UInt8], isWrite: Bool) {
    let json = try? JSONValue(parsing: body)
    reason = json?["reason"]?.string ?? "http\(status)"
    message = json?["message"]?.string ?? "status \(status) without an explanation"
    let told = Outcome.allCases.first { "\($0)" == json?["outcome"]?.string }
    outcome = isWrite ? told ?? ((400..<500).contains(status) ? .notApplied : .unknown) : .notApplied
  }
}
