import Base
import Model

/// Start (blob), whether there is an end (1), the end (blob).
extension KeyRange: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.blob(start.bytes)
    writer.bool(end != nil)
    if let end { writer.blob(end.bytes) }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let start = try reader.bound("range's start")
    self.init(start: start, end: try reader.bool("range's end's presence") ? try reader.bound("range's end") : nil)
  }
}

/// The range, revision (8), limit (8), keys only (1), count only (1), reverse (1).
extension RangeQuery: WirePart {
  func write(to writer: inout ByteWriter) {
    range.write(to: &writer)
    writer.u64(revision.rawValue)
    writer.i64(Int64(limit))
    writer.bool(keysOnly)
    writer.bool(countOnly)
    writer.bool(reverse)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let range = try KeyRange(from: &reader)
    let revision = try reader.revision("query's revision")
    let limit = try reader.natural("query's limit", limit: Bounds.queryLimitMax)
    let keysOnly = try reader.bool("keys only")
    let countOnly = try reader.bool("count only")
    self.init(
      range: range, revision: revision, limit: limit, keysOnly: keysOnly, countOnly: countOnly,
      reverse: try reader.bool("reverse"))
  }
}

/// Format (1), codec (1), key id (4), digest of the plain bytes (32), the bytes (blob).
extension Value: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u8(format)
    writer.u8(codec)
    writer.u32(keyID)
    writer.digest(digest)
    writer.blob(bytes)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let format = try reader.u8("value's format")
    let codec = try reader.u8("value's codec")
    let keyID = try reader.u32("value's key id")
    let digest = try reader.digest("value's digest")
    self.init(
      format: format, codec: codec, keyID: keyID, digest: digest,
      bytes: try reader.blob("value", limit: Limits.valueBytesMax))
  }
}

/// Key (blob, not empty), whether there is a value (1), the value, create revision (8), mod revision (8), version (8).
extension KeyValue: WirePart {
  static let byteCountMin = 30

  func write(to writer: inout ByteWriter) {
    writer.blob(key.bytes)
    writer.bool(value != nil)
    value?.write(to: &writer)
    writer.u64(createRevision.rawValue)
    writer.u64(modRevision.rawValue)
    writer.u64(version)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let key = try reader.key("key")
    let value = try reader.bool("value's presence") ? try Value(from: &reader) : nil
    let createRevision = try reader.revision("create revision")
    let modRevision = try reader.revision("mod revision")
    self.init(
      key: key, value: value, createRevision: createRevision, modRevision: modRevision,
      version: try reader.counter("row's version"))
  }
}

/// Rows (list), more (1), count (8).
extension RangeResult: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.list(items)
    writer.bool(more)
    writer.i64(Int64(count))
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let items: [KeyValue] = try reader.list("rows", limit: Limits.rangeKeysMax, each: KeyValue.byteCountMin)
    let more = try reader.bool("more")
    self.init(items: items, more: more, count: try reader.natural("count", limit: Int(Bounds.counterMax)))
  }
}

/// The row, then whether it is a deletion (1), which has no value and version 0.
extension HistoryItem: WirePart {
  func write(to writer: inout ByteWriter) {
    item.write(to: &writer)
    writer.bool(isDeletion)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    item = try KeyValue(from: &reader)
    isDeletion = try reader.bool("deletion")
    guard !isDeletion || (item.value == nil && item.version == 0) else { throw .invalid(field: "deletion") }
  }
}
