internal import Base
internal import Model
internal import SQLite

/// Sessions and what they remember.
///
/// Heads are few (``Base/Limits/sessionsMax``), change with every command and are asked for with every command: they
/// live in memory and are written once a transaction. What is remembered of a request is mostly acknowledged by the next
/// ones: results that the transaction itself forgets again never reach the file. ``begin()`` and ``rollback()`` keep
/// memory and file the same.
final class SessionTable {
  private let write: Statement
  private let delete: Statement
  private let results: ResultTable

  private var heads: [UInt64: SessionHead] = [:]
  /// What the open transaction changed: each head as it was before it (nil: not there).
  private var before: [UInt64: SessionHead?] = [:]
  /// What the open transaction did to the results of each session.
  private var changes: [UInt64: ResultChanges] = [:]
  /// Invariant: no session ends before it.
  private var earliestEnd = LogTime(nanoseconds: .min)

  private struct ResultChanges {
    /// Results of the file below it are forgotten; nil: all are.
    var floor: UInt64? = 0
    /// By sequence, ascending: each session's requests come in order, and are forgotten from the first on.
    private(set) var added: ArraySlice<(sequence: UInt64, remembered: Remembered)> = []

    func added(_ sequence: UInt64) -> Remembered? {
      let place = place(of: sequence)
      return place < added.endIndex && added[place].sequence == sequence ? added[place].remembered : nil
    }

    mutating func add(_ sequence: UInt64, _ remembered: Remembered) {
      let place = place(of: sequence)
      if place < added.endIndex, added[place].sequence == sequence {
        added[place].remembered = remembered
      } else {
        added.insert((sequence, remembered), at: place)
      }
    }

    mutating func forget(below sequence: UInt64) {
      added.removeFirst(place(of: sequence) - added.startIndex)
      if let known = floor { floor = max(known, sequence) }
    }

    /// Where the first result stands that is not of an earlier request.
    private func place(of sequence: UInt64) -> Int {
      var (low, high) = (added.startIndex, added.endIndex)
      // Nearly always behind all of them.
      if let last = added.last, last.sequence < sequence { return high }
      while low < high {
        let middle = (low + high) / 2
        if added[middle].sequence < sequence { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }

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

  func begin() {
    before.removeAll(keepingCapacity: true)
    changes.removeAll(keepingCapacity: true)
  }

  /// Writes what the transaction changed.
  func flush() throws(SQLiteError) {
    for id in changes.keys.sorted() {
      guard let change = changes[id] else { continue }
      if let floor = change.floor {
        if floor > 0 { try results.remove(id, below: floor) }
      } else {
        try results.removeAll(id)
      }
      for (sequence, remembered) in change.added { try results.put(id, sequence: sequence, remembered) }
    }
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
    begin()
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
    if let change = changes[id] {
      if let added = change.added(sequence) { return added }
      guard let floor = change.floor, sequence >= floor else { return nil }
    }
    return try results.get(id, sequence: sequence)
  }

  // MARK: changes

  private func change(_ id: UInt64, _ head: SessionHead?) {
    if before.index(forKey: id) == nil { before.updateValue(heads[id], forKey: id) }
    heads[id] = head
    if let head { earliestEnd = min(earliestEnd, head.expires) }
  }

  func put(_ id: UInt64, _ head: SessionHead) { change(id, head) }

  func remove(_ id: UInt64) {
    change(id, nil)
    changes[id] = ResultChanges(floor: nil)
  }

  /// Nothing for a session that is not there.
  func remember(_ id: UInt64, sequence: UInt64, _ remembered: Remembered) {
    guard heads[id] != nil else { return }
    changes[id, default: ResultChanges()].add(sequence, remembered)
  }

  func forget(_ id: UInt64, below sequence: UInt64) {
    changes[id, default: ResultChanges()].forget(below: sequence)
  }
}
