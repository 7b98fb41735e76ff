import Base
import ClientCore
import Model
import Replica
import Wire

/// Clients that run the production machine: their connections, and what becomes of their calls.
extension World {
  /// Names of connections begin here; below stand the simple clients.
  static let firstConnection: UInt64 = 1_000

  func useMachine(_ client: Int) {
    clients[client].machine = MachineClient(
      addresses: nodes.map { MachineClient.address($0.id) }, nation: nodes[homes[client]].nation,
      sessionTimeToLive: plan.knobs.sessionTimeToLive, width: 1 + random.below(3), seed: random.next())
    tell(client, .started)
    for _ in 1..<(clients[client].machine?.width ?? 1) {
      queue.schedule(.clientActs(client: client), at: now + .milliseconds(Int64(client)))
    }
  }

  func actByMachine(_ position: Int) {
    guard let client = clients[position].machine, client.calls.count < client.width else { return }
    let intent: SimulatedClient.Current.Intent
    if isHealing {
      guard let last = finalIntent(position) else { return }
      intent = last
    } else {
      intent = drawIntent(position)
    }
    let timeout = Interval.seconds(isHealing ? 15 : 6)
    guard let call = MachineClient.call(intent, keyspace: clients[position].keyspace, timeout: timeout),
      let id = clients[position].machine?.begin(intent, at: now)
    else { return }
    tell(position, .call(CallID(id), call))
  }

  /// Hands the machine an event and carries out what comes of it.
  func tell(_ position: Int, _ event: ClientEvent) {
    var effects: [ClientEffect] = []
    clients[position].machine?.machine.handle(event, at: now, into: &effects)
    for effect in effects { carryOut(position, effect) }
    guard let due = clients[position].machine?.machine.deadline, due != .never else { return }
    let next = max(due, now + .microseconds(1))
    guard next != clients[position].machine?.nextTick else { return }
    clients[position].machine?.nextTick = next
    queue.schedule(.clientTick(client: position, due: next), at: next)
  }

  func clientTick(_ position: Int, _ due: Moment) {
    guard clients[position].machine?.nextTick == due else { return }
    clients[position].machine?.nextTick = .never
    tell(position, .tick)
  }

  private func carryOut(_ position: Int, _ effect: ClientEffect) {
    switch effect {
    case .connect(let link, let address):
      guard let node = nodes.firstIndex(where: { MachineClient.address($0.id) == address }) else { return }
      queue.schedule(.clientConnects(client: position, link: link.rawValue, node: node), at: now + (way(ofClient: position, to: node) ?? .seconds(3)))
    case .disconnect(let link):
      guard let id = clients[position].machine?.connections[link.rawValue] else { return }
      close(id, tellsNode: true)
    case .send(let link, let request):
      guard let id = clients[position].machine?.connections[link.rawValue], var connection = connections[id] else {
        return
      }
      guard let way = way(over: &connection, toNode: true) else { return connections[id] = connection }
      connection.lastToNode = max(connection.lastToNode, now + way)
      connections[id] = connection
      queue.schedule(.clientRequest(connection: id, request), at: connection.lastToNode)
      breakSometimes(id)
    case .finish(let id, let result): finished(position, id.rawValue, result)
    }
  }

  // MARK: Connections

  func clientConnects(_ position: Int, _ link: UInt64, _ node: Int) {
    guard nodes[node].isUp, way(ofClient: position, to: node) != nil else {
      return tell(position, .closed(ClientCore.LinkID(link), reason: "refused"))
    }
    let id = nextConnection
    nextConnection += 1
    connections[id] = ClientConnection(
      client: position, link: link, node: node, incarnation: nodes[node].incarnation)
    clients[position].machine?.connections[link] = id
    tell(position, .connected(ClientCore.LinkID(link)))
  }

  /// What the network loses of a connection it loses as a whole.
  private func breakSometimes(_ id: UInt64) {
    guard plan.weather.lossOneIn > 0, !isHealing, random.oneIn(plan.weather.lossOneIn) else { return }
    count(.connectionBroken)
    queue.schedule(.clientConnectionBreaks(connection: id), at: now + random.interval(.microseconds(100), .milliseconds(6)))
  }

  func breakConnection(_ id: UInt64) {
    guard let connection = connections[id] else { return }
    close(id, tellsNode: true)
    tell(connection.client, .closed(ClientCore.LinkID(connection.link), reason: "broken"))
  }

  private func close(_ id: UInt64, tellsNode: Bool) {
    guard let connection = connections.removeValue(forKey: id) else { return }
    clients[connection.client].machine?.connections[connection.link] = nil
    guard tellsNode, isCurrent(connection.node, connection.incarnation) else { return }
    queue.schedule(
      .event(node: connection.node, incarnation: connection.incarnation, .clientGone(connection: id)),
      at: max(connection.lastToNode, now + .milliseconds(1)))
  }

