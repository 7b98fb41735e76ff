public import Base
import Model
import Wire

/// A client of a cluster as a value: events and the present moment go in, effects come out (design §4). Connections,
/// clocks and waiting tasks belong to its owner, so the code that services run is the code that the simulator runs.
///
/// What it promises of every write, whatever the network and the nodes do: it is executed at most once; it ends once,
/// by its deadline; and it is never said to be `notApplied` when it was or may yet be applied. The reason why: a copy
/// is sent only under the same session and sequence with the same bytes, and `notApplied` is said only when every
/// copy was refused in words, or none was sent. (A client library that resent on its own judgement has made a correct
/// store lose updates: see Jepsen on jetcd, 2024.)
///
/// The owner gives answers that have come before it gives `tick`: an answer is not overtaken by a deadline.
public struct ClientMachine: Sendable {
  enum Timer: Sendable {
    case deadline(CallID)
    case retry(CallID)
    case connect(node: Int)
    case giveUp(LinkID)
    case watch(node: Int)
    case poll
  }

  /// A request that may still be answered.
  struct Outstanding: Sendable {
    enum Purpose: Sendable {
      case call(CallID)
      case hello
      case map
    }
    var purpose: Purpose
    var node: Int
    var link: LinkID
    var sentAt: Moment
    /// Of a write: the epoch of its route.
    var epoch: UInt64
  }

  let configuration: ClientConfiguration
  var generator: SplitMix64
  var agenda = Agenda<Timer>()
  var nodes: [KnownNode] = []
  /// Nodes by their present link.
  var links: [LinkID: Int] = [:]
  var routes: [Route] = []
  var slots: [String: Int] = [:]
  var calls: [CallID: PendingCall] = [:]
  var outstanding: [UInt64: Outstanding] = [:]
  /// Calls that wait for a node.
  var parked = CallQueue()
  var cluster = Identifier.zero
  var lastNumber: UInt64 = 0
  var lastLink: UInt64 = 0
  var lastOwnCall: UInt64 = 0
  var isPolling = false
  var pollCursor = 0
  /// Second copies of reads that are out on the word of the clock alone.
  var hedges = 0
  /// Where ties between nodes are broken: so that not all clients lean on the same one.
  let preference: Int
  var isClosed = false
  /// Set by the simulator alone.
  package var defect: PlantedDefect?

  /// Bytes of one keyspace's writes that may be on their way at once, and that may wait to be.
  static let bytesOutMax = 32 << 20
  static let queuedBytesMax = 256 << 20
  static let hedgesMax = 32
  static let hopsMax = 3
  static let overloadsMax = 4
  static let renamingsMax = 3
  /// Calls of the machine's own, which open sessions.
  static let ownCalls: UInt64 = 1 << 63

  public init(_ configuration: ClientConfiguration, seed: UInt64) {
    precondition(!configuration.addresses.isEmpty, "a client needs an address to begin with")
    self.configuration = configuration
    generator = SplitMix64(seed: seed)
    preference = generator.below(1 << 20)
    for address in configuration.addresses where !nodes.contains(where: { $0.address == address }) {
      nodes.append(KnownNode(address: address))
    }
  }

  /// When to be given `tick` at the latest.
  public var deadline: Moment { isClosed ? .never : agenda.next }

  /// Takes note of `event` and appends what is to be done to `effects`.
  public mutating func handle(_ event: ClientEvent, at now: Moment, into effects: inout [ClientEffect]) {
    guard !isClosed else {
      if case .call(let id, _) = event {
        let failure = CallFailure(code: .cancelled, outcome: .notApplied, message: "the client is closed")
        effects.append(.finish(id, .failure(failure)))
      }
      return
    }
    switch event {
    case .started: for node in nodes.indices { connect(node, at: now, into: &effects) }
    case .call(let id, let call): begin(id, call, at: now, into: &effects)
    case .cancel(let id): end(id, .cancelled, "cancelled by the caller", at: now, into: &effects)
    case .connected(let link): connected(link, at: now, into: &effects)
    case .closed(let link, let reason): closed(link, reason, at: now, into: &effects)
    case .received(let link, let reply): received(link, reply, at: now, into: &effects)
    case .tick: break
    case .closing: return close(at: now, into: &effects)
    }
    while let timer = agenda.pop(now) { fire(timer, at: now, into: &effects) }
  }

