import Base
import Model
import QuartetClient

/// One page of a range, with where it comes from.
struct RangePage: Sendable {
  var result: RangeResult
  var origin: Origin
  /// Of a page that may be stale.
  var age: Interval?
}

/// A range gathered page by page, all of one revision: what to ask next, and what has come.
struct RangeGathering {
  private let request: EtcdRange
  private let limits: GatewayLimits
  /// Rows that the answer needs at most; 0 for all.
  private let wanted: Int
  private var query: RangeQuery
  private var items: [KeyValue] = []
  private var bytes = 0
  private var isDone = false
  private var more = false
  /// It alone is of the moment of the question: its header and count are the answer's.
  private(set) var first: RangePage?

  init(_ request: EtcdRange, limits: GatewayLimits) {
    self.request = request
    self.limits = limits
    query = request.query
    wanted = query.limit
  }

  /// The next page's question; nil when there is nothing left to ask.
  var next: RangeQuery? {
    guard !isDone else { return nil }
    guard !request.countOnly else { return query }
    var query = query
    let room = limits.rangeKeysMax - items.count
    let open = wanted > 0 ? min(wanted - items.count, room) : room
    query.limit = min(open, limits.pageKeysMax)
    return query
  }

  /// What a node must have seen to answer the next page: another one than the first page's may be behind it.
  var notBefore: Revision { first == nil ? .zero : query.revision }

  /// - Throws: UNIMPLEMENTED when the answer depends on all rows and they are more than the bounds allow.
  mutating func add(_ page: RangePage) throws(GatewayError) {
    precondition(!isDone, "a page after the last one")
    if first == nil {
      first = page
      // The further pages must be of the state that this one shows.
      if query.revision == .zero { query.revision = page.origin.revision }
    }
    items += page.result.items
    bytes += page.result.items.reduce(0) { $0 + $1.key.bytes.count + ($1.value?.bytes.count ?? 0) }
    more = page.result.more
    isDone = !more || wanted > 0 && items.count >= wanted
    guard !isDone else { return }
    guard let last = page.result.items.last else { throw .mismatch(.notApplied) }
    if query.reverse {
      query.range.end = last.key
    } else {
      query.range.start = last.key.successor
    }
    guard items.count >= limits.rangeKeysMax || bytes >= limits.rangeBytesMax else { return }
    guard !request.isFinishedHere else {
      throw .unimplemented(
        "sorting by another target than KEY, and filters by revision, are served for ranges of at most "
          + "\(limits.rangeKeysMax) keys and \(limits.rangeBytesMax) bytes; ask for narrower ranges")
    }
    isDone = true
  }

  /// The rows so far; `more` tells whether the range has others.
  var result: RangeResult {
    RangeResult(items: items, more: more, count: first?.result.count ?? 0)
  }
}
