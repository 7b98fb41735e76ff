internal import Base
internal import SQLite

/// A walk over the keys of a range that were alive as of a bound, by the index alone.
///
/// Deep histories cost nothing per version: after a few entries of one key the walk seeks past the others. One walk at a
/// time may use a table's statements.
struct LiveScan {
  /// Entries of one key that are stepped over before a seek is cheaper.
  private static let stepsPerKeyMax = 8

  private let table: RowTable
  private let bound: RowID
  private let reverse: Bool
  /// Index entries that may still be looked at.
  private var budget: Int
  /// What was not covered yet.
  private(set) var rest: KeyRange
  /// Whether the walk ended for want of budget; ``rest`` is where to go on.
  private(set) var isPaused = false
  private var entries: Statement
  private var hasEntry: Bool

  init(
    _ table: RowTable, _ range: KeyRange, upTo bound: RowID, reverse: Bool, budget: Int = .max
  ) throws(SQLiteError) {
    self.table = table
    self.bound = bound
    self.reverse = reverse
    self.budget = budget
    rest = range
    entries = try table.entries(range, reverse: reverse)
    hasEntry = range.isEmpty ? false : try entries.step()
  }

  /// The next key and the number of its row; nil at the end or when the budget is used up.
  mutating func next() throws(SQLiteError) -> (key: Key, id: RowID)? {
    while hasEntry {
      guard budget > 0 else {
        isPaused = true
        finish()
        return nil
      }
      let key = Key(entries.bytes(0))
      let id = try newest(of: key)
      if reverse { rest.end = key } else { rest.start = key.successor }
      if let id, !id.isDeletion { return (key, id) }
    }
    return nil
  }

  /// Ends the walk early, so that it holds no read transaction open.
  mutating func finish() {
    hasEntry = false
    entries.reset()
  }

  /// The number in force of the key at which the walk stands; goes to the next key.
  private mutating func newest(of key: Key) throws(SQLiteError) -> RowID? {
    var found: RowID?
    var steps = 0
    repeat {
      let id = RowID(rawValue: entries.int64(1))
      if id <= bound, !reverse || found == nil { found = id }
      steps += 1
      budget -= 1
      if steps > Self.stepsPerKeyMax {
        found = try table.newest(key, upTo: bound)
        try seek(past: key)
        break
      }
      hasEntry = try entries.step()
    } while hasEntry && isAt(key)
    return found
  }

  private func isAt(_ key: Key) -> Bool {
    entries.withBlob(0) { stored in
      key.bytes.withUnsafeBytes { $0.count == stored.count && $0.elementsEqual(stored) }
    }
  }

  private mutating func seek(past key: Key) throws(SQLiteError) {
    // Another statement may take over, and one that was left standing would keep its read transaction open.
    entries.reset()
    let range = reverse ? KeyRange(start: rest.start, end: key) : KeyRange(start: key.successor, end: rest.end)
    entries = try table.entries(range, reverse: reverse)
    hasEntry = range.isEmpty ? false : try entries.step()
  }
}
