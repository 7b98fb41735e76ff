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
    clients[client].machine = newMachine(client, width: 1 + random.below(3), isRoaming: random.oneIn(3))
    tell(client, .started)
    for _ in 1..<(clients[client].machine?.width ?? 1) {
      queue.schedule(.clientActs(client: client), at: now + .milliseconds(Int64(client)))
    }
  }

  private func newMachine(_ client: Int, width: Int, isRoaming: Bool) -> MachineClient {
    // A service carries out one request at a time, one step after the other.
    let width = shift == nil ? width : 1
    let client = MachineClient(
      addresses: everyone.map { MachineClient.address(nodes[$0].id) }, nation: nodes[homes[client]].nation, width: width,
      isRoaming: isRoaming, sessionTimeToLive: workload.sessionTimeToLive, seed: random.next())
    client.machine.defect = options.defect
    return client
  }

  func actByMachine(_ position: Int) {
    guard let client = clients[position].machine, client.calls.count < (isHealing ? 1 : client.width) else { return }
    let roams = client.isRoaming && !isHealing
    var group = roams ? genesis.groups[random.below(genesis.groups.count)].group : clients[position].group
    var wish: Wish
    if let asked = shift?.nextCall(position, stage) {
      guard asked.body.isRead || now >= quietUntil else {
        return queue.schedule(.clientActs(client: position), at: quietUntil + .milliseconds(1))
      }
      guard let home = genesis.groups.first(where: { $0.keyspace == asked.nation.description }) else { return }
      group = home.group
      wish = Wish(body: asked.body)
    } else {
      if let broken = shift?.violation { violation = violation ?? "\(EncounterShift.name): \(broken)" }
      guard let next = nextWish(position, group) else { return }
      wish = next
    }
    // The machine opens and closes sessions by itself.
    if case .closeSession = wish.body { wish = workload.lastRead() }
    let call = newCall(position, group, wish)
    let keyspace = genesis.groups.first { $0.group == group }?.keyspace ?? ""
    guard
      let asked = MachineClient.call(call, wish, keyspace: keyspace, timeout: .seconds(isHealing ? 15 : 6))
    else { return }
    clients[position].machine?.calls[call.id] = call
    tell(position, .call(CallID(call.id), asked))
  }

  /// The process of the machine is gone; another one takes its place and begins anew.
  func crashMachine(_ position: Int) {
    guard let gone = clients[position].machine else { return }
    shift?.crash(position)
    // Some go in an orderly way, as far as they get.
    if random.oneIn(3) { tell(position, .closing) }
    for id in clients[position].machine?.connections.values.sorted() ?? [] { close(id, tellsNode: !random.oneIn(4)) }
    for id in (clients[position].machine?.calls ?? [:]).keys.sorted() {
      if let call = clients[position].machine?.calls.removeValue(forKey: id) { abandon(call) }
    }
    clients[position].machine = newMachine(position, width: gone.width, isRoaming: gone.isRoaming)
    tell(position, .started)
    for _ in 0..<gone.width { queue.schedule(.clientActs(client: position), at: now + thinkTime()) }
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
    queue.schedule(.clientActs(client: position), at: now + thinkTime())
    switch result {
    case .success(let reply): if let answer = answer(to: pending, reply) { conclude(pending, answer) }
    case .failure(let failure): failed(position, pending, failure)
    }
  }

  private func failed(_ position: Int, _ call: ClientCall, _ failure: CallFailure) {
    // Whoever is told that the cluster is busy, or that its session is over, has an answer, and asks again. Nodes that have
    // room again say so with their next report.
    if failure.code == .unknownSession || failure.code == .overloaded || failure.code == .noSpace {
      asksAgainAtEnd(call)
    } else if let healed, call.invoked >= healed {
      violation = violation ?? "liveness: client \(position) got no answer of a healed cluster: \(failure.message)"
    }
    guard !call.isRead else { return conclude(call, .unread) }
    switch failure.outcome {
    case .notApplied: conclude(call, .notApplied)
    case .applied: conclude(call, .appliedUnseen)
    case .unknown: conclude(call, .unknown)
    }
  }
}
