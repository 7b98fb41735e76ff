import Base
import Raft
import Replica
import Wire

/// The end of a world: some of it is healed, enough of it to serve, and must come right; the rest stays as it is.
extension World {
  /// What becomes of a node that is not healed.
  private enum Fate: CaseIterable {
    case down, paused, cut, mute, deaf
  }

  /// From here on nothing goes wrong any more with the nodes of the core.
  func heal() {
    core = drawCore()
    healed = now
    note("healed: \(names(core))")
    network.heal()
    network.weather = SimulatedNetwork.Weather()
    quietUntil = .zero
    ceaseHunting()
    healDisks()
    for node in nodes.indices {
      nodes[node].diskFactor = 1
      nodes[node].isLow = false
      giveSpace(node)
      nodes[node].interruption = nil
    }
    for node in core {
      if nodes[node].clock.isHalted { nodes[node].clock.run(rate: 0, at: now) }
      if nodes[node].pausedUntil != nil {
        queue.schedule(.resume(node: node, incarnation: nodes[node].incarnation), at: now)
      }
      if !nodes[node].isUp { queue.schedule(.restart(node: node), at: now) }
    }
    for node in nodes.indices where !core.contains(node) { leave(node) }
    // Whoever stood beside a node that is cut off goes to another.
    for client in homes.indices where !core.contains(homes[client]) { homes[client] = core[random.below(core.count)] }
  }

  /// Whether `nodes` can make leaders of every group, and be made whole by them.
  private func suffice(_ nodes: [Int]) -> Bool { canServe(nodes.filter { !hasRot($0) }) }

  /// Enough nodes for every group, and seldom more than that: often those that are left when a nation or a supplier is gone.
  private func drawCore() -> [Int] {
    var core = survival.sound
    guard !random.oneIn(4) else { return core }
    let topology = plan.topology
    let domain =
      switch random.below(3) {
      case 0: topology.nodes(in: topology.nations[random.below(topology.nations.count)])
      case 1: topology.nodes(of: topology.suppliers[random.below(topology.suppliers.count)])
      default: [] as [Int]
      }
    let left = core.filter { !domain.contains($0) }
    if suffice(left) { core = left }
    let thrift = 1 + random.below(3)
    for node in shuffled(core) where random.oneIn(thrift) {
      let left = core.filter { $0 != node }
      if suffice(left) { core = left }
    }
    return core
  }

  private func leave(_ node: Int) {
    let fate = survival.lost.contains(node) ? .down : Fate.allCases[random.below(Fate.allCases.count)]
    note("\(nodes[node].id) is left \(fate)")
    let outward = core.map { Pair(from: node, to: $0) }
    let inward = core.map { Pair(from: $0, to: node) }
    switch fate {
    case .down: if nodes[node].isUp { kill(node) }
    case .paused:
      guard nodes[node].isUp else { return }
      // Whoever was paused for a while is so for good.
      if nodes[node].pausedUntil == nil { nodes[node].pausedAt = reading(node) }
      nodes[node].pausedUntil = .never
    case .cut: _ = network.cut(outward + inward, .partition)
    case .mute: _ = network.cut(outward, .oneWayPartition)
    case .deaf: _ = network.cut(inward, .oneWayPartition)
    }
  }

  /// Whether a node takes part in what must come right, or might.
  func isLeft(_ node: Int) -> Bool { isHealing && !core.contains(node) }

  // MARK: What must come right

  /// What a client does at the end: one write to each group by somebody, one read of everything by each; then it rests.
  func lastWish(_ position: Int, _ group: GroupID) -> Wish? {
    guard writtenAtEnd.contains(clients[position].keyspace) else {
      // A session is opened first.
      if clients[position].machine != nil || clients[position].session != 0 {
        writtenAtEnd.insert(clients[position].keyspace)
      }
      return workload.lastWrite(&random)
    }
    guard !clients[position].hasReadAll else {
      checks.finished.insert(position)
      return nil
    }
    clients[position].hasReadAll = true
    return workload.lastRead()
  }

  /// A client has an answer at the end that is not the one that it wants.
  func asksAgainAtEnd(_ call: ClientCall) {
    guard isHealing else { return }
    if call.isRead { clients[call.client].hasReadAll = false } else { writtenAtEnd.remove(clients[call.client].keyspace) }
  }

  /// Everything is answered, every group was written to and every key read once more, and all replicas of the core are
  /// equal.
  var hasComeRight: Bool { whatIsMissing.isEmpty }

  /// Whether a node belongs to a group, as the group's leader has it.
  func isMember(_ node: SimulatedNode, _ group: GroupID) -> Bool {
    guard let leader = leader(of: group) else { return true }
    return nodes[leader].replicas?.configuration(of: group)?.member(on: node.id) != nil
  }

  var whatIsMissing: String {
    for client in clients where !client.isIdle || !checks.finished.contains(client.position) {
      return "client \(client.position) has no answer"
    }
    for (slot, group) in genesis.groups.enumerated() {
      var first: (applied: UInt64, chain: Digest, set: Digest)?
      guard let leader = leader(of: group.group), core.contains(leader) else { return "nobody leads '\(group.keyspace)'" }
      if nodes[leader].replicas?.configuration(of: group.group)?.isJoint ?? false {
        return "'\(group.keyspace)' is between two configurations"
      }
      for node in core.map({ nodes[$0] }) where isMember(node, group.group) && !isExcused(node.position, group.group) {
        guard let replicas = node.replicas else { return "\(node.id) is down" }
        let status = replicas.groupStatus(at: now)[slot]
        guard status.role != "quarantined", !isRotten(node.position, genesis.groups[slot].group) else {
          return "\(node.id) is not rebuilt in '\(status.keyspace)'"
        }
        let state = (status.applied, status.chainHead, status.setHash)
        guard let known = first else {
          first = state
          continue
        }
        if known.applied != state.0 { return "\(node.id) has applied \(state.0) of '\(status.keyspace)', another \(known.applied)" }
        if known.chain != state.1 || known.set != state.2 { return "\(node.id) differs at \(state.0) of '\(status.keyspace)'" }
      }
    }
    return ""
  }
}
