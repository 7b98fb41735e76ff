internal import Base
internal import Model
internal import SQLite

/// Sessions and what they remember.
///
/// Heads are few (``Base/Limits/sessionsMax``), change with every command and are asked for with every command: they
/// live in memory and are written once a transaction. ``begin()`` and ``rollback()`` keep memory and file the same.
final class SessionTable {
  private let write: Statement
  private let delete: Statement
  private let results: ResultTable

  private var heads: [UInt64: SessionHead] = [:]
  /// What the open transaction changed: each head as it was before it (nil: not there).
  private var before: [UInt64: SessionHead?] = [:]
  /// Invariant: no session ends before it.
  private var earliestEnd = LogTime(nanoseconds: .min)

  init(_ connection: Connection) throws(SQLiteError) {
    results = try ResultTable(connection, isWritable: true)
    write = try connection.prepare("INSERT OR REPLACE INTO sessions(id, content, seal) VALUES (?1, ?2, ?3)")
    delete = try connection.prepare("DELETE FROM sessions WHERE id = ?1")
    let all = try connection.prepare("SELECT id, content, seal FROM sessions")
    while try all.step() {
      let id = UInt64(bitPattern: all.int64(0))
      let content = all.bytes(1)
      guard all.bytes(2) == Self.seal(id, content).bytes else { throw .damaged }
      do throws(DecodeError) { heads[id] = try SessionHead(bytes: content) } catch { throw .damaged }
    }
  }

  static func seal(_ id: UInt64, _ content: [UInt8]) -> Seal { Seal(.session, [id], [content]) }

  // MARK: transactions

  func begin() { before.removeAll(keepingCapacity: true) }

  /// Writes the heads that the transaction changed.
  func flush() throws(SQLiteError) {
    for id in before.keys.sorted() {
      guard let head = heads[id] else {
        try delete.bind(1, Int64(bitPattern: id))
        try delete.run()
        continue
      }
      let content = head.bytes
      try write.bind(1, Int64(bitPattern: id))
      try write.bind(2, content)
      try write.bind(3, Self.seal(id, content).bytes)
      try write.run()
    }
  }

  func rollback() {
    for (id, head) in before { heads[id] = head }
    before.removeAll(keepingCapacity: true)
    earliestEnd = LogTime(nanoseconds: .min)
  }

  // MARK: reading

  func head(_ id: UInt64) -> SessionHead? { heads[id] }

  /// Up to `limit` sessions that end before `time`, by id.
  func expired(before time: LogTime, limit: Int) -> [UInt64] {
    guard earliestEnd < time, limit > 0 else { return [] }
    var expired: [UInt64] = []
    var earliest = LogTime(nanoseconds: .max)
    for (id, head) in heads {
      let end = head.expires
      earliest = min(earliest, end)
      if end < time { expired.append(id) }
    }
    earliestEnd = earliest
    return Array(expired.sorted().prefix(limit))
  }

  func result(_ id: UInt64, sequence: UInt64) throws(SQLiteError) -> Remembered? {
    try results.get(id, sequence: sequence)
  }

  // MARK: changes

  private func change(_ id: UInt64, _ head: SessionHead?) {
    if before.index(forKey: id) == nil { before.updateValue(heads[id], forKey: id) }
    heads[id] = head
    if let head { earliestEnd = min(earliestEnd, head.expires) }
  }

  func put(_ id: UInt64, _ head: SessionHead) { change(id, head) }

  func remove(_ id: UInt64) throws(SQLiteError) {
    change(id, nil)
    try results.removeAll(id)
  }

  /// Nothing for a session that is not there.
  func remember(_ id: UInt64, sequence: UInt64, _ remembered: Remembered) throws(SQLiteError) {
    guard heads[id] != nil else { return }
    try results.put(id, sequence: sequence, remembered)
  }

  func forget(_ id: UInt64, below sequence: UInt64) throws(SQLiteError) { try results.remove(id, below: sequence) }
}
