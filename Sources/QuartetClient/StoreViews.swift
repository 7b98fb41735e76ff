public import Base
public import Model
import Wire

/// A keyspace as it was at one revision. Fails as `compacted` once that is gone, as `futureRevision` before it is
/// there.
public struct RevisionView<Store: KeyValueStore>: Sendable {
  public let store: Store
  public let revision: Revision

  public func get(_ key: Key, options: ReadOptions = .standard) async throws(QuartetError) -> Reply<KeyValue?> {
    try await store.get(key, asOf: revision, options: options)
  }

  /// `query.revision` is replaced by this view's.
  public func range(
    _ query: RangeQuery, options: ReadOptions = .standard
  ) async throws(QuartetError) -> Reply<RangeResult> {
    try await store.range(pinned(query), options: options)
  }

  public func pages(_ query: RangeQuery, size: Int = 1_000, options: ReadOptions = .standard) -> Pages<Store> {
    store.pages(pinned(query), size: size, options: options)
  }

  private func pinned(_ query: RangeQuery) -> RangeQuery {
    var query = query
    query.revision = revision
    return query
  }
}

/// A keyspace as its nodes see it on their own. Answers come without asking a leader and also in a minority; each
/// says how old it may be. A node that cannot vouch for `bound` is passed over; when none can, `tooStale` is thrown.
public struct StaleView<Store: KeyValueStore>: Sendable {
  public let store: Store
  public let bound: StaleBound

  public func get(
    _ key: Key, asOf revision: Revision = .zero, options: ReadOptions = .standard
  ) async throws(QuartetError) -> StaleReply<KeyValue?> {
    let query = RangeQuery(range: KeyRange(only: key), revision: revision, limit: 1)
    return try await range(query, options: options).map { $0.items.first }
  }

  public func range(
    _ query: RangeQuery, options: ReadOptions = .standard
  ) async throws(QuartetError) -> StaleReply<RangeResult> {
    let reply = try await store.readStale(.range(query), within: bound, options: options)
    guard case .range(let result) = reply.staleValue else { throw .mismatch(reply) }
    return reply.map { _ in result }
  }

  public func history(
    _ key: Key, before: Revision = .zero, limit: Int = 100, options: ReadOptions = .standard
  ) async throws(QuartetError) -> StaleReply<History> {
    let query = ReadRequest.Query.history(key, before: before, limit: limit)
    let reply = try await store.readStale(query, within: bound, options: options)
    guard case .history(let items, let more) = reply.staleValue else { throw .mismatch(reply) }
    return reply.map { _ in History(items: items, more: more) }
  }

  /// `notRemembered` from a stale view proves less than from ``KeyValueStore/outcome(of:options:)``: the write may
  /// have been applied since.
  public func outcome(
    of request: Identifier, options: ReadOptions = .standard
  ) async throws(QuartetError) -> StaleReply<RememberedOutcome> {
    let reply = try await store.readStale(.outcome(request), within: bound, options: options)
    guard case .outcome(let outcome) = reply.staleValue else { throw .mismatch(reply) }
    return try reply.map { _ throws(QuartetError) in try RememberedOutcome(outcome, node: reply.origin.node) }
  }
}

/// The pages of a range, one question each, all as of one revision.
public struct Pages<Store: KeyValueStore>: AsyncSequence, Sendable {
  public typealias Element = Reply<RangeResult>
  public typealias Failure = QuartetError

  let store: Store
  let query: RangeQuery
  let size: Int
  let options: ReadOptions

  public func makeAsyncIterator() -> Iterator { Iterator(store: store, query: query, size: size, options: options) }

  public struct Iterator: AsyncIteratorProtocol {
    private let store: Store
    private var query: RangeQuery
    private let options: ReadOptions
    private var isDone = false

    init(store: Store, query: RangeQuery, size: Int, options: ReadOptions) {
      self.store = store
      self.query = query
      self.query.limit = Swift.min(Swift.max(size, 1), Limits.rangeKeysMax)
      self.options = options
    }

    public mutating func next() async throws(QuartetError) -> Reply<RangeResult>? {
      try await next(isolation: #isolation)
    }

    public mutating func next(
      isolation actor: isolated (any _Concurrency.Actor)?
    ) async throws(QuartetError) -> Reply<RangeResult>? {
      guard !isDone else { return nil }
      let reply = try await store.range(query, options: options)
      if query.revision == .zero { query.revision = reply.revision }
      guard reply.value.more, let last = reply.value.items.last else {
        isDone = true
        return reply
      }
      if query.reverse {
        query.range.end = last.key
      } else {
        query.range.start = last.key.successor
      }
      return reply
    }
  }
}
