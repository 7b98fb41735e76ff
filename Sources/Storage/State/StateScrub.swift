internal import Base
internal import Model
internal import SQLite
internal import Wire

/// Looks at a state file's content slice by slice: the set hash of live rows as of a revision, and whether every row is
/// what was written.
///
/// A pass over all keys has two parts. First the index on keys, entry by entry: it must be in order and lead to the rows
/// that it names; of each key the row in force is read whole and enters the set hash. Then, where the range has no end,
/// everything in the order of the tables: every row, history and deletions included, must be intact and be found by the
/// index; so must what sessions and requests remember. Together no row is missed, whichever of the two trees is damaged.
struct StateScrub {
  /// Entries of one key that are looked at one by one before the rest is left to the table's own order.
  private static let entriesPerKeyMax = 4_096
  private static let damagedMax = 1_000

  private let connection: Connection
  private let rows: RowTable

  init(_ connection: Connection, rows: RowTable) {
    self.connection = connection
    self.rows = rows
  }

  /// One slice.
  private struct Work {
    var result = DigestResult(setHash: .zero, rows: 0, next: nil, members: [], damaged: [], error: "")
    var rowsLeft: Int
    var bytesLeft = SQLiteStateReader.Slice.bytesMax
    let liveMax: UInt64
    let perRow: Bool

    init(_ query: DigestQuery) {
      rowsLeft = SQLiteStateReader.Slice.rowsMax
      liveMax = query.limit > 0 ? UInt64(query.limit) : .max
      perRow = query.perRow
    }

    var isUsedUp: Bool { rowsLeft <= 0 || bytesLeft <= 0 || result.rows >= liveMax }

    mutating func damaged(_ name: Digest) {
      if result.damaged.count < StateScrub.damagedMax, !result.damaged.contains(name) { result.damaged.append(name) }
    }

    mutating func spent(_ row: StateRow?) {
      rowsLeft -= 1
      bytesLeft -= row?.value?.bytes.count ?? 0
    }
  }

  /// What one slice of `query` gives, as of `revision`. Damage that SQLite reports ends the pass and stands in `error`.
  func slice(_ query: DigestQuery, revision: Revision) throws(SQLiteError) -> DigestResult {
    var work = Work(query)
    do throws(SQLiteError) {
      work.result.next = try advance(query, revision, &work)?.key
    } catch {
      guard error.isCorruption else { throw error }
      work.result.error = "SQLite reports damage (\(error.extended))"
      work.result.next = nil
    }
    return work.result
  }

  /// Where the next slice starts; nil at the end of the pass.
  private func advance(
    _ query: DigestQuery, _ revision: Revision, _ work: inout Work
  ) throws(SQLiteError) -> ScrubCursor? {
    var cursor: ScrubCursor? = ScrubCursor(query.range.start)
    while let now = cursor {
      switch now {
      case .key(let start):
        if let next = try keys(KeyRange(start: start, end: query.range.end), RowID(lastOf: revision), &work) {
          return .key(next)
        }
        cursor = query.range.end == nil ? .rows(after: -1) : nil
      case .rows(let position):
        cursor = try table(after: RowID(rawValue: position), &work) ?? .results(session: -1, sequence: -1)
      case .results(let session, let sequence):
        if sequence < 0 { try sessions(&work) }
        cursor = try results(session, sequence, &work) ?? .requests(after: -1)
      case .requests(let position):
        cursor = try requests(position, &work)
      }
      if work.isUsedUp { return cursor }
    }
    return nil
  }

  // MARK: by key

  /// The key to go on at; nil at the end.
  private func keys(_ range: KeyRange, _ bound: RowID, _ work: inout Work) throws(SQLiteError) -> Key? {
    var entries = try rows.entries(range, reverse: false)
    defer { entries.reset() }
    var hasEntry = range.isEmpty ? false : try entries.step()
    while hasEntry {
      let key = Key(entries.bytes(0))
      if work.isUsedUp { return key }
      var newest: RowID?
      var last = RowID(rawValue: -1)
      var steps = 0
      repeat {
        let id = RowID(rawValue: entries.int64(1))
        if id <= last { work.damaged(key.hash) }
        last = id
        if id <= bound { newest = id }
        if try rows.key(of: id) != key { work.damaged(key.hash) }
        steps += 1
        hasEntry = try entries.step()
      } while hasEntry && steps < Self.entriesPerKeyMax && entries.bytes(0) == key.bytes
      if hasEntry, steps == Self.entriesPerKeyMax {
        newest = try rows.newest(key, upTo: bound)
        entries = try rows.entries(KeyRange(start: key.successor, end: range.end), reverse: false)
        hasEntry = try entries.step()
      } else if hasEntry, Key(entries.bytes(0)) < key {
        work.damaged(key.hash)
      }
      if let newest, !newest.isDeletion { try cover(key, newest, &work) }
    }
    return nil
  }

