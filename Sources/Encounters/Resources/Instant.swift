/// A moment as FHIR's `instant` has it, in milliseconds: when something happened, as the caller tells it.
///
/// It is data. It orders calls in a queue and starts a clock towards a target; it never orders writes of different nodes,
/// which revisions do.
public struct Instant: Hashable, Comparable, Sendable, Encodable {
  /// Since 1970-01-01T00:00:00Z; from there to the end of the year 9999, so that its text has one length and sorts.
  public let milliseconds: Int64

  private static let limit: Int64 = 253_402_300_800_000

  /// Returns nil outside the years 1970 to 9999.
  public init?(milliseconds: Int64) {
    guard (0..<Self.limit).contains(milliseconds) else { return nil }
    self.milliseconds = milliseconds
  }

  /// Later by `seconds`, which may be negative; stays within the years 1970 to 9999.
  public func adding(seconds: Int64) -> Instant {
    let span = Self.limit / 1_000
    let sum = milliseconds + min(max(seconds, -span), span) * 1_000
    return Instant(clamped: min(max(sum, 0), Self.limit - 1))
  }

  /// Whole seconds from `other` to this, negative if this is earlier.
  public func seconds(since other: Instant) -> Int64 { (milliseconds - other.milliseconds) / 1_000 }

  private init(clamped: Int64) { milliseconds = clamped }

  public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }

  /// 15 digits whose order as text is that of time.
  var sortText: String { padded(milliseconds, 15) }
  /// 15 digits whose order as text is that of time, latest first.
  var reverseSortText: String { padded(999_999_999_999_999 - milliseconds, 15) }
}

extension Instant: CustomStringConvertible, LosslessStringConvertible {
  /// `2026-01-10T09:30:00Z`, with three digits of fraction if there is one.
  public var description: String {
    let day = CivilDate(daysSince1970: Int(milliseconds / 86_400_000))
    let rest = milliseconds % 86_400_000
    let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60].map { padded($0, 2) }.joined(separator: ":")
    let fraction = rest % 1_000 == 0 ? "" : ".\(padded(rest % 1_000, 3))"
    return "\(day)T\(clock)\(fraction)Z"
  }

  /// Reads FHIR's `instant`: date, time to the second or finer, and a zone. Nil for anything else; digits beyond the
  /// millisecond are dropped, a leap second counts as the second before.
  public init?(_ text: String) {
    var reader = DigitReader(text)
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), let date = CivilDate(year: year, month: month, day: day), reader.take("T"),
      let hour = reader.number(2), hour < 24, reader.take(":"), let minute = reader.number(2), minute < 60,
      reader.take(":"), let second = reader.number(2), second <= 60
    else { return nil }
    var fraction = 0
    if reader.take(".") {
      guard let read = reader.fraction() else { return nil }
      fraction = read
    }
    guard let offset = reader.zone(), reader.isAtEnd else { return nil }
    let seconds = date.daysSince1970 * 86_400 + hour * 3_600 + (minute - offset) * 60 + min(second, 59)
    self.init(milliseconds: Int64(seconds) * 1_000 + Int64(fraction))
  }
}

/// A day of the Gregorian calendar.
struct CivilDate: Hashable, CustomStringConvertible {
  let year: Int
  let month: Int
  let day: Int

  /// Nil when there is no such day.
  init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// Years are counted from March, so that the leap day is the last of its year and months follow one linear rule.
  init(daysSince1970 days: Int) {
    let sinceEra = days + 719_468
    let era = sinceEra / 146_097
    let dayOfEra = sinceEra % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + 400 * era + (month <= 2 ? 1 : 0)
  }

  var daysSince1970: Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = marchYear / 400
    let yearOfEra = marchYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Reads `2026-01-10`.
  init?(_ text: String) {
    var reader = DigitReader(text)
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), reader.isAtEnd
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  var description: String { "\(padded(Int64(year), 4))-\(padded(Int64(month), 2))-\(padded(Int64(day), 2))" }
}

private struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(_ digits: Int) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let byte = rest.first, byte &- 0x30 < 10 else { return nil }
      value = value * 10 + Int(byte - 0x30)
      rest.removeFirst()
    }
    return value
  }

  /// One digit or more after the point, as milliseconds.
  mutating func fraction() -> Int? {
    var value = 0
    var count = 0
    while let byte = rest.first, byte &- 0x30 < 10 {
      if count < 3 { value = value * 10 + Int(byte - 0x30) }
      count += 1
      rest.removeFirst()
    }
    guard count > 0 else { return nil }
    for _ in count..<max(count, 3) { value *= 10 }
    return value
  }

  /// Minutes east of Greenwich.
  mutating func zone() -> Int? {
    if take("Z") { return 0 }
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2), hours <= 14, take(":"), let minutes = number(2), minutes < 60 else {
      return nil
    }
    return sign * (hours * 60 + minutes)
  }
}

/// A number that is not negative, with zeros before it.
func padded(_ number: Int64, _ width: Int) -> String {
  precondition(number >= 0, "a negative number in a key or a time")
  let text = String(number)
  return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}
