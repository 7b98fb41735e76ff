public import Base
public import SQLite
public import Wire
internal import Model
internal import Raft

/// Checks a received snapshot file before it can come in force.
public enum StateSnapshotVerifier {
  /// Size and digest of the file; the header against `description`; every row against its seal; set hash, live keys and
  /// bytes, sessions and requests counted anew; SQLite's own `quick_check`. Then the file and its name are durable. The
  /// bytes of the file stay as they are.
  /// - Throws: `.corrupt` with what differs, `.unknownFormat` for a file of a newer program; else what the disk gives.
  public static func verify(
    path: String, description: SnapshotDescription, files: any Files, vfs: VFS
  ) throws(StorageError) {
    guard description.kind == .file, description.formatVersion == 1 else {
      throw .unknownFormat(version: UInt32(description.formatVersion))
    }
    try checkFile(path, description, files)
    try checkContent(path, description, files, vfs)
    try StateFile.sync(path, files: files)
  }

  private static func checkFile(
    _ path: String, _ description: SnapshotDescription, _ files: any Files
  ) throws(StorageError) {
    let file = try files.open(path, .readOnly)
    defer { file.close() }
    guard UInt64(try file.size()) == description.bytes else { throw .corrupt(what: "a snapshot's size") }
    var hasher = SHA256()
    var offset: Int64 = 0
    while true {
      let bytes = try file.bytes(at: offset, count: 1 << 20)
      hasher.update(bytes)
      offset += Int64(bytes.count)
      if bytes.count < 1 << 20 { break }
    }
    guard hasher.finish() == description.fileDigest else { throw .corrupt(what: "a snapshot's digest") }
  }

  private static func checkContent(
    _ path: String, _ description: SnapshotDescription, _ files: any Files, _ vfs: VFS
  ) throws(StorageError) {
    // Not read-only: then SQLite could not take away again the WAL that it puts beside every file.
    let connection = try StateFile.connect(path, files: files, vfs: vfs, mode: .readWrite, cacheBytes: 8 << 20)
    defer { connection.close() }
    let header = try StateFile.preparing { () throws(SQLiteError) in try MetaTable(connection).header() }
    try header.check(against: description)
    try checkRows(connection, header)
    let found = try storing("a snapshot's check by SQLite") { () throws(SQLiteError) in
      try connection.pragmaText("quick_check(1)")
    }
    guard found == "ok" else { throw .corrupt(what: "a snapshot's pages") }
  }

  private static func checkRows(_ connection: Connection, _ header: StateHeader) throws(StorageError) {
    let what: StaticText = "a snapshot's rows"
    let rows = try StateFile.preparing { () throws(SQLiteError) in try RowTable(connection, isWritable: false) }
    let scrub = StateScrub(connection, rows: rows)
    var sum = Digest.zero
    var live: UInt64 = 0
    var next: Key? = Key([])
    while let start = next {
      let query = DigestQuery(
        revision: header.revision, range: KeyRange(start: start, end: nil), limit: 0, perRow: false)
      let slice = try storing(what) { () throws(SQLiteError) in try scrub.slice(query, revision: header.revision) }
      guard slice.damaged.isEmpty, slice.error.isEmpty else { throw .corrupt(what: what) }
      sum.insert(slice.setHash)
      live += slice.rows
      next = slice.next
    }
    guard sum == header.setHash, live == header.liveKeys else { throw .corrupt(what: "a snapshot's live rows") }
    let (newest, sessions, requests) = try storing(what) { () throws(SQLiteError) in
      (
        try number(connection, "SELECT coalesce(max(id), 0) FROM rows"),
        try number(connection, "SELECT count(*) FROM sessions"), try number(connection, "SELECT count(*) FROM requests")
      )
    }
    guard RowID(rawValue: newest).revision <= header.revision else { throw .corrupt(what: "a snapshot's newest row") }
    guard UInt64(sessions) == header.sessions, UInt64(requests) == header.remembered else {
      throw .corrupt(what: "a snapshot's sessions and requests")
    }
  }

  private static func number(_ connection: Connection, _ sql: String) throws(SQLiteError) -> Int64 {
    let statement = try connection.prepare(sql)
    return try statement.step() ? statement.int64(0) : 0
  }
}

extension StateHeader {
  /// - Throws: `.corrupt` with what differs from what the sender said of its snapshot; `.unknownFormat` for one that
  ///   this program cannot go on from.
  func check(against description: SnapshotDescription) throws(StorageError) {
    let mark = description.mark.mark
    guard applied == mark.index.rawValue, appliedTerm == mark.term.rawValue else {
      throw .corrupt(what: "a snapshot's index and term")
    }
    guard entryHash == mark.hash, logTime == mark.logTime else { throw .corrupt(what: "a snapshot's mark") }
    guard base == description.base else { throw .corrupt(what: "a snapshot's base") }
    guard chainHead == description.chainHead else { throw .corrupt(what: "a snapshot's chain head") }
    guard setHash == description.setHash else { throw .corrupt(what: "a snapshot's set hash") }
    guard featureLevel == description.featureLevel else { throw .corrupt(what: "a snapshot's feature level") }
    guard configuration == description.mark.configuration.bytes,
      configurationIndex == description.mark.configurationIndex.rawValue
    else { throw .corrupt(what: "a snapshot's configuration") }
    guard featureLevel <= Versions.featureLevel else { throw .unknownFormat(version: UInt32(featureLevel)) }
  }
}
