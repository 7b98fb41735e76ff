import Base
import Replica
import Storage
import Wire

/// Faults, and their end.
extension World {
  func fault() {
    switch random.below(12) {
    case 0, 1: if plan.crashes { crashOne() }
    case 2: if plan.allCrashes, random.oneIn(3) { crashAll() }
    case 3: if plan.pauses { pauseOne() }
    case 4: if plan.partitions { partition() }
    case 5: if plan.partitions { partitionOneWay() }
    case 6: if plan.slowDisks { slowDisk() }
    case 7: if plan.fullDisks { fillDisk() }
    case 8: if plan.transfers { transfer() }
    case 9: if plan.quietTimes { beQuiet(for: random.interval(.milliseconds(100), .milliseconds(1_500))) }
    default: if plan.aims { aim() }
    }
  }

  private func crashOne() {
    let up = nodes.indices.filter { nodes[$0].isUp }
    guard !up.isEmpty else { return }
    let pause = random.oneIn(3) ? quickPause() : random.interval(.milliseconds(1), .milliseconds(2_500))
    crash(up[random.below(up.count)], restartAfter: pause)
    count(.crash)
  }

  private func quickPause() -> Interval {
    count(.quickRestart)
    return random.interval(.milliseconds(1), .milliseconds(60))
  }

  private func crashAll() {
    note("power goes everywhere")
    for node in nodes.indices where nodes[node].isUp {
      crash(node, restartAfter: random.interval(.milliseconds(1), .milliseconds(300)))
    }
    count(.allCrash)
  }

  func crash(_ node: Int, restartAfter pause: Interval) {
    note("\(nodes[node].id) crashes")
    mark(UInt64(node), 0xC)
    observe(.crashed(node: node))
    nodes[node].crash()
    leaders.follow(node, [])
    breakLinks(of: node)
    breakClientConnections(of: node)
    queue.schedule(.restart(node: node), at: now + pause)
  }

  func restart(_ node: Int) {
    guard !nodes[node].isUp else { return }
    do throws(StorageError) {
      try start(node)
      let replicas = genesis.groups.compactMap { group in
        nodes[node].replicas?.hardState(of: group.group).map {
          Observation.Restarted(group: group.group, hardState: $0)
        }
      }
      observe(.restarted(node: node, replicas))
    } catch {
      violation = violation ?? "start: \(nodes[node].id) cannot start: \(error)"
    }
  }

  private func pauseOne() {
    let node = random.below(nodes.count)
    guard nodes[node].isUp, nodes[node].pausedUntil == nil else { return }
    let until = now + random.interval(.milliseconds(10), .milliseconds(random.oneIn(4) ? 4_000 : 900))
    note("\(nodes[node].id) is paused until \((until - started).milliseconds)")
    nodes[node].pausedUntil = until
    nodes[node].pausedAt = now
    count(.pause)
    queue.schedule(.resume(node: node, incarnation: nodes[node].incarnation), at: until)
  }

  /// The process runs again: what had arrived meanwhile is heard first, then time is judged.
  func resume(_ node: Int, _ incarnation: Int) {
    guard isCurrent(node, incarnation), nodes[node].pausedUntil != nil else { return }
    note("\(nodes[node].id) runs again")
    nodes[node].pausedUntil = nil
    let backlog = nodes[node].backlog
    nodes[node].backlog = []
    let fromPeers = backlog.filter(\.isFromPeer)
    let others = backlog.filter { !$0.isFromPeer }
    if options.defect == .judgesByOldClock {
      handle(node, others, by: nodes[node].pausedAt)
      handle(node, fromPeers + [.tick])
    } else {
      handle(node, fromPeers + [.tick] + others)
    }
    queue.schedule(.dial(from: node), at: now + .milliseconds(1))
  }

