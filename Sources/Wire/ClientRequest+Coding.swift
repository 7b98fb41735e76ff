public import Base
import Model

/// | bytes | what |
/// |---|---|
/// | 1 | 1 hello, 2 propose, 3 read, 4 cluster, 5 status, 6 identity, 7 genesis, 8 digest, 9 transfer |
/// | 2 | version, ``version`` |
/// | 8 | number |
/// | … | hello: versions (2, 2), name. propose: keyspace, command (blob). read: keyspace, the read |
/// | … | genesis: the record (blob). digest: keyspace, the query. transfer: keyspace, node |
///
/// The form of hello never changes.
extension ClientRequest: WireForm {
  /// The version of every request that this program writes.
  public static let version: UInt16 = 1

  public func encode(into writer: inout ByteWriter) {
    writer.u8(body.tag)
    writer.u16(Self.version)
    writer.u64(number)
    switch body {
    case .hello(let hello): hello.write(to: &writer)
    case .propose(let keyspace, let command):
      writer.text(keyspace)
      writer.blob(command)
    case .read(let keyspace, let read):
      writer.text(keyspace)
      read.write(to: &writer)
    case .cluster, .status, .identity: break
    case .genesis(let record): writer.blob(record)
    case .digest(let keyspace, let query):
      writer.text(keyspace)
      query.write(to: &writer)
    case .transfer(let keyspace, let node):
      writer.text(keyspace)
      writer.text(node)
    }
  }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let tag = try reader.u8("request kind")
    try reader.version(Self.version, "request version")
    number = try reader.u64("request number")
    body = try Body(tag: tag, from: &reader)
    try reader.finish()
  }

  /// The number of a request that may not be decodable, so that it can be answered with a failure all the same; nil
  /// when not even the number is there.
  public static func number(in bytes: [UInt8]) -> UInt64? {
    guard bytes.count >= 11 else { return nil }
    var reader = ByteReader(bytes, 3..<11)
    return try? reader.u64("request number")
  }
}

extension ClientRequest.Body {
  fileprivate var tag: UInt8 {
    switch self {
    case .hello: 1
    case .propose: 2
    case .read: 3
    case .cluster: 4
    case .status: 5
    case .identity: 6
    case .genesis: 7
    case .digest: 8
    case .transfer: 9
    }
  }

  fileprivate init(tag: UInt8, from reader: inout ByteReader) throws(DecodeError) {
    switch tag {
    case 1: self = .hello(try ClientHello(from: &reader))
    case 2:
      let keyspace = try reader.name("keyspace")
      self = .propose(keyspace: keyspace, command: try reader.blob("command", limit: Limits.commandBytesMax))
    case 3:
      let keyspace = try reader.name("keyspace")
      self = .read(keyspace: keyspace, try ReadRequest(from: &reader))
    case 4: self = .cluster
    case 5: self = .status
    case 6: self = .identity
    case 7: self = .genesis(try reader.blob("genesis", limit: Bounds.genesisBytesMax))
    case 8:
      let keyspace = try reader.name("keyspace")
      self = .digest(keyspace: keyspace, try DigestQuery(from: &reader))
    case 9:
      let keyspace = try reader.name("keyspace")
      self = .transfer(keyspace: keyspace, to: try reader.name("transfer's target"))
    default: throw .invalid(field: "request kind")
    }
  }
}

extension ClientHello: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.versions(versions)
    writer.prose(name)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    versions = try reader.versions("versions")
    name = try reader.prose("client's name")
  }
}

/// 1 (linearizable); or 2 (stale), greatest age (8), lowest revision (8).
extension ReadConsistency: WirePart {
  func write(to writer: inout ByteWriter) {
    switch self {
    case .linearizable: writer.u8(1)
    case .stale(let maxAge, let notBefore):
      writer.u8(2)
      writer.interval(maxAge)
      writer.u64(notBefore.rawValue)
    }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    switch try reader.u8("consistency") {
    case 1: self = .linearizable
    case 2:
      let maxAge = try reader.interval("greatest age")
      self = .stale(maxAge: maxAge, notBefore: try reader.revision("lowest revision"))
    default: throw .invalid(field: "consistency")
    }
  }
}

/// Consistency, then 1 range (the query), 2 history (key, before (8), limit (8)), 3 outcome (16), 4 session outcome
/// (8, 8).
extension ReadRequest: WirePart {
  func write(to writer: inout ByteWriter) {
    consistency.write(to: &writer)
    switch query {
    case .range(let range):
      writer.u8(1)
      range.write(to: &writer)
    case .history(let key, let before, let limit):
      writer.u8(2)
      writer.blob(key.bytes)
      writer.u64(before.rawValue)
      writer.i64(Int64(limit))
    case .outcome(let request):
      writer.u8(3)
      writer.identifier(request)
    case .sessionOutcome(let session, let sequence):
      writer.u8(4)
      writer.u64(session)
      writer.u64(sequence)
    }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    consistency = try ReadConsistency(from: &reader)
    switch try reader.u8("read's kind") {
    case 1: query = .range(try RangeQuery(from: &reader))
    case 2:
      let key = try reader.key("history's key")
      let before = try reader.revision("history's revision")
      let limit = try reader.natural("history's limit", limit: Bounds.queryLimitMax)
      query = .history(key, before: before, limit: limit)
    case 3: query = .outcome(try reader.identifier("request id"))
    case 4:
      let session = try reader.counter("session")
      query = .sessionOutcome(session: session, sequence: try reader.counter("sequence"))
    default: throw .invalid(field: "read's kind")
    }
  }
}

/// Revision (8), range, limit (8), per row (1).
extension DigestQuery: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u64(revision.rawValue)
    range.write(to: &writer)
    writer.i64(Int64(limit))
    writer.bool(perRow)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    revision = try reader.revision("digest's revision")
    range = try KeyRange(from: &reader)
    limit = try reader.natural("digest's limit", limit: Bounds.queryLimitMax)
    perRow = try reader.bool("per row")
  }
}
