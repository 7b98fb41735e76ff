import Base
public import HTTP
import JSON
public import QuartetClient
public import Wire

/// Everything that a node serves over HTTP: keys and values in etcd's v3 JSON shape under `/keyspaces/{keyspace}/v3`,
/// health and metrics. `GET /` names the routes.
///
/// What differs from etcd is refused by name, never done otherwise in silence: an answer is etcd's, or an error with
/// gRPC's code for it. Beyond etcd's fields an answer's header tells `keyspace`, `node` and `nation`, and of a stale
/// one `stale` and `age_ms`; an error tells `reason`, and `outcome`: whether a write was applied.
///
/// Where it is stricter than etcd: unknown fields, compares whose value does not go with their target, and range
/// deletes that end before they start are refused. A range without a limit answers at most
/// ``GatewayLimits/rangeKeysMax`` keys and ``GatewayLimits/rangeBytesMax`` bytes, and then says `more`. Ranges within a
/// transaction are linearizable, whatever `serializable` says.
public final class Gateway: Sendable {
  private let stores: any Stores
  private let node: String
  private let limits: GatewayLimits
  private let probe: StatusProbe
  private let admission: Admission
  private let syncs: Admission
  private let metrics = HTTPMetrics()

  /// - Parameters:
  ///   - client: reaches the cluster by way of this node or another; requests go through its sessions.
  ///   - node: this node's name; `/readyz?sync` reads through it and no other.
  ///   - status: asks the node's reactor for its status and whether it is ready; answered once, on any thread, or never
  ///     if the reactor is stuck.
  public convenience init(
    client: QuartetClient, node: String,
    status: @escaping @Sendable (@escaping @Sendable (NodeStatus, Bool) -> Void) -> Void
  ) {
    self.init(client: client, node: node, limits: GatewayLimits(), status: status)
  }

  /// The same with bounds of its own.
  public convenience init(
    client: QuartetClient, node: String, limits: GatewayLimits,
    status: @escaping @Sendable (@escaping @Sendable (NodeStatus, Bool) -> Void) -> Void
  ) {
    self.init(stores: ClientStores(client: client), node: node, limits: limits, status: status)
  }

  init(stores: any Stores, node: String, limits: GatewayLimits, status: @escaping StatusProbe.Source) {
    self.stores = stores
    self.node = node
    self.limits = limits
    probe = StatusProbe(patience: limits.aliveWithin, source: status)
    admission = Admission(requestsMax: limits.requestsMax, bytesMax: limits.bytesMax)
    syncs = Admission(requestsMax: limits.syncsMax, bytesMax: .max)
  }

  /// Answers a request now or later. Called on the HTTP server's thread; it does not block.
  public func handle(_ request: HTTPRequest, _ responder: HTTPResponder) { handle(request) { responder.respond($0) } }

  /// - Parameter answer: called once.
  func handle(_ request: HTTPRequest, answer: @escaping @Sendable (HTTPResponse) -> Void) {
    let match = RouteMatch(request.pathSegments)
    let exchange = Exchange(match.route, request, metrics, answer: answer)
    guard match.route.takes(request.method) else {
      return exchange.respond(.wrongMethod(allow: match.route.allow))
    }
    switch match.route {
    case .root: exchange.respond(.text(.ok, RouteMatch.index))
    case .livez: Task { exchange.respond(Readiness.live(await probe.ask(within: limits.aliveWithin))) }
    case .readyz: answerReadiness(exchange)
    case .metrics: Task { exchange.respond(metricsPage(await probe.ask(within: limits.aliveWithin))) }
    case .unknown: exchange.respond(.unknownPath())
    case .unimplemented: exchange.respond(.unimplemented("this service of etcd's is not served here"))
    case .put, .range, .deleteRange, .transaction, .compaction, .status, .outcome, .keyspaces:
      answerFromStore(match, exchange)
    }
  }

  // MARK: The store

