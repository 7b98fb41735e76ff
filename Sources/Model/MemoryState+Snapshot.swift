public import Base

// A snapshot's bytes: u16 format version, header, rows in revision order, sessions with their results, requests. Equal
// states have equal bytes.

extension MemoryState {
  /// The whole state as bytes.
  public var snapshotBytes: [UInt8] { contents.snapshotBytes }

  /// The state that ``snapshotBytes`` wrote. Sums and order are computed anew and must agree with the header.
  public convenience init(snapshot bytes: [UInt8]) throws(DecodeError) {
    self.init(try Contents(snapshot: bytes))
  }
}

extension MemoryState.Contents {
  private static let formatVersion: UInt16 = 1

  /// The whole state as bytes.
  public var snapshotBytes: [UInt8] {
    var writer = ByteWriter(reserving: 1 << 16)
    writer.u16(Self.formatVersion)
    header.write(to: &writer)
    writer.u64(UInt64(changes.count))
    for (id, key) in changes {
      guard let row = row(key, id) else { preconditionFailure("change \(id.revision) without its row") }
      row.write(to: &writer)
    }
    writer.u64(UInt64(sessions.count))
    for (id, session) in sessions {
      writer.u64(id)
      session.head.write(to: &writer)
      writer.u32(UInt32(session.results.count))
      for (sequence, remembered) in session.results {
        writer.u64(sequence)
        remembered.write(to: &writer)
      }
    }
    writer.u64(UInt64(requests.count))
    for (request, remembered) in requests {
      writer.identifier(request)
      remembered.write(to: &writer)
    }
    return writer.bytes
  }

  /// Reads what ``snapshotBytes`` wrote; refuses what is out of order, and sums that are not the header's.
  public init(snapshot bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let version = try reader.u16("snapshot version")
    guard version == Self.formatVersion else { throw .unknownVersion(version) }
    self.init(header: try StateHeader(from: &reader))
    try readRows(&reader)
    try readSessions(&reader)
    try readRequests(&reader)
    try reader.finish()
    try checkSums()
  }

  private mutating func readRows(_ reader: inout ByteReader) throws(DecodeError) {
    var last: ChangeID?
    for _ in 0..<(try reader.u64("rows")) {
      let row = try StateRow(from: &reader)
      let id = ChangeID(revision: row.revision, ordinal: row.ordinal)
      if let last, id <= last { throw .invalid(field: "order of rows") }
      last = id
      append(row)
    }
  }

  private mutating func readSessions(_ reader: inout ByteReader) throws(DecodeError) {
    var last: UInt64?
    for _ in 0..<(try reader.u64("sessions")) {
      let id = try reader.u64("session")
      if let last, id <= last { throw .invalid(field: "order of sessions") }
      last = id
      putSession(id, try SessionHead(from: &reader))
      var lastSequence: UInt64?
      for _ in 0..<(try reader.u32("session's results")) {
        let sequence = try reader.u64("sequence")
        if let lastSequence, sequence <= lastSequence { throw .invalid(field: "order of a session's results") }
        lastSequence = sequence
        rememberInSession(id, sequence, try Remembered(from: &reader))
      }
    }
  }

  private mutating func readRequests(_ reader: inout ByteReader) throws(DecodeError) {
    var last: Identifier?
    for _ in 0..<(try reader.u64("requests")) {
      let request = try reader.identifier("request id")
      if let last, request <= last { throw .invalid(field: "order of requests") }
      last = request
      remember(request, try Remembered(from: &reader))
    }
  }

  private func checkSums() throws(DecodeError) {
    var setHash = Digest.zero
    var liveKeys: UInt64 = 0
    var liveBytes: UInt64 = 0
    scan(.all, asOf: nil, reverse: false) { row in
      guard let head = row.head else { return true }
      setHash.insert(SetHash.member(key: row.key, head: head))
      liveKeys += 1
      liveBytes += UInt64(row.key.bytes.count) + UInt64(head.valueBytes)
      return true
    }
    guard setHash == header.setHash else { throw .invalid(field: "set hash") }
    guard liveKeys == header.liveKeys, liveBytes == header.liveBytes else { throw .invalid(field: "live rows") }
    guard UInt64(sessions.count) == header.sessions else { throw .invalid(field: "count of sessions") }
    guard UInt64(requests.count) == header.remembered else { throw .invalid(field: "count of requests") }
  }
}
