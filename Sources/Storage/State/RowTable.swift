internal import Base
internal import Model
internal import SQLite

/// The table of changes, through one connection: what its writer, its readers and its verifier share.
final class RowTable {
  let connection: Connection
  private let headOf: Statement
  private let rowOf: Statement
  private let newestOf: Statement
  private let rowAt: Statement
  private let headAt: Statement
  private let keyOf: Statement
  private let keysFrom: Statement
  private let keysBetween: Statement
  private let keysBackFromEnd: Statement
  private let keysBackBetween: Statement
  private let changesOf: Statement
  private let insertion: Statement?
  private let deletion: Statement?
  private let deletionBefore: Statement?
  private let idsFrom: Statement
  private let rowsFrom: Statement
  private let isIndexed: Statement

  private static let columns = "id, created, version, size, form, digest, seal, key, value"

  /// SQLite gives a text's bytes as gladly as a blob's, so a flipped bit of a column's type would not show otherwise.
  private static let hasRightTypes = """
    (typeof(created) = 'integer' AND typeof(version) = 'integer' AND typeof(size) = 'integer'
      AND typeof(form) = 'integer' AND typeof(digest) = 'blob' AND typeof(seal) = 'blob' AND typeof(key) = 'blob'
      AND typeof(value) = 'blob')
    """

