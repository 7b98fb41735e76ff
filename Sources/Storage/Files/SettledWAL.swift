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

  static func settle(of database: String, _ files: any Files) throws(StorageError) {
    let path = database + "-wal"
    guard try files.exists(path) else { return }
    let source = try files.open(path, .readOnly)
    defer { source.close() }
    guard try source.size() > 0 else { return }
    let target = try files.open(path + unfinished, .create)
    defer { target.close() }
    try target.truncate(to: 0)
    do throws(StorageError) { try copy(source, to: target) } catch {
      // A full disk is no reason not to read.
      guard case .full = error else { throw error }
      return try files.delete(path + unfinished)
    }
    try files.rename(path + unfinished, to: path)
    try files.syncDirectory(parentDirectory(of: path))
  }

  private static func copy(_ source: any File, to target: any File) throws(StorageError) {
    var offset: Int64 = 0
    while true {
      let bytes = try source.bytes(at: offset, count: pieceBytes)
      if bytes.isEmpty { break }
      try target.write(bytes, at: offset)
      offset += Int64(bytes.count)
    }
    try target.sync()
  }
}
