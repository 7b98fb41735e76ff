public import Base

/// What a read outside any command gives.
public enum RangeAnswer: Hashable, Sendable {
  case rows(RangeResult)
  /// ``CommandRefusal/compacted(_:)`` or ``CommandRefusal/futureRevision(_:)``.
  case refused(CommandRefusal)
}

extension RangeQuery {
  /// Answers the query from `view`, whose newest revision is `newest` and whose oldest readable one is `compacted`; the
  /// view must not change meanwhile.
  ///
  /// Unlike a range in a transaction, a page that would be larger than ``Base/Limits/rangeBytesMax`` ends earlier and
  /// says `more`. It has at least one row if there is one.
  public func answer(
    newest: Revision, compacted: Revision, view: some StateView
  ) throws(StorageError) -> RangeAnswer {
    guard revision <= newest else { return .refused(.futureRevision(newest)) }
    guard revision == .zero || revision >= compacted else { return .refused(.compacted(compacted)) }
    let asOf = revision == .zero ? nil : revision
    let total = try view.count(range, asOf: asOf)
    guard !countOnly else { return .rows(RangeResult(items: [], more: false, count: total)) }

    let wanted = rowsWanted(of: total)
    var scan = RowScan(range, asOf: asOf, expected: wanted, keysOnly: keysOnly, reverse: reverse, view: view)
    var items: [KeyValue] = []
    var bytes = 0
    while items.count < wanted, let row = try scan.peek() {
      bytes += row.encodedBytes
      guard items.isEmpty || bytes <= Limits.rangeBytesMax else { break }
      items.append(row)
      scan.advance()
    }
    return .rows(RangeResult(items: items, more: total > items.count, count: total))
  }

  /// How many of `total` rows a page has at most.
  func rowsWanted(of total: Int) -> Int {
    min(total, limit > 0 ? min(limit, Limits.rangeKeysMax) : Limits.rangeKeysMax)
  }
}
