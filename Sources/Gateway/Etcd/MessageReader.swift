import JSON

/// Reads one protobuf message out of JSON, as protobuf's JSON mapping has it: each field by its own name or its
/// lowerCamelCase one, `null` for absent. Every error names the field by its path, and holds nothing of its value.
struct MessageReader {
  /// How a client would name this message's place in its body; empty for the whole body.
  private let path: String
  private let members: [JSONMember]
  private var taken: [Bool]

  init(_ value: JSONValue, path: String = "") throws(GatewayError) {
    guard let members = value.members else {
      throw .invalid("\(path.isEmpty ? "the body" : "field '\(path)'") must be a JSON object")
    }
    self.path = path
    self.members = members
    taken = Array(repeating: false, count: members.count)
  }

  /// The body of a request. An empty one is the message without fields, as it is for grpc-gateway.
  init(body: [UInt8]) throws(GatewayError) {
    guard !body.isEmpty else {
      try self.init(.object([]))
      return
    }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: body, limits: JSONLimits(depthMax: 32))
    } catch {
      throw .invalid("the body is no JSON: \(error)")
    }
    try self.init(value)
  }

  /// How an error names the field.
  func name(of field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }

  /// How an error names this message.
  var place: String { path.isEmpty ? "the body" : "field '\(path)'" }

  /// The field's value, for the caller to read.
  mutating func take(_ field: String) throws(GatewayError) -> JSONValue? {
    let camel = Self.lowerCamel(field)
    var found: JSONValue?
    for (place, member) in members.enumerated() where member.name == field || member.name == camel {
      guard !taken[place] else { continue }
      taken[place] = true
      if member.value.isNull { continue }
      guard found == nil else { throw .invalid("field '\(name(of: field))' is given twice") }
      found = member.value
    }
    return found
  }

  mutating func bytes(_ field: String) throws(GatewayError) -> [UInt8]? {
    guard let value = try take(field) else { return nil }
    guard let text = value.string else { throw .invalid("field '\(name(of: field))' must be a string in Base64") }
    // The mapping's readers take Base64 without its padding too.
    let missing = (4 - text.utf8.count % 4) % 4
    let padded = missing == 1 || missing == 2 ? text + String(repeating: "=", count: missing) : text
    guard let bytes = Base64.decode(padded) else { throw .invalid("field '\(name(of: field))' is not valid Base64") }
    return bytes
  }

  mutating func int64(_ field: String) throws(GatewayError) -> Int64? {
    guard let value = try take(field) else { return nil }
    guard let number = value.protobufInt64 else {
      throw .invalid("field '\(name(of: field))' must be a 64-bit integer, as a number or a string")
    }
    return number
  }

  /// A number that cannot sensibly be negative.
  mutating func uint64(_ field: String) throws(GatewayError) -> UInt64? {
    guard let number = try int64(field) else { return nil }
    guard number >= 0 else { throw .invalid("field '\(name(of: field))' must not be negative") }
    return UInt64(number)
  }

  mutating func bool(_ field: String) throws(GatewayError) -> Bool {
    guard let value = try take(field) else { return false }
    guard let bool = value.bool else { throw .invalid("field '\(name(of: field))' must be true or false") }
    return bool
  }

  /// An enumeration's value by name or number; the first one when absent.
  mutating func choice<Choice: EtcdEnumeration>(_ field: String) throws(GatewayError) -> Choice {
    guard let value = try take(field) else { return Choice.first }
    let found: Choice? =
      switch value {
      case .string(let name): Choice.allCases.first { $0.name == name }
      case .number(let number): number.int64.flatMap { Int(exactly: $0) }.flatMap(Choice.init(rawValue:))
      default: nil
      }
    guard let found else {
      let names = Choice.allCases.map(\.name).joined(separator: ", ")
      throw .invalid("field '\(name(of: field))' must be one of \(names), or its number")
    }
    return found
  }

  mutating func message(_ field: String) throws(GatewayError) -> MessageReader? {
    guard let value = try take(field) else { return nil }
    return try MessageReader(value, path: name(of: field))
  }

  mutating func messages(_ field: String) throws(GatewayError) -> [MessageReader] {
    guard let value = try take(field) else { return [] }
    guard let elements = value.array else { throw .invalid("field '\(name(of: field))' must be an array") }
    var messages: [MessageReader] = []
    messages.reserveCapacity(elements.count)
    for (place, element) in elements.enumerated() {
      messages.append(try MessageReader(element, path: "\(name(of: field))[\(place)]"))
    }
    return messages
  }

  /// Refuses fields that nobody took: a misspelt `prev_kv` must not be overlooked.
  func finish() throws(GatewayError) {
    guard let first = taken.firstIndex(of: false) else { return }
    let unknown = members[first].name
    // A member's name comes from outside. One that does not look like a field's may be somebody's data.
    guard Self.isFieldName(unknown) else {
      throw .invalid("\(place) has a field that is not known")
    }
    throw .invalid("field '\(name(of: unknown))' is not known")
  }

  private static func isFieldName(_ text: String) -> Bool {
    guard (1...40).contains(text.utf8.count) else { return false }
    return text.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || byte == UInt8(ascii: "_")
    }
  }

  private static func lowerCamel(_ field: String) -> String {
    var result = ""
    var raises = false
    for character in field {
      if character == "_" {
        raises = true
      } else {
        result += raises ? character.uppercased() : String(character)
        raises = false
      }
    }
    return result
  }
}

/// An enumeration of etcd's: its numbers are the raw values, from 0, and absent means 0.
protocol EtcdEnumeration: CaseIterable, RawRepresentable<Int> {
  static var first: Self { get }
  var name: String { get }
}