  private func partition() {
    var side = nodes.indices.map { _ in random.oneIn(2) }
    if random.oneIn(2) {
      // One node alone.
      side = nodes.indices.map { _ in false }
      side[random.below(nodes.count)] = true
    }
    guard side.contains(true), side.contains(false) else { return }
    note("partition \(side.map { $0 ? "A" : "B" }.joined())")
    for from in nodes.indices {
      for to in nodes.indices where side[from] != side[to] { network.block(from: from, to: to) }
    }
    count(.partition)
    queue.schedule(.healNetwork, at: now + random.interval(.milliseconds(100), .milliseconds(3_000)))
  }

  private func partitionOneWay() {
    let from = random.below(nodes.count)
    let to = random.below(nodes.count)
    guard from != to else { return }
    if random.oneIn(2) {
      for other in nodes.indices where other != from { network.block(from: from, to: other) }
      note("\(nodes[from].id) is not heard")
    } else {
      network.block(from: from, to: to)
      note("\(nodes[from].id) is not heard by \(nodes[to].id)")
    }
    count(.oneWayPartition)
    queue.schedule(.healNetwork, at: now + random.interval(.milliseconds(100), .milliseconds(3_000)))
  }

  private func slowDisk() {
    let node = random.below(nodes.count)
    nodes[node].diskFactor = nodes[node].diskFactor == 1 ? Int64(10 + random.below(90)) : 1
    note("the disk of \(nodes[node].id) is \(nodes[node].diskFactor) times slower")
    count(.slowDisk)
  }

  private func fillDisk() {
    let node = random.below(nodes.count)
    guard !nodes[node].store.memoryLog.faults.isFull else { return }
    note("the disk of \(nodes[node].id) is full")
    count(.fullDisk)
    nodes[node].store.memoryLog.faults.isFull = true
    queue.schedule(.diskHasSpace(node: node), at: now + random.interval(.milliseconds(20), .milliseconds(2_000)))
  }

  func giveSpace(_ node: Int) {
    guard nodes[node].store.memoryLog.faults.isFull else { return }
    note("the disk of \(nodes[node].id) has space again")
    nodes[node].store.memoryLog.faults.isFull = false
  }

  /// An administrator moves leadership.
  private func transfer() {
    let group = genesis.groups[random.below(genesis.groups.count)]
    guard let leader = leader(of: group.group) else { return }
    note("\(nodes[leader].id) is asked to hand '\(group.keyspace)' over")
    count(.transfer)
    let token = ClientToken(connection: World.noConnection, number: 0)
    arrive(leader, .client(token, .transfer(keyspace: group.keyspace, to: "")))
    guard random.oneIn(2) else { return }
    // Whom it told to campaign may have won before it hears of it.
    network.slow(to: leader, by: random.interval(.milliseconds(20), .milliseconds(150)))
    queue.schedule(.healNetwork, at: now + .milliseconds(500))
  }

  func beQuiet(for length: Interval) {
    quietUntil = max(quietUntil, now + length)
    count(.quietTime)
  }

  /// From here on nothing goes wrong any more: the cluster must come right.
  func heal() {
    healed = now
    note("everything is healed")
    network.heal()
    network.weather = SimulatedNetwork.Weather()
    quietUntil = .zero
    isHunting = false
    for node in nodes.indices {
      nodes[node].diskFactor = 1
      giveSpace(node)
      if nodes[node].pausedUntil != nil {
        queue.schedule(.resume(node: node, incarnation: nodes[node].incarnation), at: now)
      }
      if !nodes[node].isUp { queue.schedule(.restart(node: node), at: now) }
    }
  }

  /// Everything is answered, every key was read once more, and all replicas are equal.
  var hasComeRight: Bool { whatIsMissing.isEmpty }

  var whatIsMissing: String {
    for client in clients where !client.isIdle || !checks.finished.contains(client.position) {
      return "client \(client.position) has no answer"
    }
    for slot in genesis.groups.indices {
      var first: (applied: UInt64, chain: Digest, set: Digest)?
      for node in nodes {
        guard let replicas = node.replicas else { return "\(node.id) is down" }
        let status = replicas.groupStatus(at: now)[slot]
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

extension ReplicaEvent {
  var isFromPeer: Bool {
    switch self {
    case .greeted, .welcomed, .refused, .linkClosed, .received: true
    default: false
    }
  }
}
