/// Header fields in their order. Names are kept in lower case, for they have no case (RFC 9110 §5.1).
public struct HTTPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  public struct Field: Hashable, Sendable {
    public let name: String
    public let value: String
  }

  public private(set) var fields: [Field] = []

  public init() {}

  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }

  /// The first value of the field, or nil.
  public subscript(name: String) -> String? {
    let wanted = lowercaseASCII(name)
    return fields.first { $0.name == wanted }?.value
  }

  /// Every value of the field, in order.
  public func values(of name: String) -> [String] {
    let wanted = lowercaseASCII(name)
    return fields.filter { $0.name == wanted }.map(\.value)
  }

  /// The members of a field that is a comma-separated list, of all its lines, in lower case.
  public func tokens(of name: String) -> [String] {
    values(of: name).flatMap { value in
      value.utf8.split(separator: UInt8(ascii: ",")).compactMap { part in
        let token = lowercaseASCII(String(decoding: trimmed(part), as: UTF8.self))
        return token.isEmpty ? nil : token
      }
    }
  }

  /// Adds a line. The name must be a token, which is the program's own matter; of the value, which may come from
  /// outside, control characters become blanks, so that it cannot begin another line.
  public mutating func append(_ name: String, _ value: String) {
    precondition(!name.isEmpty && name.utf8.allSatisfy(isTokenByte), "'\(name)' is no header name")
    let harmless = value.utf8.allSatisfy(isFieldValueByte)
    fields.append(
      Field(
        name: lowercaseASCII(name),
        value: harmless
          ? value : String(decoding: value.utf8.map { isFieldValueByte($0) ? $0 : UInt8(ascii: " ") }, as: UTF8.self)))
  }

  /// Puts one line in the place of all with this name.
  public mutating func set(_ name: String, _ value: String) {
    let wanted = lowercaseASCII(name)
    fields.removeAll { $0.name == wanted }
    append(name, value)
  }

  /// Adds what the parser has validated.
  mutating func append(parsed name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

  public var count: Int { fields.count }
}

/// A character of a token (RFC 9110 §5.6.2): two 64-bit masks, one bit a character.
func isTokenByte(_ byte: UInt8) -> Bool {
  guard byte < 128 else { return false }
  return byte < 64
    ? 0x03ff_6cfa_0000_0000 >> UInt64(byte) & 1 == 1 : 0x57ff_ffff_c7ff_fffe >> UInt64(byte - 64) & 1 == 1
}

/// A character that may stand in a field's value: no control character but the tab.
func isFieldValueByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f || byte == 0x09 }

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
  var text = text.drop(while: isBlank)
  while let last = text.last, isBlank(last) { text = text.dropLast() }
  return text
}

func lowercaseASCII(_ text: String) -> String {
  let isUpper = { (byte: UInt8) in byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
  guard text.utf8.contains(where: isUpper) else { return text }
  return String(decoding: text.utf8.map { isUpper($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
}
