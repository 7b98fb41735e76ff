import Base
import Benchmarking
import Model
import Network
import QuartetClient
import Synchronization
import Wire

/// Keep-alive connections to the nodes' HTTP ports, on a thread of their own.
final class HTTPPool: Sendable {
  private let mailbox: Mailbox<HTTPMessage>
  private let thread: WorkerThread
  private let isClosed = Mutex(false)
  let connections: Int

  init(nodes: [String], connections: Int) throws {
    self.connections = connections
    let reactor = try Reactor()
    let mailbox = Mailbox<HTTPMessage>(waking: reactor.waker)
    let loop = HTTPLoop(reactor, mailbox, nodes: try nodes.map { try Address(parsing: $0) }, connections: connections)
    self.mailbox = mailbox
    thread = try WorkerThread(name: "bench-http") {
      reactor.run(loop)
      loop.abandon()
    }
  }

  func exchange(_ request: GatewayRequest, until deadline: Moment) async -> Result<HTTPAnswer, HTTPCall.Failure> {
    await withCheckedContinuation { waiter in
      let call = HTTPCall(request: request, timeout: deadline - Clock.now(), deadline: deadline, waiter: waiter)
      let isLate = isClosed.withLock { isClosed in
        if !isClosed { mailbox.put(.call(call)) }
        return isClosed
      }
      if isLate { waiter.resume(returning: .failure(.notSent("the client is closed"))) }
    }
  }

  /// Ends what is under way; calls after the first do nothing.
  func close() {
    let isFirst = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
    guard isFirst else { return }
    mailbox.put(.close)
    thread.join()
  }
}

/// A keyspace over HTTP, as a careful user without request ids has it. Every node takes every request and passes it on
/// to the leader, so any connection will do. What was certainly not applied is sent again, to another node if that one
/// is gone; so is a read. A write whose answer was lost is not: its outcome is `unknown`.
struct HTTPKeyspace: KeyValueStore {
  let pool: HTTPPool
  let name: String

  private static let timeout = Interval.seconds(30)
  private static let pause: UInt64 = 20_000_000

  func read(
    _ query: ReadRequest.Query, options: ReadOptions
  ) async throws(QuartetError) -> Reply<ReadResult.Value> {
    let (result, answer) = try await range(query, maxAge: nil, options)
    return Reply(.range(result), origin: origin(answer))
  }

  func readStale(
    _ query: ReadRequest.Query, within bound: StaleBound, options: ReadOptions
  ) async throws(QuartetError) -> StaleReply<ReadResult.Value> {
    guard bound.notBefore == .zero else { throw unsupported("a stale read that is not before a revision") }
    let (result, answer) = try await range(query, maxAge: bound.maxAge, options)
    guard let age = answer.age else { throw malformed("a stale answer does not say so", .notApplied) }
    return StaleReply(.range(result), origin: origin(answer), age: age)
  }

  func write(_ command: CommandBody, options: WriteOptions) async throws(QuartetError) -> Reply<CommandResult> {
    precondition(options.request == .zero, "a write over HTTP with a name of its own")
    guard case .transaction(let transaction) = command, let request = GatewayRequest(transaction, in: name) else {
      throw unsupported("anything but a transaction whose compares are of numbers")
    }
    let answer = try await perform(request, options.timeout)
    guard case .transaction(let result) = answer.content else {
      throw malformed("the result is of another kind than the command", .applied)
    }
    return Reply(.transaction(result), origin: origin(answer))
  }

  private func range(
    _ query: ReadRequest.Query, maxAge: Interval?, _ options: ReadOptions
  ) async throws(QuartetError) -> (RangeResult, GatewayAnswer) {
    guard case .range(let query) = query else { throw unsupported("anything but a range") }
    let answer = try await perform(GatewayRequest(query, in: name, maxAge: maxAge), options.timeout)
    guard case .range(let result) = answer.content else {
      throw malformed("the answer is of another kind than the question", .notApplied)
    }
    return (result, answer)
  }

  private func perform(_ request: GatewayRequest, _ timeout: Interval?) async throws(QuartetError) -> GatewayAnswer {
    let deadline = Clock.now() + (timeout ?? Self.timeout)
    while true {
      let failure: QuartetError
      switch await pool.exchange(request, until: deadline) {
      case .success(let answer):
        guard answer.status != 200 else { return try content(answer.body, request) }
        let told = GatewayFailure(status: answer.status, body: answer.body, isWrite: request.isWrite)
        failure = QuartetError(code: Self.code(told.reason), outcome: told.outcome, message: told.message)
        guard answer.status == 503, told.outcome == .notApplied else { throw failure }
      case .failure(.notSent(let why)):
        throw QuartetError(code: .unavailable, outcome: .notApplied, message: why)
      case .failure(.lost(let why)):
        let outcome = request.isWrite ? Outcome.unknown : .notApplied
        failure = QuartetError(code: .connectionLost, outcome: outcome, message: why)
        guard !request.isWrite else { throw failure }
      }
      do {
        guard Clock.now() + .milliseconds(100) < deadline else { throw failure }
        try await Task.sleep(nanoseconds: Self.pause)
      } catch {
        throw failure
      }
    }
  }

  private func content(_ body: [UInt8], _ request: GatewayRequest) throws(QuartetError) -> GatewayAnswer {
    do {
      return try GatewayAnswer(body, to: request.kind)
    } catch {
      throw malformed(error.description, request.isWrite ? .applied : .notApplied)
    }
  }

  /// The client library's reason of that name; what it has none for is `internal`, and the message tells.
  private static func code(_ reason: String) -> QuartetError.Code {
    if let code = FailureCode.allCases.first(where: { "\($0)" == reason }) { return QuartetError.Code(code) }
    return [.resultNotKept, .malformedAnswer].first { $0.name == reason } ?? .internal
  }

  private func origin(_ answer: GatewayAnswer) -> Origin {
    Origin(
      keyspace: name, revision: answer.revision, node: answer.node, nation: answer.nation, cluster: .zero,
      term: answer.term)
  }

  private func unsupported(_ what: String) -> QuartetError {
    QuartetError(code: .unsupported, outcome: .notApplied, message: "over HTTP there is no \(what)")
  }

  private func malformed(_ what: String, _ outcome: Outcome) -> QuartetError {
    QuartetError(code: .malformedAnswer, outcome: outcome, message: what)
  }
}

/// A keyspace by whichever protocol the run was told.
enum LoadKeyspace: KeyValueStore {
  case native(Keyspace)
  case http(HTTPKeyspace)

  var name: String {
    switch self {
    case .native(let store): store.name
    case .http(let store): store.name
    }
  }

  func read(
    _ query: ReadRequest.Query, options: ReadOptions
  ) async throws(QuartetError) -> Reply<ReadResult.Value> {
    switch self {
    case .native(let store): try await store.read(query, options: options)
    case .http(let store): try await store.read(query, options: options)
    }
  }

  func readStale(
    _ query: ReadRequest.Query, within bound: StaleBound, options: ReadOptions
  ) async throws(QuartetError) -> StaleReply<ReadResult.Value> {
    switch self {
    case .native(let store): try await store.readStale(query, within: bound, options: options)
    case .http(let store): try await store.readStale(query, within: bound, options: options)
    }
  }

  func write(_ command: CommandBody, options: WriteOptions) async throws(QuartetError) -> Reply<CommandResult> {
    switch self {
    case .native(let store): try await store.write(command, options: options)
    case .http(let store): try await store.write(command, options: options)
    }
  }
}
