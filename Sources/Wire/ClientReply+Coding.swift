public import Base
import Model

/// | bytes | what |
/// |---|---|
/// | 1 | 1 hello, 2 applied, 3 read, 4 cluster, 5 status, 6 identity, 7 done, 8 digest, 9 failed |
/// | 2 | version, ``version`` |
/// | 8 | number of the request |
/// | … | header: keyspace, revision (8), node, nation, cluster (16), term (8) |
/// | … | hello: version (2). applied: result (blob), log time (8). The others: their value. done: nothing |
extension ClientReply: WireForm {
  /// The version of every reply that this program writes.
  public static let version: UInt16 = 1

  public func encode(into writer: inout ByteWriter) {
    writer.u8(body.tag)
    writer.u16(Self.version)
    writer.u64(number)
    header.write(to: &writer)
    switch body {
    case .hello(let version): writer.u16(version)
    case .applied(let result, let logTime):
      writer.blob(result)
      writer.i64(logTime.nanoseconds)
    case .read(let result): result.write(to: &writer)
    case .cluster(let map): map.write(to: &writer)
    case .status(let status): status.write(to: &writer)
    case .identity(let identity): identity.write(to: &writer)
    case .done: break
    case .digest(let result): result.write(to: &writer)
    case .failed(let failure): failure.write(to: &writer)
    }
  }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let tag = try reader.u8("reply kind")
    try reader.version(Self.version, "reply version")
    number = try reader.u64("reply number")
    header = try ReplyHeader(from: &reader)
    body = try Body(tag: tag, from: &reader)
    try reader.finish()
  }
}

extension ClientReply.Body {
  fileprivate var tag: UInt8 {
    switch self {
    case .hello: 1
    case .applied: 2
    case .read: 3
    case .cluster: 4
    case .status: 5
    case .identity: 6
    case .done: 7
    case .digest: 8
    case .failed: 9
    }
  }

  fileprivate init(tag: UInt8, from reader: inout ByteReader) throws(DecodeError) {
    switch tag {
    case 1: self = .hello(version: try reader.u16("version"))
    case 2:
      let result = try reader.blob("result", limit: Bounds.resultBytesMax)
      self = .applied(result: result, logTime: try reader.logTime("log time"))
    case 3: self = .read(try ReadResult(from: &reader))
    case 4: self = .cluster(try ClusterMap(from: &reader))
    case 5: self = .status(try NodeStatus(from: &reader))
    case 6: self = .identity(try NodeIdentity(from: &reader))
    case 7: self = .done
    case 8: self = .digest(try DigestResult(from: &reader))
    case 9: self = .failed(try Failure(from: &reader))
    default: throw .invalid(field: "reply kind")
    }
  }
}

extension ReplyHeader: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.text(keyspace)
    writer.u64(revision.rawValue)
    writer.text(node)
    writer.text(nation)
    writer.identifier(cluster)
    writer.u64(term)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    keyspace = try reader.name("reply's keyspace")
    revision = try reader.revision("reply's revision")
    node = try reader.name("reply's node")
    nation = try reader.name("reply's nation")
    cluster = try reader.identifier("reply's cluster")
    term = try reader.counter("reply's term")
  }
}

/// Code (2), outcome (1), message, leader.
extension Failure: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u16(code.rawValue)
    writer.u8(outcome.rawValue)
    writer.prose(message)
    writer.text(leader)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    guard let code = FailureCode(rawValue: try reader.u16("failure's code")) else {
      throw .invalid(field: "failure's code")
    }
    guard let outcome = Outcome(rawValue: try reader.u8("failure's outcome")) else {
      throw .invalid(field: "failure's outcome")
    }
    let message = try reader.prose("failure's message")
    self.init(code: code, outcome: outcome, message: message, leader: try reader.name("failure's leader"))
  }
}
