internal import Base

/// Makes a WAL that nobody has open durable as it is read, before anything is brought home from it.
///
/// After a failed sync the system may show what never reached the disk, and take it for written: a process that is
/// started again on the same machine reads a whole transaction there, copies some of its pages into the database, and
/// when the power goes then the WAL has lost the rest. SQLite syncs the WAL before a checkpoint, which does nothing for
/// such bytes. So they are written again, to another file that takes the WAL's place: what is durable already is not
/// touched.
enum SettledWAL {
  private static let unfinished = ".unfinished"
  private static let pieceBytes = 1 << 20

  /// - Returns: how many bytes are not settled: all of them when there is no space for the other file, else none.
  static func settle(of database: String, _ files: any Files) throws(StorageError) -> Int64 {
    let path = database + "-wal"
    guard try files.exists(path) else { return 0 }
    let source = try files.open(path, .readOnly)
    defer { source.close() }
    let size = try source.size()
    guard size > 0 else { return 0 }
    do throws(StorageError) {
      let target = try files.open(path + unfinished, .create)
      defer { target.close() }
      try target.truncate(to: 0)
      try copy(source, to: target, through: size)
    } catch {
      guard case .full = error else { throw error }
      if try files.exists(path + unfinished) { try files.delete(path + unfinished) }
      return size
    }
    try files.rename(path + unfinished, to: path)
    try files.syncDirectory(parentDirectory(of: path))
    return 0
  }

  /// Writes the beginning of a WAL over itself, which takes no space: a sector that is durable stays what it is whether
  /// it is written or not. For a WAL that was not begun anew since ``settle(of:_:)`` saw it.
  static func rewrite(of database: String, through end: Int64, _ files: any Files) throws(StorageError) {
    let file = try files.open(database + "-wal", .readWrite)
    defer { file.close() }
    try copy(file, to: file, through: end)
  }

  private static func copy(_ source: any File, to target: any File, through end: Int64) throws(StorageError) {
    var offset: Int64 = 0
    while offset < end {
      let bytes = try source.bytes(at: offset, count: Int(min(Int64(pieceBytes), end - offset)))
      if bytes.isEmpty { break }
      try target.write(bytes, at: offset)
      offset += Int64(bytes.count)
    }
    try target.sync()
  }
}
