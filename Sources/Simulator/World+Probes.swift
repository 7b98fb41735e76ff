import Base
import Model
import Raft
import Replica
import Wire

/// Counts rare situations as they are met.
extension World {
  func meet(_ probe: Probe) { probes[probe.rawIndex] += 1 }

  func probe(_ node: Int, _ note: ReplicaNote) {
    switch note {
    case .raft(let group, let note): probe(node, Int(group.rawValue) - 1, note)
    case .peerRefused(_, let refusal): probe(refusal)
    case .leftService: meet(.leftService)
    case .inDoubt: meet(.inDoubt)
    case .rebuilt: meet(.rebuilt)
    case .snapshotInstalled(let group, _):
      meet(.snapshotInstalled)
      if nodes[node].appendedWhileReceiving.contains(group) { meet(.snapshotAmongAppends) }
      nodes[node].appendedWhileReceiving.remove(group)
    case .snapshotNotNeeded: meet(.snapshotNotNeeded)
    case .leaseRanOut: meet(.leaseRanOut)
    case .fateTold(_, let wasApplied): meet(wasApplied ? .fateToldLateApplied : .fateToldLateNotApplied)
    case .membershipRefused(_, let refusal): probe(refusal)
    case .readmitted: meet(.readmitted)
    case .refusedBy, .rebuilding, .snapshotSent, .allReplicasHandedOver: break
    }
  }

  private func probe(_ node: Int, _ slot: Int, _ note: Note) {
    switch note {
    case .becameRole(.leader, _): if leaders.leaders(of: slot).contains(where: { $0 != node }) { meet(.electedBesideLeader) }
    case .truncated: meet(.entriesTruncated)
    case .peerLost: meet(.peerLostEntries)
    case .configurationChanged(let index):
      if index < nodes[node].configurations[slot] { meet(.configurationRolledBack) }
      nodes[node].configurations[slot] = index
      if nodes[node].pulses.count > slot, nodes[node].pulses[slot].role == .leader, !votes(node, slot) { meet(.leaderRemoved) }
    case .transferEnded(let succeeded): meet(succeeded ? .transferSucceeded : .transferFailed)
    case .leftJoint(let index):
      meet(.jointLeft)
      if entered[slot] != EntryPlace(index: index, node: node) { meet(.jointLeftByAnother) }
    case .lostQuorum: meet(.leaderUnheard)
    case .abdicated: meet(.abdicated)
    case .skippedBack: meet(.hintUsed)
    case .tailFull: meet(.tailFull)
    case .resumedVoting: meet(.damageHealed)
    case .becameRole, .leaderChanged, .hashDiffers: break
    }
  }

  private func votes(_ node: Int, _ slot: Int) -> Bool {
    let group = genesis.groups[slot].group
    return nodes[node].replicas?.configuration(of: group)?.member(on: nodes[node].id)?.votes ?? false
  }

  private func probe(_ refusal: PeerRefusal) {
    switch refusal {
    case .otherStore: meet(.refusedOtherStore)
    case .olderBoot: meet(.refusedOlderBoot)
    case .doubled: meet(.refusedDoubled)
    case .logShrank: meet(.refusedShrunkLog)
    case .notAMember: meet(.refusedNoMember)
    case .noGenesis: meet(.refusedNoGenesis)
    case .version, .otherCluster, .otherEpoch, .wrongCallee: break
    }
  }

  private func probe(_ refusal: Refusal) {
    switch refusal {
    case .changeUnderWay: meet(.changeUnderWay)
    case .illegalChange(let why): meet("\(why)" == "a new voter is not caught up" ? .voterNotCaughtUp : .changeIllegal)
    case .notLeader, .transferring, .overloaded, .unsuitableTarget: break
    }
  }

  /// What a node answers.
  func probe(_ token: ClientToken, _ reply: ClientReply) {
    guard case .failed(let failure) = reply.body else { return }
    switch failure.code {
    case .unknownSession: meet(.sessionUnknown)
    case .acknowledgedBefore: meet(.acknowledgedBefore)
    case .overloaded: meet(.overloaded)
    case .diskFull: meet(.diskFull)
    case .noSpace: meet(.spaceShort)
    case .tooStale: meet(.tooStale)
    case .unavailable where failure.outcome == .unknown: meet(.fateUnseen)
    case .invalidArgument where token.connection == World.noConnection: meet(.transferRefused)
    default: break
    }
  }

  /// What a client is told in the end.
  func probe(_ call: ClientCall) {
    switch call.answer {
    case .applied(.appliedBefore, _): meet(.appliedBefore)
    case .applied where call.firstInvoked < call.invoked: meet(.retriedElsewhere)
    case .read(.outcome(.applied), _): meet(.outcomeAsked)
    default: break
    }
  }

  func probe(_ node: Int, _ operation: StateOperation) {
    guard case .writeChunk(let group, _, _, let offset, _) = operation, offset == 0 else { return }
    nodes[node].appendedWhileReceiving.remove(group)
  }

  func probe(_ node: Int, _ write: GroupWrite) {
    if nodes[node].receivesSnapshot, !write.persist.entries.isEmpty { nodes[node].appendedWhileReceiving.insert(write.group) }
  }
}

/// Where a joint configuration was begun, and by whom.
struct EntryPlace: Equatable {
  let index: LogIndex
  let node: Int
}

extension Probe {
  var rawIndex: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
