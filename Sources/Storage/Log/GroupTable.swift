internal import Base
internal import Raft
internal import SQLite
internal import Wire

/// The statements of one group's table of entries, compiled once.
final class GroupTable {
  private let insertRow: Statement
  private let deleteFrom: Statement
  private let deleteThrough: Statement
  private let selectRow: Statement
  private let lowestRow: Statement
  /// The lowest index that may have a row; nil when the table must be asked.
  private var sweptFrom: LogIndex?

  static func name(_ group: GroupID) -> String { "log_\(group.rawValue)" }

  /// - Parameter sweptFrom: the lowest index that may have a row, if known.
  init(_ group: GroupID, _ connection: Connection, sweptFrom: LogIndex?) throws(SQLiteError) {
    let name = Self.name(group)
    insertRow = try connection.prepare("INSERT INTO \(name)(idx, entry) VALUES (?1, ?2)")
    deleteFrom = try connection.prepare("DELETE FROM \(name) WHERE idx >= ?1")
    deleteThrough = try connection.prepare("DELETE FROM \(name) WHERE idx <= ?1")
    selectRow = try connection.prepare("SELECT entry FROM \(name) WHERE idx = ?1")
    lowestRow = try connection.prepare("SELECT idx FROM \(name) ORDER BY idx LIMIT 1")
    self.sweptFrom = sweptFrom
  }

  /// Makes the table of a new group and its row in `replicas`.
  static func create(_ shape: GroupShape, _ connection: Connection) throws(SQLiteError) {
    try connection.execute("CREATE TABLE \(name(shape.group))(idx INTEGER PRIMARY KEY, entry BLOB NOT NULL)")
    let statement = try connection.prepare(
      "INSERT INTO replicas(id, hard_state, place, start) VALUES (?1, ?2, ?3, ?4)")
    try statement.bind(1, Int64(shape.group.rawValue))
    try statement.bind(2, HardStateRecord(group: shape.group, state: shape.hardState).encoded)
    try statement.bind(3, shape.placeRow)
    try statement.bind(4, Int64(shape.first.rawValue))
    try statement.run()
  }

  /// Reads a row of the table; its hash is checked.
  static func entry(_ row: [UInt8]) throws(StorageError) -> Entry {
    do throws(DecodeError) { return try StoredEntry(decoding: row).entry } catch {
      throw error.storage("an entry of the log")
    }
  }

  func insert(_ index: LogIndex, _ row: [UInt8]) throws(SQLiteError) {
    try insertRow.bind(1, Int64(index.rawValue))
    try insertRow.run(blob: row, at: 2)
  }

  func removeFrom(_ index: LogIndex) throws(SQLiteError) {
    try deleteFrom.bind(1, Int64(index.rawValue))
    try deleteFrom.run()
  }

  func row(_ index: LogIndex) throws(SQLiteError) -> [UInt8]? {
    try selectRow.bind(1, Int64(index.rawValue))
    defer { selectRow.reset() }
    return try selectRow.step() ? selectRow.bytes(0) : nil
  }

  /// Removes up to `rows` rows at or below `last`; returns how many indexes it went over.
  func sweep(through last: LogIndex, rows: Int) throws(SQLiteError) -> Int {
    let from: LogIndex
    if let sweptFrom {
      from = sweptFrom
    } else {
      let isThere = try lowestRow.step()
      let lowest = isThere ? LogIndex(UInt64(bitPattern: lowestRow.int64(0))) : last + 1
      lowestRow.reset()
      from = min(lowest, last + 1)
    }
    sweptFrom = from
    guard from <= last else { return 0 }
    let end = min(last, from + UInt64(rows - 1))
    try deleteThrough.bind(1, Int64(end.rawValue))
    try deleteThrough.run()
    sweptFrom = end + 1
    return Int(end - from) + 1
  }

  /// After a rollback: rows may be there again.
  func forgetSweep() { sweptFrom = nil }
}