  /// - Parameter isWritable: also prepares what changes rows.
  init(_ connection: Connection, isWritable: Bool) throws(SQLiteError) {
    self.connection = connection
    let newest = "FROM rows INDEXED BY rows_by_key WHERE key = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1"
    headOf = try connection.prepare("SELECT id, created, version, size, digest \(newest)")
    rowOf = try connection.prepare("SELECT \(Self.columns) \(newest)")
    newestOf = try connection.prepare("SELECT id \(newest)")
    rowAt = try connection.prepare("SELECT \(Self.columns) FROM rows WHERE id = ?1")
    keyOf = try connection.prepare("SELECT key FROM rows WHERE id = ?1")
    headAt = try connection.prepare("SELECT id, created, version, size, digest FROM rows WHERE id = ?1")
    let keys = "SELECT key, id FROM rows INDEXED BY rows_by_key WHERE"
    keysFrom = try connection.prepare("\(keys) key >= ?1 ORDER BY key, id")
    keysBetween = try connection.prepare("\(keys) key >= ?1 AND key < ?2 ORDER BY key, id")
    keysBackFromEnd = try connection.prepare("\(keys) key >= ?1 ORDER BY key DESC, id DESC")
    keysBackBetween = try connection.prepare("\(keys) key >= ?1 AND key < ?2 ORDER BY key DESC, id DESC")
    changesOf = try connection.prepare(
      "SELECT id FROM rows INDEXED BY rows_by_key WHERE key = ?1 AND id < ?2 ORDER BY id DESC")
    idsFrom = try connection.prepare("SELECT id, key FROM rows WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3")
    rowsFrom = try connection.prepare(
      "SELECT \(Self.columns), \(Self.hasRightTypes) FROM rows WHERE id > ?1 ORDER BY id LIMIT ?2")
    isIndexed = try connection.prepare("SELECT 1 FROM rows INDEXED BY rows_by_key WHERE key = ?1 AND id = ?2")
    guard isWritable else {
      (insertion, deletion, deletionBefore) = (nil, nil, nil)
      return
    }
    insertion = try connection.prepare("INSERT INTO rows(\(Self.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
    deletion = try connection.prepare("DELETE FROM rows WHERE id = ?1")
    deletionBefore = try connection.prepare("DELETE FROM rows INDEXED BY rows_by_key WHERE key = ?1 AND id < ?2")
  }

  // MARK: one key

  /// The row in force of `key` as of `bound`, without its value; nil when the key was not alive.
  func head(_ key: Key, upTo bound: RowID) throws(SQLiteError) -> RowHead? {
    try headOf.bind(1, key.bytes)
    try headOf.bind(2, bound.rawValue)
    defer { headOf.reset() }
    guard try headOf.step() else { return nil }
    return try Self.head(headOf)
  }

  /// From columns id, created, version, size, digest; nil for a deletion.
  private static func head(_ statement: Statement) throws(SQLiteError) -> RowHead? {
    let id = RowID(rawValue: statement.int64(0))
    if id.isDeletion { return nil }
    guard let size = UInt32(exactly: statement.int64(3)) else { throw .damaged }
    return RowHead(
      createRevision: Revision(UInt64(bitPattern: statement.int64(1))), modRevision: id.revision, ordinal: id.ordinal,
      version: UInt64(bitPattern: statement.int64(2)), valueDigest: try digest(statement, 4), valueBytes: size)
  }

  private static func digest(_ statement: Statement, _ column: Int32) throws(SQLiteError) -> Digest {
    try statement.withBlob(column) { (bytes) throws(SQLiteError) -> Digest in
      guard bytes.count == 32 else { throw .damaged }
      func word(_ index: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
      }
      return Digest(word(0), word(1), word(2), word(3))
    }
  }

  /// The row in force of `key` as of `bound`, a deletion included.
  func row(_ key: Key, upTo bound: RowID) throws(SQLiteError) -> StateRow? {
    try rowOf.bind(1, key.bytes)
    try rowOf.bind(2, bound.rawValue)
    defer { rowOf.reset() }
    guard try rowOf.step() else { return nil }
    let row = try Self.row(rowOf)
    guard row.key == key else { throw .damaged }
    return row
  }

  /// From ``columns``.
  /// - Throws: damaged when the row's bytes are not those that were written.
  private static func row(_ statement: Statement) throws(SQLiteError) -> StateRow {
    let id = RowID(rawValue: statement.int64(0))
    let bytes = statement.bytes(8)
    guard Int64(bytes.count) == statement.int64(3) else { throw .damaged }
    var value: Value?
    if !id.isDeletion {
      let form = UInt64(bitPattern: statement.int64(4))
      value = Value(form: form, digest: try digest(statement, 5), bytes: bytes)
      guard value?.form == form else { throw .damaged }
    } else if !bytes.isEmpty || statement.byteCount(5) != 0 || statement.int64(4) != 0 {
      throw .damaged
    }
    let row = StateRow(
      revision: id.revision, ordinal: id.ordinal, key: Key(statement.bytes(7)), value: value,
      createRevision: Revision(UInt64(bitPattern: statement.int64(1))),
      version: UInt64(bitPattern: statement.int64(2)))
    guard statement.bytes(6) == row.seal else { throw .damaged }
    return row
  }

  /// The number of the row in force of `key` as of `bound`, a deletion included.
  func newest(_ key: Key, upTo bound: RowID) throws(SQLiteError) -> RowID? {
    try newestOf.bind(1, key.bytes)
    try newestOf.bind(2, bound.rawValue)
    defer { newestOf.reset() }
    return try newestOf.step() ? RowID(rawValue: newestOf.int64(0)) : nil
  }

  /// The whole row of that number, which the index has promised.
  func row(_ id: RowID) throws(SQLiteError) -> StateRow {
    try rowAt.bind(1, id.rawValue)
    defer { rowAt.reset() }
    guard try rowAt.step() else { throw .damaged }
    return try Self.row(rowAt)
  }

  /// The same without its value; the row must be a put.
  func head(_ id: RowID) throws(SQLiteError) -> RowHead {
    try headAt.bind(1, id.rawValue)
    defer { headAt.reset() }
    guard try headAt.step(), let head = try Self.head(headAt) else { throw .damaged }
    return head
  }

  /// The key that the row of that number has; nil when there is no such row.
  func key(of id: RowID) throws(SQLiteError) -> Key? {
    try keyOf.bind(1, id.rawValue)
    defer { keyOf.reset() }
    return try keyOf.step() ? Key(keyOf.bytes(0)) : nil
  }

  /// Numbers of `key`'s rows below `bound`, newest first, until `body` returns false.
  func changes(_ key: Key, below bound: RowID, _ body: (RowID) throws(SQLiteError) -> Bool) throws(SQLiteError) {
    try changesOf.bind(1, key.bytes)
    try changesOf.bind(2, bound.rawValue)
    defer { changesOf.reset() }
    while try changesOf.step() {
      guard try body(RowID(rawValue: changesOf.int64(0))) else { return }
    }
  }

  // MARK: walks

  /// A walk over the index's entries of `range`, ready to be stepped: columns key, id.
  func entries(_ range: KeyRange, reverse: Bool) throws(SQLiteError) -> Statement {
    let statement =
      switch (range.end != nil, reverse) {
      case (false, false): keysFrom
      case (true, false): keysBetween
      case (false, true): keysBackFromEnd
      case (true, true): keysBackBetween
      }
    statement.reset()
    try statement.bind(1, range.start.bytes)
    if let end = range.end { try statement.bind(2, end.bytes) }
    return statement
  }

  /// Numbers and keys of up to `limit` rows above `position` and through `bound`, in the order of their changes.
  func changes(after position: RowID, through bound: RowID, limit: Int) throws(SQLiteError) -> [(id: RowID, key: Key)] {
    try idsFrom.bind(1, position.rawValue)
    try idsFrom.bind(2, bound.rawValue)
    try idsFrom.bind(3, Int64(limit))
    defer { idsFrom.reset() }
    var found: [(id: RowID, key: Key)] = []
    while try idsFrom.step() { found.append((RowID(rawValue: idsFrom.int64(0)), Key(idsFrom.bytes(1)))) }
    return found
  }

  /// Hands up to `limit` rows above `position` to `body`, in the order of their changes, until it returns false: the
  /// number that the table's tree has, the key as stored, and the row, or nil where its bytes are damaged.
  func rows(
    after position: RowID, limit: Int, _ body: (RowID, Key, StateRow?) throws(SQLiteError) -> Bool
  ) throws(SQLiteError) {
    try rowsFrom.bind(1, position.rawValue)
    try rowsFrom.bind(2, Int64(limit))
    defer { rowsFrom.reset() }
    while try rowsFrom.step() {
      let id = RowID(rawValue: rowsFrom.int64(0))
      let key = Key(rowsFrom.bytes(7))
      let row: StateRow?
      do throws(SQLiteError) { row = rowsFrom.int64(9) == 1 ? try Self.row(rowsFrom) : nil } catch {
        guard error == .damaged else { throw error }
        row = nil
      }
      guard try body(id, key, row) else { return }
    }
  }

  /// Whether the index leads to the row.
  func isIndexed(_ key: Key, _ id: RowID) throws(SQLiteError) -> Bool {
    try isIndexed.bind(1, key.bytes)
    try isIndexed.bind(2, id.rawValue)
    defer { isIndexed.reset() }
    return try isIndexed.step()
  }

  // MARK: changes

  func insert(_ row: StateRow) throws(SQLiteError) {
    guard let insertion else { preconditionFailure("a row for a table opened for reading") }
    try insertion.bind(1, row.id.rawValue)
    try insertion.bind(2, Int64(bitPattern: row.createRevision.rawValue))
    try insertion.bind(3, Int64(bitPattern: row.version))
    try insertion.bind(4, Int64(row.value?.bytes.count ?? 0))
    try insertion.bind(5, Int64(bitPattern: row.value?.form ?? 0))
    try insertion.bind(6, row.value?.digest.bytes ?? [])
    try insertion.bind(7, row.seal)
    try insertion.bind(8, row.key.bytes)
    try insertion.run(blob: row.value?.bytes ?? [], at: 9)
  }

  /// Deletes the rows of `key` below `id`, and the row `id` itself when it is a deletion; returns how many went.
  func sweep(_ key: Key, _ id: RowID) throws(SQLiteError) -> Int {
    guard let deletion, let deletionBefore else { preconditionFailure("a sweep of a table opened for reading") }
    try deletionBefore.bind(1, key.bytes)
    try deletionBefore.bind(2, id.rawValue)
    try deletionBefore.run()
    var count = connection.changes
    guard id.isDeletion else { return count }
    try deletion.bind(1, id.rawValue)
    try deletion.run()
    count += connection.changes
    return count
  }
}
