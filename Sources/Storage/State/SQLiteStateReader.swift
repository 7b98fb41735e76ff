internal import Base
internal import Model
internal import Replica
internal import SQLite
internal import Wire

/// Reads a state file through a connection of its own, on a thread of its own, while its writer goes on.
///
/// Every read transaction is short: it looks at a bounded number of entries and bytes, never at a clock. What does not
/// fit goes on in another one as of the same revision, unless compaction passes that.
final class SQLiteStateReader: StateReader {
  /// What one read transaction may do: well under 250 ms on a cold disk.
  enum Slice {
    /// Entries of an index that are stepped over, 0.3 to 1 µs each.
    static let entriesMax = 20_000
    /// Rows that are read whole, or nearly, 2 to 5 µs each.
    static let rowsMax = 5_000
    /// Bytes of values.
    static let bytesMax = 8 << 20
  }
  /// How often a read that its writer has stopped is tried again.
  private static let attemptsMax = 16

  private let connection: Connection
  private let meta: MetaTable
  private let rows: RowTable
  private let results: ResultTable
  private let requests: RequestTable
  private let interrupts: ReaderInterrupts
  private let number: UInt64

  init(
    path: String, files: any Files, vfs: VFS, cacheBytes: Int, interrupts: ReaderInterrupts
  ) throws(StorageError) {
    let connection = try StateFile.connect(path, files: files, vfs: vfs, mode: .readOnly, cacheBytes: cacheBytes)
    connection.leaveWALOnClose()
    self.connection = connection
    (meta, rows, results, requests) = try StateFile.preparing { () throws(SQLiteError) in
      (
        try MetaTable(connection), try RowTable(connection, isWritable: false),
        try ResultTable(connection, isWritable: false), try RequestTable(connection, isWritable: false)
      )
    }
    self.interrupts = interrupts
    number = interrupts.add(connection.interrupt)
  }

  deinit { interrupts.remove(number) }

  // MARK: read transactions

  /// Runs `body` in one read transaction on a state that still knows `revision` (zero: now). It may run several times;
  /// only what it returns counts.
  private func slice<Result>(
    _ what: StaticText, asOf revision: Revision = .zero, _ body: (StateHeader) throws(SQLiteError) -> Result
  ) throws(ReadError) -> Result {
    for _ in 0..<Self.attemptsMax {
      var refusal: ReadError?
      do throws(SQLiteError) {
        if let result = try sliceOnce(revision, &refusal, body) { return result }
      } catch {
        guard error.isInterrupt else { throw .storage(error.storage(what)) }
        continue
      }
      if let refusal { throw refusal }
    }
    throw .storage(.locked(holder: nil))
  }

