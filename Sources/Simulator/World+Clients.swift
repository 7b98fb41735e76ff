import Base
import Model
import Replica
import Wire

/// What clients do, and what they are told.
extension World {
  private static let patience = Interval.milliseconds(700)
  /// Stands for a request of the world itself, whose answer nobody waits for.
  static let noConnection = UInt64.max

  /// Starts a client's next operation.
  func act(_ position: Int) {
    guard clients[position].machine == nil else { return actByMachine(position) }
    guard clients[position].current == nil, let wish = nextWish(position, clients[position].group) else { return }
    // Nothing can be named in a session before there is one.
    let opens = clients[position].session == 0 && wish.needsSession
    clients[position].current = begin(
      position, clients[position].group, opens ? workload.opening(&random) : wish.repeatable)
    send(position)
  }

  private func begin(_ position: Int, _ group: GroupID, _ wish: Wish) -> SimulatedClient.Current {
    let call = newCall(position, group, wish)
    let command = clients[position].command(
      call, wish, timeToLive: workload.sessionTimeToLive, isUnnamed: options.defect == .forgetsSessions)
    return SimulatedClient.Current(call: call, deadline: now + .seconds(isHealing ? 15 : 6), command: command)
  }

  func newCall(_ position: Int, _ group: GroupID, _ wish: Wish) -> ClientCall {
    ClientCall(
      id: workload.nextCall(), client: position, group: group, body: wish.body, request: wish.request, invoked: now,
      firstInvoked: wish.firstInvoked)
  }

  /// What the client wants next; nil when it wants nothing more.
  func nextWish(_ position: Int, _ group: GroupID) -> Wish? {
    if isHealing { return lastWish(position, group) }
    return workload.draw(&clients[position].memory, group, isQuiet: now < quietUntil, &random)
  }

  // MARK: Simple clients

  private func send(_ position: Int) {
    guard var current = clients[position].current else { return }
    current.number = clients[position].nextNumber
    clients[position].nextNumber += 1
    current.sent += 1
    current.isRefused = false
    clients[position].current = current
    if let way = way(ofClient: position, to: clients[position].target) {
      queue.schedule(.request(client: position, number: current.number, node: clients[position].target), at: now + way)
    }
    queue.schedule(.clientImpatient(client: position, number: current.number), at: now + World.patience)
  }

  /// A request reaches a node, if the node is there.
  func request(_ position: Int, _ number: UInt64, _ node: Int) {
    guard let current = clients[position].current, nodes[node].isUp else { return }
    let keyspace = clients[position].keyspace
    let body: ClientRequest.Body =
      if case .read(let request) = current.call.body { .read(keyspace: keyspace, request) } else {
        .propose(keyspace: keyspace, command: current.command)
      }
    let token = ClientToken(connection: UInt64(position), number: number)
    repeatSometimes(node, token, body)
    arrive(node, .client(token, body))
  }

  /// A copy of a write comes late: its client may have had the answer, and told so, long before.
  private func repeatSometimes(_ node: Int, _ token: ClientToken, _ body: ClientRequest.Body) {
    guard plan.weather.repeatOneIn > 0, !isHealing, case .propose = body, random.oneIn(plan.weather.repeatOneIn) else {
      return
    }
    count(.requestRepeated)
    let to = random.oneIn(2) ? node : random.below(everyone.count)
    let copy = ClientToken(connection: World.noConnection, number: token.number)
    queue.schedule(.requestCopy(node: to, copy, body), at: now + random.interval(.milliseconds(1), .milliseconds(4_000)))
  }

  func replyLeaves(_ node: Int, _ token: ClientToken, _ reply: ClientReply) {
    observe(.replied(node: node, token, reply, basis: basis(of: reply, at: node)))
    probe(token, reply)
    // Of a request that nobody made: the world's own.
    guard token.connection != World.noConnection else { return }
    guard token.connection < World.firstConnection else { return replyLeavesOnConnection(token.connection, reply) }
    let position = Int(token.connection)
    if plan.weather.lossOneIn > 0, !isHealing, random.oneIn(plan.weather.lossOneIn) { return }
    guard let way = way(from: node, toClient: position) else { return }
    queue.schedule(.reply(client: position, reply, answered: now), at: now + way)
  }

  func replied(_ position: Int, _ reply: ClientReply, _ answered: Moment) {
    guard let current = clients[position].current else { return }
    // An answer to an earlier operation: numbers of this one begin where it began.
    guard reply.number > current.number - UInt64(current.sent) else { return }
    if case .failed(let failure) = reply.body {
      // Only the newest try routes; a refusal of an older one says nothing of the newer.
      if reply.number == current.number { failed(position, current, failure) }
      return
    }
    guard let answer = answer(to: current.call, reply) else { return }
    if case .applied(.session(let id), _) = answer {
      clients[position].session = id
      clients[position].sequence = 0
    }
    if case .applied(.sessionClosed, _) = answer { clients[position].session = 0 }
    end(position, current, answer)
  }

  /// What a reply that is no failure tells of a call; nil when it is an answer to something else.
  func answer(to call: ClientCall, _ reply: ClientReply) -> ClientCall.Answer? {
    switch (call.body, reply.body) {
    case (.read, .read(let result)): return .read(result.value, reply.header.revision)
    case (.read, _), (_, .read): break
    case (_, .applied(let bytes, _)):
      guard let result = try? CommandResult(bytes: bytes) else {
        violation = violation ?? "answers: a result cannot be read"
        return nil
      }
      if call.body.isAnswered(by: result) { return .applied(result, reply.header.revision) }
    default: break
    }
    violation = violation ?? "answers: client \(call.client) got the wrong kind of result"
    return nil
  }

