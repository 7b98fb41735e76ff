public import Base
public import Model
public import SQLite

/// One group's state in one SQLite file.
///
/// | table | holds |
/// |---|---|
/// | `meta` | the ``Model/StateHeader`` (1); how far the rows are swept after compaction (2) |
/// | `rows` | every kept change, numbered by ``RowID``; an index on keys, which SQLite ends with the row's number |
/// | `sessions`, `results` | sessions, and what they remember by sequence |
/// | `requests` | remembered requests, with an index on when they end |
///
/// Columns of fixed width come first, so that a row's head is read without its overflow pages. Every row carries a
/// ``Seal``. Rows are never changed, only added and, after compaction, deleted.
public enum StateFile {
  /// "QRTS".
  static let applicationID: Int64 = 0x5152_5453
  /// The schema below, on sealed pages. A file with another one is refused; 1 had no seals.
  static let formatVersion: Int64 = 2
  static let pageBytes: Int64 = 4_096

  enum Meta: Int64 {
    case header = 1
    case swept = 2
  }

  private static let schema = """
    CREATE TABLE meta(id INTEGER PRIMARY KEY, content BLOB NOT NULL, seal BLOB NOT NULL);
    CREATE TABLE rows(
      id INTEGER PRIMARY KEY, created INTEGER NOT NULL, version INTEGER NOT NULL, size INTEGER NOT NULL,
      form INTEGER NOT NULL, digest BLOB NOT NULL, seal BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL);
    CREATE INDEX rows_by_key ON rows(key);
    CREATE TABLE sessions(id INTEGER PRIMARY KEY, content BLOB NOT NULL, seal BLOB NOT NULL);
    CREATE TABLE results(
      session INTEGER NOT NULL, sequence INTEGER NOT NULL, content BLOB NOT NULL, seal BLOB NOT NULL,
      PRIMARY KEY(session, sequence)) WITHOUT ROWID;
    CREATE TABLE requests(
      request BLOB NOT NULL UNIQUE, until INTEGER NOT NULL, content BLOB NOT NULL, seal BLOB NOT NULL);
    CREATE INDEX requests_by_end ON requests(until, request);
    """

  /// Makes an empty state with `header`, durable on return: the file, its name, and nothing left in a WAL. A file of
  /// that name is replaced; it must not be in force.
  public static func create(
    path: String, header: StateHeader, files: any Files, vfs: VFS
  ) throws(StorageError) {
    try remove(path, files: files)
    try storing("creating a state file") { () throws(SQLiteError) in
      let connection = try Connection(path, vfs: vfs, mode: .create)
      defer { connection.close() }
      try connection.reserveBytes(16)
      try connection.execute(
        """
        PRAGMA page_size = \(pageBytes);
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA secure_delete = OFF;
        PRAGMA synchronous = EXTRA;
        PRAGMA journal_mode = WAL;
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """)
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute(schema)
        try MetaTable(connection).set(.header, header.bytes)
      }
      let checkpoint = try connection.checkpoint(.truncate)
      guard !checkpoint.wasBusy else { throw SQLiteError.damaged }
    }
    try sync(path, files: files)
  }

  /// Removes a state or snapshot file that is not in force, with what SQLite keeps beside it. Missing is fine.
  ///
  /// The WAL goes first: one that outlived its file would be played into the next file of that name.
  public static func remove(_ path: String, files: any Files) throws(StorageError) {
    var isAnyThere = false
    for name in [path + "-wal", path + "-journal", path + "-shm", path, path + StateFileName.condemnedSuffix] {
      do throws(StorageError) {
        try files.delete(name)
        isAnyThere = true
      } catch {
        guard error.isMissing else { throw error }
      }
    }
    if isAnyThere { try files.syncDirectory(parentDirectory(of: path)) }
  }

  /// Makes the file's bytes and its name durable.
  static func sync(_ path: String, files: any Files) throws(StorageError) {
    let file = try files.open(path, .readWrite)
    defer { file.close() }
    try file.sync()
    try files.syncDirectory(parentDirectory(of: path))
  }

  /// Prepares what is run on a state file's tables. The statements are fixed, so one that does not compile
  /// (SQLITE_ERROR) means that the schema is not the one that was created.
  static func preparing<Tables>(_ body: () throws(SQLiteError) -> Tables) throws(StorageError) -> Tables {
    do throws(SQLiteError) { return try body() } catch {
      throw error.code == 1 ? .corrupt(what: "a state file's schema") : error.storage("opening a state's tables")
    }
  }

  /// Opens a state file, whose marks must be ours.
  static func connect(
    _ path: String, files: any Files, vfs: VFS, mode: Connection.Mode, cacheBytes: Int
  ) throws(StorageError) -> Connection {
    guard try files.exists(path) else { throw .missing }
    try UnsealedFormat.refuse(path, application: applicationID, files)
    let connection = try storing("opening a state file") { () throws(SQLiteError) in
      let connection = try Connection(path, vfs: vfs, mode: mode)
      try connection.execute(
        """
        PRAGMA synchronous = NORMAL;
        PRAGMA secure_delete = OFF;
        PRAGMA cache_size = -\(max(1, cacheBytes / 1_024));
        PRAGMA temp_store = MEMORY;
        """)
      return connection
    }
    let (application, version, page, journal) = try storing("a state file's marks") { () throws(SQLiteError) in
      (
        try connection.pragma("application_id"), try connection.pragma("user_version"),
        try connection.pragma("page_size"), try connection.pragmaText("journal_mode")
      )
    }
    guard application == applicationID else { throw .corrupt(what: "a state file's application id") }
    guard version >= 1 else { throw .corrupt(what: "a state file's version") }
    guard version == formatVersion else { throw .unknownFormat(version: UInt32(clamping: version)) }
    guard page == pageBytes else { throw .corrupt(what: "a state file's page size") }
    guard journal == "wal" else { throw .corrupt(what: "a state file's journal mode") }
    return connection
  }
}

extension SQLiteError {
  /// What a row says contradicts its seal or its form: treated like damage that SQLite finds itself.
  static let damaged = SQLiteError(extended: 11)
}
