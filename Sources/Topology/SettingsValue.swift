public import Base

/// One value of a settings file.
public enum SettingsValue: Hashable, Sendable, CustomStringConvertible {
  /// `"text"`
  case text(String)
  /// `4_096`
  case integer(Int64)
  /// `true`
  case boolean(Bool)
  /// `50ms`, `10s`; units ns, us, ms, s, m, h.
  case duration(Interval)
  /// `4MiB`, in bytes; units B, KiB, MiB, GiB, TiB.
  case size(Int64)

  /// The name of its type, for people.
  public var typeName: String {
    switch self {
    case .text: "a text in double quotes"
    case .integer: "an integer"
    case .boolean: "true or false"
    case .duration: "a duration"
    case .size: "a size"
    }
  }

  /// As it is written in a file; reading it gives the same value.
  public var description: String {
    switch self {
    case .text(let text): Self.quoted(text)
    case .integer(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .duration(let value): Self.withUnit(value.nanoseconds, Self.durationUnits)
    case .size(let value): Self.withUnit(value, Self.sizeUnits)
    }
  }

  /// Smallest first.
  static let durationUnits: [(name: String, factor: Int64)] = [
    ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
  ]
  static let sizeUnits: [(name: String, factor: Int64)] = [
    ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]

  /// In the largest unit that leaves no fraction.
  private static func withUnit(_ value: Int64, _ units: [(name: String, factor: Int64)]) -> String {
    let unit = units.last { value != 0 && value % $0.factor == 0 } ?? units[0]
    return "\(value / unit.factor)\(unit.name)"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Reads what stands behind `=` up to the end of the line; `rest` is what follows the value. Nil when it is no value.
  static func read(_ bytes: ArraySlice<UInt8>) -> (value: SettingsValue, rest: ArraySlice<UInt8>)? {
    if bytes.first == UInt8(ascii: "\"") { return readText(bytes.dropFirst()) }
    let word = bytes.prefix { $0 > 0x20 && $0 != UInt8(ascii: "#") }
    guard let value = readWord(String(decoding: word, as: UTF8.self)) else { return nil }
    return (value, bytes.dropFirst(word.count))
  }

  private static func readText(_ bytes: ArraySlice<UInt8>) -> (value: SettingsValue, rest: ArraySlice<UInt8>)? {
    var text: [UInt8] = []
    var position = bytes.startIndex
    while position < bytes.endIndex {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let value = String(validating: text, as: UTF8.self) else { return nil }
        return (.text(value), bytes[position...])
      case UInt8(ascii: "\\"):
        guard position < bytes.endIndex else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(bytes[position])
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        default: return nil
        }
        position += 1
      default: text.append(byte)
      }
    }
    return nil
  }

  private static func readWord(_ word: String) -> SettingsValue? {
    if word == "true" || word == "false" { return .boolean(word == "true") }
    let numeric = word.prefix { $0 == "-" || $0 == "_" || ($0 >= "0" && $0 <= "9") }
    guard let last = numeric.last, last != "_", numeric.first != "_" else { return nil }
    guard let number = Int64(String(numeric.filter { $0 != "_" })) else { return nil }
    let unit = String(word.dropFirst(numeric.count))
    if unit.isEmpty { return .integer(number) }
    func scaled(_ units: [(name: String, factor: Int64)]) -> Int64? {
      guard let factor = units.first(where: { $0.name == unit })?.factor else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: factor)
      return overflow ? nil : product
    }
    if let nanoseconds = scaled(durationUnits) { return .duration(Interval(nanoseconds: nanoseconds)) }
    return scaled(sizeUnits).map { .size($0) }
  }
}