  private mutating func fire(_ timer: Timer, at now: Moment, into effects: inout [ClientEffect]) {
    switch timer {
    case .deadline(let id):
      guard let call = calls[id] else { return }
      let last = call.lastRefusal.map { "; last heard from '\($0.node)': \($0.message)" } ?? "; \(whyNobody(for: call))"
      end(id, .deadlineExceeded, "no answer within \(call.timeout)\(last)", at: now, into: &effects)
    case .retry(let id):
      guard case .backingOff? = calls[id]?.place else { return }
      calls[id]!.place = .out
      dispatch(id, at: now, into: &effects)
    case .connect(let node):
      if nodes[node].state == .down, !nodes[node].isRetired { connect(node, at: now, into: &effects) }
    case .giveUp(let link): giveUp(link, at: now, into: &effects)
    case .watch(let node): watch(node, at: now, into: &effects)
    case .poll:
      isPolling = false
      pollIfNeeded(at: now, into: &effects)
    }
  }

  /// For a deadline that was met with nobody to send to.
  private func whyNobody(for call: PendingCall) -> String {
    var wanted: Int?
    switch call.body {
    case .read(_, _, let name?), .ask(_, .named(let name)): wanted = node(named: name)
    case .ask(_, .address(let address)): wanted = nodes.firstIndex { $0.address == address }
    default: break
    }
    if let wanted, nodes[wanted].state != .ready { return "it cannot be reached: \(nodes[wanted].problem)" }
    guard !nodes.contains(where: \.isUsable) else { return "no node answered" }
    let reasons = nodes.filter { !$0.isRetired }.prefix(4).map { node in
      "\(node.name.isEmpty ? node.address : node.name): \(node.isForeign ? "another cluster" : node.problem)"
    }
    return "no node can be reached (\(reasons.joined(separator: "; ")))"
  }

  // MARK: Calls

  private mutating func begin(_ id: CallID, _ call: Call, at now: Moment, into effects: inout [ClientEffect]) {
    precondition(id.rawValue < Self.ownCalls, "\(id) is kept for the machine's own calls")
    precondition(calls[id] == nil, "\(id) was used before")
    let timeout = call.timeout ?? configuration.timeout
    var naming = PendingCall.Naming.named
    var slot: Int?
    switch call.body {
    case .write(let keyspace, let write):
      slot = route(keyspace)
      naming = write.resending == .inSession ? .session : .none
    case .read(let keyspace, _, _): slot = route(keyspace)
    case .ask(_, .leader(let keyspace)): slot = route(keyspace)
    case .ask: break
    }
    add(id, call.body, timeout, slot, naming, at: now)
    guard timeout > .zero else {
      return end(id, .deadlineExceeded, "a time-out of \(timeout) leaves no time", at: now, into: &effects)
    }
    dispatch(id, at: now, into: &effects)
  }

  mutating func add(
    _ id: CallID, _ body: Call.Body, _ timeout: Interval, _ slot: Int?, _ naming: PendingCall.Naming, at now: Moment
  ) {
    let deadline = timeout.nanoseconds > Int64.max - now.nanoseconds ? Moment.never : now + timeout
    calls[id] = PendingCall(body: body, deadline: deadline, timeout: timeout, slot: slot, naming: naming)
    agenda.add(.deadline(id), at: deadline)
  }

  mutating func route(_ keyspace: String) -> Int {
    if let slot = slots[keyspace] { return slot }
    routes.append(Route(keyspace: keyspace))
    slots[keyspace] = routes.count - 1
    return routes.count - 1
  }

  /// Sends the call, or puts it where it waits for what it needs.
  mutating func dispatch(_ id: CallID, at now: Moment, into effects: inout [ClientEffect]) {
    guard let call = calls[id] else { return }
    precondition(call.place == .out, "\(id) waits already")
    switch call.body {
    case .write(_, let write):
      if call.naming == .session, call.sequence == 0 {
        enqueue(id, at: now, into: &effects)
      } else {
        if call.bytes.isEmpty {
          setBytes(of: id, write.command(session: 0, sequence: 0, lowestUnacknowledged: 0).bytes)
        }
        sendToLeader(id, at: now, into: &effects)
      }
    case .read(_, let request, let node):
      if let node { return sendPinned(id, to: .named(node), at: now, into: &effects) }
      sendRead(id, request, at: now, into: &effects)
    case .ask(_, .leader): sendToLeader(id, at: now, into: &effects)
    case .ask(_, let target): sendPinned(id, to: target, at: now, into: &effects)
    }
  }

  mutating func setBytes(of id: CallID, _ bytes: [UInt8]) {
    calls[id]!.bytes = bytes
    routes[calls[id]!.slot!].bytesOut += bytes.count
  }

