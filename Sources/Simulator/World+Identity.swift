import Base
import Raft
import Replica
import Storage
import Wire

/// A store that is not what it was, and what became of it.
struct Imposture {
  enum Kind {
    case wiped, restored, doubled
  }

  let kind: Kind
  let node: Int
  /// The second process of the same name; nil when there is none.
  var twin: Int?
  /// Somebody has told it that it is not what it says.
  var isRefused = false
}

/// Stores that are not what they were: wiped, brought back from an old backup, or run by two processes at once. The
/// cluster must refuse them, and what they held counts for nothing any more, so the guard treats such a node as lost.
///
/// What a store has acknowledged is known to leaders and in the peers' ledgers only. A copy from the past that meets none
/// of those would be believed, by any Raft; so while a copy comes up nothing else goes wrong, and it must be found out.
extension World {
  /// While a copy comes up.
  var isHeld: Bool { now < heldUntil }

  /// A machine's disk is replaced, and the node starts under its old name with nothing.
  func wipe() {
    guard let node = drawVictim() else { return }
    note("\(nodes[node].id) loses its disk")
    count(.wipedNode)
    kill(node)
    betray(Imposture(kind: .wiped, node: node))
    replaceDisk(of: node, with: nodes[node].disk.blank())
    queue.schedule(.restart(node: node), at: now + random.interval(.milliseconds(1), .milliseconds(1_000)))
  }

  /// A backup is made; later its node is started from it.
  func restoreBackup() {
    guard let backup = backups.first else { return makeBackup() }
    guard isCalm, mayLose(backup.node), wouldBeNoticed(backup) else { return }
    let node = backup.node
    note("\(nodes[node].id) is restored from an old backup")
    count(.restoredNode)
    backups = []
    hold()
    kill(node)
    betray(Imposture(kind: .restored, node: node))
    replaceDisk(of: node, with: backup.disk)
    queue.schedule(.restart(node: node), at: now + .milliseconds(50))
  }

  private func makeBackup() {
    guard let node = drawVictim() else { return }
    note("a backup of \(nodes[node].id) is made")
    let logs = checks.facts.logs
    backups.append(
      Backup(node: node, disk: nodes[node].disk.copy(), lasts: genesis.groups.map { logs.last(node, $0.group) }))
  }

  /// A node's disk as it was.
  struct Backup {
    let node: Int
    let disk: any NodeDisk
    /// By group: what its log held.
    let lasts: [LogIndex]
  }

  /// Whether the leader of some group knows that the node has acknowledged more than the backup holds.
  private func wouldBeNoticed(_ backup: Backup) -> Bool {
    genesis.groups.indices.contains { slot in
      guard let leader = leader(of: genesis.groups[slot].group), leader != backup.node,
        let status = nodes[leader].replicas?.groupStatus(at: reading(leader))[slot],
        let follower = status.followers.first(where: { $0.node == nodes[backup.node].id.name })
      else { return false }
      return min(follower.match, status.commit) > backup.lasts[slot].rawValue
    }
  }

  /// A clone of a machine is started beside the original.
  func double() {
    guard twins == 0, isCalm, let node = drawVictim(), !leadsSomething(node), isMemberOfSome(node) else { return }
    note("\(nodes[node].id) runs twice")
    count(.doubledNode)
    let copy = nodes[node].disk.copy()
    hold()
    let twin = nodes.count
    twins += 1
    nodes.append(
      SimulatedNode(
        position: twin, id: nodes[node].id, nation: nodes[node].nation, supplier: nodes[node].supplier, disk: copy))
    disks?.add()
    network.put(twin, beside: node)
    nodes[twin].isImposter = true
    boot(twin)
    // Either is the clone of a machine that runs on, or both were started from the same disk.
    if random.oneIn(2) {
      kill(node)
      queue.schedule(.restart(node: node), at: now + random.interval(.milliseconds(1), .milliseconds(60)))
    }
    betray(Imposture(kind: .doubled, node: node, twin: twin))
    queue.schedule(.restart(node: twin), at: now + random.interval(.milliseconds(1), .milliseconds(60)))
  }

  /// Whether some group has it for a member. Who has been removed is refused for that, whatever its store is.
  private func isMemberOfSome(_ node: Int) -> Bool { genesis.groups.contains { isMember(nodes[node], $0.group) } }

  func leadsSomething(_ node: Int) -> Bool { nodes[node].pulses.contains { $0.role == .leader } }

  /// A node that the cluster can do without, and whose loss the guard allows.
  private func drawVictim() -> Int? {
    let victims = survival.sound.filter { node in
      nodes[node].isUp && nodes[node].pausedUntil == nil && mayLose(node) && !(disks?.guardian.isDamaged(node) ?? false)
    }
    return victims.isEmpty ? nil : victims[random.below(victims.count)]
  }

