public import Base

/// Turns answers into bytes (RFC 9112 §4, §6).
enum ResponseWriter {
  static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// What of the request decides the answer's form.
  struct Context {
    var isHead = false
    var isHTTP11 = true
    /// False ends the connection after this answer, and says so.
    var keepsAlive = true
  }

  /// - Parameter date: of now, see ``HTTPDate``.
  static func append(_ response: HTTPResponse, _ context: Context, date: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: "HTTP/1.1 \(response.status.code) ".utf8)
    bytes.append(contentsOf: response.status.reason.utf8)
    var hasDate = false
    for field in response.headers.fields {
      switch field.name {
      // Framing is this function's own matter: a handler's mistake must not desynchronise the connection.
      case "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade": continue
      case "date": hasDate = true
      default: break
      }
      append(field.name, field.value, to: &bytes)
    }
    if !hasDate { append("date", date, to: &bytes) }
    if response.status.allowsBody { append("content-length", String(response.body.count), to: &bytes) }
    if !context.keepsAlive {
      append("connection", "close", to: &bytes)
    } else if !context.isHTTP11 {
      append("connection", "keep-alive", to: &bytes)
    }
    bytes.append(contentsOf: "\r\n\r\n".utf8)
    if response.status.allowsBody && !context.isHead { bytes.append(contentsOf: response.body) }
  }

  private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: "\r\n".utf8)
    bytes.append(contentsOf: name.utf8)
    bytes.append(contentsOf: ": ".utf8)
    bytes.append(contentsOf: value.utf8)
  }
}

/// Dates in the form of HTTP (RFC 9110 §5.6.7).
public enum HTTPDate {
  /// `Sun, 06 Nov 1994 08:49:37 GMT`.
  public static func text(_ time: WallTime) -> String {
    let seconds = time.milliseconds / 1_000 - (time.milliseconds % 1_000 < 0 ? 1 : 0)
    let days = (seconds - modulo(seconds, 86_400)) / 86_400
    let second = modulo(seconds, 86_400)
    let (year, month, day) = civil(days)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(modulo(days, 7))]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let clock = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    return "\(weekday), \(two(day)) \(months[Int(month) - 1]) \(year) \(clock) GMT"
  }

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
  private static func modulo(_ number: Int64, _ divisor: Int64) -> Int64 {
    (number % divisor + divisor) % divisor
  }

  /// The date of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from March, so that the
  /// leap day is the last of its year, in cycles of 400 years, which have 146,097 days.
  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let dayOfCycle = modulo(shifted, 146_097)
    let cycle = (shifted - dayOfCycle) / 146_097
    let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
