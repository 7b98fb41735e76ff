public import Base
import JSON
public import Model

/// A request of the nodes' HTTP API, etcd's v3 JSON shape: where it goes and what it says.
public struct GatewayRequest: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case put
    case transaction
    case range
  }
  public var kind: Kind
  public var path: String
  public var body: [UInt8]
  /// Of an answer that may be stale: how old it may be.
  public var maxAge: Interval?

  public var isWrite: Bool { kind != .range }

  /// A lone put goes to the call that is made for it. nil: the API has no words for the transaction, whose compares are
  /// of values that are not at hand.
  public init?(_ transaction: Transaction, in keyspace: String) {
    if transaction.compares.isEmpty, transaction.failure.isEmpty, transaction.success.count == 1,
      case .put(let key, let value, let wantsPrevious) = transaction.success[0]
    {
      kind = .put
      path = "/keyspaces/\(keyspace)/v3/kv/put"
      body = Self.text { Self.put(key, value, wantsPrevious, to: &$0) }
      return
    }
    kind = .transaction
    path = "/keyspaces/\(keyspace)/v3/kv/txn"
    let compares = transaction.compares.compactMap(Self.compare)
    guard compares.count == transaction.compares.count else { return nil }
    body = Self.text { text in
      Self.list("{\"compare\":[", compares, to: &text) { $1 += $0.utf8 }
      Self.list("],\"success\":[", transaction.success, to: &text, Self.operation)
      Self.list("],\"failure\":[", transaction.failure, to: &text, Self.operation)
      text += "]}".utf8
    }
  }

  /// - Parameter maxAge: nil of a linearizable read.
  public init(_ query: RangeQuery, in keyspace: String, maxAge: Interval? = nil) {
    kind = .range
    path = "/keyspaces/\(keyspace)/v3/kv/range"
    self.maxAge = maxAge
    body = Self.text { Self.range(query, isStale: maxAge != nil, to: &$0) }
  }

  /// Head and body as they are sent.
  ///
  /// - Parameter timeout: how long the node may take for it.
  public func append(to bytes: inout [UInt8], host: String, timeout: Interval) {
    bytes += "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/json\r\n".utf8
    bytes += "X-Timeout-Ms: \(max(1, min(60_000, timeout.milliseconds)))\r\n".utf8
    if let maxAge { bytes += "X-Max-Age-Ms: \(max(1, maxAge.milliseconds))\r\n".utf8 }
    bytes += "Content-Length: \(body.count)\r\n\r\n".utf8
    bytes += body
  }

  // MARK: Parts

  private static func text(_ write: (inout [UInt8]) -> Void) -> [UInt8] {
    var text: [UInt8] = []
    write(&text)
    return text
  }

  private static func list<Element>(
    _ start: String, _ elements: [Element], to text: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void
  ) {
    text += start.utf8
    for (position, element) in elements.enumerated() {
      if position > 0 { text.append(UInt8(ascii: ",")) }
      write(element, &text)
    }
  }

  private static func base64(_ name: String, _ bytes: [UInt8], to text: inout [UInt8]) {
    text += "\"\(name)\":\"".utf8
    text += Base64.encode(bytes).utf8
    text.append(UInt8(ascii: "\""))
  }

  private static func put(_ key: Key, _ value: Value, _ wantsPrevious: Bool, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "{"))
    base64("key", key.bytes, to: &text)
    text.append(UInt8(ascii: ","))
    base64("value", value.bytes, to: &text)
    text += (wantsPrevious ? ",\"prev_kv\":true}" : "}").utf8
  }

  /// etcd writes "one key" without an end, and "every key from here" with an end of one zero byte.
  private static func bounds(_ range: KeyRange, to text: inout [UInt8]) {
    let start = range.start.bytes.isEmpty ? [0] : range.start.bytes
    base64("key", start, to: &text)
    guard range.end != range.start.successor else { return }
    text.append(UInt8(ascii: ","))
    base64("range_end", range.end?.bytes ?? [0], to: &text)
  }

  private static func range(_ query: RangeQuery, isStale: Bool, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "{"))
    bounds(query.range, to: &text)
    if query.limit > 0 { text += ",\"limit\":\"\(query.limit)\"".utf8 }
    if query.revision != .zero { text += ",\"revision\":\"\(query.revision.rawValue)\"".utf8 }
    if query.reverse { text += ",\"sort_order\":\"DESCEND\"".utf8 }
    if query.keysOnly { text += ",\"keys_only\":true".utf8 }
    if query.countOnly { text += ",\"count_only\":true".utf8 }
    if isStale { text += ",\"serializable\":true".utf8 }
    text.append(UInt8(ascii: "}"))
  }

  private static func operation(_ operation: Operation, to text: inout [UInt8]) {
    switch operation {
    case .put(let key, let value, let wantsPrevious):
      text += "{\"request_put\":".utf8
      put(key, value, wantsPrevious, to: &text)
    case .range(let query):
      text += "{\"request_range\":".utf8
      range(query, isStale: false, to: &text)
    case .delete(let range, let wantsPrevious):
      text += "{\"request_delete_range\":{".utf8
      bounds(range, to: &text)
      text += (wantsPrevious ? ",\"prev_kv\":true}" : "}").utf8
    }
    text.append(UInt8(ascii: "}"))
  }

  private static func compare(_ compare: Compare) -> String? {
    let target: String
    switch compare.target {
    case .version(let version): target = "\"VERSION\",\"version\":\"\(version)\""
    case .createRevision(let revision): target = "\"CREATE\",\"create_revision\":\"\(revision.rawValue)\""
    case .modRevision(let revision): target = "\"MOD\",\"mod_revision\":\"\(revision.rawValue)\""
    case .value: return nil
    }
    let relation =
      switch compare.relation {
      case .equal: "EQUAL"
      case .greater: "GREATER"
      case .less: "LESS"
      case .notEqual: "NOT_EQUAL"
      }
    return "{\"key\":\"\(Base64.encode(compare.key.bytes))\",\"result\":\"\(relation)\",\"target\":\(target)}"
  }
}
