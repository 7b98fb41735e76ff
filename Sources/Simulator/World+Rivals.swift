import Base
import Raft
import Replica
import Wire

/// Two leaders of one group of which each changes the membership and does not know of the other's change. Half of an even
/// number of voters is a majority of one voter less: when each leader removes one of the other's half, both have what they
/// take for a quorum, unless the second must first commit an entry of its own term (TH 4.1 with the correction of 2015), and
/// the first forgets its change as soon as that is truncated.
struct Duel {
  enum Stage {
    /// The first leader is cut off; somebody else is to be elected.
    case awaitsRival
    /// The first leader is heard again, and is to take the second one's log for its own.
    case awaitsTruncation
    /// The two halves are about to be parted, or are.
    case parts
  }

  let number: Int
  let slot: Int
  let first: Int
  /// Whom the first leader removes.
  let struck: Int
  /// Everybody who votes before either change.
  let voters: [Int]
  /// The cut by which the first leader is alone.
  let isolation: Int
  var stage = Stage.awaitsRival
}

/// Faults that are aimed at whoever changes a membership.
extension World {
  // MARK: At an election

  func huntElection() {
    note("whoever is elected next will be asked for another membership")
    huntsElections = true
    guard random.oneIn(2) else { return }
    cutOffLeader()
  }

  /// A replica leads: what it is asked for comes before it can have committed anything.
  func elected(_ node: Int, _ slot: Int) {
    duelElected(node, slot)
    guard huntsElections, !isHealing else { return }
    huntsElections = false
    queue.schedule(.changeAtElection(node: node, slot: slot), at: now + .microseconds(1))
  }

  func changeAtElection(_ node: Int, _ slot: Int) {
    guard !isHealing, !isHeld, leader(of: genesis.groups[slot].group) == node, changeMembership(in: slot) else { return }
    count(.changeAtElection)
  }

  // MARK: At a change

  func huntChange() {
    if random.oneIn(2), removeLeader() { return }
    note("whoever appends a configuration next will go")
    huntsChanges = true
    changeMembership(in: random.below(genesis.groups.count))
  }

  /// A leader is to remove itself while it is heard by half of the others: they are no majority without it, and it does
  /// not count any more (TH 4.2.2).
  private func removeLeader() -> Bool {
    let slot = random.below(genesis.groups.count)
    let group = genesis.groups[slot].group
    guard let leader = leader(of: group), nodes[leader].pausedUntil == nil,
      let present = nodes[leader].replicas?.configuration(of: group), !present.isJoint,
      let wanted = without(leader, present, slot), wanted.incoming.count % 2 == 0, present.incoming.count % 2 == 1
    else { return false }
    let voters = wanted.members.filter(\.votes).compactMap { plan.topology.position(of: $0.node) }
    let unheard = Array(shuffled(voters).prefix(voters.count / 2))
    note("\(nodes[leader].id) leaves '\(genesis.groups[slot].keyspace)', and is cut from \(names(unheard))")
    cut(World.between([leader], unheard), .leaderCut, for: plan.timing.electionMax)
    arrive(leader, .changeMembership(group, wanted))
    return true
  }

  /// A leader has appended a configuration, and may be about to tell others.
  func configurationAppended(_ node: Int) {
    guard huntsChanges, !isHealing else { return }
    huntsChanges = false
    queue.schedule(.strikeChange(node: node), at: now + random.interval(.zero, .milliseconds(random.oneIn(2) ? 8 : 40)))
  }

  func strikeChange(_ node: Int) {
    guard !isHealing, !isHeld, nodes[node].isUp else { return }
    note("\(nodes[node].id), which has appended a configuration, goes")
    count(.changeInterrupted)
    let away = random.interval(plan.timing.electionMax, plan.timing.electionMax * 4)
    if random.oneIn(3) {
      cut(World.between([node], others(than: [node])), .leaderCut, for: away)
    } else {
      crash(node, restartAfter: away)
    }
  }

  // MARK: Two at once

