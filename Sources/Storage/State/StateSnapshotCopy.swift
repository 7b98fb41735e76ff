internal import Base
internal import Model
internal import Replica
internal import SQLite

/// A snapshot file in the making, in steps that are small enough to stand between batches: first the pages, through the
/// writing connection itself so that commits between steps are carried along (sqlite.org/backup.html), then the hash of
/// the file, then its durability.
struct StateSnapshotCopy {
  /// 1 MiB.
  private static let pagesPerStep: Int32 = 256
  private static let hashedBytesPerStep = 4 << 20

  let name: String
  private let path: String
  private let files: any Files
  private var target: Connection?
  private var backup: Backup?
  /// Of the state as copied; nil while pages are missing.
  private var header: StateHeader?
  private var file: (any File)?
  private var hasher = SHA256()
  private var hashed: Int64 = 0

  init(
    from source: Connection, name: String, path: String, files: any Files, vfs: VFS
  ) throws(StorageError) {
    self.name = name
    self.path = path
    self.files = files
    try StateFile.remove(path, files: files)
    let (target, backup) = try storing("beginning a snapshot") { () throws(SQLiteError) in
      let target = try Connection(path, vfs: vfs, mode: .create)
      try target.reserveBytes(16)
      // Nobody uses the file before it was synced as a whole; a crash leaves a file without a use.
      try target.execute(
        "PRAGMA page_size = \(StateFile.pageBytes); PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
      return (target, try Backup(from: source, to: target))
    }
    self.target = target
    self.backup = backup
  }

  /// Does some more; the finished snapshot at the end.
  /// - Parameter current: the header of the state as it is now.
  mutating func step(current: StateHeader) throws(StorageError) -> StateSnapshot? {
    if let header { return try hash(header) }
    guard try copy() else { return nil }
    header = current
    self.backup = nil
    target?.close()
    target = nil
    file = try files.open(path, .readWrite)
    return nil
  }

  /// True when every page is there. The backup holds the file open until its last reference goes, so none stays here.
  private func copy() throws(StorageError) -> Bool {
    guard let backup else { preconditionFailure("a step of a snapshot that has failed") }
    return try storing("copying a snapshot") { () throws(SQLiteError) in try backup.step(pages: Self.pagesPerStep) }
  }

  private mutating func hash(_ header: StateHeader) throws(StorageError) -> StateSnapshot? {
    guard let file else { preconditionFailure("a snapshot without its file") }
    var left = Self.hashedBytesPerStep
    while left > 0 {
      let bytes = try file.bytes(at: hashed, count: 1 << 20)
      hasher.update(bytes)
      hashed += Int64(bytes.count)
      left -= bytes.count
      guard bytes.count == 1 << 20 else {
        try file.sync()
        try files.syncDirectory(parentDirectory(of: path))
        abandon()
        return StateSnapshot(name: name, header: header, bytes: UInt64(hashed), fileDigest: hasher.finish())
      }
    }
    return nil
  }

  /// Lets go of the file; what is there stays for whoever removes unnamed files.
  mutating func abandon() {
    backup = nil
    target?.close()
    target = nil
    file?.close()
    file = nil
  }
}
