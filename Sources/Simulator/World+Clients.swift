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
    guard clients[position].current == nil else { return }
    let intent: SimulatedClient.Current.Intent
    if isHealing {
      guard let last = finalIntent(position) else { return }
      intent = last
    } else if clients[position].session == 0 {
      intent = .open
    } else {
      intent = drawIntent(position)
    }
    if case .write = intent { clients[position].sequence += 1 }
    let command = clients[position].command(
      intent, sessionTimeToLive: plan.knobs.sessionTimeToLive, forgetsSession: options.defect == .forgetsSessions)?.bytes ?? []
    clients[position].current = SimulatedClient.Current(
      intent: intent, invoked: now, deadline: now + .seconds(isHealing ? 15 : 6), command: command)
    send(position)
  }

  func drawIntent(_ position: Int) -> SimulatedClient.Current.Intent {
    let key = random.below(World.keysPerGroup)
    // In a quiet time logs stand still, and a candidate that nobody has told for long is as good as any.
    switch now < quietUntil ? 6 + random.below(6) : random.below(12) {
    case 0...3:
      nextValue += 1
      return .write(.write(nextValue), key: key)
    case 4, 5:
      nextValue += 1
      let recent = nextValue > 12 ? nextValue - UInt64(1 + random.below(10)) : 0
      return .write(.swap(expected: recent == 0 || random.oneIn(6) ? nil : recent, new: nextValue), key: key)
    case 6...8: return .read(key: key)
    default:
      let maxAge = Interval.milliseconds(Int64([50, 200, 1_000, 5_000][random.below(4)]))
      return .stale(key: key, maxAge: maxAge, notBefore: random.oneIn(3) ? clients[position].seen : .zero)
    }
  }

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
    let body: ClientRequest.Body
    switch current.intent {
    case .open, .write: body = .propose(keyspace: keyspace, command: current.command)
    case .read(let key):
      body = .read(keyspace: keyspace, ReadRequest(consistency: .linearizable, query: SimulatedClient.query(key)))
    case .stale(let key, let maxAge, let notBefore):
      body = .read(
        keyspace: keyspace,
        ReadRequest(consistency: .stale(maxAge: maxAge, notBefore: notBefore), query: SimulatedClient.query(key)))
    }
    arrive(node, .client(ClientToken(connection: UInt64(position), number: number), body))
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
    switch reply.body {
    case .applied(let bytes, _): applied(position, current, bytes, reply.header.revision)
    case .read(let result): read(position, current, result, reply.header.revision)
    case .failed(let failure):
      // Only the newest try routes; a refusal of an older one says nothing of the newer.
      guard reply.number == current.number else { return }
      failed(position, current, failure)
    default: violation = violation ?? "answers: client \(position) got an answer to something else"
    }
  }

  private func applied(
    _ position: Int, _ current: SimulatedClient.Current, _ bytes: [UInt8], _ revision: Revision
  ) {
    guard let result = try? CommandResult(bytes: bytes) else {
      violation = violation ?? "answers: a result cannot be read"
      return
    }
    switch (current.intent, result) {
    case (.open, .session(let id)):
      clients[position].session = id
      clients[position].sequence = 0
      end(position)
    case (.write(let kind, let key), .transaction(let transaction)):
      settle(position, current, kind, key, succeeded: transaction.succeeded, revision)
    case (.write(let kind, let key), .appliedBefore(_, let succeeded)):
      settle(position, current, kind, key, succeeded: succeeded, revision)
    default: violation = violation ?? "answers: client \(position) got the wrong kind of result"
    }
  }

  private func settle(
    _ position: Int, _ current: SimulatedClient.Current, _ kind: Operation.Kind, _ key: Int, succeeded: Bool,
    _ revision: Revision
  ) {
    let answer: Operation.Answer = if case .swap = kind { .swapped(succeeded) } else { .written }
    clients[position].seen = max(clients[position].seen, revision)
    record(position, current, kind, key, answer)
    end(position)
  }

  private func read(_ position: Int, _ current: SimulatedClient.Current, _ result: ReadResult, _ revision: Revision) {
    switch current.intent {
    case .read(let key):
      checks.answeredReads += 1
      clients[position].seen = max(clients[position].seen, revision)
      record(position, current, .read, key, .value(SimulatedClient.value(of: result)))
      end(position)
    case .stale(_, _, let notBefore):
      checks.answeredReads += 1
      noteStale(position, notBefore, revision)
      end(position)
    case .open, .write: violation = violation ?? "answers: client \(position) got a read for a write"
    }
  }

  private func failed(_ position: Int, _ current: SimulatedClient.Current, _ failure: Failure) {
    if case .write(let kind, let key) = current.intent {
      switch failure.outcome {
      case .applied:
        // Applied, but its result is forgotten: for a plain write that is an answer.
        if case .write = kind { record(position, current, kind, key, .written) } else {
          record(position, current, kind, key, .unknown)
        }
        end(position)
        return
      case .unknown where failure.code == .unknownSession:
        writtenAtEnd.remove(clients[position].keyspace)
        clients[position].session = 0
        record(position, current, kind, key, .unknown)
        end(position)
        return
      case .notApplied, .unknown: break
      }
    }
    if case .stale = current.intent, failure.code == .tooStale {
      end(position)
      return
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
    if case .write(let kind, let key) = current.intent {
      checks.unknownOutcomes += 1
      record(position, current, kind, key, .unknown)
      // The session's next command would acknowledge this one: another session, so that its fate stays open.
      clients[position].session = 0
    }
    if let healed, current.invoked >= healed {
      violation = violation ?? "liveness: client \(position) waited 15 s of a healed cluster for an answer"
    }
    end(position)
  }

  private func record(
    _ position: Int, _ current: SimulatedClient.Current, _ kind: Operation.Kind, _ key: Int, _ answer: Operation.Answer
  ) {
    record(position, current.number, current.invoked, kind, key, answer)
  }

  func record(
    _ position: Int, _ number: UInt64, _ invoked: Moment, _ kind: Operation.Kind, _ key: Int, _ answer: Operation.Answer
  ) {
    note(
      "client \(position) \(clients[position].keyspace) key \(key) \(TraceWords.text(kind)): \(TraceWords.text(answer))")
    mark(UInt64(position), number)
    checks.record(
      clients[position].keyspace,
      Operation(
        client: position, key: key, kind: kind, invoked: invoked, returned: answer == .unknown ? .never : now,
        answer: answer))
  }

  /// A client that says what it has seen is shown nothing older (design §7, `notBefore`).
  func noteStale(_ position: Int, _ notBefore: Revision, _ revision: Revision) {
    if revision < notBefore {
      violation = violation ?? "monotonic reads: client \(position) had seen \(notBefore) and was shown \(revision)"
    }
    clients[position].seen = max(clients[position].seen, revision)
  }

  private func end(_ position: Int) {
    clients[position].current = nil
    queue.schedule(.clientActs(client: position), at: now + thinkTime())
  }
}
