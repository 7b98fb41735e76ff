/// Why bytes from outside were refused. Data from disk, network and clients is validated, never asserted.
public enum DecodeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes ended inside the named field.
  case truncated(field: StaticText)
  /// The named field holds a value that its type does not have.
  case invalid(field: StaticText)
  /// The named field is longer than its published limit.
  case tooLong(field: StaticText)
  /// Bytes stand after the end of the value.
  case trailing(count: Int)
  /// Written by a version that this program does not know.
  case unknownVersion(UInt16)

  public var description: String {
    switch self {
    case .truncated(let field): "bytes end inside '\(field)'"
    case .invalid(let field): "field '\(field)' has an impossible value"
    case .tooLong(let field): "field '\(field)' is longer than its limit"
    case .trailing(let count): "\(count) bytes after the end"
    case .unknownVersion(let version): "format version \(version) is not known here"
    }
  }
}

/// A name that stands in the program's text: what an error may carry without carrying anybody's data.
public struct StaticText: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  // Kept as the literal: a field's name is passed with every read and made a String only when a read fails.
  private let text: StaticString
  public init(stringLiteral value: StaticString) { text = value }
  public var description: String { text.description }
  public static func == (left: Self, right: Self) -> Bool { left.description == right.description }
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// Builds bytes in the formats of this project: fixed-width little-endian numbers, blobs and texts behind a 32-bit length.
public struct ByteWriter: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8]

  public init(reserving capacity: Int = 0) {
    bytes = []
    if capacity > 0 { bytes.reserveCapacity(capacity) }
  }

  /// How many bytes were written.
  public var count: Int { bytes.count }

  public mutating func u8(_ value: UInt8) { bytes.append(value) }
  public mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }
  public mutating func u16(_ value: UInt16) { fixed(value.littleEndian) }
  public mutating func u32(_ value: UInt32) { fixed(value.littleEndian) }
  public mutating func u64(_ value: UInt64) { fixed(value.littleEndian) }
  public mutating func i64(_ value: Int64) { fixed(value.littleEndian) }

  private mutating func fixed<Number: FixedWidthInteger>(_ value: Number) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  /// The bytes alone, with no length before them.
  public mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }
  public mutating func raw(_ value: ArraySlice<UInt8>) { bytes.append(contentsOf: value) }

  /// A 32-bit length, then the bytes.
  public mutating func blob(_ value: [UInt8]) {
    u32(UInt32(value.count))
    raw(value)
  }

  /// A text as a blob of its UTF-8.
  public mutating func text(_ value: String) {
    var value = value
    value.withUTF8 { utf8 in
      u32(UInt32(utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }

  public mutating func digest(_ value: Digest) {
    fixed(value.word0.bigEndian)
    fixed(value.word1.bigEndian)
    fixed(value.word2.bigEndian)
    fixed(value.word3.bigEndian)
  }

  /// 16 bytes, most significant first.
  public mutating func identifier(_ value: Identifier) {
    fixed(value.high.bigEndian)
    fixed(value.low.bigEndian)
  }

  /// Puts `value` over four bytes written before: a length that was not known then.
  public mutating func patchU32(_ value: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset + 4 <= bytes.count, "patch of 4 bytes at \(offset) in \(bytes.count)")
    for shift in 0..<4 { bytes[offset + shift] = UInt8(truncatingIfNeeded: value >> UInt32(8 * shift)) }
  }

  /// Forgets what was written and keeps the memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// Reads what ``ByteWriter`` wrote. Total: whatever the bytes are, it returns a value or throws.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  /// Reads only `range` of `bytes`, which must lie within them.
  public init(_ bytes: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "range \(range) of \(bytes.count) bytes")
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// How many bytes are left.
  public var remaining: Int { end - position }
  /// Where the next byte stands in the whole array.
  public var offset: Int { position }

  public mutating func u8(_ field: StaticText) throws(DecodeError) -> UInt8 {
    guard remaining >= 1 else { throw .truncated(field: field) }
    defer { position += 1 }
    return bytes[position]
  }

  /// 0 or 1; anything else is refused, so that every value has one form.
  public mutating func bool(_ field: StaticText) throws(DecodeError) -> Bool {
    switch try u8(field) {
    case 0: return false
    case 1: return true
    default: throw .invalid(field: field)
    }
  }

  public mutating func u16(_ field: StaticText) throws(DecodeError) -> UInt16 { UInt16(littleEndian: try fixed(field)) }
  public mutating func u32(_ field: StaticText) throws(DecodeError) -> UInt32 { UInt32(littleEndian: try fixed(field)) }
  public mutating func u64(_ field: StaticText) throws(DecodeError) -> UInt64 { UInt64(littleEndian: try fixed(field)) }
  public mutating func i64(_ field: StaticText) throws(DecodeError) -> Int64 { Int64(littleEndian: try fixed(field)) }

  private mutating func fixed<Number: FixedWidthInteger>(_ field: StaticText) throws(DecodeError) -> Number {
    let size = MemoryLayout<Number>.size
    guard remaining >= size else { throw .truncated(field: field) }
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Number.self) }
    position += size
    return value
  }

  /// Exactly `count` bytes.
  public mutating func raw(_ count: Int, _ field: StaticText) throws(DecodeError) -> [UInt8] {
    guard count >= 0, remaining >= count else { throw .truncated(field: field) }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  /// A blob of at most `limit` bytes.
  public mutating func blob(_ field: StaticText, limit: Int) throws(DecodeError) -> [UInt8] {
    let count = Int(try u32(field))
    guard count <= limit else { throw .tooLong(field: field) }
    return try raw(count, field)
  }

  /// A text of at most `limit` bytes of valid UTF-8.
  public mutating func text(_ field: StaticText, limit: Int = 1024) throws(DecodeError) -> String {
    let bytes = try blob(field, limit: limit)
    if bytes.isEmpty { return "" }
    // Most texts are ASCII, of which any bytes are valid; the check of others costs more than the rest of a command.
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalid(field: field) }
    return text
  }

  /// A list's length, of at most `limit`, each element taking at least `minimum` bytes: so that a forged length cannot
  /// make the reader reserve memory that the bytes do not back.
  public mutating func count(_ field: StaticText, limit: Int, each minimum: Int) throws(DecodeError) -> Int {
    let count = Int(try u32(field))
    guard count <= limit else { throw .tooLong(field: field) }
    guard count * minimum <= remaining else { throw .truncated(field: field) }
    return count
  }

  public mutating func digest(_ field: StaticText) throws(DecodeError) -> Digest {
    let word0 = UInt64(bigEndian: try fixed(field))
    let word1 = UInt64(bigEndian: try fixed(field))
    let word2 = UInt64(bigEndian: try fixed(field))
    let word3 = UInt64(bigEndian: try fixed(field))
    return Digest(word0, word1, word2, word3)
  }

  public mutating func identifier(_ field: StaticText) throws(DecodeError) -> Identifier {
    let high = UInt64(bigEndian: try fixed(field))
    let low = UInt64(bigEndian: try fixed(field))
    return Identifier(high: high, low: low)
  }

  /// Refuses bytes that nobody read.
  public func finish() throws(DecodeError) {
    guard remaining == 0 else { throw .trailing(count: remaining) }
  }
}
