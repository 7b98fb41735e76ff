public import Base
public import Model
public import Raft

/// Committed and durable entries of one group, to be applied in one transaction.
public struct ApplyBatch: Hashable, Sendable {
  public var group: GroupID
  /// Consecutive, from the state's applied index + 1.
  public var entries: [Entry]
  /// Results are wanted from this index on (this node has callers waiting); nil: none.
  public var resultsFrom: LogIndex?
  public init(group: GroupID, entries: [Entry], resultsFrom: LogIndex?) {
    self.group = group
    self.entries = entries
    self.resultsFrom = resultsFrom
  }
}

/// What applying gave.
public struct ApplyReport: Hashable, Sendable {
  public var group: GroupID
  public var header: StateHeader
  public var results: [Applied]
  /// Digests at indexes that are multiples of `Limits.digestInterval`.
  public var digests: [DigestAt]
  public init(group: GroupID, header: StateHeader, results: [Applied], digests: [DigestAt]) {
    self.group = group
    self.header = header
    self.results = results
    self.digests = digests
  }

  public struct Applied: Hashable, Sendable {
    public var id: EntryID
    public var revision: Revision
    public var logTime: LogTime
    public var result: CommandResult
    public init(id: EntryID, revision: Revision, logTime: LogTime, result: CommandResult) {
      self.id = id
      self.revision = revision
      self.logTime = logTime
      self.result = result
    }
  }
  public struct DigestAt: Hashable, Sendable {
    public var index: LogIndex
    public var chainHead: Digest
    public var setHash: Digest
    public init(index: LogIndex, chainHead: Digest, setHash: Digest) {
      self.index = index
      self.chainHead = chainHead
      self.setHash = setHash
    }
  }
}

/// Why applying stopped. The replica leaves service; nothing of the batch holds.
public enum ApplyError: Error, Hashable, Sendable {
  case storage(StorageError)
  /// An entry that this program does not understand: never skipped.
  case unknownCommand(LogIndex)
  /// The entry does not follow what was applied: the log and the state file do not belong together.
  case brokenChain(LogIndex)
}
