internal import CSQLite

/// An online copy of one database into another, in steps (sqlite.org/backup.html). A commit to the source through
/// another connection between steps starts it over; one through the same connection is copied along.
public final class Backup {
  private let source: Connection
  private let target: Connection
  private let handle: OpaquePointer

  /// - Parameter target: overwritten whole.
  public init(from source: Connection, to target: Connection) throws(SQLiteError) {
    guard let handle = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
      throw SQLiteError(extended: sqlite3_extended_errcode(target.handle))
    }
    self.handle = handle
    self.source = source
    self.target = target
  }

  deinit { sqlite3_backup_finish(handle) }

  /// Copies up to `pages` pages (-1: all that are left); true once the copy is whole and committed.
  /// - Throws: busy when a lock stood in the way, after which another step may be tried.
  public func step(pages: Int32) throws(SQLiteError) -> Bool {
    switch sqlite3_backup_step(handle, pages) {
    case SQLITE_DONE: return true
    case SQLITE_OK: return false
    case let code: throw SQLiteError(extended: code)
    }
  }

  /// Pages still to copy, as of the last step.
  public var remainingPages: Int { Int(sqlite3_backup_remaining(handle)) }
  /// Pages of the source, as of the last step.
  public var pageCount: Int { Int(sqlite3_backup_pagecount(handle)) }
}
