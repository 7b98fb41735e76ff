public import Base
public import Model
import Raft
import Wire

/// Stands for a state whose file is damaged: its replica starts out of service and takes part in its group's log, until
/// a snapshot comes in the file's place. Whatever is asked of it fails as the opening did.
public final class UnreadableState: StateStore {
  public let error: StorageError
  public let header: StateHeader

  /// - Parameter record: what the log knows of the state: that it held the log's beginning.
  init(_ error: StorageError, of record: GroupRecord) {
    self.error = error
    let mark = record.snapshot.mark
    header = StateHeader(
      applied: mark.index.rawValue, appliedTerm: mark.term.rawValue, base: record.base, logTime: mark.logTime,
      compacted: .zero, chainHead: .zero, setHash: .zero, liveKeys: 0, liveBytes: 0, sessions: 0, remembered: 0,
      featureLevel: Versions.featureLevel, configuration: record.snapshot.configuration.bytes,
      configurationIndex: record.snapshot.configurationIndex.rawValue, entryHash: mark.hash)
  }

  public func begin() throws(StorageError) { throw error }
  public func apply(_ effects: [StateEffect], revision: Revision) throws(StorageError) { throw error }
  public func commit(_ header: StateHeader) throws(StorageError) { throw error }
  public func rollback() {}
  public var durableApplied: LogIndex { .zero }
  public func checkpoint() throws(StorageError) -> LogIndex { throw error }
  public var wantsCheckpoint: Bool { false }
  public func deleteCompacted() throws(StorageError) -> Bool { throw error }
  public func snapshotStep(to name: String) throws(StorageError) -> StateSnapshot? { throw error }
  public func makeReader() throws(StorageError) -> any StateReader { throw error }
  public func close() {}

  public func head(_ key: Key) throws(StorageError) -> RowHead? { throw error }
  public func row(_ key: Key) throws(StorageError) -> KeyValue? { throw error }
  public func rows(
    _ range: KeyRange, asOf revision: Revision?, limit: Int, keysOnly: Bool, reverse: Bool
  ) throws(StorageError) -> [KeyValue] { throw error }
  public func count(_ range: KeyRange, asOf revision: Revision?) throws(StorageError) -> Int { throw error }
  public func session(_ id: UInt64) throws(StorageError) -> SessionHead? { throw error }
  public func sessionResult(_ id: UInt64, sequence: UInt64) throws(StorageError) -> Remembered? { throw error }
  public func remembered(_ request: Identifier) throws(StorageError) -> Remembered? { throw error }
  public func expiredRequests(before time: LogTime, limit: Int) throws(StorageError) -> [Identifier] { throw error }
  public func expiredSessions(before time: LogTime, limit: Int) throws(StorageError) -> [UInt64] { throw error }
}

extension NodeStore {
  /// Opens the states in force, ascending by group. One that is damaged is stood in for, so that the node starts and its
  /// other groups serve; ``Replicas`` must be told by ``damage(of:)``.
  public func openStates(
    of groups: [GroupRecord]
  ) throws(StorageError) -> [(group: GroupID, file: String, store: any StateStore)] {
    var states: [(group: GroupID, file: String, store: any StateStore)] = []
    for record in groups {
      do throws(StorageError) {
        states.append((record.group, record.stateFile, try openState(record.group, file: record.stateFile)))
      } catch {
        guard case .corrupt = error else { throw error }
        states.append((record.group, record.stateFile, UnreadableState(error, of: record)))
      }
    }
    return states
  }
}

extension StateStore {
  /// Why the state cannot be read; nil when it can.
  public var damage: StorageError? { (self as? UnreadableState)?.error }
}