  /// A process went: some of its clients learn it at once, others by silence, or when they next speak.
  func breakClientConnections(of node: Int) {
    for (id, connection) in connections.sorted(by: { $0.key < $1.key }) where connection.node == node {
      guard !random.oneIn(4) else { continue }
      queue.schedule(
        .clientConnectionBreaks(connection: id), at: now + random.interval(.microseconds(100), .milliseconds(6)))
    }
  }

  // MARK: Requests and replies

  func clientRequest(_ id: UInt64, _ request: ClientRequest) {
    guard let connection = connections[id] else { return }
    let node = nodes[connection.node]
    guard isCurrent(connection.node, connection.incarnation) else {
      // A process that was started since knows nothing of the connection, and says so.
      if node.isUp { breakConnection(id) }
      return
    }
    if case .hello = request.body {
      if let until = node.pausedUntil {
        // A process that stands still to the end answers nobody.
        guard until != .never else { return }
        return queue.schedule(.clientRequest(connection: id, request), at: until + .microseconds(1))
      }
      let header = ReplyHeader(
        keyspace: "", revision: .zero, node: node.id.name, nation: node.nation.description, cluster: genesis.cluster,
        term: 0)
      let body = ClientReply.Body.hello(version: Versions.protocolRange.upperBound)
      return replyLeavesOnConnection(id, ClientReply(number: request.number, header: header, body: body))
    }
    arrive(connection.node, .client(ClientToken(connection: id, number: request.number), request.body))
  }

  func replyLeavesOnConnection(_ id: UInt64, _ reply: ClientReply) {
    guard var connection = connections[id] else { return }
    guard let way = way(over: &connection, toNode: false) else { return connections[id] = connection }
    connection.lastToClient = max(connection.lastToClient, now + way)
    connections[id] = connection
    queue.schedule(.clientReply(connection: id, reply), at: connection.lastToClient)
    breakSometimes(id)
  }

  func clientReply(_ id: UInt64, _ reply: ClientReply) {
    guard let connection = connections[id] else { return }
    tell(connection.client, .received(ClientCore.LinkID(connection.link), reply))
  }

  // MARK: Ends of calls

  private func finished(_ position: Int, _ call: UInt64, _ result: Result<ClientReply, CallFailure>) {
    guard let pending = clients[position].machine?.calls.removeValue(forKey: call) else {
      violation = violation ?? "answers: a call of client \(position) ended twice"
      return
    }
    switch result {
    case .success(let reply): succeeded(position, call, pending, reply)
    case .failure(let failure): failed(position, call, pending, failure)
    }
    queue.schedule(.clientActs(client: position), at: now + thinkTime())
  }

  private func succeeded(_ position: Int, _ call: UInt64, _ pending: MachineClient.Pending, _ reply: ClientReply) {
    switch (pending.intent, reply.body) {
    case (.write(let kind, let key), .applied(let bytes, _)):
      guard let succeeded = SimulatedClient.succeeded(bytes) else {
        violation = violation ?? "answers: client \(position) got the wrong kind of result"
        return
      }
      let answer: Operation.Answer = if case .swap = kind { .swapped(succeeded) } else { .written }
      record(position, call, pending.invoked, kind, key, answer)
      clients[position].seen = max(clients[position].seen, reply.header.revision)
    case (.read(let key), .read(let result)):
      checks.answeredReads += 1
      record(position, call, pending.invoked, .read, key, .value(SimulatedClient.value(of: result)))
      clients[position].seen = max(clients[position].seen, reply.header.revision)
    case (.stale(_, _, let notBefore), .read):
      checks.answeredReads += 1
      noteStale(position, notBefore, reply.header.revision)
    default: violation = violation ?? "answers: client \(position) got an answer to something else"
    }
  }

  private func failed(_ position: Int, _ call: UInt64, _ pending: MachineClient.Pending, _ failure: CallFailure) {
    // Whoever is told that the cluster is busy has an answer, and asks again.
    if failure.code == .unknownSession || failure.code == .overloaded {
      writtenAtEnd.remove(clients[position].keyspace)
    } else if let healed, pending.invoked >= healed {
      violation = violation ?? "liveness: client \(position) got no answer of a healed cluster: \(failure.message)"
    }
    guard case .write(let kind, let key) = pending.intent else { return }
    let answer: Operation.Answer =
      switch (failure.outcome, kind) {
      case (.notApplied, _): .notApplied
      case (.applied, .write): .written
      case (.applied, _), (.unknown, _): .unknown
      }
    if answer == .unknown { checks.unknownOutcomes += 1 }
    record(position, call, pending.invoked, kind, key, answer)
  }
}
