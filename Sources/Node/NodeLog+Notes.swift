import Raft
import Replica

extension NodeLog {
  /// Tells an administrator what happened to the replicas.
  func note(_ note: ReplicaNote) {
    switch note {
    case .raft(let group, let note): self.note(note, "\(group)")
    case .peerRefused(let node, let refusal): warning("refused \(node): \(refusal)")
    case .refusedBy(let node, let refusal): warning("refused by \(node): \(refusal)")
    case .leftService(let group, let reason): error("\(group) left service: \(reason)")
    case .inDoubt(let group):
      error("\(group) serves nobody: replicas differ, and too few have told their state to say which is right")
    case .rebuilding(let group, let peer):
      warning("\(group) is rebuilt on \(peer.map { "\($0)" } ?? "a node that is gone") from the state of this node")
    case .rebuilt(let group, let index): warning("\(group) was rebuilt at \(index) and is back in service")
    case .snapshotSent(let group, let node, let index): info("\(group) sent its snapshot at \(index) to \(node)")
    case .snapshotInstalled(let group, let index): info("\(group) installed a snapshot at \(index)")
    case .snapshotNotNeeded(let group): info("\(group) has caught up by its log, and drops the snapshot on its way")
    // Of interest where it is counted.
    case .leaseRanOut, .fateTold: break
    case .allReplicasHandedOver: info("leads nothing any more")
    case .membershipRefused(let group, let refusal): warning("\(group): membership is not changed: \(refusal)")
    case .readmitted(let group, let replica): info("\(group) is a member again, as replica \(replica)")
    }
  }

  private func note(_ note: Note, _ group: String) {
    switch note {
    case .becameRole(let role, let term): info("\(group) is \(role.rawValue) in term \(term)")
    case .leaderChanged(let leader, let term):
      info("\(group) follows \(leader.map { "replica \($0)" } ?? "nobody") in term \(term)")
    case .truncated(let index): info("\(group) dropped uncommitted entries from \(index) on")
    case .peerLost(let replica, let acknowledged, let last):
      error("\(group): replica \(replica) acknowledged \(acknowledged) and now holds \(last): its store lost entries")
    case .hashDiffers(let replica, let index):
      error("\(group): replica \(replica) holds another entry \(index) of the same term: one of the logs is damaged")
    case .configurationChanged(let index): info("\(group) has a new configuration, entry \(index)")
    case .transferEnded(let succeeded): info("\(group) \(succeeded ? "handed" : "could not hand") its leadership over")
    case .leftJoint(let index): info("\(group) has left the joint configuration of entry \(index)")
    case .lostQuorum(let term): warning("\(group) leads no more in term \(term): no majority answers")
    case .abdicated(let replica): warning("\(group) hands over to replica \(replica), for the disk here hangs")
    case .tailFull: warning("\(group) refuses writes: too much is under way that is not committed")
    case .skippedBack: break
    case .resumedVoting: info("\(group) has been caught up and votes again")
    }
  }
}
