import Base
import Model
import Raft
import Wire

/// Replicas that cannot vouch for their state: out of service first, then rebuilt from a healthy leader (design §6).
extension Replicas {
  /// For so long a difference between replicas may wait for the report that tells who is right.
  private static let doubtPatience = Interval.seconds(1)

  /// Takes the replica out of service: from now on it neither leads, votes, serves nor hands out its state. The reason
  /// outlives the process where `condemning` says that the state file must not be used again.
  mutating func leaveService(
    _ slot: Int, _ reason: String, _ cure: Quarantine.Cure = .snapshot(floor: .zero), condemning: Bool = true,
    at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard groups[slot].quarantine == nil else { return }
    groups[slot].quarantine = Quarantine(reason: reason, cure: cure, isCondemned: condemning)
    groups[slot].scrub.stop()
    effects.append(.note(.leftService(groups[slot].group, reason: reason)))
    if condemning { effects.append(.state(.condemn(groups[slot].group, reason: reason))) }
    abandonSending(slot, at: now, into: &effects)
    updateSuspension(slot, at: now, into: &effects)
    for client in groups[slot].proposals.abandon() {
      reply(
        slot, client,
        Failure(
          code: .notServing, outcome: .unknown,
          message: "the replica left service while the write was under way; ask for its outcome at another node"),
        into: &effects)
    }
    for read in groups[slot].reads.takeUnstarted() { refuse(slot, read.client, into: &effects) }
  }

  /// Why callers are not served by this replica just now; nil when they are.
  func whyNotServing(_ slot: Int) -> String? {
    // Asked of every request: the group is not copied for it.
    if let quarantine = groups[slot].quarantine { return "this replica is out of service: \(quarantine.reason)" }
    if isForsworn { return "this node's store is not what it was, or runs twice: \(disownedText)" }
    if groups[slot].doubt?.isInForce ?? false {
      return "the replicas' states differ, and too few have told theirs to say which is right"
    }
    if groups[slot].raft.role == .leader, !isMajorityWell(slot) {
      return "a majority of the replicas is out of service: the group has stopped; restore it from a backup"
    }
    return nil
  }

  mutating func refuse(_ slot: Int, _ client: ClientToken, into effects: inout [ReplicaEffect]) {
    guard let reason = whyNotServing(slot) else { return }
    reply(slot, client, Failure(code: .notServing, outcome: .notApplied, message: reason), into: &effects)
  }

  private func isMajorityWell(_ slot: Int) -> Bool {
    if groups[slot].sick.isEmpty { return true }
    let configuration = groups[slot].raft.configuration
    let halves = [configuration.incoming, configuration.outgoing].filter { !$0.isEmpty }
    return halves.allSatisfy { groups[slot].sick.leavesMajority(of: $0) }
  }

  // MARK: Comparing

  mutating func judgeDigests(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    let voters = groups[slot].raft.configuration.incoming
    switch groups[slot].digests.verdict(for: groups[slot].replica, voters: voters) {
    case .agreed: groups[slot].doubt = nil
    case .undecided:
      if groups[slot].doubt == nil { groups[slot].doubt = HostedGroup.Doubt(since: now) }
    case .outvoted:
      groups[slot].doubt = nil
      leaveService(
        slot, "its state differs from what a majority of the replicas agrees on", at: now, into: &effects)
    case .noMajority:
      groups[slot].doubt = nil
      leaveService(
        slot, "the replicas' states differ and no majority agrees; the group has stopped: restore it from a backup",
        .none, at: now, into: &effects)
    }
  }

  /// A difference that nobody has decided: to serve on would be to give answers of which one half is wrong. The replica
  /// goes on leading, or the one that could decide would not catch up.
  mutating func weighDoubt(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard let doubt = groups[slot].doubt, !doubt.isInForce, now - doubt.since >= Self.doubtPatience else { return }
    groups[slot].doubt?.isInForce = true
    effects.append(.note(.inDoubt(groups[slot].group)))
    for read in groups[slot].reads.takeUnstarted() { refuse(slot, read.client, into: &effects) }
  }

  // MARK: Rebuilding: the sick side

  /// The least index at which a snapshot would cure the replica; nil when none would.
  func cureFloor(_ slot: Int) -> LogIndex? {
    guard case .snapshot(let floor)? = groups[slot].quarantine?.cure else { return nil }
    // Entries below the log's start are nowhere on this node.
    return max(floor, groups[slot].raft.firstIndex - 1)
  }

  mutating func askForRebuild(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard let floor = cureFloor(slot), groups[slot].receiving == nil, !isStopping, !disk.isFull,
      let leader = groups[slot].raft.leader, leader != groups[slot].replica, groups[slot].rebuilds.mayAsk(at: now)
    else { return }
    groups[slot].rebuilds.asked(at: now)
    send(slot, to: leader, transfer: 0, .wanted(atLeast: floor), into: &effects)
  }

  /// A snapshot is in force: it was checked row by row before.
  mutating func rebuilt(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    groups[slot].digests.forget(groups[slot].replica)
    groups[slot].doubt = nil
    groups[slot].scrub.stop()
    guard let quarantine = groups[slot].quarantine else { return }
    // The reason may have come up while the snapshot was being put in force.
    guard let floor = cureFloor(slot), groups[slot].applied >= floor else {
      if quarantine.isCondemned {
        effects.append(.state(.condemn(groups[slot].group, reason: quarantine.reason)))
      }
      return
    }
    groups[slot].quarantine = nil
    groups[slot].rebuilds.done(at: now)
    effects.append(.note(.rebuilt(groups[slot].group, groups[slot].applied)))
  }

  // MARK: Rebuilding: the leader's side

  mutating func wanted(
    _ slot: Int, by peer: ReplicaID, atLeast floor: LogIndex, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    groups[slot].sick.heard(peer, at: now)
    // Only a leader that has committed in its term knows that its state is not an old one. A majority that is sick is
    // never cured by the rest: what most of them hold may be what was agreed on.
    guard groups[slot].raft.hasCommittedInTerm, whyNotServing(slot) == nil, !groups[slot].isInstalling,
      groups[slot].applied >= floor
    else { return }
    if let sending = groups[slot].sending {
      // A file that is too old for this peer is on its way to others: the peer asks again.
      if let index = sending.index, index < floor { return }
      if let known = sending.peers.first(where: { $0.replica == peer }) {
        // It asks only when it receives nothing; but an offer may have crossed the question.
        guard known.isOffered, now - known.lastProgress > RebuildPace.askEvery * 2 else { return }
      }
    }
    effects.append(.note(.rebuilding(groups[slot].group, peer: node(slot, peer))))
    snapshotNeeded(slot, peer, at: now, into: &effects)
  }
}
