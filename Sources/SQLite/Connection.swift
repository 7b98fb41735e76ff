internal import CSQLite

/// One connection to one database file, through a ``VFS`` of ours.
///
/// Opened without SQLite's mutex: one thread at a time uses it and its statements. Only ``Interrupt`` may be used from
/// elsewhere. Automatic checkpoints are off from the start: the hook that counts WAL frames stands in their place, and
/// `PRAGMA wal_autocheckpoint` must not be run because it would remove that hook (sqlite.org/c3ref/wal_hook.html).
public final class Connection {
  /// How a database is opened.
  public enum Mode: UInt8, Hashable, Sendable {
    /// Read and write, made when it is not there.
    case create
    case readWrite
    case readOnly
  }

  /// How a transaction begins.
  public enum TransactionKind: UInt8, Hashable, Sendable {
    /// A read transaction that starts with the first read.
    case deferred
    /// A write transaction at once.
    case immediate
  }

  let handle: OpaquePointer
  /// Lives longer than the connection, because SQLite calls into it until the connection is closed.
  private let vfs: VFS
  /// Written by the hook after each commit.
  let frames: UnsafeMutablePointer<Int32>
  /// Stops what runs on this connection; may be used from any thread.
  public let interrupt: Interrupt
  private var isOpen = true
  private var begins: [TransactionKind: OpaquePointer] = [:]
  private var commitStatement: OpaquePointer?

  /// Opens `path`. SQLite reads the file at the first statement, not here.
  public init(_ path: String, vfs: VFS, mode: Mode) throws(SQLiteError) {
    let access =
      switch mode {
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readOnly: SQLITE_OPEN_READONLY
      }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX, vfs.name)
    guard code == SQLITE_OK, let opened else {
      let extended = opened.map { sqlite3_extended_errcode($0) } ?? code
      sqlite3_close_v2(opened)
      throw SQLiteError(extended: extended & 0xFF == code & 0xFF ? extended : code)
    }
    sqlite3_extended_result_codes(opened, 1)
    handle = opened
    self.vfs = vfs
    interrupt = Interrupt(opened)
    frames = .allocate(capacity: 1)
    frames.initialize(to: 0)
    _ = sqlite3_wal_hook(
      opened,
      { context, _, _, count in
        context?.assumingMemoryBound(to: Int32.self).pointee = count
        return SQLITE_OK
      }, frames)
  }

  deinit {
    close()
    frames.deallocate()
  }

  /// Closes; a transaction that is open is rolled back. The last connection of a file checkpoints and deletes its WAL.
  /// Statements and backups must be gone; a second call does nothing.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    interrupt.disarm()
    for statement in begins.values { sqlite3_finalize(statement) }
    sqlite3_finalize(commitStatement)
    begins = [:]
    commitStatement = nil
    sqlite3_close_v2(handle)
  }

  /// The error that SQLite has in store for `code`, without its text, which may quote a row's name or a value.
  func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw SQLiteError(extended: code) }
  }

  // MARK: statements

  /// Runs the statements in `sql`, which has no parameters and holds nobody's data.
  public func execute(_ sql: String) throws(SQLiteError) {
    precondition(isOpen, "execute on a closed connection")
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else {
      throw SQLiteError(extended: code, message: code == SQLITE_ERROR ? String(cString: sqlite3_errmsg(handle)) : nil)
    }
  }

  /// Compiles one statement to be run many times.
  public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    Statement(self, try compile(sql))
  }

  private func compile(_ sql: String) throws(SQLiteError) -> OpaquePointer {
    precondition(isOpen, "prepare on a closed connection")
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else {
      let text = code == SQLITE_ERROR ? String(cString: sqlite3_errmsg(handle)) : nil
      throw SQLiteError(extended: code == SQLITE_OK ? SQLITE_MISUSE : code, message: text)
    }
    return statement
  }

  /// Rows that the last INSERT, UPDATE or DELETE touched.
  public var changes: Int { Int(sqlite3_changes64(handle)) }
  public var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  // MARK: transactions

  /// Whether a transaction is open.
  public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  public func begin(_ kind: TransactionKind = .immediate) throws(SQLiteError) {
    if begins[kind] == nil { begins[kind] = try compile(kind == .immediate ? "BEGIN IMMEDIATE" : "BEGIN") }
    try runOnce(begins[kind])
  }

  /// Commits. After an error the transaction may still be open: ``rollback()`` it.
  public func commit() throws(SQLiteError) {
    if commitStatement == nil { commitStatement = try compile("COMMIT") }
    try runOnce(commitStatement)
  }

  /// Undoes the open transaction, if SQLite has not done so by itself after an error.
  public func rollback() {
    guard isInTransaction else { return }
    sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
  }

  private func runOnce(_ statement: OpaquePointer?) throws(SQLiteError) {
    let code = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw SQLiteError(extended: code) }
  }

  /// Runs `body` in a transaction: committed when it returns, undone when it or the commit throws. Returning does mean
  /// durable only at `synchronous=FULL` or above.
  public func transaction<Result>(
    _ kind: TransactionKind = .immediate, _ body: () throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    try begin(kind)
    do throws(SQLiteError) {
      let result = try body()
      try commit()
      return result
    } catch {
      rollback()
      throw error
    }
  }

  // MARK: settings

  /// How long a statement waits for another connection's lock before it fails as busy; 0 fails at once.
  public func setBusyTimeout(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

  /// Lowers one of SQLite's run-time limits (sqlite.org/c3ref/limit.html); returns what it was.
  @discardableResult
  public func setLimit(_ limit: Limit, _ value: Int32) -> Int32 { sqlite3_limit(handle, limit.rawValue, value) }

  /// SQLite's run-time limits that matter here.
  public enum Limit: Int32, Hashable, Sendable {
    /// Bytes of a row, blob or text.
    case length = 0
    /// Bytes of a statement's text.
    case sqlLength = 1
    /// Databases attached.
    case attached = 7
  }

  /// The first column of the first row of `PRAGMA name`, as a number; 0 when there is none.
  public func pragma(_ name: String) throws(SQLiteError) -> Int64 {
    let statement = try prepare("PRAGMA \(name)")
    return try statement.step() ? statement.int64(0) : 0
  }

  /// The first column of the first row of `PRAGMA name`, as text; empty when there is none.
  public func pragmaText(_ name: String) throws(SQLiteError) -> String {
    let statement = try prepare("PRAGMA \(name)")
    return try statement.step() ? statement.text(0) : ""
  }

  /// Reserves bytes at the end of every page for what a VFS may put there. Before the first page is written.
  public func reserveBytes(_ count: Int32) throws(SQLiteError) {
    var wanted = count
    try check(sqlite3_file_control(handle, "main", 38, &wanted))
  }

  /// Gives back memory that SQLite caches for this connection.
  public func releaseMemory() { sqlite3_db_release_memory(handle) }
}
