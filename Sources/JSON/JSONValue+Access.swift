// Reading: each returns nil for another kind of value, so that a path through a client's text
// needs no checks on the way.
extension JSONValue {
  /// The member of this name; nil when there is none, or this is no object.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { sameBytes($0.name, name) }?.value
  }

  /// The element at this place, from 0; nil when there is none, or this is no array.
  public subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  public var isNull: Bool { if case .null = self { true } else { false } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  public var members: [JSONMember]? { if case .object(let value) = self { value } else { nil } }
  /// A number written as an integer that fits.
  public var int64: Int64? { number?.int64 }
  /// A number written as an integer that fits.
  public var uint64: UInt64? { number?.uint64 }

  /// A 64-bit integer as protobuf's JSON mapping has it, which etcd's gateway follows: a number, or a string of digits.
  public var protobufInt64: Int64? {
    switch self {
    case .number(let number): number.int64
    case .string(let text): JSONNumber(text)?.int64
    default: nil
    }
  }

  /// The same, unsigned.
  public var protobufUInt64: UInt64? {
    switch self {
    case .number(let number): number.uint64
    case .string(let text): JSONNumber(text)?.uint64
    default: nil
    }
  }

  /// Bytes as protobuf's JSON mapping has them: a string in Base64, of either alphabet.
  public var base64Bytes: [UInt8]? { string.flatMap(Base64.decode) }
}

// Building.
extension JSONValue {
  /// An integer.
  public static func integer<Integer: FixedWidthInteger>(_ value: Integer) -> JSONValue { .number(JSONNumber(value)) }
  /// A 64-bit integer as protobuf's JSON mapping writes it: in quotes, as readers with doubles would round it.
  public static func protobuf<Integer: FixedWidthInteger>(_ value: Integer) -> JSONValue { .string(String(value)) }
  /// Bytes as a string in Base64.
  public static func base64(_ bytes: [UInt8]) -> JSONValue { .string(Base64.encode(bytes)) }
  /// An object of members in this order; those without a value are left out.
  public static func object(present members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
    var built: [JSONMember] = []
    for (name, value) in members {
      guard let value else { continue }
      precondition(!built.contains { sameBytes($0.name, name) }, "two members of one name in an object")
      built.append(JSONMember(name, value))
    }
    return .object(built)
  }

  /// Puts `value` in the place of the member of this name, or behind the last; nil takes the member out.
  /// Returns false, and changes nothing, when this is no object.
  @discardableResult
  public mutating func setMember(_ name: String, to value: JSONValue?) -> Bool {
    guard case .object(var members) = self else { return false }
    self = .null  // so that the array is changed in place
    let place = members.firstIndex { sameBytes($0.name, name) }
    switch (place, value) {
    case (let place?, let value?): members[place].value = value
    case (let place?, nil): members.remove(at: place)
    case (nil, let value?): members.append(JSONMember(name, value))
    case (nil, nil): break
    }
    self = .object(members)
    return true
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// Members in the order written; two of one name are a fault of the program.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var built: [JSONMember] = []
    built.reserveCapacity(elements.count)
    for (name, value) in elements {
      precondition(!built.contains { sameBytes($0.name, name) }, "two members of one name in a literal")
      built.append(JSONMember(name, value))
    }
    self = .object(built)
  }
}
