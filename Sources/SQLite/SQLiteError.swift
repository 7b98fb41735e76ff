public import Base
internal import CSQLite

/// What SQLite answered. It carries codes and SQLite's own words for them, never a value that was bound.
public struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The extended result code (sqlite.org/rescode.html).
  public let extended: Int32
  /// SQLite's words: for a statement that does not compile the compiler's, else the code's name.
  public let message: String

  public init(extended: Int32, message: String? = nil) {
    self.extended = extended
    self.message = message ?? String(cString: sqlite3_errstr(extended))
  }

  /// The primary result code.
  public var code: Int32 { extended & 0xFF }
  /// Another connection or process holds a lock; nothing was changed.
  public var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
  /// ``Interrupt/fire()`` stopped the statement.
  public var isInterrupt: Bool { code == SQLITE_INTERRUPT }
  /// A uniqueness or other constraint refused the row.
  public var isConstraint: Bool { code == SQLITE_CONSTRAINT }

  public var description: String { "SQLite \(extended): \(message)" }

  /// The store's error for this one; `what` names what was being done.
  public func storage(_ what: StaticText) -> StorageError {
    switch code {
    case SQLITE_FULL: .full(what: what)
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt(what: what)
    // The rows contradict what is written: after damage to a WAL some pages can be older than others, and a command that
    // was applied by half meets its own rows.
    case SQLITE_CONSTRAINT: .corrupt(what: what)
    case SQLITE_IOERR where extended == Code.ioData || extended == Code.ioCorruptFileSystem: .corrupt(what: what)
    case SQLITE_BUSY, SQLITE_LOCKED: .locked(holder: nil)
    default: .io(code: extended, what: what)
    }
  }
}

/// Runs `body` and says its SQLite error in the store's words; `what` names what was being done.
public func storing<Result>(
  _ what: StaticText, _ body: () throws(SQLiteError) -> Result
) throws(StorageError) -> Result {
  do throws(SQLiteError) { return try body() } catch { throw error.storage(what) }
}

/// The macros of sqlite3.h that Swift does not import.
enum Code {
  static let ioRead = SQLITE_IOERR | (1 << 8)
  static let ioShortRead = SQLITE_IOERR | (2 << 8)
  static let ioWrite = SQLITE_IOERR | (3 << 8)
  static let ioSync = SQLITE_IOERR | (4 << 8)
  static let ioSyncDirectory = SQLITE_IOERR | (5 << 8)
  static let ioTruncate = SQLITE_IOERR | (6 << 8)
  static let ioSize = SQLITE_IOERR | (7 << 8)
  static let ioDelete = SQLITE_IOERR | (10 << 8)
  static let ioAccess = SQLITE_IOERR | (13 << 8)
  static let ioDeleteMissing = SQLITE_IOERR | (23 << 8)
  static let ioData = SQLITE_IOERR | (32 << 8)
  static let ioCorruptFileSystem = SQLITE_IOERR | (33 << 8)
  /// SQLITE_FCNTL_CKPT_START and SQLITE_FCNTL_CKPT_DONE.
  static let checkpointBegins: Int32 = 39
  static let checkpointEnds: Int32 = 37
  static let staticMemory: sqlite3_destructor_type? = nil
  static let transientMemory = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
