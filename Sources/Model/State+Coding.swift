public import Base

// Canonical bytes of what stands beside the rows: header, sessions, remembered requests. Each begins with a u16 format
// version.

private let stateFormatVersion: UInt16 = 1

extension ByteReader {
  fileprivate mutating func stateVersion(_ field: StaticText) throws(DecodeError) {
    let version = try u16(field)
    guard version == stateFormatVersion else { throw .unknownVersion(version) }
  }
}

extension Remembered {
  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) {
    writer.u16(stateFormatVersion)
    writer.digest(body)
    writer.u64(revision.rawValue)
    writer.i64(logTime.nanoseconds)
    writer.i64(keepUntil.nanoseconds)
    writer.blob(result)
    writer.bool(succeeded)
  }

  /// The canonical form.
  public var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 80 + result.count)
    write(to: &writer)
    return writer.bytes
  }

  /// Reads the canonical form and nothing after it.
  public init(bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    try reader.stateVersion("remembered version")
    body = try reader.digest("remembered body")
    revision = try reader.revision("remembered revision")
    logTime = try reader.logTime("remembered log time")
    keepUntil = try reader.logTime("remembered until")
    result = try reader.blob("remembered result", limit: Limits.rememberedResultBytesMax)
    succeeded = try reader.bool("remembered success")
  }
}

extension SessionHead {
  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) {
    writer.u16(stateFormatVersion)
    writer.i64(timeToLive.nanoseconds)
    writer.i64(lastActive.nanoseconds)
    writer.u64(lowestUnacknowledged)
    writer.u64(highest)
  }

  /// The canonical form.
  public var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 34)
    write(to: &writer)
    return writer.bytes
  }

  /// Reads the canonical form and nothing after it.
  public init(bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    try reader.stateVersion("session version")
    timeToLive = try reader.interval("session's time to live")
    lastActive = try reader.logTime("session's last activity")
    lowestUnacknowledged = try reader.u64("session's lowest unacknowledged")
    highest = try reader.u64("session's highest")
  }
}

extension StateHeader {
  /// Bytes of the configuration at most: ``Base/Limits/membersMax`` members with all their labels fit.
  private static let configurationBytesMax = 256 << 10

  /// Writes the canonical form.
  public func write(to writer: inout ByteWriter) {
    writer.u16(stateFormatVersion)
    writer.u64(applied)
    writer.u64(appliedTerm)
    writer.u64(base)
    writer.i64(logTime.nanoseconds)
    writer.u64(compacted.rawValue)
    writer.digest(chainHead)
    writer.digest(setHash)
    writer.u64(liveKeys)
    writer.u64(liveBytes)
    writer.u64(sessions)
    writer.u64(remembered)
    writer.u16(featureLevel)
    writer.blob(configuration)
    writer.u64(configurationIndex)
    writer.digest(entryHash)
  }

  /// The canonical form.
  public var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 192 + configuration.count)
    write(to: &writer)
    return writer.bytes
  }

  /// Reads the canonical form and nothing after it.
  public init(bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    try reader.stateVersion("state header version")
    applied = try reader.u64("applied")
    appliedTerm = try reader.u64("applied term")
    base = try reader.u64("base")
    logTime = try reader.logTime("log time")
    compacted = try reader.revision("compacted")
    chainHead = try reader.digest("chain head")
    setHash = try reader.digest("set hash")
    liveKeys = try reader.u64("live keys")
    liveBytes = try reader.u64("live bytes")
    sessions = try reader.u64("sessions")
    remembered = try reader.u64("remembered")
    featureLevel = try reader.u16("feature level")
    configuration = try reader.blob("configuration", limit: Self.configurationBytesMax)
    configurationIndex = try reader.u64("configuration index")
    entryHash = try reader.digest("entry hash")
  }
}