  private func answerFromStore(_ match: RouteMatch, _ exchange: Exchange) {
    guard let ticket = admission.enter(bytes: exchange.request.body.count) else {
      return exchange.respond(.overloaded("too many requests are under way; try again later"))
    }
    Task {
      let response: HTTPResponse
      do throws(GatewayError) {
        response = .json(.ok, try await answer(match, exchange.request, ticket))
      } catch {
        response = error.response
      }
      // Before the answer, so that a caller who has it finds the room that it took.
      ticket.leave()
      exchange.respond(response)
    }
  }

  private func answer(
    _ match: RouteMatch, _ request: HTTPRequest, _ ticket: Admission.Ticket
  ) async throws(GatewayError) -> JSONValue {
    let headers = try CallHeaders(request.headers, limits: limits)
    if match.route == .keyspaces { return try await keyspaces(headers) }
    // A keyspace is named like a node: whatever else is asked for cannot exist.
    guard NodeID(match.keyspace) != nil else { throw .unknownKeyspace() }
    let calls = EtcdCalls(
      store: stores.store(match.keyspace), headers: headers, limits: limits, ticket: ticket)
    if match.route == .outcome {
      return try await calls.outcome(of: try CallHeaders.identifier("the request's id", match.argument))
    }
    var reader = try MessageReader(body: request.body)
    switch match.route {
    case .put: return try await calls.put(try EtcdPut(from: &reader))
    case .range: return try await calls.range(try EtcdRange(from: &reader))
    case .deleteRange: return try await calls.delete(try EtcdDeleteRange(from: &reader))
    case .transaction: return try await calls.transaction(try EtcdTransaction(from: &reader))
    case .compaction: return try await calls.compact(try EtcdCompaction(from: &reader))
    case .status:
      try reader.finish()
      return try await status(of: match.keyspace, headers)
    case .root, .livez, .readyz, .metrics, .keyspaces, .outcome, .unimplemented, .unknown: throw .unknownPath()
    }
  }

  private func keyspaces(_ headers: CallHeaders) async throws(GatewayError) -> JSONValue {
    do {
      return EtcdAnswer.keyspaces(try await stores.cluster(timeout: headers.timeout))
    } catch {
      throw GatewayError(error)
    }
  }

  /// As in etcd it is this node's own view.
  private func status(of keyspace: String, _ headers: CallHeaders) async throws(GatewayError) -> JSONValue {
    guard let answer = await probe.ask(within: headers.timeout) else {
      throw GatewayError(.deadlineExceeded, reason: "deadlineExceeded", message: Readiness.silent)
    }
    guard let group = answer.status.groups.first(where: { $0.keyspace == keyspace }) else {
      throw GatewayError(
        .notFound, reason: "unknownKeyspace", message: "this node has no replica of a keyspace of this name")
    }
    return EtcdAnswer.status(answer.status, group)
  }

  // MARK: The node

  private func answerReadiness(_ exchange: Exchange) {
    guard Readiness.syncs(exchange.request) else {
      Task { exchange.respond(Readiness.ready(await probe.ask(within: limits.aliveWithin))) }
      return
    }
    let deadline: Deadline
    do {
      deadline = Deadline(in: try Readiness.timeout(exchange.request))
    } catch {
      return exchange.respond(error)
    }
    guard let place = syncs.enter(bytes: 0) else {
      return exchange.respond(Readiness.response(to: ["too many checks are under way"]))
    }
    let check = SyncCheck(probe: probe, stores: stores, node: node, limits: limits)
    Task {
      let reasons = await check.run(until: deadline)
      place.leave()
      exchange.respond(Readiness.response(to: reasons))
    }
  }

  /// Metrics of the node as far as it answers; those of HTTP always.
  private func metricsPage(_ answer: StatusProbe.Answer?) -> HTTPResponse {
    var text = PrometheusText()
    text.single("node_alive", .gauge, "Whether the node's reactor answers.", answer == nil ? 0 : 1)
    if let answer { text.write(answer.status, isReady: answer.isReady) }
    let load = admission.load
    text.single("http_requests_under_way", .gauge, "HTTP requests that wait for the store.", load.requests)
    text.single("http_bytes_under_way", .gauge, "Bytes of bodies and rows that these hold.", load.bytes)
    metrics.write(to: &text)
    return HTTPResponse(.ok, headers: ["content-type": PrometheusText.contentType], body: Array(text.text.utf8))
  }
}
