public import Base
import ClientCore
import Model
import Network
import Synchronization
public import Wire

/// A connection to a cluster: finds the leader of each keyspace, keeps one session in each, resends what got no
/// answer so that it happens once, and follows the cluster when nodes come, go, hang or are cut off.
///
/// One thread and one connection to each node serve any number of calls at once. A call ends by its time-out at the
/// latest. Cancelling the task that waits ends its call with `cancelled` and the outcome as far as it is known: a
/// write that is on its way may still be applied.
///
/// Sessions are opened by the first write to a keyspace and end ``Options/sessionTimeToLive`` (log time) after the
/// last one; the next write opens another. Nothing has to be kept alive meanwhile.
public final class QuartetClient: Sendable {
  public struct Options: Hashable, Sendable {
    /// For the nodes' logs and status.
    public var name: String
    /// Reads prefer nodes of this nation; nil: none in particular.
    public var nation: Nation?
    /// Reads prefer this node before all others, as long as it is well.
    public var preferredNode: String?
    /// Of calls that do not say their own.
    public var timeout: Interval
    /// How long a session outlives its last command, in the log time of its keyspace; at most
    /// ``Base/Limits/keepForMax``.
    public var sessionTimeToLive: Interval
    /// Writes of one keyspace that may wait for a place in the session's window; one more is refused as `overloaded`.
    public var queueMax: Int

    public init(
      name: String = "client", nation: Nation? = nil, preferredNode: String? = nil, timeout: Interval = .seconds(10),
      sessionTimeToLive: Interval = .seconds(3_600), queueMax: Int = 16_384
    ) {
      self.name = name
      self.nation = nation
      self.preferredNode = preferredNode
      self.timeout = timeout
      self.sessionTimeToLive = sessionTimeToLive
      self.queueMax = queueMax
    }
  }

  private let mailbox: Mailbox<LoopMessage>
  private let nextCall = Atomic<UInt64>(0)
  /// Guards the order of calls and the end: what is put before the end is answered, nothing is put after it.
  private let isClosed = Mutex(false)
  private let thread: WorkerThread

  /// Starts connecting in the background; calls may be made at once.
  ///
  /// - Parameter nodes: client addresses as `host:port`, of one or more nodes; the others are learned from them.
  /// - Throws: `invalidArgument` for an address that cannot be read or none at all, `internal` if the system gives no
  ///   thread or epoll instance.
  public init(nodes: [String], options: Options = Options()) throws(QuartetError) {
    guard !nodes.isEmpty else {
      throw QuartetError(code: .invalidArgument, outcome: .notApplied, message: "a client needs a node's address")
    }
    for node in nodes { try Self.check(address: node) }
    guard options.sessionTimeToLive > .zero, options.sessionTimeToLive <= Limits.keepForMax else {
      throw QuartetError(
        code: .invalidArgument, outcome: .notApplied,
        message: "sessionTimeToLive must lie above 0 and be at most \(Limits.keepForMax.milliseconds / 1_000) s")
    }
    let configuration = ClientConfiguration(
      addresses: nodes, name: options.name, nation: options.nation?.description ?? "",
      preferredNode: options.preferredNode ?? "", timeout: options.timeout,
      sessionTimeToLive: options.sessionTimeToLive, queueMax: options.queueMax)
    var generator = SystemRandomNumberGenerator()
    let machine = ClientMachine(configuration, seed: generator.next())
    do {
      let reactor = try Reactor()
      mailbox = Mailbox(waking: reactor.waker)
      let loop = ClientLoop(reactor, mailbox, machine)
      thread = try WorkerThread(name: "quartet-client") { reactor.run(loop) }
    } catch {
      throw QuartetError(code: .internal, outcome: .notApplied, message: "\(error)")
    }
  }

  deinit { close() }

  private static func check(address: String) throws(QuartetError) {
    do {
      _ = try Address(parsing: address)
    } catch {
      throw QuartetError(code: .invalidArgument, outcome: .notApplied, message: "\(error)")
    }
  }

  /// Ends every call as `cancelled`, gives the sessions back and closes the connections. Calls made later fail. Calls
  /// after the first do nothing.
  public func close() {
    isClosed.withLock { isClosed in
      guard !isClosed else { return }
      isClosed = true
      mailbox.put(.close)
    }
  }

  /// The keyspace of this name; whether there is one shows at the first call.
  public func keyspace(_ name: String) -> Keyspace { Keyspace(client: self, name: name) }

  // MARK: Administration

  /// The routing, as some node knows it.
  public func cluster(timeout: Interval? = nil) async throws(QuartetError) -> ClusterMap {
    let reply = try await ask(.cluster, of: .any, timeout)
    guard case .cluster(let map) = reply.body else { throw .unexpected(reply) }
    return map
  }

  /// Everything that an administrator sees of a node, by its name.
  public func status(of node: String, timeout: Interval? = nil) async throws(QuartetError) -> NodeStatus {
    let reply = try await ask(.status, of: .named(node), timeout)
    guard case .status(let status) = reply.body else { throw .unexpected(reply) }
    return status
  }