  /// nil with a reason in `refusal`.
  private func sliceOnce<Result>(
    _ revision: Revision, _ refusal: inout ReadError?, _ body: (StateHeader) throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result? {
    try connection.begin(.deferred)
    defer { endTransaction() }
    let header = try meta.header()
    guard revision > .zero else { return try body(header) }
    guard revision <= header.revision else {
      refusal = .futureRevision(header.revision)
      return nil
    }
    guard revision >= header.compacted else {
      refusal = .compacted(header.compacted)
      return nil
    }
    return try body(header)
  }

  private func endTransaction() {
    do throws(SQLiteError) { try connection.commit() } catch { connection.rollback() }
  }

  // MARK: StateReader

  func header() throws(ReadError) -> StateHeader {
    try slice("a state's header") { header in header }
  }

  func answer(_ query: ReadRequest.Query) throws(ReadError) -> (value: ReadResult.Value, revision: Revision) {
    switch query {
    case .range(let query): try range(query)
    case .history(let key, let before, let limit): try history(key, before: before, limit: limit)
    case .outcome(let request):
      try slice("a remembered request") { (header) throws(SQLiteError) in
        (.outcome(RequestOutcome(try requests.get(request))), header.revision)
      }
    case .sessionOutcome(let session, let sequence):
      try slice("a session's result") { (header) throws(SQLiteError) in
        (.outcome(RequestOutcome(try results.get(session, sequence: sequence))), header.revision)
      }
    }
  }

  // MARK: ranges

  /// A range that is being read.
  private struct RangeWork {
    let query: RangeQuery
    /// Zero until the first slice has pinned it.
    var revision: Revision
    /// What was not covered yet; nil when all was.
    var rest: KeyRange?
    var result = RangeResult(items: [], more: false, count: 0)
    /// Whether the answer takes no more rows; counting goes on.
    var isFull: Bool
    var page = AnswerPage()

    init(_ query: RangeQuery) {
      self.query = query
      revision = query.revision
      rest = query.range
      isFull = query.countOnly
    }

    var limit: Int { query.limit > 0 ? min(query.limit, Limits.rangeKeysMax) : Limits.rangeKeysMax }
  }

  private func range(_ query: RangeQuery) throws(ReadError) -> (value: ReadResult.Value, revision: Revision) {
    var work = RangeWork(query)
    while work.rest != nil {
      let before = work
      work = try slice("a range", asOf: before.revision) { (header) throws(SQLiteError) in
        try advance(before, header)
      }
    }
    work.result.more = !query.countOnly && work.result.count > work.result.items.count
    return (.range(work.result), work.revision)
  }

  /// One slice of `work`.
  private func advance(_ work: RangeWork, _ header: StateHeader) throws(SQLiteError) -> RangeWork {
    var work = work
    guard let range = work.rest else { return work }
    if work.revision == .zero { work.revision = header.revision }
    if work.isFull, range == .all, work.revision == header.revision {
      work.result.count = Int(header.liveKeys)
      work.rest = nil
      return work
    }
    var scan = try LiveScan(
      rows, range, upTo: RowID(lastOf: work.revision), reverse: work.query.reverse, budget: Slice.entriesMax)
    defer { scan.finish() }
    var rowsLeft = Slice.rowsMax
    var bytesLeft = Slice.bytesMax
    while let (key, id) = try scan.next() {
      work.result.count += 1
      guard !work.isFull else { continue }
      let item = try rows.item(key, id, keysOnly: work.query.keysOnly)
      guard work.page.takes(item) else {
        work.isFull = true
        continue
      }
      work.result.items.append(item)
      work.isFull = work.result.items.count >= work.limit
      rowsLeft -= 1
      bytesLeft -= item.value?.bytes.count ?? 0
      if rowsLeft <= 0 || bytesLeft <= 0 {
        work.rest = scan.rest
        return work
      }
    }
    work.rest = scan.isPaused ? scan.rest : nil
    return work
  }

  // MARK: histories

  private func history(
    _ key: Key, before: Revision, limit: Int
  ) throws(ReadError) -> (value: ReadResult.Value, revision: Revision) {
    try slice("a key's history") { (header) throws(SQLiteError) in
      let bound = before == .zero ? RowID.last : RowID(before, ordinal: 0, isDeletion: false)
      let limit = limit > 0 ? min(limit, Limits.rangeKeysMax) : Limits.rangeKeysMax
      var items: [HistoryItem] = []
      var more = false
      var page = AnswerPage()
      try rows.changes(key, below: bound) { (id) throws(SQLiteError) in
        let isOldest = id.revision <= header.compacted
        // What compaction has taken away is gone for everybody at once, also where its rows still wait to be deleted.
        if isOldest && id.isDeletion { return false }
        guard items.count < min(limit, Slice.rowsMax) else {
          more = true
          return false
        }
        let row = try rows.row(id)
        guard row.key == key else { throw .damaged }
        guard page.takes(row.item()) else {
          more = true
          return false
        }
        items.append(HistoryItem(item: row.item(), isDeletion: row.value == nil))
        return !isOldest
      }
      return (.history(items, more: more), header.revision)
    }
  }

  // MARK: digests

  func digest(_ query: DigestQuery) throws(ReadError) -> DigestResult {
    let scrub = StateScrub(connection, rows: rows)
    do throws(ReadError) {
      return try slice("a digest", asOf: query.revision) { (header) throws(SQLiteError) in
        try scrub.slice(query, revision: query.revision > .zero ? query.revision : header.revision)
      }
    } catch {
      // Damage is what was looked for, so it is an answer.
      guard case .storage(.corrupt(let what)) = error else { throw error }
      return DigestResult(setHash: .zero, rows: 0, next: nil, members: [], damaged: [], error: "damage found: \(what)")
    }
  }
}

extension StateHeader {
  /// Of the last entry applied.
  var revision: Revision { Revision(applied + base) }
}

extension RequestOutcome {
  init(_ remembered: Remembered?) {
    guard let remembered else {
      self = .notRemembered
      return
    }
    self = .applied(
      revision: remembered.revision, succeeded: remembered.succeeded, logTime: remembered.logTime,
      result: remembered.result)
  }
}
