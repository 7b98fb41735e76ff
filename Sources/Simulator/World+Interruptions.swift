import Base
import Replica
import Wire

/// Processes that go or stand still, at any moment: between two turns, or between any two effects of one.
extension World {
  private func drawRunning() -> Int? {
    let running = nodes.indices.filter { nodes[$0].isUp && nodes[$0].pausedUntil == nil }
    return running.isEmpty ? nil : running[random.below(running.count)]
  }

  func crashOne(boots: Bool) {
    let up = nodes.indices.filter { nodes[$0].isUp }
    guard !up.isEmpty else { return }
    let node = up[random.below(up.count)]
    if boots {
      crash(node, restartAfter: random.interval(.milliseconds(300), .milliseconds(2_500)))
      boot(node)
      count(.reboot)
      return
    }
    let isQuick = random.oneIn(3)
    crash(node, restartAfter: random.interval(.milliseconds(1), .milliseconds(isQuick ? 60 : 2_500)))
    count(isQuick ? .quickRestart : .crash)
  }

  func crashAll() {
    note("power goes everywhere")
    for node in nodes.indices where nodes[node].isUp {
      crash(node, restartAfter: random.interval(.milliseconds(1), .milliseconds(300)))
      boot(node)
    }
    count(.allCrash)
  }

  func crash(_ node: Int, restartAfter pause: Interval) {
    kill(node)
    queue.schedule(.restart(node: node), at: now + pause)
  }

  /// The process is gone, and its machine's memory.
  func kill(_ node: Int) {
    note("\(nodes[node].id) crashes")
    if nodes[node].isInstalling { meet(.crashWhileInstalling) }
    nodes[node].isInstalling = false
    mark(UInt64(node), 0xC)
    observe(.crashed(node: node))
    endProcess(node)
    leaders.follow(node, [])
    breakLinks(of: node)
    breakClientConnections(of: node)
  }

  // MARK: Pauses

  func pauseOne() {
    // Most harm is done by those who lead.
    let group = genesis.groups[random.below(genesis.groups.count)].group
    guard let node = random.oneIn(2) ? leader(of: group) ?? drawRunning() : drawRunning() else { return }
    guard nodes[node].pausedUntil == nil else { return }
    pause(node, for: drawPause())
    count(.pause)
  }

  private func drawPause() -> Interval {
    // Where logs are short, some are away so long that what they miss is cut from them.
    if plan.retainedEntries <= 64, random.oneIn(6) { return random.interval(.seconds(8), .seconds(24)) }
    return random.interval(.milliseconds(10), .milliseconds(random.oneIn(4) ? 4_000 : 900))
  }

  func pause(_ node: Int, for length: Interval) {
    let until = now + length
    note("\(nodes[node].id) is paused until \((until - started).milliseconds)")
    nodes[node].pausedUntil = until
    nodes[node].pausedAt = reading(node)
    queue.schedule(.resume(node: node, incarnation: nodes[node].incarnation), at: until)
  }

  /// The process runs again: what it had decided is done, what had arrived meanwhile is heard, then time is judged.
  func resume(_ node: Int, _ incarnation: Int) {
    guard isCurrent(node, incarnation), nodes[node].pausedUntil != nil, nodes[node].pausedUntil != .never else { return }
    note("\(nodes[node].id) runs again")
    nodes[node].pausedUntil = nil
    let unfinished = nodes[node].unfinished
    nodes[node].unfinished = []
    for effect in unfinished { carryOut(traced: node, effect) }
    if !unfinished.isEmpty { observeTold(node) }
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
    dialSoon(node)
  }

  // MARK: In the middle of a turn

  func interruptOne(crashes: Bool) {
    guard let node = drawRunning(), nodes[node].interruption == nil else { return }
    let kind: Interruption.Kind =
      crashes
      ? .crash(restartAfter: random.interval(.milliseconds(1), .milliseconds(1_500))) : .pause(drawPause())
    note("\(nodes[node].id) will \(crashes ? "crash" : "stand still") in the middle of a turn")
    nodes[node].interruption = Interruption(kind: kind, turnsLeft: random.below(30))
  }

  /// Carries out what a turn has decided, or the first of it.
  func carryOut(_ node: Int, _ effects: [ReplicaEffect]) {
    guard effects.count > 1, nodes[node].interruption != nil, let kind = takeInterruption(node) else {
      for effect in effects { carryOut(traced: node, effect) }
      return
    }
    let done = 1 + random.below(effects.count - 1)
    note("\(nodes[node].id) does \(done) of \(effects.count) things that it has decided")
    for effect in effects[..<done] { carryOut(traced: node, effect) }
    switch kind {
    case .crash(let pause):
      count(.crashInTurn)
      crash(node, restartAfter: pause)
    case .pause(let length):
      count(.pauseInTurn)
      nodes[node].unfinished = Array(effects[done...])
      pause(node, for: length)
    }
  }

  private func carryOut(traced node: Int, _ effect: ReplicaEffect) {
    traceEffect(node, effect)
    carryOut(node, effect)
  }

  private func takeInterruption(_ node: Int) -> Interruption.Kind? {
    guard !isHealing, let interruption = nodes[node].interruption else { return nil }
    guard interruption.turnsLeft == 0 else {
      nodes[node].interruption?.turnsLeft -= 1
      return nil
    }
    nodes[node].interruption = nil
    return interruption.kind
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
