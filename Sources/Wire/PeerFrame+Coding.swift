public import Base

/// | bytes | what |
/// |---|---|
/// | 1 | kind: 1 hello, 2 welcome, 3 refused, 4 messages, 5 snapshot, 6 digests, 7 space |
/// | 2 | version, ``version`` |
/// | … | the body |
///
/// Messages and snapshots name group and replicas, digests the group, space nothing; the cluster and its epoch are bound by the
/// handshake of the link that carries them and stand in no later frame. The forms of hello, welcome and refused never
/// change, so that two programs of any versions can tell each other why they part.
extension PeerFrame: WireForm {
  /// The version of every frame that this program writes.
  public static let version: UInt16 = 1

  private enum Kind: UInt8 {
    case hello = 1
    case welcome = 2
    case refused = 3
    case messages = 4
    case snapshot = 5
    case digests = 6
    case space = 7
  }

  private var kind: Kind {
    switch self {
    case .hello: .hello
    case .welcome: .welcome
    case .refused: .refused
    case .messages: .messages
    case .snapshot: .snapshot
    case .digests: .digests
    case .space: .space
    }
  }

  public func encode(into writer: inout ByteWriter) {
    writer.u8(kind.rawValue)
    writer.u16(Self.version)
    switch self {
    case .hello(let hello), .welcome(let hello): hello.write(to: &writer)
    case .refused(let refusal): refusal.write(to: &writer)
    case .messages(let messages): writer.list(messages)
    case .snapshot(let snapshot): snapshot.write(to: &writer)
    case .digests(let reports): writer.list(reports)
    case .space(let report): report.write(to: &writer)
    }
  }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    guard let kind = Kind(rawValue: try reader.u8("frame kind")) else { throw .invalid(field: "frame kind") }
    try reader.version(Self.version, "frame version")
    switch kind {
    case .hello: self = .hello(try PeerHello(from: &reader))
    case .welcome: self = .welcome(try PeerHello(from: &reader))
    case .refused: self = .refused(try PeerRefusal(from: &reader))
    case .messages:
      self = .messages(try reader.list("messages", limit: Bounds.messagesMax, each: GroupMessage.byteCountMin))
    case .snapshot: self = .snapshot(try SnapshotFrame(from: &reader))
    case .digests:
      self = .digests(try reader.list("digests", limit: Bounds.groupsMax, each: DigestReport.byteCount))
    case .space: self = .space(try SpaceReport(from: &reader))
    }
    try reader.finish()
  }

  /// Appends `messages` as few frames as fit: no frame is longer than ``Frame/maximum`` or holds more messages than
  /// ``Bounds/messagesMax``, and order is kept. Any one message fits a frame, because appends are bounded.
  public static func appendFrames(of messages: [GroupMessage], to writer: inout ByteWriter) {
    let room = Frame.maximum - 7
    var start = 0
    while start < messages.count {
      var end = start
      var bytes = 0
      while end < messages.count, end - start < Bounds.messagesMax {
        bytes += messages[end].byteCountMax
        guard bytes <= room || end == start else { break }
        end += 1
      }
      Frame.append(PeerFrame.messages(Array(messages[start..<end])), to: &writer)
      start = end
    }
  }
}

/// 76 bytes: group (4), index (8), chain head (32), set hash (32).
extension DigestReport: WirePart {
  static let byteCount = 76

  func write(to writer: inout ByteWriter) {
    writer.u32(group.rawValue)
    writer.u64(index.rawValue)
    writer.digest(chainHead)
    writer.digest(setHash)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    group = try reader.group("digest's group")
    index = try reader.index("digest's index")
    chainHead = try reader.digest("chain head")
    setHash = try reader.digest("set hash")
  }
}

/// 9 bytes: free bytes (8), low (1).
extension SpaceReport: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u64(free)
    writer.bool(isLow)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    free = try reader.counter("free bytes")
    isLow = try reader.bool("low space")
  }
}
