public import Base

/// How values enter canonical bytes.
enum ValueForm {
  /// With their bytes: what is sent and stored.
  case whole
  /// By digest and length: what digests are computed over, so that a megabyte is hashed once, before it was proposed.
  case digest
}

extension Value {
  /// What a value takes besides its bytes.
  static let overheadBytes = 42

  /// The canonical form: header, digest, bytes.
  public func write(to writer: inout ByteWriter) { write(to: &writer, form: .whole) }

  func write(to writer: inout ByteWriter, form: ValueForm) {
    writer.u8(format)
    writer.u8(codec)
    writer.u32(keyID)
    writer.digest(digest)
    switch form {
    case .whole: writer.blob(bytes)
    case .digest: writer.u32(UInt32(bytes.count))
    }
  }

  /// Reads the canonical form. Whether the digest is that of the bytes is for ``Command/validate()`` and the scrub.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    format = try reader.u8("value's format")
    codec = try reader.u8("value's codec")
    keyID = try reader.u32("value's key id")
    digest = try reader.digest("value's digest")
    bytes = try reader.blob("value", limit: Limits.valueBytesMax)
  }
}

extension Key {
  func write(to writer: inout ByteWriter) { writer.blob(bytes) }

  init(from reader: inout ByteReader, _ field: StaticText) throws(DecodeError) {
    self.init(try reader.blob(field, limit: Limits.keyBytesMax))
  }
}

extension KeyRange {
  /// The canonical form: start, whether there is an end, end.
  public func write(to writer: inout ByteWriter) {
    writer.blob(start.bytes)
    writer.bool(end != nil)
    if let end { writer.blob(end.bytes) }
  }

  /// Reads the canonical form. A bound may be one byte longer than a key: the successor of the longest one.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    let start = Key(try reader.blob("range's start", limit: Limits.keyBytesMax + 1))
    var end: Key?
    if try reader.bool("whether the range ends") {
      end = Key(try reader.blob("range's end", limit: Limits.keyBytesMax + 1))
    }
    self.init(start: start, end: end)
  }
}

extension RangeQuery {
  /// The canonical form.
  public func write(to writer: inout ByteWriter) {
    range.write(to: &writer)
    writer.u64(revision.rawValue)
    writer.i64(Int64(limit))
    writer.bool(keysOnly)
    writer.bool(countOnly)
    writer.bool(reverse)
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    let range = try KeyRange(from: &reader)
    let revision = Revision(try reader.u64("range's revision"))
    let limit = try reader.i64("range's limit")
    guard limit >= 0 else { throw .invalid(field: "range's limit") }
    let keysOnly = try reader.bool("keys only")
    let countOnly = try reader.bool("count only")
    let reverse = try reader.bool("reverse")
    self.init(
      range: range, revision: revision, limit: Int(limit), keysOnly: keysOnly, countOnly: countOnly, reverse: reverse)
  }
}

extension ByteReader {
  /// A length of time that is not negative.
  mutating func interval(_ field: StaticText) throws(DecodeError) -> Interval {
    let nanoseconds = try i64(field)
    guard nanoseconds >= 0 else { throw .invalid(field: field) }
    return Interval(nanoseconds: nanoseconds)
  }

  /// A log time; there is none before a group's birth.
  mutating func logTime(_ field: StaticText) throws(DecodeError) -> LogTime {
    LogTime(nanoseconds: try interval(field).nanoseconds)
  }

  mutating func revision(_ field: StaticText) throws(DecodeError) -> Revision { Revision(try u64(field)) }
}
