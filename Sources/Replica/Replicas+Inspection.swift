public import Base
public import Raft

/// What checkers look at in one replica.
public struct ReplicaInspection: Hashable, Sendable {
  public var group: GroupID
  public var role: Role
  public var term: Term
  public var commit: LogIndex
  /// The committed entry itself; nil when it is below the memory tail.
  public var committed: LogMark?
  /// It would answer reads by its lease now.
  public var hasLease: Bool
}

/// What moves most often in a replica, and costs nothing to ask for.
public struct ReplicaPulse: Hashable, Sendable {
  public var role: Role
  public var term: Term
  public var commit: LogIndex
}

extension Replicas {
  /// The pulses of all replicas, ascending by group, into an array that is kept by the caller.
  /// - Returns: whether any differs from what the array held.
  public func takePulses(into pulses: inout [ReplicaPulse]) -> Bool {
    var hasMoved = pulses.count != groups.count
    for slot in groups.indices {
      let pulse = ReplicaPulse(
        role: groups[slot].raft.role, term: groups[slot].raft.hardState.term, commit: groups[slot].raft.commit)
      if slot == pulses.count {
        pulses.append(pulse)
      } else if pulses[slot] != pulse {
        pulses[slot] = pulse
        hasMoved = true
      }
    }
    return hasMoved
  }

  /// What each replica believes at `now`.
  public func inspection(at now: Moment) -> [ReplicaInspection] {
    groups.indices.map { slot in
      ReplicaInspection(
        group: groups[slot].group, role: groups[slot].raft.role, term: groups[slot].raft.term,
        commit: groups[slot].raft.commit, committed: groups[slot].raft.mark(at: groups[slot].raft.commit),
        hasLease: groups[slot].raft.leaseValid(at: now))
    }
  }

  /// Makes the replicas wrong in one way, so that a checker can show that it notices. For the simulator alone.
  package mutating func plant(_ defect: PlantedDefect?) {
    guard let defect else { return }
    for slot in groups.indices {
      groups[slot].raft.plant(defect)
      groups[slot].reads.defect = defect
      groups[slot].reads.freshness.defect = defect
      groups[slot].proposals.defect = defect
    }
  }

  /// The last entry of one group's log, durable or not.
  public func lastIndex(of group: GroupID) -> LogIndex? { slot(group).map { groups[$0].raft.lastIndex } }

  /// The entry at an index of one group's log; nil when it is below the memory tail or beyond the end.
  public func mark(of group: GroupID, at index: LogIndex) -> LogMark? {
    slot(group).flatMap { groups[$0].raft.mark(at: index) }
  }

  /// The hard state of one group.
  public func hardState(of group: GroupID) -> HardState? { slot(group).map { groups[$0].raft.hardState } }
}
