import Base
import JSON

/// Bytes in the forms in which a person or a program can take them.
enum ByteText {
  /// The text, where the bytes are UTF-8 without control characters other than line ends and tabs.
  static func plain(_ bytes: [UInt8]) -> String? {
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// On one line: what is not printable stands as `\xNN`, line ends as `\n`, a backslash as `\\`.
  static func oneLine(_ bytes: [UInt8]) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return bytes.map { $0 < 0x80 ? escaped(Unicode.Scalar($0)) : "\\x" + hex([$0]) }.joined()
    }
    return text.unicodeScalars.map(escaped).joined()
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    case "\\": "\\\\"
    case _ where scalar.value < 0x20 || scalar.value == 0x7F: "\\x" + hex([UInt8(scalar.value)])
    default: String(Character(scalar))
    }
  }

  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// nil unless `text` is an even number of hexadecimal digits.
  static func bytes(hex text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[position..<position + 2], as: UTF8.self), radix: 16),
        digits[position] != UInt8(ascii: "+")
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

/// How bytes stand in JSON output: `"name"` for plain text, else `"name_base64"`; or always one of the encodings.
enum ByteForm: Hashable, Sendable {
  case automatic
  case base64
  case hex

  func member(_ name: String, _ bytes: [UInt8]) -> JSONMember {
    switch self {
    case .automatic:
      if let text = String(validating: bytes, as: UTF8.self) { return JSONMember(name, .string(text)) }
      return JSONMember("\(name)_base64", .base64(bytes))
    case .base64: return JSONMember("\(name)_base64", .base64(bytes))
    case .hex: return JSONMember("\(name)_hex", .string(ByteText.hex(bytes)))
    }
  }
}
