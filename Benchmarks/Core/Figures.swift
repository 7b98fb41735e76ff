public import JSON

extension JSONValue {
  /// A number with at most `digits` places behind the point. What is not finite is null: JSON has no word for it.
  public static func decimal(_ value: Double, digits: Int = 3) -> JSONValue {
    guard value.isFinite, let number = JSONNumber(fixed(value, digits)) else { return .null }
    return .number(number)
  }

  /// The value as a number of any shape.
  public var double: Double? { number.flatMap { Double($0.text) } }
}

/// `value` with so many places behind the point.
public func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "-" }
  var scale: Int64 = 1
  for _ in 0..<digits { scale *= 10 }
  let scaled = (abs(value) * Double(scale)).rounded()
  guard scaled < 9e18 else { return "-" }
  let whole = Int64(scaled)
  let sign = value < 0 && whole > 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(whole)" }
  let rest = String(whole % scale)
  return "\(sign)\(whole / scale).\(String(repeating: "0", count: digits - rest.utf8.count))\(rest)"
}

/// Nanoseconds as people read them.
public func duration(_ nanoseconds: Int64) -> String {
  let value = Double(nanoseconds)
  if nanoseconds < 1_000_000 { return "\(fixed(value / 1e3, 0)) µs" }
  if nanoseconds < 10_000_000_000 { return "\(fixed(value / 1e6, nanoseconds < 100_000_000 ? 2 : 0)) ms" }
  return "\(fixed(value / 1e9, 1)) s"
}

/// A whole number with its thousands apart.
public func grouped(_ value: Double) -> String {
  let digits = Array(fixed(value.rounded(), 0))
  var text = ""
  for (position, digit) in digits.enumerated() {
    if position > 0, (digits.count - position) % 3 == 0, digits[position - 1] != "-" { text.append(",") }
    text.append(digit)
  }
  return text
}

/// Bytes as people read them.
public func bytes(_ count: Int64) -> String {
  let value = Double(count)
  if value < 1e3 { return "\(count) B" }
  if value < 1e6 { return "\(fixed(value / 1e3, 1)) KB" }
  if value < 1e9 { return "\(fixed(value / 1e6, 1)) MB" }
  return "\(fixed(value / 1e9, 2)) GB"
}
