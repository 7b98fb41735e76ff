public import Base
public import Model
import Raft

extension NodeRecord {
  /// Lengthens each group's tail backwards so that it holds every entry that its state file does not; `states` are the
  /// headers of the state files, ascending by group like ``groups``.
  ///
  /// After a loss of power a state file goes back to its last checkpoint, further than the tail that the log keeps within
  /// its bounds. Consensus needs what is not applied in memory: it may have to be truncated, and it must be applied.
  public mutating func completeTails(for states: [StateHeader], from log: any LogStore) throws(StorageError) {
    let reader = try log.makeReader()
    for slot in groups.indices { try groups[slot].extendTail(from: LogIndex(states[slot].applied), reader) }
  }
}

extension GroupRecord {
  mutating func extendTail(from applied: LogIndex, _ log: any LogReader) throws(StorageError) {
    let wanted = max(applied, snapshot.mark.index) + 1
    guard let first = tail.first?.index, first > wanted else { return }
    let missing = try log.entries(group, from: wanted, through: first - 1, bytesMax: Int.max)
    guard missing.first?.index == wanted, missing.last?.index == first - 1 else {
      throw .corrupt(what: "the log between what was applied and its tail")
    }
    tail = missing + tail
  }
}
