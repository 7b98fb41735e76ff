public import Base

// A command's canonical bytes: u16 format version, envelope, u8 kind of body, body. One value has one form, so the
// digest of the bytes is the digest of the command.

extension Command {
  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) {
    writer.u16(Versions.entryFormat)
    envelope.write(to: &writer)
    body.write(to: &writer)
  }

  /// The canonical form: the payload of a log entry.
  public var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 256 + body.payloadBytes)
    write(to: &writer)
    return writer.bytes
  }

  /// SHA-256 over the body's canonical bytes: what tells a retry from another command under the same name. The envelope
  /// is left out, because a retry may come by another way and with a later acknowledgement.
  public var bodyDigest: Digest {
    var writer = ByteWriter(reserving: 64 + body.payloadBytes)
    body.write(to: &writer)
    return Digest(of: writer.bytes)
  }

  /// Reads the canonical form and nothing after it.
  ///
  /// - Throws: ``Base/DecodeError/unknownVersion(_:)`` or `.invalid("command kind")` for what a newer program wrote:
  ///   the replica stops applying and says so. Limits that need a comparison of parts are left to ``validate()``.
  public init(bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// Reads the canonical form; see ``init(bytes:)``.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    let version = try reader.u16("command version")
    guard version == Versions.entryFormat else { throw .unknownVersion(version) }
    envelope = try Envelope(from: &reader)
    body = try CommandBody(from: &reader)
  }
}

extension Envelope {
  fileprivate func write(to writer: inout ByteWriter) {
    writer.identifier(request)
    writer.i64(keepFor.nanoseconds)
    writer.u64(session)
    writer.u64(sequence)
    writer.u64(lowestUnacknowledged)
    actor.write(to: &writer)
    writer.identifier(correlation)
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    request = try reader.identifier("request id")
    keepFor = try reader.interval("keep for")
    session = try reader.u64("session")
    sequence = try reader.u64("sequence")
    lowestUnacknowledged = try reader.u64("lowest unacknowledged")
    actor = try Actor(from: &reader)
    correlation = try reader.identifier("correlation id")
  }
}

extension Actor {
  /// Bytes of UTF-8 of each text.
  static let textBytesMax = 255

  fileprivate func write(to writer: inout ByteWriter) {
    writer.text(principal)
    writer.text(onBehalfOf)
    writer.text(role)
    writer.text(supplier)
    writer.text(purpose)
    writer.bool(isAuthenticated)
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    principal = try reader.text("actor's principal", limit: Self.textBytesMax)
    onBehalfOf = try reader.text("actor's on behalf of", limit: Self.textBytesMax)
    role = try reader.text("actor's role", limit: Self.textBytesMax)
    supplier = try reader.text("actor's supplier", limit: Self.textBytesMax)
    purpose = try reader.text("actor's purpose", limit: Self.textBytesMax)
    isAuthenticated = try reader.bool("actor is authenticated")
  }
}

extension CommandBody {
  private enum Kind: UInt8 {
    case transaction = 1
    case compact = 2
    case openSession = 3
    case closeSession = 4
  }

  /// Roughly how long the canonical form will be.
  fileprivate var payloadBytes: Int {
    guard case .transaction(let transaction) = self else { return 16 }
    return transaction.encodedBytes
  }

  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .transaction(let transaction):
      writer.u8(Kind.transaction.rawValue)
      transaction.write(to: &writer)
    case .compact(let revision):
      writer.u8(Kind.compact.rawValue)
      writer.u64(revision.rawValue)
    case .openSession(let timeToLive):
      writer.u8(Kind.openSession.rawValue)
      writer.i64(timeToLive.nanoseconds)
    case .closeSession:
      writer.u8(Kind.closeSession.rawValue)
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    guard let kind = Kind(rawValue: try reader.u8("command kind")) else { throw .invalid(field: "command kind") }
    switch kind {
    case .transaction: self = .transaction(try Transaction(from: &reader))
    case .compact: self = .compact(try reader.revision("compact revision"))
    case .openSession: self = .openSession(timeToLive: try reader.interval("session's time to live"))
    case .closeSession: self = .closeSession
    }
  }
}
