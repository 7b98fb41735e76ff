public import Base
public import Model
public import Wire

/// One keyspace, as services, the gateway and tests see it. Three requirements; everything else is built on them in
/// extensions, so that a test's stand-in has little to implement.
public protocol KeyValueStore: Sendable {
  /// The keyspace's name.
  var name: String { get }

  /// Answers with what holds when every write acknowledged before the call is seen.
  func read(_ query: ReadRequest.Query, options: ReadOptions) async throws(QuartetError) -> Reply<ReadResult.Value>

  /// Answers from one node's own state, also without a majority, and says how old the answer is.
  func readStale(
    _ query: ReadRequest.Query, within bound: StaleBound, options: ReadOptions
  ) async throws(QuartetError) -> StaleReply<ReadResult.Value>

  /// Puts a command in the keyspace's log and answers with its result when it was applied. A command refused by the
  /// state machine throws; a transaction whose compares did not hold does not.
  func write(_ command: CommandBody, options: WriteOptions) async throws(QuartetError) -> Reply<CommandResult>
}

/// What a put gave.
public struct PutResult: Hashable, Sendable {
  /// What stood there before, if that was asked for and something did.
  public var previous: KeyValue?
  public init(previous: KeyValue?) { self.previous = previous }
}

/// What a delete gave.
public struct DeleteResult: Hashable, Sendable {
  /// How many keys were deleted.
  public var count: Int
  /// Their last rows, if asked for.
  public var previous: [KeyValue]
  public init(count: Int, previous: [KeyValue]) {
    self.count = count
    self.previous = previous
  }
}

/// Changes of one key, newest first.
public struct History: Hashable, Sendable {
  public var items: [HistoryItem]
  /// Whether older kept ones are left: ask again with `before` the last item's revision.
  public var more: Bool
  public init(items: [HistoryItem], more: Bool) {
    self.items = items
    self.more = more
  }
}

// MARK: Writes

extension KeyValueStore {
  /// Sets `key` to `value`.
  public func put(
    _ key: Key, _ value: [UInt8], wantsPrevious: Bool = false, options: WriteOptions = .standard
  ) async throws(QuartetError) -> Reply<PutResult> {
    let transaction = Transaction(success: [.put(key: key, value: Value(value), wantsPrevious: wantsPrevious)])
    let reply = try await self.transaction(transaction, options: options)
    guard case .put(let previous)? = reply.value.responses.first else { throw .mismatch(reply) }
    return reply.map { _ in PutResult(previous: previous) }
  }

  /// Deletes `key`; it is no error if there is none.
  public func delete(
    _ key: Key, wantsPrevious: Bool = false, options: WriteOptions = .standard
  ) async throws(QuartetError) -> Reply<DeleteResult> {
    try await delete(KeyRange(only: key), wantsPrevious: wantsPrevious, options: options)
  }

  /// Deletes every key of `range`, at most ``Base/Limits/rangeDeleteKeysMax`` or none (`tooLarge`).
  public func delete(
    _ range: KeyRange, wantsPrevious: Bool = false, options: WriteOptions = .standard
  ) async throws(QuartetError) -> Reply<DeleteResult> {
    let transaction = Transaction(success: [.delete(range, wantsPrevious: wantsPrevious)])
    let reply = try await self.transaction(transaction, options: options)
    guard case .delete(let count, let previous)? = reply.value.responses.first else { throw .mismatch(reply) }
    return reply.map { _ in DeleteResult(count: count, previous: previous) }
  }

  /// Compares, then does one list of operations or the other, atomically.
  public func transaction(
    _ transaction: Transaction, options: WriteOptions = .standard
  ) async throws(QuartetError) -> Reply<TransactionResult> {
    let reply = try await write(.transaction(transaction), options: options)
    switch reply.value {
    case .transaction(let result): return reply.map { _ in result }
    case .appliedBefore(let revision, let succeeded):
      let branch = succeeded ? "compares held" : "compares did not hold"
      throw QuartetError(
        code: .resultNotKept, outcome: .applied,
        message: "applied before (\(branch)); its result was too long to be remembered", node: reply.origin.node,
        revision: revision)
    case .compacted, .session, .sessionClosed, .refused: throw .mismatch(reply)
    }
  }

  /// Forgets what was superseded at or below `revision`; live rows stay. Irreversible.
  public func compact(
    _ revision: Revision, options: WriteOptions = .standard
  ) async throws(QuartetError) -> Reply<Void> {
    let reply = try await write(.compact(revision), options: options)
    switch reply.value {
    case .compacted, .appliedBefore: return reply.map { _ in () }
    case .transaction, .session, .sessionClosed, .refused: throw .mismatch(reply)
    }
  }
}

