public import Base

/// One change of one key as it is stored: a put, or a deletion. State, history, audit trail and watch source in one.
public struct StateRow: Hashable, Sendable {
  public var revision: Revision
  /// Which change of its revision it was.
  public var ordinal: UInt32
  public var key: Key
  /// nil for a deletion.
  public var value: Value?
  /// Zero for a deletion.
  public var createRevision: Revision
  /// How many times the key was put since it was created; 0 for a deletion.
  public var version: UInt64

  public init(
    revision: Revision, ordinal: UInt32, key: Key, value: Value?, createRevision: Revision, version: UInt64
  ) {
    self.revision = revision
    self.ordinal = ordinal
    self.key = key
    self.value = value
    self.createRevision = createRevision
    self.version = version
  }

  /// What it is as a live row; nil for a deletion.
  public var head: RowHead? {
    guard let value else { return nil }
    return RowHead(
      createRevision: createRevision, modRevision: revision, ordinal: ordinal, version: version,
      valueDigest: value.digest, valueBytes: UInt32(value.bytes.count))
  }

  /// The row as clients see it.
  public func item(keysOnly: Bool = false) -> KeyValue {
    KeyValue(
      key: key, value: keysOnly ? nil : value, createRevision: createRevision, modRevision: revision,
      version: version)
  }
}

extension StateRow {
  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) {
    writer.u64(revision.rawValue)
    writer.u32(ordinal)
    key.write(to: &writer)
    writer.bool(value != nil)
    guard let value else { return }
    value.write(to: &writer)
    writer.u64(createRevision.rawValue)
    writer.u64(version)
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    let revision = try reader.revision("row's revision")
    let ordinal = try reader.u32("row's ordinal")
    let key = try Key(from: &reader, "row's key")
    guard try reader.bool("row is a put") else {
      self.init(revision: revision, ordinal: ordinal, key: key, value: nil, createRevision: .zero, version: 0)
      return
    }
    let value = try Value(from: &reader)
    let createRevision = try reader.revision("row's create revision")
    let version = try reader.u64("row's version")
    guard createRevision <= revision, version >= 1 else { throw .invalid(field: "row's version") }
    self.init(
      revision: revision, ordinal: ordinal, key: key, value: value, createRevision: createRevision, version: version)
  }
}
