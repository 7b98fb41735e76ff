import Base

/// What stands at the start of each file of ours that is not SQLite's. The identity file and the reserve's marker are
/// nothing but this; a snapshot's bytes follow it.
///
/// | bytes | what |
/// |---|---|
/// | 4 | `QTET` |
/// | 1 | kind: 1 identity, 2 snapshot, 3 reserve |
/// | 2 | version of the payload |
/// | 4 | the cluster's epoch; 0 before genesis |
/// | 2 | feature level that a reader must have |
/// | 4, n | payload |
/// | 32 | SHA-256 of all before it |
///
/// This layout stays for ever; what changes is the payload's version. So damage is told from a newer program's file.
public struct FileHeader: Hashable, Sendable {
  /// What the file is.
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    /// Payload: a ``NodeIdentity``.
    case identity = 1
    /// Payload: a ``SnapshotDescription``.
    case snapshot = 2
    /// The space kept for a full disk; no payload.
    case reserve = 3
  }

  /// The payload version that this program writes and reads, of every kind.
  public static let version: UInt16 = 1
  /// Bytes before the payload: with them ``byteCount(of:)`` tells how long the header is.
  public static let prefixByteCount = 17
  private static let magic: [UInt8] = Array("QTET".utf8)

  public var kind: Kind
  public var epoch: UInt32
  public var featureLevel: UInt16
  public var payload: [UInt8]

  public init(kind: Kind, epoch: UInt32, featureLevel: UInt16, payload: [UInt8]) {
    self.kind = kind
    self.epoch = epoch
    self.featureLevel = featureLevel
    self.payload = payload
  }

  public var encoded: [UInt8] {
    precondition(payload.count <= Bounds.filePayloadBytesMax, "a file header of \(payload.count) bytes")
    var body = ByteWriter(reserving: Self.prefixByteCount + payload.count + 32)
    body.raw(Self.magic)
    body.u8(kind.rawValue)
    body.u16(Self.version)
    body.u32(epoch)
    body.u16(featureLevel)
    body.blob(payload)
    body.digest(Digest(of: body.bytes))
    return body.bytes
  }

  /// How many bytes the header takes in a file that begins with `prefix`, of which ``prefixByteCount`` bytes are
  /// needed.
  public static func byteCount(of prefix: [UInt8]) throws(FileHeaderError) -> Int {
    let shared = min(prefix.count, magic.count)
    guard prefix[..<shared] == magic[..<shared] else { throw .notOurs }
    guard prefix.count >= prefixByteCount else { throw .truncated }
    let count = prefix[13..<17].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard count <= Bounds.filePayloadBytesMax else { throw .damaged }
    return prefixByteCount + count + 32
  }

  /// Reads and checks `bytes`, which are the header and nothing else. In this order, so that the reason is the right
  /// one: magic, length, checksum, version, kind, feature level.
  public init(decoding bytes: [UInt8], expecting kind: Kind) throws(FileHeaderError) {
    let count = try Self.byteCount(of: bytes)
    guard bytes.count >= count else { throw .truncated }
    guard bytes.count == count else { throw .trailing(count: bytes.count - count) }
    do {
      var reader = try ByteReader(unsealing: bytes, "checksum")
      _ = try reader.raw(4, "magic")
      let found = try reader.u8("kind")
      let version = try reader.u16("version")
      guard version == Self.version else { throw FileHeaderError.unknownVersion(version) }
      guard found == kind.rawValue else { throw FileHeaderError.otherKind(found) }
      self.kind = kind
      epoch = try reader.u32("epoch")
      featureLevel = try reader.u16("feature level")
      guard featureLevel <= Versions.featureLevel else { throw FileHeaderError.newerFeatureLevel(featureLevel) }
      payload = try reader.blob("payload", limit: Bounds.filePayloadBytesMax)
    } catch let error as FileHeaderError {
      throw error
    } catch {
      throw .damaged
    }
  }
}

/// Why a file of ours is not read. None is ever mended by deleting the file.
public enum FileHeaderError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It does not begin with our magic.
  case notOurs
  /// It ends too early.
  case truncated
  /// The checksum does not fit, or the length is impossible.
  case damaged
  case trailing(count: Int)
  /// A file of ours, but for another purpose.
  case otherKind(UInt8)
  /// Written by a newer program.
  case unknownVersion(UInt16)
  /// Needs a program with this feature level.
  case newerFeatureLevel(UInt16)

  public var description: String {
    switch self {
    case .notOurs: "the file was not written by this program"
    case .truncated: "the file ends inside its header"
    case .damaged: "the file's header is damaged: its checksum does not fit"
    case .trailing(let count): "\(count) bytes stand after the end of the file's header"
    case .otherKind(let kind): "the file has another purpose (kind \(kind))"
    case .unknownVersion(let version): "the file has version \(version): a newer program wrote it"
    case .newerFeatureLevel(let level):
      "the file needs feature level \(level), this program has \(Versions.featureLevel): upgrade it"
    }
  }
}
