import Base

/// The first ten bytes that a dialler sends, before any frame.
///
/// | bytes | what |
/// |---|---|
/// | 7 | `QUARTET` |
/// | 1 | role of the dialler: `P` peer, `C` client |
/// | 2 | version of the framing, little-endian |
///
/// They tell at once that a browser, a TLS client or a peer of another role called the wrong port, so that the listener
/// can say so instead of taking their text for a length.
public struct ConnectionPreamble: Hashable, Sendable {
  /// Who dials.
  public enum Role: UInt8, Hashable, Sendable, CaseIterable {
    case peer = 0x50
    case client = 0x43
  }

  public static let byteCount = 10
  /// The framing spoken here (``Frame``). Protocol versions are settled by the hellos.
  public static let version: UInt16 = 1
  private static let magic: [UInt8] = Array("QUARTET".utf8)
  private static let httpStarts = [
    "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "PATCH ", "OPTIONS ", "CONNECT ", "TRACE ", "PRI * HTTP", "HTTP/",
  ]

  public var role: Role
  public init(role: Role) { self.role = role }

  public var encoded: [UInt8] {
    var writer = ByteWriter(reserving: Self.byteCount)
    writer.raw(Self.magic)
    writer.u8(role.rawValue)
    writer.u16(Self.version)
    return writer.bytes
  }

  /// Reads the preamble at the start of what a connection has delivered so far. nil: nothing is wrong yet, but there is
  /// too little to tell. Throws as soon as the bytes cannot become a preamble for a listener of `expected`.
  public init?(parsing bytes: [UInt8], expecting expected: Role) throws(PreambleError) {
    let shared = min(bytes.count, Self.magic.count)
    guard bytes[..<shared] == Self.magic[..<shared] else {
      guard let error = Self.judge(bytes) else { return nil }
      throw error
    }
    guard bytes.count > Self.magic.count else { return nil }
    guard let role = Role(rawValue: bytes[7]) else { throw .unknownRole(bytes[7]) }
    guard role == expected else { throw .otherRole(role) }
    guard bytes.count >= Self.byteCount else { return nil }
    let version = UInt16(bytes[8]) | UInt16(bytes[9]) << 8
    guard version == Self.version else { throw .unknownVersion(version) }
    self.role = role
  }

  /// What it is that is not a preamble; nil while it may be the start of an HTTP request.
  private static func judge(_ bytes: [UInt8]) -> PreambleError? {
    for start in httpStarts {
      let shared = min(bytes.count, start.utf8.count)
      guard bytes[..<shared].elementsEqual(start.utf8.prefix(shared)) else { continue }
      return shared == start.utf8.count ? .looksLikeHTTP : nil
    }
    // A TLS record of type handshake, any version (RFC 8446 §5.1).
    if bytes.count >= 2, bytes[0] == 0x16, bytes[1] == 0x03 { return .looksLikeTLS }
    return bytes == [0x16] ? nil : .notQuartet
  }
}

/// Why a connection is closed at its first bytes.
public enum PreambleError: Error, Hashable, Sendable, CustomStringConvertible {
  case looksLikeHTTP
  case looksLikeTLS
  case notQuartet
  case unknownRole(UInt8)
  /// A client called the port for peers, or a peer the one for clients.
  case otherRole(ConnectionPreamble.Role)
  case unknownVersion(UInt16)

  public var description: String {
    switch self {
    case .looksLikeHTTP:
      "this looks like HTTP: the caller wants the node's HTTP address, this one speaks Quartet's protocol"
    case .looksLikeTLS:
      "this looks like TLS, but the listener is a plaintext one: give the caller a plaintext address"
    case .notQuartet: "the first bytes are not Quartet's protocol"
    case .unknownRole(let role): "the caller's role \(role) is not known here"
    case .otherRole(.peer): "a peer called the address for clients: correct its peer address of this node"
    case .otherRole(.client): "a client called the address for peers: give it the client address of this node"
    case .unknownVersion(let version):
      "the caller frames by version \(version), this node by \(ConnectionPreamble.version): upgrade the older program"
    }
  }
}