  /// Whether the others suffice without what rots: a replica that is to be rebuilt needs a leader first.
  private func mayLose(_ node: Int) -> Bool {
    survival.mayLose(node) && canServe(survival.sound.filter { $0 != node && !hasRot($0) })
  }

  private func betray(_ imposture: Imposture) {
    survival.lose(imposture.node)
    observe(.lost(node: imposture.node))
    nodes[imposture.node].isImposter = true
    impostures.append(imposture)
    guard imposture.kind != .wiped else { return }
    queue.schedule(.impostureEnds(node: imposture.node), at: heldUntil)
  }

  // MARK: Nothing else goes wrong meanwhile

  /// Everybody runs, and one leads each group: by a vote that a copy has forgotten nobody leads beside another.
  private var isCalm: Bool {
    leaders.contested == 0 && everyone.allSatisfy { node in
      survival.lost.contains(node) || (nodes[node].isUp && nodes[node].pausedUntil == nil && !nodes[node].clock.isHalted)
    } && genesis.groups.allSatisfy { leader(of: $0.group) != nil }
  }

  private func hold() {
    heldUntil = now + .seconds(2) + plan.timing.electionMax * 2
    network.heal()
    network.weather = SimulatedNetwork.Weather()
    ceaseHunting()
    healDisks()
    for node in everyone {
      nodes[node].interruption = nil
      nodes[node].diskFactor = 1
      giveSpace(node)
    }
    queue.schedule(.holdEnds, at: heldUntil)
  }

  func endHold() {
    guard !isHealing else { return }
    network.weather = plan.weather.without(options.calmed)
  }

  /// An administrator has been told, and stops what must not run.
  func endImposture(_ node: Int) {
    guard let imposture = impostures.first(where: { $0.node == node && $0.kind != .wiped }) else { return }
    if !imposture.isRefused {
      violation = violation ?? "identity: \(nodes[node].id), \(imposture.kind), was refused by nobody"
    }
    for position in [node, imposture.twin].compactMap({ $0 }) {
      nodes[position].isGone = true
      if nodes[position].isUp { kill(position) }
    }
  }

  // MARK: What is seen of them

  /// A node was told why a peer refuses it.
  func refused(_ node: Int, _ refusal: PeerRefusal) {
    guard let place = impostures.firstIndex(where: { $0.node == node || $0.twin == node }) else { return }
    if refusal.disownsStore {
      impostures[place].isRefused = true
      nodes[node].isDisowned = true
      if refusal.isFinal { nodes[node].isForsworn = true }
    } else if refusal == .notAMember, !isMemberOfSome(impostures[place].node) {
      impostures[place].isRefused = true
    }
  }

  /// Whether a node may be refused for `refusal`; a sound one is refused by nobody but those who do not know it (yet).
  func isExpected(_ refusal: PeerRefusal, of node: Int, by other: Int) -> Bool {
    if nodes[node].isImposter || nodes[other].isImposter { return true }
    if case .notAMember = refusal { return true }
    return false
  }

  /// Of two processes one is the store that it was, and may lead until it is told otherwise.
  func watchElected(_ node: Int, _ group: GroupID) {
    guard nodes[node].isImposter else { return }
    let isWiped = impostures.contains { $0.node == node && $0.kind == .wiped }
    guard isWiped || nodes[node].isDisowned else { return }
    violation = violation ?? "identity: \(nodes[node].id), which lost its store, leads \(group)"
  }

  /// Nobody may count on a store that was told that it is not what it says.
  func watch(_ node: Int, _ frame: PeerFrame) {
    guard nodes[node].isDisowned, case .messages(let messages) = frame else { return }
    if nodes[node].isForsworn, let first = messages.first {
      violation = violation ?? "identity: \(nodes[node].id) speaks in \(first.group) though its store was disowned"
    }
    for message in messages {
      if case .voteReply(let reply) = message.message.body, reply.granted {
        violation = violation ?? "identity: \(nodes[node].id) votes in \(message.group) though its store was disowned"
      }
    }
  }
}

extension Observation {
  /// Whose doing it is; nil: nobody's alone.
  var node: Int? {
    switch self {
    case .asked(let node, _, _), .sent(let node, _, _), .elected(let node, _, _, _, _, _),
      .submitted(let node, _, _), .persisted(let node, _, _), .installed(let node, _, _), .rebuilt(let node, _, _),
      .applying(let node, _), .applied(let node, _), .adopted(let node, _, _, _), .stateDurable(let node, _, _),
      .learned(let node, _, _), .inspected(let node, _), .crashed(let node), .restarted(let node, _),
      .replaced(let node), .lost(let node), .harmed(let node, _), .mended(let node, _), .clockLeapt(let node, _),
      .hungUp(let node, _), .replied(let node, _, _, _):
      node
    case .committed, .contested, .told: nil
    }
  }
}
