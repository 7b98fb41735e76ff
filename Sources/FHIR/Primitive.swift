import JSON

/// A primitive datatype (http://hl7.org/fhir/R4/datatypes.html).
enum Primitive: String, Sendable, CaseIterable {
  case boolean
  case integer, unsignedInt, positiveInt
  case decimal
  case string, markdown, code, id, xhtml
  case uri, url, canonical, oid, uuid
  case date, dateTime, instant, time
  case base64Binary

  /// What is wrong with `value`; nil when nothing is.
  func fault(of value: JSONValue) -> ValidationIssue.Problem? {
    switch self {
    case .boolean: return value.bool == nil ? .wrongKind("true or false") : nil
    case .integer, .unsignedInt, .positiveInt:
      guard value.number != nil else { return .wrongKind("a number") }
      let least: Int64 = self == .integer ? Int64(Int32.min) : self == .unsignedInt ? 0 : 1
      return value.int64.map { (least...Int64(Int32.max)).contains($0) } ?? false ? nil : .format(self)
    case .decimal: return value.number == nil ? .wrongKind("a number") : nil
    default:
      guard let text = value.string else { return .wrongKind("a text") }
      if text.isEmpty { return .empty }
      return hasForm(text.utf8) ? nil : .format(self)
    }
  }

  /// The form in words, for messages.
  var form: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "a whole number of 32 bits"
    case .unsignedInt: "a whole number, 0 or more"
    case .positiveInt: "a whole number, 1 or more"
    case .decimal: "a number"
    case .string, .markdown: "a text"
    case .code: "a code: no blanks at its ends, none beside another"
    case .id: "an id: 1 to 64 of A-Z, a-z, 0-9, '-' and '.'"
    case .xhtml: "XHTML in a div"
    case .uri, .url, .canonical: "a URI: no blanks"
    case .oid: "an OID such as urn:oid:1.2.3"
    case .uuid: "a UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
    case .date: "a date: YYYY, YYYY-MM or YYYY-MM-DD"
    case .dateTime: "a date, or a date and time with its zone such as 2026-01-10T15:00:00Z"
    case .instant: "a date and time with its zone such as 2026-01-10T15:00:00.123Z"
    case .time: "a time such as 15:00:00"
    case .base64Binary: "Base64"
    }
  }

  private func hasForm(_ text: String.UTF8View) -> Bool {
    switch self {
    case .string, .markdown: return text.contains { !Self.isSpace($0) }
    case .code: return Self.isCode(text)
    case .id: return (1...64).contains(text.count) && text.allSatisfy(Self.isOfID)
    case .xhtml: return text.first { !Self.isSpace($0) } == UInt8(ascii: "<")
    case .uri, .url, .canonical: return !text.contains(where: Self.isSpace)
    case .oid: return Self.isOID(text)
    case .uuid: return Self.isUUID(text)
    case .date: return DateForm(text)?.precision ?? .second <= .day
    case .dateTime: return DateForm(text) != nil
    case .instant: return DateForm(text)?.precision == .second
    case .time: return DateForm.isTime(Array(text)[...])
    case .base64Binary: return Self.isBase64(text)
    case .boolean, .integer, .unsignedInt, .positiveInt, .decimal: return false
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isOfID(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: false
    }
  }

  private static func isCode(_ text: String.UTF8View) -> Bool {
    var wasSpace = true
    for byte in text {
      let isSpace = isSpace(byte)
      if isSpace, wasSpace { return false }
      wasSpace = isSpace
    }
    return !wasSpace
  }

  private static func isOID(_ text: String.UTF8View) -> Bool {
    guard text.starts(with: "urn:oid:".utf8) else { return false }
    let parts = text.dropFirst(8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count >= 2, let root = parts[0].first, parts[0].count == 1, (0x30...0x32).contains(root) else {
      return false
    }
    return parts.allSatisfy { part in
      part.allSatisfy { (0x30...0x39).contains($0) } && !part.isEmpty && (part.count == 1 || part.first != 0x30)
    }
  }

  private static func isUUID(_ text: String.UTF8View) -> Bool {
    guard text.starts(with: "urn:uuid:".utf8) else { return false }
    let parts = text.dropFirst(9).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.map(\.count) == [8, 4, 4, 4, 12]
      && parts.allSatisfy { part in
        part.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
      }
  }

  private static func isBase64(_ text: String.UTF8View) -> Bool {
    var count = 0
    var padding = 0
    for byte in text where !isSpace(byte) {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"):
        if padding > 0 { return false }
      case UInt8(ascii: "="): padding += 1
      default: return false
      }
      count += 1
    }
    return count > 0 && count % 4 == 0 && padding <= 2
  }
}

/// A date or a date and time as FHIR writes them, as far as they go; days are days of the calendar.
struct DateForm: Hashable {
  enum Precision: Int, Comparable {
    case year, month, day, second
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  let precision: Precision

  init?(_ text: String.UTF8View) {
    let bytes = Array(text)
    let halves = bytes.split(separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count <= 3, let year = Self.number(parts[0], 4), year > 0 else { return nil }
    var precision = Precision.year
    if parts.count > 1 {
      guard let month = Self.number(parts[1], 2), (1...12).contains(month) else { return nil }
      precision = .month
      if parts.count > 2 {
        guard let day = Self.number(parts[2], 2), (1...Self.days(month, year)).contains(day) else { return nil }
        precision = .day
      }
    }
    if halves.count > 1 {
      guard precision == .day, Self.isZonedTime(halves[1]) else { return nil }
      precision = .second
    }
    self.precision = precision
  }

  static func isTime(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3, let hour = number(parts[0], 2), hour < 24, let minute = number(parts[1], 2), minute < 60
    else { return false }
    let seconds = parts[2].split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let second = number(seconds[0], 2), second <= 60 else { return false }
    return seconds.count == 1 || !seconds[1].isEmpty && seconds[1].allSatisfy { (0x30...0x39).contains($0) }
  }

  private static func isZonedTime(_ text: ArraySlice<UInt8>) -> Bool {
    if text.last == UInt8(ascii: "Z") { return isTime(text.dropLast()) }
    let zone = text.suffix(6)
    guard zone.count == 6, let sign = zone.first, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(sign) else {
      return false
    }
    let parts = zone.dropFirst().split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, let hour = number(parts[0], 2), let minute = number(parts[1], 2), minute < 60,
      hour < 14 || hour == 14 && minute == 0
    else { return false }
    return isTime(text.dropLast(6))
  }

  private static func number(_ text: ArraySlice<UInt8>, _ digits: Int) -> Int? {
    guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func days(_ month: Int, _ year: Int) -> Int {
    let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }
}
