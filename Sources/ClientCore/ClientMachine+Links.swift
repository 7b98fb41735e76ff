import Base
import Wire

/// Connections, and who stands at their other ends.
extension ClientMachine {
  private static let backOffMin = Interval.milliseconds(50)
  private static let backOffMax = Interval.seconds(1)

  mutating func connect(_ node: Int, at now: Moment, into effects: inout [ClientEffect]) {
    precondition(nodes[node].state == .down, "node \(node) is connected")
    lastLink += 1
    let link = LinkID(lastLink)
    nodes[node].state = .connecting
    nodes[node].link = link
    nodes[node].lastHeard = now
    links[link] = node
    effects.append(.connect(link, address: nodes[node].address))
    agenda.add(.giveUp(link), at: now + configuration.connectTimeout)
  }

  mutating func connected(_ link: LinkID, at now: Moment, into effects: inout [ClientEffect]) {
    guard let node = links[link], nodes[node].state == .connecting else { return }
    nodes[node].state = .greeting
    let hello = ClientHello(versions: Versions.protocolRange, name: configuration.name)
    request(.hello(hello), .hello, of: node, at: now, into: &effects)
  }

  /// Neither connected nor greeted in time.
  mutating func giveUp(_ link: LinkID, at now: Moment, into effects: inout [ClientEffect]) {
    guard let node = links[link], nodes[node].state == .connecting || nodes[node].state == .greeting else { return }
    drop(node, "no answer within \(configuration.connectTimeout)", at: now, into: &effects)
  }

  /// Ends a connection from this side.
  mutating func drop(_ node: Int, _ reason: String, at now: Moment, into effects: inout [ClientEffect]) {
    let link = nodes[node].link
    effects.append(.disconnect(link))
    closed(link, reason, at: now, into: &effects)
  }

  mutating func closed(_ link: LinkID, _ reason: String, at now: Moment, into effects: inout [ClientEffect]) {
    guard let node = links.removeValue(forKey: link) else { return }
    nodes[node].state = .down
    nodes[node].problem = reason
    nodes[node].isAskedForMap = false
    nodes[node].failures += 1
    if !nodes[node].isRetired {
      let doubled = Self.backOffMin * (1 << Int64(min(nodes[node].failures - 1, 5)))
      let pause = min(doubled, Self.backOffMax)
      agenda.add(.connect(node: node), at: now + generator.interval(pause / 2, pause))
    }
    for slot in routes.indices where routes[slot].leader == nodes[node].name { beginEpoch(slot) }
    let sent = nodes[node].sent
    nodes[node].sent = []
    nodes[node].live = 0
    for number in sent {
      guard let lost = outstanding.removeValue(forKey: number), case .call(let id) = lost.purpose else { continue }
      requestLost(id, node, reason, at: now, into: &effects)
    }
  }

  private mutating func requestLost(
    _ id: CallID, _ node: Int, _ reason: String, at now: Moment, into effects: inout [ClientEffect]
  ) {
    guard let call = calls[id] else { return }
    calls[id]!.live -= 1
    calls[id]!.noteTried(node)
    calls[id]!.lastRefusal = CallFailure(
      code: .connectionLost, outcome: call.outcome, message: "the connection was lost: \(reason)",
      node: nodes[node].name)
    guard calls[id]!.live == 0, call.place == .out else { return }
    guard call.naming != .none else {
      let message = "the connection was lost before the answer: \(reason)"
      return end(id, .connectionLost, message, at: now, into: &effects)
    }
    dispatch(id, at: now, into: &effects)
  }

  // MARK: Answers

  mutating func received(
    _ link: LinkID, _ reply: ClientReply, at now: Moment, into effects: inout [ClientEffect]
  ) {
    guard let node = links[link] else { return }
    nodes[node].lastHeard = now
    nodes[node].isSuspect = false
    // A number that is not outstanding was answered before.
    guard let request = outstanding[reply.number], request.link == link else { return }
    outstanding[reply.number] = nil
    nodes[node].live -= 1
    compactSent(node)
    noteCluster(reply.header, node)
    switch request.purpose {
    case .hello: greeted(node, reply, at: now, into: &effects)
    case .map:
      nodes[node].isAskedForMap = false
      if case .cluster(let map) = reply.body { learn(map, from: node, at: now, into: &effects) }
    case .call(let id):
      if case .cluster(let map) = reply.body { learn(map, from: node, at: now, into: &effects) }
      answered(id, request, reply, at: now, into: &effects)
    }
  }

