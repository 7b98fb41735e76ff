public import Base

/// A group and a place in its log.
public struct GroupIndex: Hashable, Sendable {
  public var group: GroupID
  public var index: LogIndex
  public init(group: GroupID, index: LogIndex) {
    self.group = group
    self.index = index
  }
}

/// What a node keeps of each store that it ever shook hands with, so that a wiped, cloned or restored one is told apart
/// (design §6, Identity).
///
/// | bytes | what |
/// |---|---|
/// | 2 | version, ``version`` |
/// | 16, 8, 16 | store, boot count, nonce |
/// | list | for each group, ascending: group (4), acknowledged index (8) |
/// | 32 | SHA-256 of all before it |
public struct PeerRecord: Hashable, WireForm {
  public static let version: UInt16 = 1
  public var store: Identifier
  /// The highest seen.
  public var bootCount: UInt64
  /// Drawn by that start.
  public var nonce: Identifier
  /// What the store acknowledged *and* this node knows to be committed, ascending by group: it can never hold less.
  public var acknowledged: [GroupIndex]

  public init(store: Identifier, bootCount: UInt64, nonce: Identifier, acknowledged: [GroupIndex]) {
    self.store = store
    self.bootCount = bootCount
    self.nonce = nonce
    self.acknowledged = acknowledged
  }

  public func encode(into writer: inout ByteWriter) {
    var body = ByteWriter()
    body.u16(Self.version)
    body.identifier(store)
    body.u64(bootCount)
    body.identifier(nonce)
    body.list(acknowledged)
    writer.sealed(body)
  }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = try ByteReader(unsealing: bytes, "peer record's checksum")
    try reader.version(Self.version, "peer record's version")
    store = try reader.identifier("peer's store")
    bootCount = try reader.counter("peer's boot count")
    nonce = try reader.identifier("peer's nonce")
    acknowledged = try reader.list("peer's acknowledged indexes", limit: Bounds.groupsMax, each: 12)
    try reader.ascending(acknowledged, by: \.group, "peer's groups' order")
    try reader.finish()
  }
}

extension GroupIndex: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u32(group.rawValue)
    writer.u64(index.rawValue)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let group = try reader.group("acknowledged group")
    self.init(group: group, index: try reader.index("acknowledged index"))
  }
}
