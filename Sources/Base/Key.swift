/// A key: bytes, compared as bytes. Never a String, whose order and equality are Unicode's.
public struct Key: Hashable, Comparable, Sendable {
  /// The bytes; empty only where a bound of a range may be empty.
  public let bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  /// The UTF-8 of `text`.
  public init(_ text: String) { bytes = Array(text.utf8) }

  // What the compiler would write goes byte by byte, and every change of a key looks for it in several tables.

  public static func < (left: Self, right: Self) -> Bool { order(left.bytes, right.bytes) < 0 }

  public static func == (left: Self, right: Self) -> Bool {
    left.bytes.count == right.bytes.count && order(left.bytes, right.bytes) == 0
  }

  /// Below zero when `left` comes first, zero when both are equal.
  private static func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in
        let shared = min(left.count, right.count)
        var position = 0
        while position + 8 <= shared {
          let one = left.loadUnaligned(fromByteOffset: position, as: UInt64.self)
          let other = right.loadUnaligned(fromByteOffset: position, as: UInt64.self)
          if one != other { return UInt64(bigEndian: one) < UInt64(bigEndian: other) ? -1 : 1 }
          position += 8
        }
        while position < shared {
          if left[position] != right[position] { return Int(left[position]) - Int(right[position]) }
          position += 1
        }
        return left.count - right.count
      }
    }
  }

  public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

  /// The first key after this one in key order.
  public var successor: Key { Key(bytes + [0]) }

  /// The first key after every key that begins with this one; nil when there is none (all bytes 0xFF, or empty).
  public var prefixEnd: Key? {
    var end = bytes
    while let last = end.last {
      if last < 0xFF {
        end[end.count - 1] = last + 1
        return Key(end)
      }
      end.removeLast()
    }
    return nil
  }

  /// What a log may say of this key: keys can hold identifiers of patients, hashes do not.
  public var hash: Digest { Digest(of: bytes) }
}

/// Keys from `start` up to, not including, `end`; no `end` means to the last key.
public struct KeyRange: Hashable, Sendable {
  public var start: Key
  public var end: Key?
  public init(start: Key, end: Key?) {
    self.start = start
    self.end = end
  }
  /// Exactly `key`.
  public init(only key: Key) { self.init(start: key, end: key.successor) }
  /// Every key that begins with `prefix`.
  public init(prefix: Key) { self.init(start: prefix, end: prefix.prefixEnd) }
  /// Every key.
  public static let all = KeyRange(start: Key([]), end: nil)
  public func contains(_ key: Key) -> Bool { key >= start && (end.map { key < $0 } ?? true) }
  /// Whether no key can lie in it.
  public var isEmpty: Bool { end.map { $0 <= start } ?? false }
}
