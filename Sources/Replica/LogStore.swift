public import Base
public import Raft
public import Wire

/// What the log thread is asked to make durable, in order.
public enum LogOperation: Hashable, Sendable {
  /// Terms, votes and entries of one or more groups.
  case write([GroupWrite])
  /// Forget entries through `index`; the state file has made them durable (design §6, "Cutting the log").
  case cut(GroupID, through: LogIndex)
  /// Put a received snapshot in force: the state file's name, mark, configuration and log start change together, and the
  /// log before, at and after the mark goes.
  indirect case install(GroupID, SnapshotDescription, stateFile: String)
  /// Put a received snapshot in force under a log that holds its mark: the state file's name changes and the log begins
  /// after the mark, together; what follows the mark was acknowledged and stays.
  indirect case rebuild(GroupID, SnapshotDescription, stateFile: String)
  /// Found the cluster: the record, and each group at index 1.
  indirect case genesis(Genesis)
  /// What is known of peers' stores. Never worth an fsync of its own.
  case peers([PeerRecord])
}

/// One group's part of a write.
public struct GroupWrite: Hashable, Sendable {
  public var group: GroupID
  public var persist: Persist
  public init(group: GroupID, persist: Persist) {
    self.group = group
    self.persist = persist
  }
}

/// What a node finds in its `raft.db` when it starts.
public struct NodeRecord: Sendable {
  public var store: Identifier
  /// Already raised for this start, durably.
  public var bootCount: UInt64
  /// Drawn for this start.
  public var nonce: Identifier
  public var genesis: Genesis?
  public var peers: [PeerRecord]
  /// Ascending by group; empty before genesis.
  public var groups: [GroupRecord]
  /// Why this store may not vote until caught up; empty when it may.
  public var damage: String
  public init(
    store: Identifier, bootCount: UInt64, nonce: Identifier, genesis: Genesis?, peers: [PeerRecord],
    groups: [GroupRecord], damage: String
  ) {
    self.store = store
    self.bootCount = bootCount
    self.nonce = nonce
    self.genesis = genesis
    self.peers = peers
    self.groups = groups
    self.damage = damage
  }
}

/// One group as the log on disk has it.
public struct GroupRecord: Sendable {
  public var group: GroupID
  public var hardState: HardState
  public var snapshot: SnapshotMark
  public var base: UInt64
  /// The state file in force, a name within the data directory.
  public var stateFile: String
  /// The newest entries, consecutive through the last, within `Limits.tailBytesMax`.
  public var tail: [Entry]
  /// First entry of each term between the snapshot and the last entry, ascending.
  public var trail: [EntryID]
  /// Configurations of entries between the snapshot and the tail, ascending.
  public var configurations: [(index: LogIndex, configuration: Configuration)]
  /// The last entry, or the snapshot's mark when the log is empty.
  public var last: LogMark
  public init(
    group: GroupID, hardState: HardState, snapshot: SnapshotMark, base: UInt64, stateFile: String, tail: [Entry],
    trail: [EntryID], configurations: [(index: LogIndex, configuration: Configuration)], last: LogMark
  ) {
    self.group = group
    self.hardState = hardState
    self.snapshot = snapshot
    self.base = base
    self.stateFile = stateFile
    self.tail = tail
    self.trail = trail
    self.configurations = configurations
    self.last = last
  }
}

/// The durable log of all of a node's groups. One thread calls it.
public protocol LogStore: AnyObject {
  /// Makes all of them durable: one transaction, one fsync. After `.full` nothing of the list holds and the same list may
  /// be tried again; after any other error the process must stop (design §6, "Errors").
  func perform(_ operations: [LogOperation]) throws(StorageError)
  /// Another way in, for a thread that reads entries for laggards.
  func makeReader() throws(StorageError) -> any LogReader
  /// Bytes that the log takes on disk.
  var bytesOnDisk: UInt64 { get }
}

/// Reads entries. One thread calls it.
public protocol LogReader: AnyObject {
  /// Entries `from` through `through`, stopping when `bytesMax` is passed but never before the first. `.compacted` when
  /// the log begins later; each entry's hash was checked, else `.corrupt`.
  func entries(_ group: GroupID, from: LogIndex, through: LogIndex, bytesMax: Int) throws(StorageError) -> [Entry]
}