  /// Forgets answered numbers once they are the most.
  private mutating func compactSent(_ node: Int) {
    guard nodes[node].sent.count > 64, nodes[node].sent.count > 4 * nodes[node].live else { return }
    nodes[node].sent = nodes[node].sent.filter { outstanding[$0] != nil }
  }

  private mutating func noteCluster(_ header: ReplyHeader, _ node: Int) {
    guard !header.cluster.isZero else { return }
    if cluster.isZero { cluster = header.cluster }
    nodes[node].isForeign = header.cluster != cluster
  }

  private mutating func greeted(
    _ node: Int, _ reply: ClientReply, at now: Moment, into effects: inout [ClientEffect]
  ) {
    guard nodes[node].state == .greeting else { return }
    guard case .hello = reply.body else {
      var reason = "it answered a greeting with something else"
      if case .failed(let failure) = reply.body { reason = failure.message }
      // What the two programs disagree about will not change soon.
      nodes[node].failures = max(nodes[node].failures, 5)
      return drop(node, reason, at: now, into: &effects)
    }
    nodes[node].state = .ready
    nodes[node].failures = 0
    nodes[node].avoidUntil = .zero
    nodes[node].avoidance = .zero
    nodes[node].nation = reply.header.nation
    name(node, reply.header.node, at: now, into: &effects)
    guard !nodes[node].isRetired else { return releaseParked(at: now, into: &effects) }
    if !nodes[node].isForeign { askForMap(node, at: now, into: &effects) }
    releaseParked(at: now, into: &effects)
    for slot in routes.indices where routes[slot].leader == nodes[node].name {
      releaseStalled(slot, at: now, into: &effects)
    }
    pollIfNeeded(at: now, into: &effects)
  }

  /// The node says who it is. If the map has named it under another address, the entry that is connected stays.
  private mutating func name(_ node: Int, _ name: String, at now: Moment, into effects: inout [ClientEffect]) {
    nodes[node].name = name
    for other in nodes.indices where other != node && nodes[other].name == name && !nodes[other].isRetired {
      // Two clusters may use the same names; then they are two nodes.
      guard nodes[other].isForeign == nodes[node].isForeign else { continue }
      let leaving = nodes[other].state == .ready ? node : other
      nodes[leaving].isRetired = true
      if nodes[leaving].state != .down { drop(leaving, "the same node as another", at: now, into: &effects) }
      if leaving == node { return }
    }
  }

  /// The entry of an address, new if need be, and connecting.
  mutating func node(at address: String, at now: Moment, into effects: inout [ClientEffect]) -> Int {
    if let known = nodes.firstIndex(where: { $0.address == address }) {
      guard nodes[known].isRetired else { return known }
      let name = nodes[known].name
      return nodes.firstIndex { $0.name == name && !$0.isRetired } ?? known
    }
    nodes.append(KnownNode(address: address))
    connect(nodes.count - 1, at: now, into: &effects)
    return nodes.count - 1
  }

  func node(named name: String) -> Int? {
    nodes.firstIndex { $0.name == name && !$0.isRetired && !$0.isForeign }
  }

  // MARK: Maps

  mutating func askForMap(_ node: Int, at now: Moment, into effects: inout [ClientEffect]) {
    guard !nodes[node].isAskedForMap else { return }
    nodes[node].isAskedForMap = true
    request(.cluster, .map, of: node, at: now, into: &effects)
  }

  private mutating func learn(
    _ map: ClusterMap, from teller: Int, at now: Moment, into effects: inout [ClientEffect]
  ) {
    guard !nodes[teller].isForeign else { return }
    for listed in map.nodes where node(named: listed.name) == nil && !listed.client.isEmpty {
      if let known = nodes.firstIndex(where: { $0.address == listed.client }) {
        if nodes[known].name.isEmpty {
          nodes[known].name = listed.name
          nodes[known].nation = listed.nation
        }
      } else {
        nodes.append(KnownNode(address: listed.client, name: listed.name, nation: listed.nation))
        connect(nodes.count - 1, at: now, into: &effects)
      }
    }
    for keyspace in map.keyspaces {
      let slot = route(keyspace.name)
      believe(slot, keyspace.leader, keyspace.term, isMap: true, at: now, into: &effects)
    }
  }
}