  private func cover(_ key: Key, _ id: RowID, _ work: inout Work) throws(SQLiteError) {
    var row: StateRow?
    do throws(SQLiteError) { row = try rows.row(id) } catch {
      guard error.isCorruption else { throw error }
    }
    work.spent(row)
    guard let row, row.key == key, let head = row.head, row.hasHonestDigest else { return work.damaged(key.hash) }
    let member = SetHash.member(key: key, head: head)
    work.result.setHash.insert(member)
    work.result.rows += 1
    if work.perRow { work.result.members.append(DigestResult.Member(key: key.hash, member: member)) }
  }

  // MARK: by table

  private func table(after position: RowID, _ work: inout Work) throws(SQLiteError) -> ScrubCursor? {
    var last = position
    var count = 0
    let limit = work.rowsLeft
    var slice = work
    try rows.rows(after: position, limit: limit) { (id, key, row) throws(SQLiteError) in
      if id <= last { slice.damaged(key.hash) }
      last = id
      count += 1
      slice.spent(row)
      if let row, row.id == id, row.hasHonestDigest, try rows.isIndexed(key, id) {
        return slice.bytesLeft > 0
      }
      slice.damaged(key.hash)
      return slice.bytesLeft > 0
    }
    work = slice
    let isAtEnd = count < limit && work.bytesLeft > 0
    return isAtEnd ? nil : .rows(after: last.rawValue)
  }

  private func sessions(_ work: inout Work) throws(SQLiteError) {
    let all = try connection.prepare("SELECT id, content, seal FROM sessions ORDER BY id")
    while try all.step() {
      let id = UInt64(bitPattern: all.int64(0))
      if all.bytes(2) != SessionTable.seal(id, all.bytes(1)).bytes { work.damaged(Self.name([id])) }
    }
  }

  private func results(
    _ session: Int64, _ sequence: Int64, _ work: inout Work
  ) throws(SQLiteError) -> ScrubCursor? {
    let some = try connection.prepare(
      """
      SELECT session, sequence, content, seal FROM results WHERE (session, sequence) > (?1, ?2)
      ORDER BY session, sequence LIMIT ?3
      """)
    try some.bind(1, session)
    try some.bind(2, sequence)
    let limit = max(1, work.rowsLeft)
    try some.bind(3, Int64(limit))
    var last = (session, sequence)
    var count = 0
    while try some.step() {
      last = (some.int64(0), some.int64(1))
      let id = UInt64(bitPattern: last.0)
      let place = UInt64(bitPattern: last.1)
      if some.bytes(3) != ResultTable.seal(id, place, some.bytes(2)).bytes { work.damaged(Self.name([id, place])) }
      count += 1
    }
    work.rowsLeft -= count
    return count < limit ? nil : .results(session: last.0, sequence: last.1)
  }

  private func requests(_ position: Int64, _ work: inout Work) throws(SQLiteError) -> ScrubCursor? {
    let some = try connection.prepare(
      """
      SELECT rowid, request, until, content, seal,
        EXISTS (SELECT 1 FROM requests AS other INDEXED BY requests_by_end
          WHERE other.until = requests.until AND other.request = requests.request AND other.rowid = requests.rowid)
      FROM requests NOT INDEXED WHERE rowid > ?1 ORDER BY rowid LIMIT ?2
      """)
    try some.bind(1, position)
    let limit = max(1, work.rowsLeft)
    try some.bind(2, Int64(limit))
    var last = position
    var count = 0
    while try some.step() {
      last = some.int64(0)
      count += 1
      let isIntact = Identifier(bytes: some.bytes(1)).map { request in
        some.bytes(4) == RequestTable.seal(request, some.int64(2), some.bytes(3)).bytes
      }
      if isIntact != true || some.int64(5) != 1 { work.damaged(Digest(of: some.bytes(1))) }
    }
    work.rowsLeft -= count
    return count < limit ? nil : .requests(after: last)
  }

  /// What stands for a row without a key in a list of damage.
  private static func name(_ numbers: [UInt64]) -> Digest {
    var hasher = SHA256()
    for number in numbers { hasher.update(number) }
    return hasher.finish()
  }
}

extension SQLiteError {
  /// The file is not what was written, whoever has found it.
  var isCorruption: Bool { code == 11 || code == 26 }
}
