/// Counts of lengths of time in buckets that grow with the value, so that any percentile of any number of samples is
/// known to within 1/128 of itself (the idea of HdrHistogram). Values are nanoseconds; negative ones count as 0.
public struct Histogram: Hashable, Sendable {
  private static let bits = 7
  private static let half = 1 << bits

  private var counts: [UInt64] = []
  public private(set) var count = 0
  public private(set) var max: Int64 = 0
  private var sum = 0.0

  public init() {}

  static func bucket(of value: Int64) -> Int {
    let value = UInt64(Swift.max(0, value))
    if value < half { return Int(value) }
    let shift = 63 - value.leadingZeroBitCount - bits
    return (shift + 1) * half + Int(value >> shift) - half
  }

  /// The greatest value that falls into a bucket.
  static func top(of bucket: Int) -> Int64 {
    if bucket < half { return Int64(bucket) }
    let shift = bucket / half - 1
    // Of the last bucket this is 2^63 - 1, which only an unsigned number gets to.
    return Int64((UInt64(half + bucket % half + 1) << UInt64(shift)) - 1)
  }

  public mutating func record(_ value: Int64) {
    let bucket = Self.bucket(of: value)
    if bucket >= counts.count { counts += [UInt64](repeating: 0, count: bucket + 1 - counts.count) }
    counts[bucket] += 1
    count += 1
    sum += Double(Swift.max(0, value))
    max = Swift.max(max, value)
  }

  public mutating func add(_ other: Histogram) {
    if other.counts.count > counts.count { counts += [UInt64](repeating: 0, count: other.counts.count - counts.count) }
    for (bucket, number) in other.counts.enumerated() where number > 0 { counts[bucket] += number }
    count += other.count
    sum += other.sum
    max = Swift.max(max, other.max)
  }

  /// The least value that at least `percent` of the samples do not exceed; 0 when there are none.
  public func percentile(_ percent: Double) -> Int64 {
    guard count > 0 else { return 0 }
    // 99.9 % of 1,000 is 999, whatever binary fractions make of it.
    let rank = Swift.max(1, Int((Double(count) * percent / 100 - 1e-6).rounded(.up)))
    var seen = 0
    for (bucket, number) in counts.enumerated() {
      seen += Int(number)
      if seen >= rank { return Swift.min(Self.top(of: bucket), max) }
    }
    return max
  }

  public var mean: Double { count == 0 ? 0 : sum / Double(count) }
}
