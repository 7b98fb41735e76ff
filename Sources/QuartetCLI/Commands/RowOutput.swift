import Base
import JSON
import Model
import QuartetClient
import Wire

/// Rows and where they come from, as JSON and as text.
struct RowOutput {
  var form: ByteForm

  func json(_ row: KeyValue) -> JSONValue {
    // Keys are read by people in logs of scripts; only bytes that are no text are encoded.
    var members = [ByteForm.automatic.member("key", row.key.bytes)]
    if let value = row.value { members.append(form.member("value", value.bytes)) }
    members += [
      JSONMember("create_revision", .integer(row.createRevision.rawValue)),
      JSONMember("mod_revision", .integer(row.modRevision.rawValue)),
      JSONMember("version", .integer(row.version)),
    ]
    if let value = row.value {
      members.append(JSONMember("bytes", .integer(value.bytes.count)))
      members.append(JSONMember("digest", .string(value.digest.description)))
    }
    return .object(members)
  }

  func json(_ row: KeyValue?) -> JSONValue { row.map { json($0) } ?? .null }

  func json(_ item: HistoryItem) -> JSONValue {
    var value = json(item.item)
    value.setMember("deleted", to: .bool(item.isDeletion))
    return value
  }

  func json(_ result: OperationResult) -> JSONValue {
    switch result {
    case .put(let previous): return ["put": ["previous": json(previous)]]
    case .delete(let count, let previous):
      return ["delete": ["deleted": .integer(count), "previous": .array(previous.map { json($0) })]]
    case .range(let range):
      return [
        "range": [
          "count": .integer(range.count), "more": .bool(range.more), "rows": .array(range.items.map { json($0) }),
        ]
      ]
    }
  }

  static func json(_ origin: Origin) -> JSONValue {
    [
      "keyspace": .string(origin.keyspace), "revision": .integer(origin.revision.rawValue),
      "node": .string(origin.node), "nation": .string(origin.nation), "cluster": .string(origin.cluster.description),
      "term": .integer(origin.term),
    ]
  }

  /// A value as the bytes that are printed.
  func bytes(_ value: Value) -> [UInt8] {
    switch form {
    case .automatic: value.bytes
    case .base64: Array((Base64.encode(value.bytes) + "\n").utf8)
    case .hex: Array((ByteText.hex(value.bytes) + "\n").utf8)
    }
  }

  /// One line of a range.
  func line(_ row: KeyValue) -> String {
    let key = ByteText.oneLine(row.key.bytes)
    guard let value = row.value else { return key }
    switch form {
    case .automatic: return "\(key)\t\(ByteText.oneLine(value.bytes))"
    case .base64: return "\(key)\t\(Base64.encode(value.bytes))"
    case .hex: return "\(key)\t\(ByteText.hex(value.bytes))"
    }
  }
}

extension Invocation {
  func rowOutput() throws(CommandFailure) -> RowOutput {
    if has("--hex"), has("--base64") { throw .usage("--hex and --base64 exclude each other") }
    return RowOutput(form: has("--hex") ? .hex : has("--base64") ? .base64 : .automatic)
  }

  var keyspaceName: String { text("--keyspace") ?? Nation.england.description }

  /// A key of the command line.
  func key(_ word: String) throws(CommandFailure) -> Key {
    guard has("--hex-keys") else { return Key(word) }
    guard let bytes = ByteText.bytes(hex: word) else { throw .usage("with --hex-keys, keys are pairs of hex digits") }
    return Key(bytes)
  }
}
