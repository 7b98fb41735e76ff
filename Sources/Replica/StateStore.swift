public import Base
public import Model
public import Wire

/// One group's state. One thread (the applier's) calls it; readers of other threads come from ``makeReader()``.
public protocol StateStore: StateView {
  /// As of the last commit.
  var header: StateHeader { get }
  /// Opens the transaction that one batch of entries shares.
  func begin() throws(StorageError)
  /// Stores effects of one entry; views see them at once.
  func apply(_ effects: [StateEffect], revision: Revision) throws(StorageError)
  /// Commits rows, memory and header together. Durable only when a checkpoint says so (``checkpoint(stepPages:)``).
  func commit(_ header: StateHeader) throws(StorageError)
  func rollback()

  /// The greatest applied index that would survive a loss of power: what a checkpoint reported as backfilled.
  var durableApplied: LogIndex { get }
  /// Moves some of the WAL into the file. On a libsqlite3 without the WAL-reset mend it must run on the committing
  /// thread, between batches; it always does. Returns ``durableApplied``.
  func checkpoint() throws(StorageError) -> LogIndex
  /// Whether enough has gathered in the WAL that ``checkpoint()`` is worth calling.
  var wantsCheckpoint: Bool { get }
  /// Deletes some of what was compacted, a bounded slice; false when nothing is left to delete.
  func deleteCompacted() throws(StorageError) -> Bool

  /// Copies some more of the state into the named snapshot file; nil while more is left. What is copied is one
  /// consistent state: that of the header at the moment of the last step.
  func snapshotStep(to name: String) throws(StorageError) -> StateSnapshot?

  func makeReader() throws(StorageError) -> any StateReader
  func close()
}

/// A finished snapshot file.
public struct StateSnapshot: Hashable, Sendable {
  public var name: String
  public var header: StateHeader
  public var bytes: UInt64
  public var fileDigest: Digest
  public init(name: String, header: StateHeader, bytes: UInt64, fileDigest: Digest) {
    self.name = name
    self.header = header
    self.bytes = bytes
    self.fileDigest = fileDigest
  }
}

/// What a read can meet besides a failing disk.
public enum ReadError: Error, Hashable, Sendable {
  case storage(StorageError)
  case compacted(Revision)
  case futureRevision(Revision)
}

/// Reads one group's state on a thread of its own. Each call is one short read transaction (250 ms at most); what does
/// not fit is continued by the caller at the same revision.
public protocol StateReader: AnyObject {
  /// The header that the reader sees now.
  func header() throws(ReadError) -> StateHeader
  /// Answers from one consistent state, whose revision comes with it. A range stops at `Limits.rangeBytesMax` with
  /// `more` set; `count` is exact.
  func answer(_ query: ReadRequest.Query) throws(ReadError) -> (value: ReadResult.Value, revision: Revision)
  /// Recomputes digests from rows; checks each row's bytes against its own digest.
  func digest(_ query: DigestQuery) throws(ReadError) -> DigestResult
}

/// All stores of a node. The log belongs to the log thread, states to the applier's.
public protocol NodeStore: AnyObject {
  /// The log port.
  var log: any LogStore { get }
  /// What is better done to the log between two writes than within one; the log's thread calls it when the answers to a
  /// write are out and nothing waits. Nothing of what was performed depends on it.
  func maintainLog() throws(StorageError)
  /// Opens the state file in force of a group.
  /// - Throws: `.corrupt` for one that is damaged or condemned.
  func openState(_ group: GroupID, file: String) throws(StorageError) -> any StateStore
  /// Marks a state file as one that must not be used again, durably: opening it throws `.corrupt` from then on, until
  /// ``remove(_:)``. A replica that knows its state to be wrong must know it after a restart too. `reason` is for humans.
  func condemn(_ file: String, reason: String) throws(StorageError)
  /// Makes the empty state of one of the groups of `genesis`, durable under `file`; its header is
  /// `StateHeader(founding:of:)`.
  func createState(_ group: GroupID, file: String, genesis: Genesis) throws(StorageError)

  /// Snapshot files: sending.
  func readChunk(_ name: String, offset: UInt64, count: Int) throws(StorageError) -> [UInt8]
  /// Receiving: writes at `offset` of a file that nobody uses yet; offset 0 starts it anew.
  func writeChunk(_ name: String, offset: UInt64, bytes: [UInt8]) throws(StorageError)
  /// Checks size, digest of the file, header, set hash recomputed from rows; makes file and directory entry durable.
  /// `.corrupt` when anything differs.
  func verifySnapshot(_ name: String, _ description: SnapshotDescription) throws(StorageError)
  /// Removes a file that is not in force; missing is fine.
  func remove(_ name: String) throws(StorageError)
  /// Removes every state and snapshot file but these.
  func removeAllBut(_ names: [String]) throws(StorageError)

  /// Bytes free on the volume and used by the node.
  func diskUsage() throws(StorageError) -> (free: UInt64, used: UInt64)
  /// Ends the use of the stores; states are closed by their owner before.
  func close()

  /// Gives back the reserve kept for a full disk, or takes it again.
  func setReserve(_ held: Bool) throws(StorageError)
}
