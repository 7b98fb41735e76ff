public import Base
public import Raft

/// A group's hard state as it stands on disk. A vote that comes back changed elects two leaders, so the row carries its
/// own checksum.
///
/// | bytes | what |
/// |---|---|
/// | 2 | version, ``version`` |
/// | 4 | group |
/// | 8, 8 | term, vote (0: none) |
/// | 1 | suspended |
/// | 32 | SHA-256 of all before it |
public struct HardStateRecord: Hashable, WireForm {
  public static let version: UInt16 = 1
  public static let byteCount = 55
  public var group: GroupID
  public var state: HardState
  public init(group: GroupID, state: HardState) {
    self.group = group
    self.state = state
  }

  public func encode(into writer: inout ByteWriter) {
    precondition(state.votedFor != ReplicaID(0), "a vote for no replica")
    var body = ByteWriter(reserving: Self.byteCount)
    body.u16(Self.version)
    body.u32(group.rawValue)
    body.u64(state.term.rawValue)
    body.u64(state.votedFor?.rawValue ?? 0)
    body.bool(state.suspended)
    writer.sealed(body)
  }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = try ByteReader(unsealing: bytes, "hard state's checksum")
    try reader.version(Self.version, "hard state's version")
    group = try reader.group("hard state's group")
    let term = try reader.term("hard state's term")
    let vote = try reader.counter("hard state's vote")
    let suspended = try reader.bool("hard state's suspension")
    state = HardState(term: term, votedFor: vote == 0 ? nil : ReplicaID(vote), suspended: suspended)
    try reader.finish()
  }
}

extension ByteWriter {
  /// Appends what `body` wrote and its SHA-256.
  mutating func sealed(_ body: ByteWriter) {
    raw(body.bytes)
    digest(Digest(of: body.bytes))
  }
}

extension ByteReader {
  /// Reads what ``ByteWriter/sealed(_:)`` wrote, once the checksum has been found right.
  init(unsealing bytes: [UInt8], _ field: StaticText) throws(DecodeError) {
    let count = bytes.count - 32
    guard count >= 0 else { throw .truncated(field: field) }
    var checksum = ByteReader(bytes, count..<bytes.count)
    guard try checksum.digest(field) == Digest(of: Array(bytes[..<count])) else { throw .invalid(field: field) }
    self.init(bytes, 0..<count)
  }
}
