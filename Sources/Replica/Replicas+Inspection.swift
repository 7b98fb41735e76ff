public import Base
public import Raft

extension Replicas {
  /// What checkers look at.
  public var commitIndexes: [(group: GroupID, commit: LogIndex)] { groups.map { ($0.group, $0.raft.commit) } }

  /// Makes the replicas wrong in one way, so that a checker can show that it notices. For the simulator alone.
  package mutating func plant(_ defect: PlantedDefect?) {
    guard let defect else { return }
    for slot in groups.indices {
      groups[slot].raft.plant(defect)
      groups[slot].reads.defect = defect
    }
  }

  /// The hard state of one group.
  public func hardState(of group: GroupID) -> HardState? { slot(group).map { groups[$0].raft.hardState } }
}
