import Base

/// Quantities as people write them.
enum Quantities {
  /// `250ms`, `1.5s`, `12s`, `3m`, `4h`, `5d`.
  static func text(_ interval: Interval) -> String {
    let milliseconds = interval.milliseconds
    switch milliseconds {
    case ..<0: return "-" + text(Interval(nanoseconds: -interval.nanoseconds))
    case 0: return interval.nanoseconds == 0 ? "0" : "<1ms"
    case ..<1_000: return "\(milliseconds)ms"
    case ..<10_000: return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100)s"
    case ..<120_000: return "\(milliseconds / 1_000)s"
    case ..<7_200_000: return "\(milliseconds / 60_000)m"
    case ..<172_800_000: return "\(milliseconds / 3_600_000)h"
    default: return "\(milliseconds / 86_400_000)d"
    }
  }

  /// Seconds to the millisecond: `14.203s`.
  static func exact(_ interval: Interval) -> String {
    let fraction = "\(interval.milliseconds % 1_000)"
    return "\(interval.milliseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.utf8.count) + fraction + "s"
  }

  /// `12 B`, `3.4 KiB`, `120 MiB`.
  static func bytes(_ count: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var unit = 0
    var tenths = count >= UInt64.max / 10 ? UInt64.max : count * 10
    while tenths >= 10_240, unit < units.count - 1 {
      tenths /= 1_024
      unit += 1
    }
    if unit == 0 || tenths >= 100 { return "\(tenths / 10) \(units[unit])" }
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }

  /// Reads `250ms`, `1.5s`, `10s`, `5m`, `4h`, `7d`; nil for anything else. A unit is needed.
  static func interval(_ text: String) -> Interval? {
    let units: [(suffix: String, nanoseconds: Int64)] = [
      ("ms", 1_000_000), ("us", 1_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
      ("d", 86_400_000_000_000),
    ]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let parts = text.dropLast(unit.suffix.count).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = parts.first, let whole = UInt32(first) else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard (1...3).contains(parts[1].count), let digits = UInt16(parts[1]) else { return nil }
      let scale: Int64 = parts[1].count == 1 ? 10 : parts[1].count == 2 ? 100 : 1_000
      fraction = unit.nanoseconds / scale * Int64(digits)
    }
    let (product, isTooLong) = Int64(whole).multipliedReportingOverflow(by: unit.nanoseconds)
    let (sum, isLonger) = product.addingReportingOverflow(fraction)
    return isTooLong || isLonger ? nil : Interval(nanoseconds: sum)
  }
}
