import Base
import Raft
import Testing
import Wire

/// A format under test, whatever its type.
struct Coder: Sendable, CustomTestStringConvertible {
  let name: String
  /// The form of a random value.
  let make: @Sendable (inout Maker) -> [UInt8]
  /// Decodes and encodes again; nil when the bytes are refused.
  let recode: @Sendable ([UInt8]) -> [UInt8]?
  /// Makes the checksum of changed bytes right again, so that what lies behind it is reached.
  let reseal: (@Sendable ([UInt8]) -> [UInt8])?
  /// Whether a random value comes back equal.
  let returns: @Sendable (inout Maker) -> Bool

  var testDescription: String { name }

  init<Form: WireForm & Equatable>(
    _ name: String, reseal: (@Sendable ([UInt8]) -> [UInt8])? = nil, _ make: @escaping @Sendable (inout Maker) -> Form
  ) {
    self.name = name
    self.reseal = reseal
    self.make = { make(&$0).encoded }
    recode = { (try? Form(decoding: $0))?.encoded }
    returns = {
      let value = make(&$0)
      return (try? Form(decoding: value.encoded)) == value
    }
  }

  private init(fileHeader name: String) {
    self.name = name
    reseal = Self.sealed
    make = { $0.fileHeader().encoded }
    recode = { Self.fileHeader($0)?.encoded }
    returns = {
      let header = $0.fileHeader()
      return Self.fileHeader(header.encoded) == header
    }
  }

  private static func fileHeader(_ bytes: [UInt8]) -> FileHeader? {
    for kind in FileHeader.Kind.allCases {
      if let header = try? FileHeader(decoding: bytes, expecting: kind) { return header }
    }
    return nil
  }

  /// Puts the SHA-256 of all but the last 32 bytes into them.
  @Sendable private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 32 else { return bytes }
    let body = Array(bytes.dropLast(32))
    return body + Digest(of: body).bytes
  }

  /// The same for a row of the log, whose hash leaves out the row's version and the payload's length.
  @Sendable private static func sealedRow(_ bytes: [UInt8]) -> [UInt8] {
    let start = 2 + EntryHeader.byteCount + 4
    guard bytes.count >= start + 32 else { return bytes }
    let hashed = Array(bytes[2..<start - 4]) + Array(bytes[start...].dropLast(32))
    return Array(bytes.dropLast(32)) + Digest(of: hashed).bytes
  }

  static let all: [Coder] = [
    Coder("PeerFrame") { $0.peerFrame() },
    Coder("ClientRequest") { $0.request() },
    Coder("ClientReply") { $0.reply() },
    Coder("Genesis") { $0.genesis() },
    Coder("SnapshotDescription") { $0.snapshot() },
    Coder("NodeIdentity") { $0.identity() },
    Coder("StoredEntry", reseal: sealedRow) { $0.storedEntry() },
    Coder("HardStateRecord", reseal: sealed) { $0.hardState() },
    Coder("PeerRecord", reseal: sealed) { $0.peerRecord() },
    Coder(fileHeader: "FileHeader"),
  ]
}
