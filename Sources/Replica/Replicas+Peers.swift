public import Base
import Raft
public import Wire

extension Replicas {
  /// What this node says of itself to `callee`.
  public func hello(to callee: NodeID) -> PeerHello {
    PeerHello(
      versions: Versions.protocolRange, featureLevel: Versions.featureLevel, cluster: genesis?.cluster ?? .zero,
      epoch: genesis?.epoch ?? 0, node: configuration.node, store: store, bootCount: bootCount, nonce: nonce,
      callee: callee, logs: groups.map(\.logEnd))
  }

  mutating func greeted(_ link: LinkID, _ hello: PeerHello, at now: Moment, into effects: inout [ReplicaEffect]) {
    if let refusal = judge(hello) {
      links.refuse(hello.node, "refused here: \(refusal)")
      effects.append(.note(.peerRefused(hello.node, refusal)))
      effects.append(.answer(link, .refused(refusal)))
      effects.append(.closeLink(link))
      return
    }
    effects.append(.answer(link, .welcome(self.hello(to: hello.node))))
    admit(link, hello, isOutbound: false, into: &effects)
  }

  mutating func welcomed(_ link: LinkID, _ hello: PeerHello, at now: Moment, into effects: inout [ReplicaEffect]) {
    if let refusal = judge(hello) {
      links.refuse(hello.node, "refused here: \(refusal)")
      effects.append(.note(.peerRefused(hello.node, refusal)))
      effects.append(.closeLink(link))
      return
    }
    admit(link, hello, isOutbound: true, into: &effects)
    takenBack(by: hello.node, at: now, into: &effects)
  }

  mutating func refused(
    by node: NodeID, _ refusal: PeerRefusal, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    links.refuse(node, "refused by \(node): \(refusal)")
    effects.append(.note(.refusedBy(node, refusal)))
    // Only leaders know what a store acknowledged, so one peer's word is enough: the others would count the votes of a
    // replica that has forgotten entries, and could elect a leader without them.
    guard refusal.disownsStore else { return }
    if refusal.isFinal, ledger.defect != .believesDisownedStore {
      isForsworn = true
      outbox.removeAll()
    }
    disowning.removeAll { $0.node == node }
    disowning.append((node, "refused by \(node): \(refusal)"))
    for slot in groups.indices { updateSuspension(slot, at: now, into: &effects) }
  }

  private mutating func takenBack(by node: NodeID, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard !isForsworn, let position = disowning.firstIndex(where: { $0.node == node }) else { return }
    disowning.remove(at: position)
    guard disowning.isEmpty else { return }
    for slot in groups.indices { updateSuspension(slot, at: now, into: &effects) }
  }

  private mutating func judge(_ hello: PeerHello) -> PeerRefusal? {
    for slot in groups.indices { noteAcknowledgements(slot) }
    return ledger.judge(hello, genesis: genesis, member: member(hello.node), own: configuration.node)
  }

  /// What peers have acknowledged is known to the ledger, by which a store that comes back with less is found out.
  mutating func noteAcknowledgements(_ slot: Int) {
    // Asked for once: each answer of the group's copies it.
    let peers = groups[slot].raft.progress
    guard !peers.isEmpty else { return }
    for member in groups[slot].raft.configuration.members where member.replica != groups[slot].replica {
      guard let peer = peers.first(where: { $0.replica == member.replica }) else { continue }
      let known = min(peer.match, groups[slot].raft.commit)
      if known > .genesis { ledger.acknowledged(member.store, groups[slot].group, known) }
    }
  }

  /// The member that a node's name stands for, in any group.
  private func member(_ node: NodeID) -> Member? {
    for group in groups {
      if let member = group.raft.configuration.member(on: node) { return member }
    }
    return nil
  }

  private mutating func admit(
    _ link: LinkID, _ hello: PeerHello, isOutbound: Bool, into effects: inout [ReplicaEffect]
  ) {
    for old in links.stale(against: hello) {
      links.close(old)
      effects.append(.closeLink(old))
    }
    ledger.accept(hello)
    links.open(LinkTable.Link(link: link, node: hello.node, hello: hello, isOutbound: isOutbound))
  }

  mutating func received(_ link: LinkID, _ frame: PeerFrame, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard !isForsworn, let peer = links.node(of: link) else { return }
    switch frame {
    case .hello, .welcome, .refused:
      effects.append(.closeLink(link))
    case .messages(let messages):
      for message in messages { deliver(message, from: peer, at: now, into: &effects) }
    case .snapshot(let frame):
      snapshotFrame(frame, from: peer, at: now, into: &effects)
    case .digests(let reports):
      for report in reports { compare(report, from: peer, at: now, into: &effects) }
    case .space(let report): space.heard(report, from: peer)
    }
  }

  private mutating func deliver(
    _ message: GroupMessage, from peer: NodeID, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(message.group) else { return }
    if message.message.to != groups[slot].replica {
      guard readmits(slot, message.message, from: peer) else { return }
      groups[slot].replica = message.message.to
      effects.append(.note(.readmitted(message.group, message.message.to)))
      step(slot, .readmitted(as: message.message.to), at: now, into: &effects)
    }
    // A replica may speak only for the node that it stands on; one that this node does not know yet (it was added, and
    // the configuration has not come here) is believed for its link's sake.
    if let node = groups[slot].node(of: message.message.from), node != peer { return }
    groups[slot].heard(message.message.from, from: peer)
    if groups[slot].isInstalling, case .append = message.message.body { return }
    step(slot, .received(message.message), at: now, into: &effects)
  }

  /// Whether a message to another replica means this one: a leader knows this node's replica by a later id, as it does
  /// when the replica was removed and is a member again. Whoever was removed may not know it yet, so a leader's word that
  /// is not of an earlier term is enough; ids only rise, so an old message cannot take it back.
  private func readmits(_ slot: Int, _ message: Message, from peer: NodeID) -> Bool {
    guard message.to > groups[slot].replica, message.term >= groups[slot].raft.term else { return false }
    if let place = groups[slot].node(of: message.to), place != configuration.node { return false }
    if let place = groups[slot].node(of: message.from), place != peer { return false }
    switch message.body {
    case .append, .heartbeat: return true
    default: return false
    }
  }

  mutating func changeMembership(
    _ group: GroupID, _ wanted: Configuration, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group) else { return }
    refusal = nil
    step(slot, .change(wanted), at: now, into: &effects)
    if let refusal { effects.append(.note(.membershipRefused(group, refusal))) }
  }

  private mutating func compare(
    _ report: DigestReport, from peer: NodeID, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(report.group), let member = groups[slot].raft.configuration.member(on: peer) else { return }
    groups[slot].digests.record(report.index, from: member.replica, chain: report.chainHead, set: report.setHash)
    judgeDigests(slot, at: now, into: &effects)
  }
}