  /// Puts one request of the call on the way to `node`.
  mutating func transmit(_ id: CallID, to node: Int, at now: Moment, into effects: inout [ClientEffect]) {
    let call = calls[id]!
    let body: ClientRequest.Body
    switch call.body {
    case .write(let keyspace, _): body = .propose(keyspace: keyspace, command: call.bytes)
    case .read(let keyspace, let request, _): body = .read(keyspace: keyspace, request)
    case .ask(let question, _): body = question
    }
    calls[id]!.live += 1
    calls[id]!.open += 1
    var epoch: UInt64 = 0
    if call.isWrite, let slot = call.slot {
      epoch = routes[slot].epoch
      if routes[slot].waitingWrites == 0 { routes[slot].quietSince = now }
      routes[slot].waitingWrites += 1
    }
    request(body, .call(id), of: node, epoch: epoch, at: now, into: &effects)
    calls[id]!.newest = lastNumber
  }

  mutating func request(
    _ body: ClientRequest.Body, _ purpose: Outstanding.Purpose, of node: Int, epoch: UInt64 = 0, at now: Moment,
    into effects: inout [ClientEffect]
  ) {
    lastNumber += 1
    outstanding[lastNumber] = Outstanding(
      purpose: purpose, node: node, link: nodes[node].link, sentAt: now, epoch: epoch)
    nodes[node].sent.append(lastNumber)
    nodes[node].live += 1
    effects.append(.send(nodes[node].link, ClientRequest(number: lastNumber, body: body)))
    if !nodes[node].isWatched {
      nodes[node].isWatched = true
      agenda.add(.watch(node: node), at: now + configuration.pollInterval)
    }
  }

  /// Tries again after a while that doubles with each time.
  mutating func backOff(_ id: CallID, at now: Moment) {
    let doubling = Int64(1) << Int64(min(calls[id]!.backOffs, 4))
    calls[id]!.backOffs += 1
    calls[id]!.hops = 0
    calls[id]!.tried = 0
    calls[id]!.place = .backingOff
    let pause = generator.interval(.milliseconds(10), .milliseconds(50)) * doubling
    agenda.add(.retry(id), at: now + pause)
  }

  /// Waits for any node to be reached.
  mutating func park(_ id: CallID, at now: Moment, into effects: inout [ClientEffect]) {
    guard parked.waiting < configuration.parkedMax else {
      return finish(id, overloaded("calls that wait for a node"), at: now, into: &effects)
    }
    calls[id]!.place = .parked
    parked.append(id)
  }

  func overloaded(_ what: String) -> CallFailure {
    CallFailure(code: .overloaded, outcome: .notApplied, message: "too many \(what); try again later")
  }

  mutating func releaseParked(at now: Moment, into effects: inout [ClientEffect]) {
    for id in parked.takeAll() {
      guard case .parked? = calls[id]?.place else { continue }
      calls[id]!.place = .out
      dispatch(id, at: now, into: &effects)
    }
  }

  // MARK: Ends

  /// Ends a call for a reason of the client's own.
  mutating func end(
    _ id: CallID, _ code: FailureCode, _ message: String, at now: Moment, into effects: inout [ClientEffect]
  ) {
    guard let call = calls[id] else { return }
    finish(id, CallFailure(code: code, outcome: call.outcome, message: message), at: now, into: &effects)
  }

  mutating func finish(
    _ id: CallID, _ failure: CallFailure, at now: Moment, into effects: inout [ClientEffect]
  ) {
    finish(id, .failure(failure), at: now, into: &effects)
  }

  mutating func finish(
    _ id: CallID, _ result: Result<ClientReply, CallFailure>, at now: Moment, into effects: inout [ClientEffect]
  ) {
    guard let call = calls.removeValue(forKey: id) else { return }
    switch call.place {
    case .queued:
      routes[call.slot!].queue.noteEnded()
      routes[call.slot!].queuedBytes -= call.weight
    case .stalled: routes[call.slot!].stalled.noteEnded()
    case .parked: parked.noteEnded()
    case .out, .backingOff: break
    }
    hedges -= call.hedges
    if let slot = call.slot { routes[slot].bytesOut -= call.bytes.count }
    if id.rawValue >= Self.ownCalls {
      opened(call.slot!, result, at: now, into: &effects)
    } else {
      effects.append(.finish(id, result))
    }
    guard let slot = call.slot, call.isWrite else { return }
    if call.sequence > 0, routes[slot].session?.id == call.session { routes[slot].session!.settle(call.sequence) }
    pump(slot, at: now, into: &effects)
  }

  private mutating func close(at now: Moment, into effects: inout [ClientEffect]) {
    isClosed = true
    for id in calls.keys.sorted() {
      guard let call = calls.removeValue(forKey: id), id.rawValue < Self.ownCalls else { continue }
      let failure = CallFailure(code: .cancelled, outcome: call.outcome, message: "the client was closed")
      effects.append(.finish(id, .failure(failure)))
    }
    for slot in routes.indices { giveBackSession(slot, at: now, into: &effects) }
    for node in nodes.indices where nodes[node].state != .down { effects.append(.disconnect(nodes[node].link)) }
  }
}
