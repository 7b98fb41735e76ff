/// A small seeded generator (Steele, Lea, Flood 2014). The whole state is one number, so a copy repeats the future.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64
  public init(seed: UInt64) { state = seed }

  /// One of many generators of a seed, each independent of how much is drawn from the others.
  public init(seed: UInt64, stream: UInt64) {
    var mixer = SplitMix64(seed: seed &+ (stream &+ 1) &* 0xD134_2543_DE82_EF95)
    state = mixer.next()
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to, not including, `bound`, which must be positive.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "no number below \(bound)")
    return Int(next(upperBound: UInt64(bound)))
  }

  /// An interval from `low` through `high`.
  public mutating func interval(_ low: Interval, _ high: Interval) -> Interval {
    precondition(low <= high, "\(low) through \(high)")
    return Interval(nanoseconds: low.nanoseconds + Int64(next(upperBound: UInt64(high.nanoseconds - low.nanoseconds + 1))))
  }

  /// True once in `count` times.
  public mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  public mutating func identifier() -> Identifier { Identifier(high: next(), low: next()) }
}
