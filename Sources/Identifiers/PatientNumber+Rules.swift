extension PatientNumber {
  /// How the tenth digit follows from nine.
  public enum CheckRule: Hashable, Sendable, CaseIterable {
    /// Weights 10 down to 2, the sum's complement modulo 11. One stem in eleven has no digit by it.
    case modulo11
    /// Luhn's: every second digit doubled, from the last of the nine on. A CHI number may follow it since February 2026
    /// (Public Health Scotland, phsmethods).
    case modulo10

    /// The check digit of nine digits; nil when they have none.
    public func digit(for stem: ArraySlice<Int>) -> Int? {
      precondition(stem.count == 9, "a stem of \(stem.count) digits")
      switch self {
      case .modulo11:
        let sum = zip(stem, (2...10).reversed()).reduce(0) { $0 + $1.0 * $1.1 }
        let check = (11 - sum % 11) % 11
        return check == 10 ? nil : check
      case .modulo10:
        let sum = stem.enumerated().reduce(0) { sum, item in
          let value = item.offset % 2 == 0 ? 2 * item.element : item.element
          return sum + (value > 9 ? value - 9 : value)
        }
        return (10 - sum % 10) % 10
      }
    }
  }

  enum NumberRange: Hashable {
    case issued(Scheme)
    case notIssued
    case ireland
  }

  /// What the range of ten digits is used for (NHS Data Dictionary; the Python package nhs-number).
  static func range(of digits: [Int]) -> NumberRange {
    switch digits.reduce(0, { $0 * 10 + $1 }) {
    case 01_0000_0000...31_1299_9999: .issued(.chi)
    // 320 000 001 is the first that is given, its check digit left out.
    case 320_000_0010...399_999_9999: .issued(.healthAndCare)
    case 400_000_0000...499_999_9999, 600_000_0000...799_999_9999: .issued(.nhs)
    case 800_000_0000...859_999_9999: .ireland
    // Never given to anybody: for tests, in demographics services too.
    case 900_000_0000...999_999_9999: .issued(.nhs)
    default: .notIssued
    }
  }

  /// Whether the first six are a day of the calendar as DDMMYY. The century is not told, so 29 February is a day when some
  /// century makes the year a leap year: 00 is, by 2000.
  static func beginsWithDate(_ digits: [Int]) -> Bool {
    let day = digits[0] * 10 + digits[1]
    let month = digits[2] * 10 + digits[3]
    let year = digits[4] * 10 + digits[5]
    guard (1...12).contains(month) else { return false }
    let lengths = [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...lengths[month - 1]).contains(day)
  }

  private static let form = "943 476 5919"

  static func tenDigits(of text: String) throws(IdentifierFault) -> [Int] {
    let bytes = trimmed(text)
    var digits: [Int] = []
    var separators: [(place: Int, byte: UInt8)] = []
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(Int(byte - UInt8(ascii: "0")))
      case UInt8(ascii: " "), UInt8(ascii: "-"): separators.append((digits.count, byte))
      default: throw .character
      }
    }
    guard digits.count == 10 else { throw .length(found: digits.count, expected: 10...10) }
    if separators.isEmpty { return digits }
    guard separators.map(\.place) == [3, 6], separators[0].byte == separators[1].byte else {
      throw .grouping(form: form)
    }
    return digits
  }
}

/// The bytes of `text` without blanks, tabs and line ends at its ends.
func trimmed(_ text: String) -> ArraySlice<UInt8> {
  let bytes = Array(text.utf8)
  func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
  guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) }) else {
    return []
  }
  return bytes[first...last]
}
