import Base
import Raft
import Replica
import Wire

/// Administrators who change the membership of groups at times that are not the best: any step that is legal, and some
/// that are not, from any configuration to any that the guard allows.
extension World {
  /// - Returns: whether anybody was asked.
  @discardableResult
  func changeMembership(in slot: Int) -> Bool {
    let group = genesis.groups[slot].group
    guard let leader = leader(of: group), nodes[leader].pausedUntil == nil,
      let present = nodes[leader].replicas?.configuration(of: group), !present.isJoint,
      let wanted = drawConfiguration(slot, after: present, leader: nodes[leader].id), wanted != present,
      survival.mayForm(wanted, of: survival.sound.filter { !hasRot($0) && !isDamaged($0, group) })
    else { return false }
    note(
      "\(nodes[leader].id) is asked to make '\(genesis.groups[slot].keyspace)' of "
        + wanted.members.map { "\($0.replica) \($0.role)" }.joined(separator: ", "))
    arrive(leader, .changeMembership(group, wanted))
    return true
  }

  /// A configuration without a node, if enough voters remain and the guard allows it.
  func without(_ node: Int, _ present: Configuration, _ slot: Int) -> Configuration? {
    let members = present.members.filter { $0.node != nodes[node].id }
    guard members.count < present.members.count else { return nil }
    let configuration = Configuration(members: members)
    let group = genesis.groups[slot].group
    guard configuration.incoming.count >= plan.votersMin,
      survival.mayForm(configuration, of: survival.sound.filter { !hasRot($0) && !isDamaged($0, group) })
    else { return nil }
    return configuration
  }

  /// A node is removed from every group that can do without it; then it starts again and finds that nobody knows it.
  func expel() {
    let sound = survival.sound.filter { nodes[$0].isUp && nodes[$0].pausedUntil == nil }
    guard !sound.isEmpty else { return }
    let node = sound[random.below(sound.count)]
    note("\(nodes[node].id) is removed from all groups")
    for (slot, group) in genesis.groups.enumerated() {
      guard let leader = leader(of: group.group), nodes[leader].pausedUntil == nil,
        let present = nodes[leader].replicas?.configuration(of: group.group), !present.isJoint,
        let wanted = without(node, present, slot)
      else { continue }
      arrive(leader, .changeMembership(group.group, wanted))
    }
    queue.schedule(.expelled(node: node), at: now + random.interval(.milliseconds(300), .milliseconds(1_500)))
  }

  func expelled(_ node: Int) {
    guard !isHealing, !isHeld, nodes[node].isUp else { return }
    crash(node, restartAfter: random.interval(.milliseconds(1), .milliseconds(60)))
    count(.quickRestart)
  }

  private func drawConfiguration(_ slot: Int, after present: Configuration, leader: NodeID) -> Configuration? {
    switch random.below(9) {
    case 0: return turn(.learner, into: .voter, in: present)
    case 1: return turn(.voter, into: .learner, in: present)
    case 2: return remove(.learner, from: present)
    case 3: return add(slot, to: present)
    case 4: return remove(.voter, from: present)
    case 5: return remove(.voter, from: present).flatMap { remove(.voter, from: $0) }
    case 6:
      guard let position = plan.topology.position(of: leader) else { return nil }
      return without(position, present, slot)
    default: return replaceVoters(of: present)
    }
  }

  private func draw(_ role: MemberRole, of configuration: Configuration) -> Int? {
    let places = configuration.members.indices.filter { configuration.members[$0].role == role }
    guard !places.isEmpty, role != .voter || places.count > plan.votersMin else { return nil }
    return places[random.below(places.count)]
  }

  private func turn(_ role: MemberRole, into other: MemberRole, in present: Configuration) -> Configuration? {
    guard let place = draw(role, of: present) else { return nil }
    var members = present.members
    members[place].role = other
    return Configuration(members: members)
  }

  private func remove(_ role: MemberRole, from present: Configuration) -> Configuration? {
    guard let place = draw(role, of: present) else { return nil }
    var members = present.members
    members.remove(at: place)
    return Configuration(members: members)
  }

  /// A node that is no member becomes one, under an id that the group has never used.
  private func add(_ slot: Int, to present: Configuration) -> Configuration? {
    let spare = survival.sound.filter { present.member(on: nodes[$0].id) == nil }
    guard !spare.isEmpty else { return nil }
    var member = founders[spare[random.below(spare.count)]]
    member.replica = ReplicaID(nextReplica[slot])
    member.role = .learner
    nextReplica[slot] += 1
    return Configuration(members: present.members + [member])
  }

  /// By joint consensus: any of the members vote from now on, and whoever does not learns or goes.
  private func replaceVoters(of present: Configuration) -> Configuration? {
    let candidates = shuffled(Array(present.members.indices))
    guard candidates.count >= plan.votersMin else { return nil }
    let voters = candidates.prefix(plan.votersMin + random.below(candidates.count - plan.votersMin + 1))
    var members = present.members
    for place in members.indices {
      let votes = present.members[place].votes
      members[place].role = voters.contains(place) ? .voter : votes && random.oneIn(2) ? .departing : .learner
    }
    return Configuration(members: members, outgoing: present.incoming)
  }

  /// Takes note of configurations that enter logs.
  func followConfigurations(_ node: Int, _ write: GroupWrite) {
    for entry in write.persist.entries where entry.kind == .configuration {
      guard let configuration = Configuration(in: entry) else { continue }
      let slot = Int(write.group.rawValue) - 1
      survival.appended(slot, entry.index, configuration)
      guard nodes[node].pulses.count > slot, nodes[node].pulses[slot].role == .leader else { continue }
      count(.membershipChange)
      configurationAppended(node)
      if configuration.isJoint { entered[slot] = EntryPlace(index: entry.index, node: node) }
    }
  }
}
