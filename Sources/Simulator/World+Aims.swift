import Base
import Raft
import Replica
import Wire

/// Faults that are aimed: at the leader, at who has just promised something, at the moment between an old leader's lease
/// and a new one's election.
extension World {
  func aim() {
    let group = genesis.groups[random.below(genesis.groups.count)].group
    guard let leader = leader(of: group) else { return }
    switch random.below(6) {
    case 0:
      note("whoever promises something next will crash")
      isHunting = true
    case 1: cutOff(leader)
    case 2, 3: delayAnswers(to: leader)
    default: helpCandidate(against: leader)
    }
  }

  /// The node that leads the group in the newest term.
  func leader(of group: GroupID) -> Int? {
    var newest: (node: Int, term: Term)?
    for node in nodes.indices {
      guard let found = nodes[node].replicas?.inspection(at: now).first(where: { $0.group == group }),
        found.role == .leader, newest.map({ $0.term < found.term }) ?? true
      else { continue }
      newest = (node, found.term)
    }
    return newest?.node
  }

  private func cutOff(_ leader: Int) {
    note("\(nodes[leader].id), which leads, is cut off")
    count(.leaderCut)
    for other in nodes.indices where other != leader {
      network.block(from: leader, to: other)
      network.block(from: other, to: leader)
    }
    queue.schedule(.healNetwork, at: now + random.interval(.milliseconds(100), .milliseconds(2_000)))
  }

  /// The leader is answered late, and then no longer heard: the last answers come when the others already look for another
  /// leader. If its lease counts from their coming, it outlives the election.
  private func delayAnswers(to leader: Int) {
    note("\(nodes[leader].id), which leads, is answered late")
    count(.answersLate)
    let timing = plan.timing
    network.slow(to: leader, by: random.interval(timing.electionMin / 2, timing.electionMin * 9 / 10))
    let wait = random.interval(timing.heartbeat, timing.heartbeat * 4)
    queue.schedule(.silence(node: leader), at: now + wait)
    queue.schedule(.healNetwork, at: now + wait + timing.electionMax * 2)
  }

  func silence(_ node: Int) {
    guard !isHealing else { return }
    note("\(nodes[node].id) is not heard")
    for other in nodes.indices where other != node { network.block(from: node, to: other) }
  }

  /// Cuts the leader from a minority, which soon campaigns in vain; then one of the others restarts, and does not remember
  /// whom it heard of. If it votes at once, it makes a leader within the lease of the first.
  private func helpCandidate(against leader: Int) {
    var others = nodes.indices.filter { $0 != leader }
    for place in others.indices { others.swapAt(place, place + random.below(others.count - place)) }
    let minority = others.prefix(nodes.count / 2)
    guard let victim = others.last else { return }
    note("\(nodes[leader].id), which leads, is cut from \(minority.map { nodes[$0].id.name })")
    count(.leaderCut)
    beQuiet(for: plan.timing.electionMax * 4)
    for other in minority {
      network.block(from: leader, to: other)
      network.block(from: other, to: leader)
    }
    let wait = random.interval(plan.timing.electionMin, plan.timing.electionMax * 2)
    queue.schedule(.strike(node: victim, leader: leader), at: now + wait)
    queue.schedule(.healNetwork, at: now + wait + plan.timing.electionMax)
  }

  func strike(_ victim: Int, leader: Int) {
    guard !isHealing, nodes[victim].isUp else { return }
    count(.candidateHelped)
    network.block(from: leader, to: victim)
    crash(victim, restartAfter: random.interval(.milliseconds(1), .milliseconds(20)))
  }

  /// Entries became durable on a node, and it has said so: if it is hunted, it goes.
  func promised(_ node: Int, _ operations: [LogOperation]) {
    guard isHunting, !isHealing else { return }
    let hasEntries = operations.contains { operation in
      if case .write(let writes) = operation { writes.contains { !$0.persist.entries.isEmpty } } else { false }
    }
    let leads = nodes[node].replicas?.inspection(at: now).contains { $0.role == .leader } ?? true
    guard hasEntries, !leads else { return }
    isHunting = false
    count(.promiserCrash)
    crash(node, restartAfter: random.interval(.milliseconds(1), .milliseconds(60)))
  }
}
