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
  /// The index of the configuration that counts.
  public var configurationIndex: LogIndex

  public init(
    group: GroupID, role: Role, term: Term, commit: LogIndex, committed: LogMark?, configurationIndex: LogIndex
  ) {
    self.group = group
    self.role = role
    self.term = term
    self.commit = commit
    self.committed = committed
    self.configurationIndex = configurationIndex
  }
}

/// What moves most often in a replica, and costs nothing to ask for.
public struct ReplicaPulse: Hashable, Sendable {
  public var role: Role
  public var term: Term
  public var commit: LogIndex
}

extension Replicas {
  /// The pulses of all replicas, ascending by group, into an array that is kept by the caller.
  /// - Returns: which of them differ from what the array held: a bit for each, the first the lowest.
  public func takePulses(into pulses: inout [ReplicaPulse]) -> UInt64 {
    var moved: UInt64 = 0
    for slot in groups.indices {
      let pulse = ReplicaPulse(
        role: groups[slot].raft.role, term: groups[slot].raft.hardState.term, commit: groups[slot].raft.commit)
      if slot == pulses.count {
        pulses.append(pulse)
      } else if pulses[slot] != pulse {
        pulses[slot] = pulse
      } else {
        continue
      }
      moved |= 1 << UInt64(slot)
    }
    return moved
  }

  /// What each replica believes.
  public func inspection(at now: Moment) -> [ReplicaInspection] { groups.indices.map { inspection(of: $0) } }

  /// What the replica at a place of the pulses believes.
  public func inspection(of slot: Int) -> ReplicaInspection {
    ReplicaInspection(
      group: groups[slot].group, role: groups[slot].raft.role, term: groups[slot].raft.hardState.term,
      commit: groups[slot].raft.commit, committed: groups[slot].raft.mark(at: groups[slot].raft.commit),
      configurationIndex: groups[slot].raft.configurationIndex)
  }

  /// Whether the group's replica would answer reads by its lease at `now`.
  public func holdsLease(_ group: GroupID, at now: Moment) -> Bool {
    slot(group).map { groups[$0].raft.leaseValid(at: now) } ?? false
  }

  /// Whom a replica that has lost entries must hear before it takes part again.
  package func awaitedBySurvey(of group: GroupID) -> [NodeID] {
    guard let slot = slot(group) else { return [] }
    return groups[slot].raft.awaitedBySurvey.compactMap { node(slot, $0) }
  }

  /// Makes the replicas wrong in one way, so that a checker can show that it notices. For the simulator alone.
  package mutating func plant(_ defect: PlantedDefect?) {
    guard let defect else { return }
    ledger.defect = defect
    for slot in groups.indices {
      groups[slot].raft.plant(defect)
      groups[slot].reads.defect = defect
      groups[slot].reads.freshness.defect = defect
      groups[slot].proposals.defect = defect
    }
  }

  /// Whether a leader would send a peer what it has: an invariant of ``Progress``.
  package func sendsWhatIsHeld(in group: GroupID) -> Bool {
    slot(group).map { slot in groups[slot].raft.progress.contains { $0.match >= $0.next } } ?? false
  }

  /// Changes the pace of the background reading. For tests.
  package mutating func scrubs(every pause: Interval?) { configuration.scrubPause = pause }

  /// The state file in force.
  public func stateFile(of group: GroupID) -> String? { slot(group).map { groups[$0].stateFile } }

  /// The last entry of one group's log, durable or not.
  public func lastIndex(of group: GroupID) -> LogIndex? { slot(group).map { groups[$0].raft.lastIndex } }

  /// The entry at an index of one group's log; nil when it is below the memory tail or beyond the end.
  public func mark(of group: GroupID, at index: LogIndex) -> LogMark? {
    slot(group).flatMap { groups[$0].raft.mark(at: index) }
  }

  /// What one group's state holds, as far as this node has heard.
  public func applied(of group: GroupID) -> LogIndex? { slot(group).map { groups[$0].applied } }

  /// What one group calls this node's replica.
  public func replica(of group: GroupID) -> ReplicaID? { slot(group).map { groups[$0].replica } }

  /// The newest appended configuration of one group.
  public func configuration(of group: GroupID) -> Configuration? { slot(group).map { groups[$0].raft.configuration } }

  /// The hard state of one group.
  public func hardState(of group: GroupID) -> HardState? { slot(group).map { groups[$0].raft.hardState } }
}
