import Base

/// Live rows of a range in order, fetched in pages, so that a wide range of large values is never in memory whole.
struct RowScan<View: StateView> {
  private let view: View
  private let revision: Revision?
  private let keysOnly: Bool
  private let reverse: Bool
  private let pageRows: Int
  /// What no page has covered yet.
  private var rest: KeyRange
  private var page: [KeyValue] = []
  private var position = 0
  private var isExhausted = false

  /// - Parameter expected: how many rows will be asked for, if all goes well.
  init(_ range: KeyRange, asOf revision: Revision?, expected: Int, keysOnly: Bool, reverse: Bool, view: View) {
    self.view = view
    self.revision = revision
    self.keysOnly = keysOnly
    self.reverse = reverse
    rest = range
    isExhausted = range.isEmpty
    // Sixty-four of the largest values are 64 MiB.
    pageRows = max(1, min(expected, keysOnly ? 1_024 : 64))
  }

  /// The next row, without passing it; nil at the end.
  mutating func peek() throws(StorageError) -> KeyValue? {
    if position == page.count, !isExhausted { try fetch() }
    return position < page.count ? page[position] : nil
  }

  /// Passes the row that ``peek()`` gave.
  mutating func advance() { position += 1 }

  private mutating func fetch() throws(StorageError) {
    page = try view.rows(rest, asOf: revision, limit: pageRows, keysOnly: keysOnly, reverse: reverse)
    position = 0
    guard page.count >= pageRows, let last = page.last else {
      isExhausted = true
      return
    }
    if reverse { rest.end = last.key } else { rest.start = last.key.successor }
    isExhausted = rest.isEmpty
  }
}
