import Base
import JSON
import Model

/// The JSON form of a transaction (`quartet help transactions`).
enum TransactionFile {
  static func parse(_ bytes: [UInt8]) throws(CommandFailure) -> Transaction {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw .badData("the transaction is no JSON: \(error)")
    }
    try check(value, "the transaction", ["compare", "success", "failure"])
    let transaction = Transaction(
      compares: try list(value, "compare", compare), success: try list(value, "success", operation),
      failure: try list(value, "failure", operation))
    if transaction.success.isEmpty, transaction.failure.isEmpty {
      throw .badData("the transaction does nothing: \"success\" and \"failure\" have no operation")
    }
    return transaction
  }

  private static func list<Item>(
    _ value: JSONValue, _ name: String, _ read: (JSONValue, String) throws(CommandFailure) -> Item
  ) throws(CommandFailure) -> [Item] {
    guard let member = value[name] else { return [] }
    guard let elements = member.array else { throw .badData("\"\(name)\" is no list") }
    var items: [Item] = []
    for (position, element) in elements.enumerated() { items.append(try read(element, "\(name)[\(position)]")) }
    return items
  }

  /// That it is an object of members that are known: a misspelt one must not change what a transaction means.
  private static func check(_ value: JSONValue, _ place: String, _ known: [String]) throws(CommandFailure) {
    guard let members = value.members else { throw .badData("\(place) is no object") }
    for member in members where !known.contains(member.name) {
      throw .badData("\(place) has an unknown member; there are \(known.joined(separator: ", "))")
    }
  }

  // MARK: Compares

  private static let targets = ["value", "version", "create_revision", "mod_revision"]

  private static func compare(_ value: JSONValue, _ place: String) throws(CommandFailure) -> Compare {
    try check(value, place, ["key", "is"] + targets)
    let given = targets.filter { value[$0] != nil }
    guard given.count == 1, let name = given.first, let operand = value[name] else {
      throw .badData("\(place) names \(given.count) of \(targets.joined(separator: ", ")); it takes one")
    }
    let relation = try relation(value["is"], place)
    let target: Compare.Target
    if name == "value" {
      guard relation == .equal || relation == .notEqual else {
        throw .badData("\(place) compares a value: \"is\" must be equal or not-equal")
      }
      target = .value(Digest(of: try bytes(operand, "\(place).value")))
    } else {
      guard let number = operand.uint64 else { throw .badData("\(place).\(name) is no whole number") }
      switch name {
      case "version": target = .version(number)
      case "create_revision": target = .createRevision(Revision(number))
      default: target = .modRevision(Revision(number))
      }
    }
    return Compare(key: try key(value["key"], "\(place).key"), relation: relation, target: target)
  }

  private static func relation(_ value: JSONValue?, _ place: String) throws(CommandFailure) -> Compare.Relation {
    guard let value else { return .equal }
    switch value.string {
    case "equal": return .equal
    case "not-equal": return .notEqual
    case "greater": return .greater
    case "less": return .less
    default: throw .badData("\(place).is must be equal, not-equal, greater or less")
    }
  }

  // MARK: Operations

  private static func operation(_ value: JSONValue, _ place: String) throws(CommandFailure) -> Operation {
    let verbs = ["put", "get", "range", "delete"].filter { value[$0] != nil }
    guard verbs.count == 1, let verb = verbs.first else {
      throw .badData("\(place) has \(verbs.count) of put, get, range, delete; it takes one")
    }
    let subject = try key(value[verb], "\(place).\(verb)", mayBeEmpty: verb == "range")
    switch verb {
    case "put":
      try check(value, place, ["put", "value", "previous"])
      guard let bytes = value["value"] else { throw .badData("\(place) puts no \"value\"") }
      return .put(
        key: subject, value: Value(try self.bytes(bytes, "\(place).value")),
        wantsPrevious: try flag(value, "previous", place))
    case "get":
      try check(value, place, ["get"])
      return .range(RangeQuery(range: KeyRange(only: subject), limit: 1))
    case "delete":
      try check(value, place, ["delete", "end", "prefix", "previous"])
      let range = try range(from: subject, value, place, alone: KeyRange(only: subject))
      return .delete(range, wantsPrevious: try flag(value, "previous", place))
    default:
      try check(value, place, ["range", "end", "prefix", "limit", "keys_only", "count_only", "reverse"])
      let limit = try value["limit"].map { (limit) throws(CommandFailure) in
        guard let number = limit.int64, (0...Int64(Limits.rangeKeysMax)).contains(number) else {
          throw .badData("\(place).limit must be a whole number up to \(Limits.rangeKeysMax)")
        }
        return Int(number)
      }
      return .range(
        RangeQuery(
          range: try range(from: subject, value, place, alone: KeyRange(start: subject, end: nil)),
          limit: limit ?? 0, keysOnly: try flag(value, "keys_only", place),
          countOnly: try flag(value, "count_only", place), reverse: try flag(value, "reverse", place)))
    }
  }

  private static func range(
    from start: Key, _ value: JSONValue, _ place: String, alone: KeyRange
  ) throws(CommandFailure) -> KeyRange {
    let isPrefix = try flag(value, "prefix", place)
    guard let end = value["end"] else { return isPrefix ? KeyRange(prefix: start) : alone }
    if isPrefix { throw .badData("\(place) has both \"end\" and \"prefix\"") }
    return KeyRange(start: start, end: try key(end, "\(place).end"))
  }

  private static func flag(_ value: JSONValue, _ name: String, _ place: String) throws(CommandFailure) -> Bool {
    guard let member = value[name] else { return false }
    guard let flag = member.bool else { throw .badData("\(place).\(name) must be true or false") }
    return flag
  }

  private static func key(
    _ value: JSONValue?, _ place: String, mayBeEmpty: Bool = false
  ) throws(CommandFailure) -> Key {
    guard let value else { throw .badData("\(place) is missing") }
    let bytes = try bytes(value, place)
    guard mayBeEmpty || !bytes.isEmpty else { throw .badData("\(place) is empty") }
    return Key(bytes)
  }

  /// A text, `{"base64": …}` or `{"hex": …}`.
  private static func bytes(_ value: JSONValue, _ place: String) throws(CommandFailure) -> [UInt8] {
    if let text = value.string { return Array(text.utf8) }
    if value.members?.count == 1 {
      if let bytes = value["base64"]?.base64Bytes { return bytes }
      if let bytes = value["hex"]?.string.flatMap(ByteText.bytes(hex:)) { return bytes }
    }
    throw .badData("\(place) must be a text, {\"base64\": \"…\"} or {\"hex\": \"…\"}")
  }
}
