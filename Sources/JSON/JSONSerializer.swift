/// How a value is laid out.
public enum JSONStyle: Hashable, Sendable {
  /// No white space: what is stored and sent.
  case compact
  /// Two blanks a level, one member or element a line: for people.
  case pretty
}

extension JSONValue {
  /// The value as UTF-8. Numbers keep their text and members their order; strings are escaped only where they must be
  /// (RFC 8259 §7), so a compact text whose escapes are of that kind comes back byte for byte.
  public func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
    var serializer = JSONSerializer(style: style)
    serializer.write(self, depth: 0)
    return serializer.bytes
  }

  /// ``serialized(_:)`` as text.
  public func text(_ style: JSONStyle = .compact) -> String { String(decoding: serialized(style), as: UTF8.self) }
}

struct JSONSerializer {
  private let style: JSONStyle
  private(set) var bytes: [UInt8] = []

  init(style: JSONStyle) { self.style = style }

  mutating func write(_ value: JSONValue, depth: Int) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    case .number(let number): bytes.append(contentsOf: number.text.utf8)
    case .string(let text): write(text)
    case .array(let elements):
      list("[", "]", elements, depth) { serializer, element in serializer.write(element, depth: depth + 1) }
    case .object(let members):
      list("{", "}", members, depth) { serializer, member in
        serializer.write(member.name)
        serializer.bytes.append(UInt8(ascii: ":"))
        if serializer.style == .pretty { serializer.bytes.append(UInt8(ascii: " ")) }
        serializer.write(member.value, depth: depth + 1)
      }
    }
  }

  private mutating func list<Item>(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ items: [Item], _ depth: Int, _ body: (inout Self, Item) -> Void
  ) {
    bytes.append(UInt8(ascii: open))
    for (position, item) in items.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      newLine(depth + 1)
      body(&self, item)
    }
    if !items.isEmpty { newLine(depth) }
    bytes.append(UInt8(ascii: close))
  }

  private mutating func newLine(_ depth: Int) {
    guard style == .pretty else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      var run = 0
      for position in 0..<utf8.count {
        let byte = utf8[position]
        guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
        bytes.append(contentsOf: utf8[run..<position])
        escape(byte)
        run = position + 1
      }
      bytes.append(contentsOf: utf8[run..<utf8.count])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      bytes.append(contentsOf: byte < 0x10 ? "u000".utf8 : "u001".utf8)
      bytes.append(contentsOf: String(byte & 0x0F, radix: 16).utf8)
    }
  }
}
