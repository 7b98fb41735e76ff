import Base
import JSON
import Model
import QuartetClient
import Wire

/// Carries out etcd's requests on one keyspace.
struct EtcdCalls: Sendable {
  let store: any KeyValueStore
  let headers: CallHeaders
  let limits: GatewayLimits
  let deadline: Deadline
  let ticket: Admission.Ticket

  init(store: any KeyValueStore, headers: CallHeaders, limits: GatewayLimits, ticket: Admission.Ticket) {
    self.store = store
    self.headers = headers
    self.limits = limits
    self.ticket = ticket
    deadline = Deadline(in: headers.timeout)
  }

  // MARK: Writes

  func put(_ request: EtcdPut) async throws(GatewayError) -> JSONValue {
    let reply = try await transaction(request.transaction)
    guard reply.value.succeeded else {
      throw .invalid("the key does not exist, and ignore_lease asks that it does", error: EtcdText.keyNotFound)
    }
    guard case .put(let previous)? = reply.value.responses.first else { throw .mismatch(.applied) }
    return try applied { () throws(GatewayError) in try EtcdAnswer.put(previous, EtcdAnswer.header(reply.origin)) }
  }

  func delete(_ request: EtcdDeleteRange) async throws(GatewayError) -> JSONValue {
    let reply = try await transaction(Transaction(success: [request.operation]))
    guard case .delete(let count, let previous)? = reply.value.responses.first else { throw .mismatch(.applied) }
    return try applied { () throws(GatewayError) in
      try EtcdAnswer.delete(count, previous, EtcdAnswer.header(reply.origin))
    }
  }

  func transaction(_ request: EtcdTransaction) async throws(GatewayError) -> JSONValue {
    let reply = try await transaction(request.transaction)
    return try applied { () throws(GatewayError) in try EtcdAnswer.transaction(reply.value, reply.origin) }
  }

  func compact(_ request: EtcdCompaction) async throws(GatewayError) -> JSONValue {
    try check(.compact(request.revision))
    do {
      return EtcdAnswer.compaction(try await store.compact(request.revision, options: writeOptions).origin)
    } catch {
      throw GatewayError(error)
    }
  }

  private func transaction(_ transaction: Transaction) async throws(GatewayError) -> Reply<TransactionResult> {
    try check(.transaction(transaction))
    do {
      return try await store.transaction(transaction, options: writeOptions)
    } catch {
      throw GatewayError(error)
    }
  }

  /// What would be refused whatever the state, in etcd's words; nothing was sent then.
  private func check(_ body: CommandBody) throws(GatewayError) {
    let envelope = Envelope(
      request: headers.request, keepFor: headers.keepFor, actor: writeOptions.actor, correlation: headers.correlation)
    do {
      try Command(envelope: envelope, body: body).validate()
    } catch {
      throw GatewayError(error)
    }
  }

  /// The gateway's own session carries each write, so within it a write is resent and happens once. Beyond it only the
  /// caller can send again, and only `X-Request-ID` makes that safe.
  private var writeOptions: WriteOptions {
    WriteOptions(
      request: headers.request, keepFor: headers.keepFor, actor: Actor(principal: headers.principal),
      correlation: headers.correlation, timeout: deadline.remaining)
  }

  /// An answer that cannot be written down does not undo its write.
  private func applied(_ answer: () throws(GatewayError) -> JSONValue) throws(GatewayError) -> JSONValue {
    do {
      return try answer()
    } catch {
      var error = error
      error.outcome = .applied
      throw error
    }
  }

  // MARK: Reads

  func range(_ request: EtcdRange) async throws(GatewayError) -> JSONValue {
    guard !request.range.isEmpty else { return try await emptyRange(request) }
    var gathering = RangeGathering(request, limits: limits)
    while let query = gathering.next {
      let page = try await page(query, serializable: request.serializable, notBefore: gathering.notBefore)
      guard ticket.charge(page.result.items.reduce(0) { $0 + $1.key.bytes.count + ($1.value?.bytes.count ?? 0) }) else {
        throw .overloaded("the answers under way are too large in all; ask for less, or later")
      }
      try gathering.add(page)
    }
    guard let first = gathering.first else { throw .mismatch(.notApplied) }
    let result = request.finish(gathering.result)
    return try EtcdAnswer.range(result, EtcdAnswer.header(first.origin, age: first.age))
  }

  /// A range that ends before it starts holds nothing, for etcd; only the header has to be asked for.
  private func emptyRange(_ request: EtcdRange) async throws(GatewayError) -> JSONValue {
    let query = RangeQuery(range: KeyRange(only: request.range.start), revision: request.revision, countOnly: true)
    let page = try await page(query, serializable: request.serializable, notBefore: .zero)
    let nothing = RangeResult(items: [], more: false, count: 0)
    return try EtcdAnswer.range(nothing, EtcdAnswer.header(page.origin, age: page.age))
  }

  private func page(
    _ query: RangeQuery, serializable: Bool, notBefore: Revision
  ) async throws(GatewayError) -> RangePage {
    do {
      try query.validate()
    } catch {
      throw GatewayError(error)
    }
    let (value, origin, age) = try await read(.range(query), serializable: serializable, notBefore: notBefore)
    guard case .range(let result) = value else { throw .mismatch(.notApplied) }
    return RangePage(result: result, origin: origin, age: age)
  }

  func outcome(of request: Identifier) async throws(GatewayError) -> JSONValue {
    let (value, origin, _) = try await read(.outcome(request), serializable: false, notBefore: .zero)
    guard case .outcome(let outcome) = value else { throw .mismatch(.notApplied) }
    return EtcdAnswer.outcome(outcome, origin)
  }

  /// - Parameter notBefore: no node is asked that has yet to see this revision.
  private func read(
    _ query: ReadRequest.Query, serializable: Bool, notBefore: Revision
  ) async throws(GatewayError) -> (ReadResult.Value, Origin, Interval?) {
    let options = ReadOptions(timeout: deadline.remaining)
    do {
      guard serializable else {
        let reply = try await store.read(query, options: options)
        return (reply.value, reply.origin, nil)
      }
      let bound = StaleBound(maxAge: headers.maxAge, notBefore: notBefore)
      let reply = try await store.readStale(query, within: bound, options: options)
      return (reply.staleValue, reply.origin, reply.age)
    } catch {
      throw GatewayError(error)
    }
  }
}

extension GatewayError {
  /// A store that answers another question than the one asked.
  static func mismatch(_ outcome: Outcome) -> GatewayError {
    GatewayError(
      .internal, reason: "malformedAnswer", message: "the store's answer is of another kind than the question",
      outcome: outcome)
  }
}
