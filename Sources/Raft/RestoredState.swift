public import Base

/// What a replica knows when it starts: all of it durable.
public struct RestoredState: Sendable {
  public var group: GroupID
  public var epoch: UInt32
  public var replica: ReplicaID
  public var hardState: HardState
  /// Where the log begins: the newest snapshot.
  public var snapshot: SnapshotMark
  /// The newest entries, consecutive through the last one; empty when the log is. Must reach down to `applied + 1`:
  /// what is not applied may be truncated, and that happens in memory.
  public var tail: [Entry]
  /// For the log between the snapshot and the tail: the first index of each term, ascending.
  public var trail: [EntryID]
  /// Configurations of entries between the snapshot and the tail, ascending.
  public var configurations: [(index: LogIndex, configuration: Configuration)]
  /// What the state file holds: everything up to here is committed.
  public var applied: LogIndex
  /// Raised durably at each start.
  public var bootCount: UInt64
  public var seed: UInt64

  public init(
    group: GroupID, epoch: UInt32, replica: ReplicaID, hardState: HardState, snapshot: SnapshotMark, tail: [Entry],
    trail: [EntryID], configurations: [(index: LogIndex, configuration: Configuration)], applied: LogIndex,
    bootCount: UInt64, seed: UInt64
  ) {
    self.group = group
    self.epoch = epoch
    self.replica = replica
    self.hardState = hardState
    self.snapshot = snapshot
    self.tail = tail
    self.trail = trail
    self.configurations = configurations
    self.applied = applied
    self.bootCount = bootCount
    self.seed = seed
  }
}