  private func failed(_ position: Int, _ current: SimulatedClient.Current, _ failure: Failure) {
    switch failure.outcome {
    case .applied: return end(position, current, current.call.isRead ? .unread : .appliedUnseen)
    case .unknown where failure.code == .unknownSession:
      clients[position].session = 0
      asksAgainAtEnd(current.call)
      return end(position, current, current.call.isRead ? .unread : .unknown)
    case .notApplied where failure.code.isFinal: return end(position, current, current.call.isRead ? .unread : .notApplied)
    case .notApplied, .unknown: break
    }
    guard now < current.deadline else {
      giveUp(position, current)
      return
    }
    retarget(position, failure.leader)
    clients[position].current?.isRefused = true
    queue.schedule(
      .clientImpatient(client: position, number: current.number), at: now + random.interval(.milliseconds(5), .milliseconds(40)))
  }

  private func retarget(_ position: Int, _ leader: String) {
    if let hinted = nodes.firstIndex(where: { $0.id.name == leader }) {
      clients[position].target = hinted
    } else {
      clients[position].target = random.below(everyone.count)
      count(.clientMoved)
    }
  }

  /// No answer: the same request, by the same name, at another node.
  func impatient(_ position: Int, _ number: UInt64) {
    guard let current = clients[position].current, current.number == number else { return }
    guard now < current.deadline else {
      giveUp(position, current)
      return
    }
    if !current.isRefused { retarget(position, "") }
    send(position)
  }

  private func giveUp(_ position: Int, _ current: SimulatedClient.Current) {
    if let healed, current.call.invoked >= healed {
      violation = violation ?? "liveness: client \(position) waited 15 s of a healed cluster for an answer"
    }
    // The session's next command would acknowledge this one: another session, so that its fate stays open.
    if !current.call.isRead { clients[position].session = 0 }
    end(position, current, current.call.isRead ? .unread : .unknown)
  }

  private func end(_ position: Int, _ current: SimulatedClient.Current, _ answer: ClientCall.Answer) {
    clients[position].current = nil
    conclude(current.call, answer)
    queue.schedule(.clientActs(client: position), at: now + thinkTime())
  }

  // MARK: Ends of calls

  /// A client has its answer, or knows that it will get none.
  func conclude(_ call: ClientCall, _ answer: ClientCall.Answer) {
    var call = call
    call.answer = answer
    call.returned = answer == .unknown ? .never : now
    note("client \(call.client) \(words.text(told: call))")
    mark(UInt64(call.client), call.id)
    mark(answer.code, answer.revision.rawValue)
    clients[call.client].memory.learn(call)
    shift?.learn(call.client, answer)
    probe(call)
    observe(.told(call))
  }

  /// Processes of clients are gone, and with them whatever they waited for. Others may ask for what they named.
  func crashClients() {
    for position in shuffled(Array(clients.indices)).prefix(1 + random.below(1 + clients.count / 3)) {
      crashClient(position)
    }
  }

  private func crashClient(_ position: Int) {
    guard !clients[position].isIdle else { return }
    note("client \(position) crashes")
    count(.clientCrash)
    if clients[position].machine != nil { return crashMachine(position) }
    guard let current = clients[position].current else { return }
    clients[position].session = 0
    clients[position].target = random.below(everyone.count)
    abandon(current.call)
    clients[position].current = nil
    queue.schedule(.clientActs(client: position), at: now + thinkTime())
  }

  func abandon(_ call: ClientCall) {
    if case .transaction = call.body { workload.orphan(call) }
    conclude(call, call.isRead ? .unread : .unknown)
  }
}

extension Wish {
  fileprivate var needsSession: Bool {
    if case .read = body { return false }
    return manner != .byRequest
  }

  /// For a client that asks again until it is answered.
  fileprivate var repeatable: Wish {
    var wish = self
    if wish.manner == .once { wish.manner = .inSession }
    return wish
  }
}

extension ClientCall.Body {
  /// Whether a result is of the kind that the call gives.
  fileprivate func isAnswered(by result: CommandResult) -> Bool {
    switch (self, result) {
    case (.transaction, .transaction), (.compact, .compacted), (.openSession, .session), (.closeSession, .sessionClosed): true
    case (.transaction, .appliedBefore), (.compact, .appliedBefore), (.closeSession, .appliedBefore): true
    default: false
    }
  }
}

extension ClientCall.Answer {
  var revision: Revision {
    switch self {
    case .applied(_, let revision), .read(_, let revision): revision
    case .appliedUnseen, .notApplied, .unknown, .unread: .zero
    }
  }

  /// For fingerprints.
  fileprivate var code: UInt64 {
    switch self {
    case .applied: 1
    case .appliedUnseen: 2
    case .read: 3
    case .notApplied: 4
    case .unknown: 5
    case .unread: 6
    }
  }
}

extension FailureCode {
  /// Asking again, anywhere, would not help.
  fileprivate var isFinal: Bool {
    switch self {
    case .invalidArgument, .tooLarge, .tooStale, .compacted, .futureRevision, .requestReused, .unauthorised, .unsupported:
      true
    default: false
    }
  }
}
