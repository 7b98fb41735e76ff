public import Base

// A result's canonical bytes: u16 format version, u8 kind, content. They are part of the digest chain and of what is
// remembered, so a change of form is a change of format.

extension CommandResult {
  private static let formatVersion: UInt16 = 1

  private enum Kind: UInt8 {
    case transaction = 1
    case compacted = 2
    case session = 3
    case sessionClosed = 4
    case refused = 5
    case appliedBefore = 6
  }

  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) { write(to: &writer, form: .whole) }

  func write(to writer: inout ByteWriter, form: ValueForm) {
    writer.u16(Self.formatVersion)
    switch self {
    case .transaction(let result):
      writer.u8(Kind.transaction.rawValue)
      result.write(to: &writer, form: form)
    case .compacted:
      writer.u8(Kind.compacted.rawValue)
    case .session(let id):
      writer.u8(Kind.session.rawValue)
      writer.u64(id)
    case .sessionClosed:
      writer.u8(Kind.sessionClosed.rawValue)
    case .refused(let refusal):
      writer.u8(Kind.refused.rawValue)
      refusal.write(to: &writer)
    case .appliedBefore(let revision, let succeeded):
      writer.u8(Kind.appliedBefore.rawValue)
      writer.u64(revision.rawValue)
      writer.bool(succeeded)
    }
  }

  /// The canonical form.
  public var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 64)
    write(to: &writer)
    return writer.bytes
  }

  /// Reads the canonical form and nothing after it.
  public init(bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    let version = try reader.u16("result version")
    guard version == Self.formatVersion else { throw .unknownVersion(version) }
    guard let kind = Kind(rawValue: try reader.u8("result kind")) else { throw .invalid(field: "result kind") }
    switch kind {
    case .transaction: self = .transaction(try TransactionResult(from: &reader))
    case .compacted: self = .compacted
    case .session: self = .session(try reader.u64("session"))
    case .sessionClosed: self = .sessionClosed
    case .refused: self = .refused(try CommandRefusal(from: &reader))
    case .appliedBefore:
      let revision = try reader.revision("applied at")
      self = .appliedBefore(revision: revision, succeeded: try reader.bool("succeeded"))
    }
  }
}

extension TransactionResult {
  fileprivate func write(to writer: inout ByteWriter, form: ValueForm) {
    writer.bool(succeeded)
    writer.u32(UInt32(responses.count))
    for response in responses { response.write(to: &writer, form: form) }
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    succeeded = try reader.bool("succeeded")
    responses = []
    for _ in 0..<(try reader.count("responses", limit: Limits.transactionOperationsMax, each: 2)) {
      responses.append(try OperationResult(from: &reader))
    }
  }
}

extension OperationResult {
  private enum Kind: UInt8 {
    case put = 1
    case delete = 2
    case range = 3
  }

  fileprivate func write(to writer: inout ByteWriter, form: ValueForm) {
    switch self {
    case .put(let previous):
      writer.u8(Kind.put.rawValue)
      writer.bool(previous != nil)
      previous?.write(to: &writer, form: form)
    case .delete(let count, let previous):
      writer.u8(Kind.delete.rawValue)
      writer.i64(Int64(count))
      writer.u32(UInt32(previous.count))
      for row in previous { row.write(to: &writer, form: form) }
    case .range(let result):
      writer.u8(Kind.range.rawValue)
      result.write(to: &writer, form: form)
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    guard let kind = Kind(rawValue: try reader.u8("response kind")) else { throw .invalid(field: "response kind") }
    switch kind {
    case .put:
      self = .put(previous: try reader.bool("has previous") ? try KeyValue(from: &reader) : nil)
    case .delete:
      let count = try reader.i64("deleted count")
      guard count >= 0, count <= Int64(Limits.rangeDeleteKeysMax) else { throw .invalid(field: "deleted count") }
      self = .delete(
        count: Int(count), previous: try KeyValue.list("previous rows", limit: Limits.rangeDeleteKeysMax, &reader))
    case .range:
      self = .range(try RangeResult(from: &reader))
    }
  }
}

extension RangeResult {
  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) { write(to: &writer, form: .whole) }

