internal import Base
internal import CSQLite

/// The libsqlite3 that this process runs on.
public enum Library {
  /// As `3040001` for 3.40.1.
  public static var version: Int { Int(sqlite3_libversion_number()) }
  /// As `3.40.1`.
  public static var versionText: String { String(cString: sqlite3_libversion()) }
  /// Whether a checkpoint may run beside a commit of the same file: false from 3.7.0 to 3.51.2, where the two together
  /// can damage a WAL that is being reset (sqlite.org/wal.html, "The WAL-reset bug").
  public static var hasWALResetFix: Bool { hasWALResetFix(version: version) }

  static func hasWALResetFix(version: Int) -> Bool { !(3_007_000...3_051_002).contains(version) }

  /// Starts SQLite's generator, which the whole process shares (WAL salts, `random()`), from `seed`. For simulations
  /// that want the same bytes in files on each run, before their only thread opens its databases.
  public static func seedRandomness(_ seed: UInt64) throws(SQLiteError) {
    let source = try VFS.register(name: "quartet-seed", files: NoFiles(), randomSeed: seed, isDefault: true)
    sqlite3_randomness(0, nil)
    var byte: UInt8 = 0
    sqlite3_randomness(1, &byte)
    source.unregister()
  }
}

/// A disk without files.
private final class NoFiles: Files {
  func open(_ path: String, _ mode: FileMode, use: FileUse) throws(StorageError) -> any File { throw .missing }
  func delete(_ path: String) throws(StorageError) { throw .missing }
  func rename(_ path: String, to newPath: String) throws(StorageError) { throw .missing }
  func exists(_ path: String) throws(StorageError) -> Bool { false }
  func list(_ directory: String) throws(StorageError) -> [String] { [] }
  func createDirectory(_ path: String) throws(StorageError) { throw .missing }
  func syncDirectory(_ path: String) throws(StorageError) { throw .missing }
  func freeSpace(_ path: String) throws(StorageError) -> Int64 { 0 }
  func lockDirectory(_ path: String) throws(StorageError) -> any DirectoryLock { throw .missing }
}
