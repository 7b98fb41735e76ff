public import Base
import Raft

/// | bytes | what |
/// |---|---|
/// | 4, 8, 8 | group, replica from, replica to |
/// | 8 | transfer |
/// | 1 | 1 offer, 2 chunk, 3 received, 4 installed, 5 failed, 6 wanted |
/// | … | a ``SnapshotDescription``; offset (8) and blob; offset (8); index (8); nothing; index (8) |
extension SnapshotFrame: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u32(group.rawValue)
    writer.u64(from.rawValue)
    writer.u64(to.rawValue)
    writer.u64(transfer)
    switch body {
    case .offer(let description):
      writer.u8(1)
      description.write(to: &writer)
    case .chunk(let offset, let bytes):
      writer.u8(2)
      writer.u64(offset)
      writer.blob(bytes)
    case .received(let offset):
      writer.u8(3)
      writer.u64(offset)
    case .installed(let index):
      writer.u8(4)
      writer.u64(index.rawValue)
    case .failed: writer.u8(5)
    case .wanted(let index):
      writer.u8(6)
      writer.u64(index.rawValue)
    }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    group = try reader.group("snapshot's group")
    from = try reader.replica("snapshot's sender")
    to = try reader.replica("snapshot's receiver")
    transfer = try reader.u64("snapshot's transfer")
    switch try reader.u8("snapshot frame") {
    case 1: body = .offer(try SnapshotDescription(from: &reader))
    case 2:
      let offset = try reader.counter("chunk's offset")
      body = .chunk(offset: offset, bytes: try reader.blob("chunk", limit: Limits.snapshotChunkBytes))
    case 3: body = .received(offset: try reader.counter("received offset"))
    case 4: body = .installed(try reader.index("installed index"))
    case 5: body = .failed
    case 6: body = .wanted(atLeast: try reader.index("wanted index"))
    default: throw .invalid(field: "snapshot frame")
    }
  }
}

/// | bytes | what |
/// |---|---|
/// | 2 | format version |
/// | 8, 8, 32, 8 | index, term, entry hash and log time of the mark |
/// | … | the configuration's canonical form, then the index of its entry (8), which is not above the mark's |
/// | 8 | base |
/// | 32, 32 | chain head, set hash |
/// | 2, 1 | feature level, kind |
/// | 8, 32 | bytes of the file, its SHA-256 |
extension SnapshotDescription: WireForm, WirePart {
  /// The only format version known here.
  public static let version: UInt16 = 1

  public func encode(into writer: inout ByteWriter) { write(to: &writer) }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  func write(to writer: inout ByteWriter) {
    writer.u16(formatVersion)
    writer.u64(mark.mark.index.rawValue)
    writer.u64(mark.mark.term.rawValue)
    writer.digest(mark.mark.hash)
    writer.i64(mark.mark.logTime.nanoseconds)
    mark.configuration.write(to: &writer)
    writer.u64(mark.configurationIndex.rawValue)
    writer.u64(base)
    writer.digest(chainHead)
    writer.digest(setHash)
    writer.u16(featureLevel)
    writer.u8(kind.rawValue)
    writer.u64(bytes)
    writer.digest(fileDigest)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    try reader.version(Self.version, "snapshot version")
    formatVersion = Self.version
    let index = try reader.index("snapshot's index")
    let term = try reader.term("snapshot's term")
    let hash = try reader.digest("snapshot's entry hash")
    let logTime = try reader.logTime("snapshot's log time")
    let configuration = try reader.configuration("snapshot's replica")
    let configurationIndex = try reader.index("snapshot's configuration index")
    guard configurationIndex <= index else { throw .invalid(field: "snapshot's configuration index") }
    mark = SnapshotMark(
      mark: LogMark(index: index, term: term, hash: hash, logTime: logTime), configuration: configuration,
      configurationIndex: configurationIndex)
    base = try reader.counter("snapshot's base")
    chainHead = try reader.digest("snapshot's chain head")
    setHash = try reader.digest("snapshot's set hash")
    featureLevel = try reader.u16("snapshot's feature level")
    guard let kind = Kind(rawValue: try reader.u8("snapshot's kind")) else { throw .invalid(field: "snapshot's kind") }
    self.kind = kind
    bytes = try reader.counter("snapshot's size")
    fileDigest = try reader.digest("snapshot's file digest")
  }
}
