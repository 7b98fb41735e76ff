internal import Base
internal import Raft
internal import Replica
internal import SQLite

/// Reads entries on a connection of its own, each call in one short read transaction.
final class SQLiteLogReader: LogReader {
  private let connection: Connection
  private let start: Statement
  private var selects: [(group: GroupID, statement: Statement)] = []

  /// How long a call waits while the log restarts its WAL.
  private static let busyMilliseconds: Int32 = 2_000

  init(_ path: String, _ vfs: VFS) throws(StorageError) {
    do throws(SQLiteError) {
      connection = try Connection(path, vfs: vfs, mode: .readWrite)
      connection.leaveWALOnClose()
      connection.setBusyTimeout(milliseconds: Self.busyMilliseconds)
      try connection.execute("PRAGMA query_only=1")
      start = try connection.prepare("SELECT start FROM replicas WHERE id = ?1")
    } catch {
      throw error.storage("open raft.db to read")
    }
  }

  func entries(
    _ group: GroupID, from: LogIndex, through: LogIndex, bytesMax: Int
  ) throws(StorageError) -> [Entry] {
    guard from <= through else { return [] }
    do throws(SQLiteError) { try connection.begin(.deferred) } catch { throw error.storage("read the log") }
    defer { connection.rollback() }
    let first = try first(group)
    guard from >= first else { throw .compacted(first: first) }
    let statement = try storing("read the log") { () throws(SQLiteError) in try select(group) }
    defer { statement.reset() }
    var entries: [Entry] = []
    var bytes = 0
    try storing("read the log") { () throws(SQLiteError) in
      try statement.bind(1, Int64(from.rawValue))
      try statement.bind(2, Int64(through.rawValue))
    }
    while bytes < bytesMax || entries.isEmpty {
      guard try storing("read the log", { () throws(SQLiteError) in try statement.step() }) else { break }
      let entry = try GroupTable.entry(statement.bytes(0))
      guard entry.header.group == group, entry.index == from + UInt64(entries.count),
        entries.last.map({ $0.hash == entry.header.previousHash }) ?? true
      else { throw .corrupt(what: "entries of the log do not follow each other") }
      entries.append(entry)
      bytes += entry.byteCount
    }
    return entries
  }

  private func first(_ group: GroupID) throws(StorageError) -> LogIndex {
    try storing("read where a log begins") { () throws(SQLiteError) in
      try start.bind(1, Int64(group.rawValue))
      defer { start.reset() }
      guard try start.step() else { preconditionFailure("no log of group \(group) in this store") }
      return LogIndex(UInt64(bitPattern: start.int64(0)))
    }
  }

  private func select(_ group: GroupID) throws(SQLiteError) -> Statement {
    if let known = selects.first(where: { $0.group == group }) { return known.statement }
    let statement = try connection.prepare(
      "SELECT entry FROM \(GroupTable.name(group)) WHERE idx BETWEEN ?1 AND ?2 ORDER BY idx")
    selects.append((group, statement))
    return statement
  }
}