  func startDuel() {
    let slot = random.below(genesis.groups.count)
    let group = genesis.groups[slot].group
    guard let first = leader(of: group), nodes[first].pausedUntil == nil,
      let present = nodes[first].replicas?.configuration(of: group), !present.isJoint
    else { return }
    let voters = present.members.filter(\.votes).compactMap { plan.topology.position(of: $0.node) }
    guard voters.count >= 4, voters.count % 2 == 0 else { return evenOut(slot, present, first) }
    let struck = shuffled(voters.filter { $0 != first })[0]
    guard voters.contains(first), let change = without(struck, present, slot), without(first, present, slot) != nil else {
      return
    }
    note("\(nodes[first].id), which leads '\(genesis.groups[slot].keyspace)', is cut off and removes \(nodes[struck].id)")
    duels += 1
    beQuiet(for: plan.timing.electionMax * 6)
    duel = Duel(
      number: duels, slot: slot, first: first, struck: struck, voters: voters,
      isolation: network.cut(World.between([first], others(than: [first])), .rivalChanges))
    queue.schedule(.duelEnds(number: duels), at: now + plan.timing.electionMax * 6)
    arrive(first, .changeMembership(group, change))
  }

  /// Makes the number of voters even, for the next time.
  private func evenOut(_ slot: Int, _ present: Configuration, _ first: Int) {
    let others = present.members.filter { $0.votes && $0.node != nodes[first].id }
    var wanted: Configuration?
    if others.count >= 4, let node = plan.topology.position(of: others[random.below(others.count)].node) {
      wanted = without(node, present, slot)
    } else if let place = present.members.firstIndex(where: { $0.role == .learner }) {
      var members = present.members
      members[place].role = .voter
      wanted = Configuration(members: members)
    }
    guard let wanted, survival.mayForm(wanted, of: survival.sound.filter { !hasRot($0) && !isDamaged($0, genesis.groups[slot].group) }) else { return }
    note("\(nodes[first].id) is asked to make the voters of '\(genesis.groups[slot].keyspace)' even")
    arrive(first, .changeMembership(genesis.groups[slot].group, wanted))
  }

  /// Whether a node's newest configuration of the group that is fought over has a node among its members.
  private func counts(_ member: Int, at node: Int, _ slot: Int) -> Bool? {
    nodes[node].replicas?.configuration(of: genesis.groups[slot].group)?.members.contains { $0.node == nodes[member].id }
  }

  private func duelElected(_ node: Int, _ slot: Int) {
    guard let known = duel, known.slot == slot, node != known.first, case .awaitsRival = known.stage else { return }
    guard known.voters.contains(node), counts(known.struck, at: known.first, slot) == false else {
      return endDuel(known.number)
    }
    if random.oneIn(2) {
      duel?.stage = .parts
      queue.schedule(.duelParts(number: known.number), at: now + .microseconds(1))
    } else {
      duel?.stage = .awaitsTruncation
      network.mend(known.isolation)
    }
  }

  /// The first leader has dropped its change; it is given the time to learn what else it missed.
  func duelTruncated(_ node: Int, _ slot: Int) {
    guard let known = duel, known.slot == slot, node == known.first, case .awaitsTruncation = known.stage else { return }
    duel?.stage = .parts
    queue.schedule(.duelParts(number: known.number), at: now + plan.timing.heartbeat * 2)
  }

  /// Each leader gets half of the voters, and the second removes the first.
  func partDuel(_ number: Int) {
    guard let known = duel, known.number == number else { return }
    let group = genesis.groups[known.slot].group
    guard !isHealing, !isHeld, let rival = leader(of: group), rival != known.first, known.voters.contains(rival),
      let present = nodes[rival].replicas?.configuration(of: group), !present.isJoint,
      let wanted = without(known.first, present, known.slot)
    else { return endDuel(number) }
    let undecided = known.voters.filter { ![known.first, known.struck, rival].contains($0) }
    let side = [known.first] + shuffled(undecided).prefix(known.voters.count / 2 - 1)
    let other = known.voters.filter { !side.contains($0) }
    network.mend(known.isolation)
    note("\(names(side)) cut from \(names(other)), where \(nodes[rival].id) removes \(nodes[known.first].id)")
    count(.rivalChanges)
    cut(World.between(side, other), .rivalChanges, for: plan.timing.electionMax * 4)
    arrive(rival, .changeMembership(group, wanted))
  }

  func endDuel(_ number: Int) {
    guard let known = duel, known.number == number else { return }
    network.mend(known.isolation)
    duel = nil
  }
}