  func write(to writer: inout ByteWriter, form: ValueForm) {
    writer.u32(UInt32(items.count))
    for item in items { item.write(to: &writer, form: form) }
    writer.bool(more)
    writer.i64(Int64(count))
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    items = try KeyValue.list("rows", limit: Limits.rangeKeysMax, &reader)
    more = try reader.bool("more")
    let count = try reader.i64("count")
    guard count >= 0 else { throw .invalid(field: "count") }
    self.count = Int(count)
  }
}

extension KeyValue {
  /// Bytes of the canonical form: what ``Base/Limits/rangeBytesMax`` counts.
  public var encodedBytes: Int {
    29 + key.bytes.count + (value.map { Value.overheadBytes + $0.bytes.count } ?? 0)
  }

  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) { write(to: &writer, form: .whole) }

  func write(to writer: inout ByteWriter, form: ValueForm) {
    key.write(to: &writer)
    writer.bool(value != nil)
    value?.write(to: &writer, form: form)
    writer.u64(createRevision.rawValue)
    writer.u64(modRevision.rawValue)
    writer.u64(version)
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    key = try Key(from: &reader, "row's key")
    value = try reader.bool("row has a value") ? try Value(from: &reader) : nil
    createRevision = try reader.revision("row's create revision")
    modRevision = try reader.revision("row's mod revision")
    version = try reader.u64("row's version")
  }

  fileprivate static func list(
    _ field: StaticText, limit: Int, _ reader: inout ByteReader
  ) throws(DecodeError) -> [KeyValue] {
    var rows: [KeyValue] = []
    let count = try reader.count(field, limit: limit, each: 29)
    rows.reserveCapacity(count)
    for _ in 0..<count { rows.append(try KeyValue(from: &reader)) }
    return rows
  }
}

extension CommandRefusal {
  private enum Kind: UInt8 {
    case unknownSession = 1
    case acknowledgedBefore = 2
    case sessionWindowFull = 3
    case tooManySessions = 4
    case requestReused = 5
    case requestMemoryFull = 6
    case compacted = 7
    case futureRevision = 8
    case tooManyKeys = 9
    case resultTooLarge = 10
  }

  private var kind: Kind {
    switch self {
    case .unknownSession: .unknownSession
    case .acknowledgedBefore: .acknowledgedBefore
    case .sessionWindowFull: .sessionWindowFull
    case .tooManySessions: .tooManySessions
    case .requestReused: .requestReused
    case .requestMemoryFull: .requestMemoryFull
    case .compacted: .compacted
    case .futureRevision: .futureRevision
    case .tooManyKeys: .tooManyKeys
    case .resultTooLarge: .resultTooLarge
    }
  }

  fileprivate func write(to writer: inout ByteWriter) {
    writer.u8(kind.rawValue)
    switch self {
    case .compacted(let revision), .futureRevision(let revision): writer.u64(revision.rawValue)
    case .unknownSession, .acknowledgedBefore, .sessionWindowFull, .tooManySessions, .requestReused,
      .requestMemoryFull, .tooManyKeys, .resultTooLarge:
      break
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    guard let kind = Kind(rawValue: try reader.u8("refusal")) else { throw .invalid(field: "refusal") }
    switch kind {
    case .unknownSession: self = .unknownSession
    case .acknowledgedBefore: self = .acknowledgedBefore
    case .sessionWindowFull: self = .sessionWindowFull
    case .tooManySessions: self = .tooManySessions
    case .requestReused: self = .requestReused
    case .requestMemoryFull: self = .requestMemoryFull
    case .compacted: self = .compacted(try reader.revision("oldest revision"))
    case .futureRevision: self = .futureRevision(try reader.revision("newest revision"))
    case .tooManyKeys: self = .tooManyKeys
    case .resultTooLarge: self = .resultTooLarge
    }
  }
}
