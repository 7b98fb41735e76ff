/// A JSON text as a value (RFC 8259) that keeps what other readers lose: the text of each number, because FHIR asks
/// that `1.00` stays `1.00`, and the order of members.
///
/// Strings are compared as bytes, not by Unicode's canonical equivalence: two texts are equal when they were
/// written equal.
/// Its description tells the shape alone, so that a value in a log line gives away nobody's data.
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  /// Members in their order. Names are unique: the parser refuses duplicates, and whoever builds one keeps to it.
  case object([JSONMember])
}

/// One name and value of an object.
public struct JSONMember: Hashable, Sendable {
  public var name: String
  public var value: JSONValue

  public init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }

  public static func == (left: Self, right: Self) -> Bool {
    sameBytes(left.name, right.name) && left.value == right.value
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }
}

extension JSONValue: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): sameBytes(left, right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): hasher.combine(value)
    case .array(let elements): hasher.combine(elements)
    case .object(let members): hasher.combine(members)
    }
  }
}

extension JSONValue: CustomStringConvertible, CustomDebugStringConvertible {
  /// The shape, never the content.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .number(let number): "number of \(number.text.utf8.count) bytes"
    case .string(let text): "string of \(text.utf8.count) bytes"
    case .array(let elements): "array of \(elements.count)"
    case .object(let members): "object of \(members.count)"
    }
  }

  public var debugDescription: String { description }
}

/// Equality of the bytes. `==` comes first: it is fast for ASCII, and whatever has the same bytes is also equal to it.
func sameBytes(_ left: String, _ right: String) -> Bool {
  left == right && left.utf8.elementsEqual(right.utf8)
}
