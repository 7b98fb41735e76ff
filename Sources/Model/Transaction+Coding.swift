import Base

extension Transaction {
  /// Bytes of the canonical form: what ``Base/Limits/transactionBytesMax`` counts.
  public var encodedBytes: Int {
    var total = 12
    for compare in compares { total += compare.encodedBytes }
    for operation in success { total += operation.encodedBytes }
    for operation in failure { total += operation.encodedBytes }
    return total
  }

  func write(to writer: inout ByteWriter) {
    writer.u32(UInt32(compares.count))
    for compare in compares { compare.write(to: &writer) }
    writer.u32(UInt32(success.count))
    for operation in success { operation.write(to: &writer) }
    writer.u32(UInt32(failure.count))
    for operation in failure { operation.write(to: &writer) }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    compares = []
    for _ in 0..<(try reader.count("compares", limit: Limits.transactionOperationsMax, each: 14)) {
      compares.append(try Compare(from: &reader))
    }
    success = try Self.operations("operations", &reader)
    failure = try Self.operations("operations otherwise", &reader)
  }

  private static func operations(
    _ field: StaticText, _ reader: inout ByteReader
  ) throws(DecodeError) -> [Operation] {
    var operations: [Operation] = []
    for _ in 0..<(try reader.count(field, limit: Limits.transactionOperationsMax, each: 7)) {
      operations.append(try Operation(from: &reader))
    }
    return operations
  }
}

extension Compare {
  private enum Kind: UInt8 {
    case version = 1
    case createRevision = 2
    case modRevision = 3
    case value = 4
  }

  fileprivate var encodedBytes: Int {
    if case .value = target { 6 + key.bytes.count + 32 } else { 6 + key.bytes.count + 8 }
  }

  fileprivate func write(to writer: inout ByteWriter) {
    key.write(to: &writer)
    writer.u8(relation.rawValue)
    switch target {
    case .version(let version):
      writer.u8(Kind.version.rawValue)
      writer.u64(version)
    case .createRevision(let revision):
      writer.u8(Kind.createRevision.rawValue)
      writer.u64(revision.rawValue)
    case .modRevision(let revision):
      writer.u8(Kind.modRevision.rawValue)
      writer.u64(revision.rawValue)
    case .value(let digest):
      writer.u8(Kind.value.rawValue)
      writer.digest(digest)
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    key = try Key(from: &reader, "compare's key")
    guard let relation = Relation(rawValue: try reader.u8("compare's relation")) else {
      throw .invalid(field: "compare's relation")
    }
    self.relation = relation
    guard let kind = Kind(rawValue: try reader.u8("compare's target")) else {
      throw .invalid(field: "compare's target")
    }
    switch kind {
    case .version: target = .version(try reader.u64("compare's version"))
    case .createRevision: target = .createRevision(try reader.revision("compare's create revision"))
    case .modRevision: target = .modRevision(try reader.revision("compare's mod revision"))
    case .value: target = .value(try reader.digest("compare's value"))
    }
  }
}

extension Operation {
  private enum Kind: UInt8 {
    case put = 1
    case delete = 2
    case range = 3
  }

  fileprivate var encodedBytes: Int {
    switch self {
    case .put(let key, let value, _): 6 + key.bytes.count + Value.overheadBytes + value.bytes.count
    case .delete(let range, _): 2 + range.encodedBytes
    case .range(let query): 20 + query.range.encodedBytes
    }
  }

  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .put(let key, let value, let wantsPrevious):
      writer.u8(Kind.put.rawValue)
      key.write(to: &writer)
      value.write(to: &writer)
      writer.bool(wantsPrevious)
    case .delete(let range, let wantsPrevious):
      writer.u8(Kind.delete.rawValue)
      range.write(to: &writer)
      writer.bool(wantsPrevious)
    case .range(let query):
      writer.u8(Kind.range.rawValue)
      query.write(to: &writer)
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    guard let kind = Kind(rawValue: try reader.u8("operation kind")) else { throw .invalid(field: "operation kind") }
    switch kind {
    case .put:
      let key = try Key(from: &reader, "key")
      let value = try Value(from: &reader)
      self = .put(key: key, value: value, wantsPrevious: try reader.bool("wants previous"))
    case .delete:
      let range = try KeyRange(from: &reader)
      self = .delete(range, wantsPrevious: try reader.bool("wants previous"))
    case .range:
      self = .range(try RangeQuery(from: &reader))
    }
  }
}

extension KeyRange {
  fileprivate var encodedBytes: Int { 5 + start.bytes.count + (end.map { 4 + $0.bytes.count } ?? 0) }
}