  /// The same of whoever answers at an address.
  public func status(at address: String, timeout: Interval? = nil) async throws(QuartetError) -> NodeStatus {
    try Self.check(address: address)
    let reply = try await ask(.status, of: .address(address), timeout)
    guard case .status(let status) = reply.body else { throw .unexpected(reply) }
    return status
  }

  /// Who answers at an address, before and after genesis.
  public func identity(at address: String, timeout: Interval? = nil) async throws(QuartetError) -> NodeIdentity {
    try Self.check(address: address)
    let reply = try await ask(.identity, of: .address(address), timeout)
    guard case .identity(let identity) = reply.body else { throw .unexpected(reply) }
    return identity
  }

  /// Gives a genesis record to the node at an address; returns when the node has it on disk. Harmless for a node that
  /// has the same already; one that has another refuses (`invalidArgument`).
  public func send(
    _ genesis: Genesis, to address: String, timeout: Interval? = nil
  ) async throws(QuartetError) {
    try Self.check(address: address)
    let reply = try await ask(.genesis(genesis.encoded), of: .address(address), timeout)
    guard case .done = reply.body else { throw .unexpected(reply) }
  }

  /// Digests of live rows that one node recomputes from its rows, one slice.
  public func digest(
    of keyspace: String, at node: String, _ query: DigestQuery, timeout: Interval? = nil
  ) async throws(QuartetError) -> Reply<DigestResult> {
    let reply = try await ask(.digest(keyspace: keyspace, query), of: .named(node), timeout)
    guard case .digest(let result) = reply.body else { throw .unexpected(reply) }
    return Reply(result, origin: Origin(reply.header))
  }

  /// Asks the keyspace's leader to hand over, to `node`, or to the best (nil). Returns when it has begun:
  /// ``cluster()`` tells who leads.
  public func transferLeadership(
    of keyspace: String, to node: String? = nil, timeout: Interval? = nil
  ) async throws(QuartetError) {
    let reply = try await ask(.transfer(keyspace: keyspace, to: node ?? ""), of: .leader(keyspace), timeout)
    guard case .done = reply.body else { throw .unexpected(reply) }
  }

  private func ask(
    _ body: ClientRequest.Body, of target: Call.NodeTarget, _ timeout: Interval?
  ) async throws(QuartetError) -> ClientReply {
    try await perform(Call(.ask(body, of: target), timeout: timeout))
  }

  // MARK: Calls

  /// Hands a call to the client's thread and waits for its end.
  func perform(_ call: Call) async throws(QuartetError) -> ClientReply {
    let id = CallID(nextCall.wrappingAdd(1, ordering: .relaxed).newValue)
    let ticket = Ticket()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: CheckedContinuation<Result<ClientReply, CallFailure>, Never>) in
        if let failure = submit(id, call, ticket, waiter) { waiter.resume(returning: .failure(failure)) }
      }
    } onCancel: {
      if ticket.cancel() { mailbox.put(.cancel(id)) }
    }
    switch result {
    case .success(let reply): return reply
    case .failure(let failure): throw QuartetError(failure)
    }
  }

  /// Returns why the call cannot be made; then the waiter is still the caller's.
  private func submit(
    _ id: CallID, _ call: Call, _ ticket: Ticket,
    _ waiter: CheckedContinuation<Result<ClientReply, CallFailure>, Never>
  ) -> CallFailure? {
    isClosed.withLock { isClosed in
      guard !isClosed else {
        return CallFailure(code: .cancelled, outcome: .notApplied, message: "the client is closed")
      }
      let isSubmitted = ticket.submit { _ = mailbox.put(.call(id, call, waiter)) }
      guard isSubmitted else {
        return CallFailure(code: .cancelled, outcome: .notApplied, message: "cancelled before it was sent")
      }
      return nil
    }
  }
}

/// Orders a call's submission and its cancellation, which may come from another thread before, amid or after it.
private final class Ticket: Sendable {
  private enum Phase {
    case new
    case submitted
    case cancelled
  }
  private let phase = Mutex(Phase.new)

  /// Runs `put` unless the call was cancelled before; tells whether it ran.
  func submit(_ put: () -> Void) -> Bool {
    phase.withLock { phase in
      guard case .new = phase else { return false }
      phase = .submitted
      put()
      return true
    }
  }

  /// Tells whether the call was submitted, so that its end must be asked for.
  func cancel() -> Bool {
    phase.withLock { phase in
      if case .submitted = phase { return true }
      phase = .cancelled
      return false
    }
  }
}

extension Origin {
  init(_ header: ReplyHeader) {
    self.init(
      keyspace: header.keyspace, revision: header.revision, node: header.node, nation: header.nation,
      cluster: header.cluster, term: header.term)
  }
}

extension QuartetError {
  static func unexpected(_ reply: ClientReply) -> QuartetError {
    malformed("the answer is of another kind than the question", outcome: .unknown, node: reply.header.node)
  }
}
