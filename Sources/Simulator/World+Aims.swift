import Base
import Raft
import Replica
import Wire

/// Faults that are aimed: at the leader, at who has just promised something, at the moment between an old leader's lease
/// and a new one's election, at a snapshot on its way.
extension World {
  /// The node that leads the group in the newest term.
  func leader(of group: GroupID) -> Int? {
    var newest: (node: Int, term: Term)?
    let slot = Int(group.rawValue) - 1
    for node in nodes.indices where slot < nodes[node].pulses.count {
      let pulse = nodes[node].pulses[slot]
      guard pulse.role == .leader, newest.map({ $0.term < pulse.term }) ?? true else { continue }
      newest = (node, pulse.term)
    }
    return newest?.node
  }

  private func drawLeader() -> Int? { leader(of: genesis.groups[random.below(genesis.groups.count)].group) }

  /// Nobody waits for a moment to strike any more.
  func ceaseHunting() {
    isHunting = false
    huntsSnapshots = false
    huntsElections = false
    huntsChanges = false
    duel = nil
  }

  func huntPromiser() {
    note("whoever promises something next will crash")
    isHunting = true
  }

  func huntSnapshot() {
    note("the next snapshot on its way will be interrupted")
    huntsSnapshots = true
  }

  func cutOffLeader() {
    guard let leader = drawLeader() else { return }
    note("\(nodes[leader].id), which leads, is cut off")
    cut(
      World.between([leader], others(than: [leader])), .leaderCut,
      for: random.interval(.milliseconds(100), .milliseconds(2_000)))
  }

  /// The leader is answered late, and then no longer heard: the last answers come when the others already look for another
  /// leader. If its lease counts from their coming, it outlives the election.
  func delayAnswers() {
    guard let leader = drawLeader() else { return }
    note("\(nodes[leader].id), which leads, is answered late")
    count(.answersLate)
    let timing = plan.timing
    let wait = random.interval(timing.heartbeat, timing.heartbeat * 4)
    let extra = random.interval(timing.electionMin / 2, timing.electionMin * 9 / 10)
    delay(to: leader, by: extra, for: wait + timing.electionMax * 2)
    let pairs = others(than: [leader]).map { Pair(from: leader, to: $0) }
    queue.schedule(.cut(pairs, .oneWayPartition, for: timing.electionMax * 2), at: now + wait)
  }

  /// Cuts the leader from a minority, which soon campaigns in vain; then one of the others restarts, and does not remember
  /// whom it heard of. If it votes at once, it makes a leader within the lease of the first.
  func helpCandidate() {
    guard let leader = drawLeader() else { return }
    let others = shuffled(others(than: [leader]))
    let minority = Array(others.prefix(everyone.count / 2))
    guard let victim = others.last else { return }
    note("\(nodes[leader].id), which leads, is cut from \(names(minority))")
    beQuiet(for: plan.timing.electionMax * 3)
    let wait = random.interval(plan.timing.electionMin, plan.timing.electionMax * 2)
    cut(World.between([leader], minority), .leaderCut, for: wait + plan.timing.electionMax)
    queue.schedule(.strike(node: victim, leader: leader), at: now + wait)
  }

  func strike(_ victim: Int, leader: Int) {
    guard !isHealing, !isHeld, nodes[victim].isUp else { return }
    count(.candidateHelped)
    cut([Pair(from: leader, to: victim)], .leaderCut, for: plan.timing.electionMax)
    crash(victim, restartAfter: random.interval(.milliseconds(1), .milliseconds(20)))
  }

  /// Entries became durable on a node, and it has said so: if it is hunted, it goes.
  func promised(_ node: Int, _ operations: [LogOperation]) {
    guard isHunting, !isHealing else { return }
    let hasEntries = operations.contains { operation in
      if case .write(let writes) = operation { writes.contains { !$0.persist.entries.isEmpty } } else { false }
    }
    guard hasEntries, !nodes[node].pulses.contains(where: { $0.role == .leader }) else { return }
    isHunting = false
    count(.promiserCrash)
    crash(node, restartAfter: random.interval(.milliseconds(1), .milliseconds(60)))
  }

  // MARK: Snapshots on their way

  /// A node's state thread was given something to do: whoever hunts snapshots sees them pass.
  func snapshotMoves(_ node: Int, _ operation: StateOperation) {
    switch operation {
    case .writeChunk, .verify, .adopt: nodes[node].receivesSnapshot = true
    case .export, .readChunk: nodes[node].sendsSnapshot = true
    case .remove:
      nodes[node].receivesSnapshot = false
      nodes[node].sendsSnapshot = false
    case .apply, .checkpoint, .condemn: return
    }
    guard huntsSnapshots, !isHealing, nodes[node].receivesSnapshot || nodes[node].sendsSnapshot else { return }
    // The end of it, when a file takes another's place, is short.
    if case .adopt = operation {} else if random.oneIn(2) { return }
    huntsSnapshots = false
    queue.schedule(.strikeSnapshot(node: node), at: now + random.interval(.zero, .milliseconds(30)))
  }

  func strikeSnapshot(_ node: Int) {
    guard !isHealing, !isHeld, nodes[node].isUp, nodes[node].receivesSnapshot || nodes[node].sendsSnapshot else { return }
    note("a snapshot at \(nodes[node].id) is interrupted")
    count(.snapshotInterrupted)
    switch random.below(4) {
    case 0:
      let pairs = World.between([node], others(than: [node]))
      cut(pairs, .partition, for: random.interval(.milliseconds(500), .milliseconds(4_000)))
    case 1: if nodes[node].pausedUntil == nil { pause(node, for: random.interval(.milliseconds(500), .milliseconds(4_000))) }
    default: crash(node, restartAfter: random.interval(.milliseconds(1), .milliseconds(1_000)))
    }
  }
}
