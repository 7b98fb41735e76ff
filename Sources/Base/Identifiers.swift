/// The name of a node: one process with one data directory, one nation, one supplier.
///
/// 1 to 63 characters of `a-z`, `0-9` and `-`, so that it can stand in file names, metrics and logs.
public struct NodeID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The name as configured, for example `england-1`.
  public let name: String

  /// Returns nil when `name` breaks the rule above.
  public init?(_ name: String) {
    guard (1...63).contains(name.utf8.count), name.utf8.allSatisfy(Self.allows) else { return nil }
    self.name = name
  }

  private static func allows(_ byte: UInt8) -> Bool {
    (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2D
  }

  public static func < (left: Self, right: Self) -> Bool { left.name.utf8.lexicographicallyPrecedes(right.name.utf8) }
  public var description: String { name }
}

/// One Raft group. Files, messages and metrics go by group; `system` maps keyspaces to groups.
public struct GroupID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number under which the group stands in formats.
  public let rawValue: UInt32
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { "g\(rawValue)" }
}

/// One node's copy of one group. A group never uses a replica id again, so a wiped disk cannot vote twice (TH 4.1).
public struct ReplicaID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number under which the replica stands in formats; 0 is no replica.
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { "\(rawValue)" }
}

/// A position in one group's log. Entries start at 2: index 1 is the genesis snapshot, 0 is before everything.
public struct LogIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The position.
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  /// Before every entry.
  public static let zero = LogIndex(0)
  /// Where a group's genesis snapshot stands.
  public static let genesis = LogIndex(1)
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public static func + (left: Self, right: UInt64) -> Self { LogIndex(left.rawValue + right) }
  public static func - (left: Self, right: UInt64) -> Self { LogIndex(left.rawValue - right) }
  /// How far `left` is ahead of `right`; `left` must not be behind.
  public static func - (left: Self, right: Self) -> UInt64 { left.rawValue - right.rawValue }
  public static func += (left: inout Self, right: UInt64) { left.rawValue += right }
  public var description: String { "\(rawValue)" }
}

/// A Raft term (TH 3.3). 0 is before the first election.
public struct Term: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number of the term.
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  /// Before the first election.
  public static let zero = Term(0)
  /// The term after this one.
  public var next: Term { Term(rawValue + 1) }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { "\(rawValue)" }
}

/// When a change was made: the log index of its entry plus the group's base.
///
/// One entry is one command, so everything that a command changed has one revision. Gaps are normal: the leader's own
/// entries take an index and change no key.
public struct Revision: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number that clients see.
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  /// Before every change; as an `asOf` it means "now".
  public static let zero = Revision(0)
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { "\(rawValue)" }
}

/// 128 random or derived bits that name something for ever: a request, a store, a cluster, a nonce.
public struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The first 64 bits, most significant first.
  public let high: UInt64
  /// The last 64 bits.
  public let low: UInt64
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
  /// Nobody's identifier; stands for "none" in formats.
  public static let zero = Identifier(high: 0, low: 0)
  /// Whether this is ``zero``.
  public var isZero: Bool { high == 0 && low == 0 }

  /// Reads the form that ``description`` writes, with or without hyphens, upper or lower case.
  public init?(_ text: String) {
    var digits: [UInt8] = []
    for byte in text.utf8 where byte != 0x2D {
      guard let digit = hexDigit(byte) else { return nil }
      digits.append(digit)
    }
    guard digits.count == 32 else { return nil }
    high = digits[0..<16].reduce(0) { $0 << 4 | UInt64($1) }
    low = digits[16..<32].reduce(0) { $0 << 4 | UInt64($1) }
  }

  /// Reads the form that ``bytes`` gives; nil unless there are 16.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.init(
      high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The 16 bytes, first byte first.
  public var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 16)
    writer.identifier(self)
    return writer.bytes
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }

  /// The 8-4-4-4-12 form of RFC 9562, lower case.
  public var description: String {
    let text = hexText(high) + hexText(low)
    var result = ""
    for (position, character) in text.enumerated() {
      if [8, 12, 16, 20].contains(position) { result.append("-") }
      result.append(character)
    }
    return result
  }
}

func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x61...0x66: byte - 0x61 + 10
  case 0x41...0x46: byte - 0x41 + 10
  default: nil
  }
}

func hexText(_ value: UInt64) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: 16 - text.utf8.count) + text
}
