/// A JSON number as it was written: `1.00`, `1.0` and `1` are three numbers here.
public struct JSONNumber: Hashable, Sendable, LosslessStringConvertible {
  /// The number by RFC 8259 §6.
  public let text: String

  /// Returns nil when `text` is no number of RFC 8259 §6.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard case .number(let end) = Self.scan(bytes, from: 0), end == bytes.count else { return nil }
    self.text = text
  }

  public init<Integer: FixedWidthInteger>(_ value: Integer) { text = String(value) }

  /// For the parser, which has looked at each byte already.
  init(checked text: String) { self.text = text }

  public var description: String { text }

  /// The value, when it was written as an integer (no fraction, no exponent) and fits.
  public var int64: Int64? { Int64(text) }
  /// The same, unsigned; `-0` is 0.
  public var uint64: UInt64? { UInt64(text) }

  enum Scan {
    /// The number ends before this position.
    case number(end: Int)
    /// A byte at this position, or the end of the bytes, broke the grammar.
    case broken(at: Int)
  }

  /// Follows the grammar of RFC 8259 §6 from `start`, as far as it goes.
  static func scan(_ bytes: [UInt8], from start: Int) -> Scan {
    var position = start
    func digit(_ position: Int) -> Bool { position < bytes.count && bytes[position] &- 0x30 < 10 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    guard digit(position) else { return .broken(at: position) }
    if bytes[position] == UInt8(ascii: "0") {
      position += 1
      if digit(position) { return .broken(at: position) }
    } else {
      while digit(position) { position += 1 }
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      guard digit(position) else { return .broken(at: position) }
      while digit(position) { position += 1 }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      guard digit(position) else { return .broken(at: position) }
      while digit(position) { position += 1 }
    }
    return .number(end: position)
  }
}