// MARK: Linearizable reads

extension KeyValueStore {
  /// The row of `key`, or nil; as of `revision`, or now (zero).
  public func get(
    _ key: Key, asOf revision: Revision = .zero, options: ReadOptions = .standard
  ) async throws(QuartetError) -> Reply<KeyValue?> {
    let query = RangeQuery(range: KeyRange(only: key), revision: revision, limit: 1)
    return try await range(query, options: options).map { $0.items.first }
  }

  /// Rows of a range. At most ``Base/Limits/rangeKeysMax`` keys and ``Base/Limits/rangeBytesMax`` bytes in one
  /// answer; see ``pages(_:size:options:)`` for more.
  public func range(
    _ query: RangeQuery, options: ReadOptions = .standard
  ) async throws(QuartetError) -> Reply<RangeResult> {
    let reply = try await read(.range(query), options: options)
    guard case .range(let result) = reply.value else { throw .mismatch(reply) }
    return reply.map { _ in result }
  }

  /// A whole range in pages, all of them as of the revision of the first, or of `query.revision`. `query.limit` is
  /// not heeded, `size` is: keys of one page.
  public func pages(
    _ query: RangeQuery, size: Int = 1_000, options: ReadOptions = .standard
  ) -> Pages<Self> {
    Pages(store: self, query: query, size: size, options: options)
  }

  /// Kept changes of `key` below `before` (zero: from the newest), newest first, at most `limit`.
  public func history(
    _ key: Key, before: Revision = .zero, limit: Int = 100, options: ReadOptions = .standard
  ) async throws(QuartetError) -> Reply<History> {
    let reply = try await read(.history(key, before: before, limit: limit), options: options)
    guard case .history(let items, let more) = reply.value else { throw .mismatch(reply) }
    return reply.map { _ in History(items: items, more: more) }
  }

  /// What became of a request that was sent with this id and ``WriteOptions/keepFor``, by whichever process. Any node
  /// answers. `notRemembered`: it was not applied up to now, or its memory has expired.
  public func outcome(
    of request: Identifier, options: ReadOptions = .standard
  ) async throws(QuartetError) -> Reply<RememberedOutcome> {
    let reply = try await read(.outcome(request), options: options)
    guard case .outcome(let outcome) = reply.value else { throw .mismatch(reply) }
    return try reply.map { _ throws(QuartetError) in try RememberedOutcome(outcome, node: reply.origin.node) }
  }

  /// This keyspace as it was at `revision`.
  public func asOf(_ revision: Revision) -> RevisionView<Self> { RevisionView(store: self, revision: revision) }

  /// This keyspace as nodes see it on their own: see ``StaleView``.
  public func stale(maxAge: Interval, notBefore: Revision = .zero) -> StaleView<Self> {
    StaleView(store: self, bound: StaleBound(maxAge: maxAge, notBefore: notBefore))
  }
}

/// What a keyspace remembers of a request.
public enum RememberedOutcome: Hashable, Sendable {
  /// `succeeded`: of a transaction, whether its compares held. `result` is nil when it was too long to be kept.
  case applied(revision: Revision, succeeded: Bool, logTime: LogTime, result: CommandResult?)
  case notRemembered

  init(_ outcome: RequestOutcome, node: String) throws(QuartetError) {
    switch outcome {
    case .notRemembered: self = .notRemembered
    case .applied(let revision, let succeeded, let logTime, let bytes):
      guard !bytes.isEmpty else {
        self = .applied(revision: revision, succeeded: succeeded, logTime: logTime, result: nil)
        return
      }
      do {
        let result = try CommandResult(bytes: bytes)
        self = .applied(revision: revision, succeeded: succeeded, logTime: logTime, result: result)
      } catch {
        throw .malformed("the remembered result cannot be read: \(error)", outcome: .notApplied, node: node)
      }
    }
  }
}

extension QuartetError {
  static func mismatch(_ reply: Reply<CommandResult>) -> QuartetError {
    malformed("the result is of another kind than the command", outcome: .applied, node: reply.origin.node)
  }

  static func mismatch(_ reply: Reply<TransactionResult>) -> QuartetError {
    malformed("the result is of another kind than the command", outcome: .applied, node: reply.origin.node)
  }

  static func mismatch(_ reply: Reply<ReadResult.Value>) -> QuartetError {
    malformed("the answer is of another kind than the question", outcome: .notApplied, node: reply.origin.node)
  }

  static func mismatch(_ reply: StaleReply<ReadResult.Value>) -> QuartetError {
    malformed("the answer is of another kind than the question", outcome: .notApplied, node: reply.origin.node)
  }
}
