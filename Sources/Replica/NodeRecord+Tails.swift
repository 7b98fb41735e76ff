public import Base
public import Model
import Raft

extension NodeRecord {
  /// Reads what each group's tail lacks down to what its state file has applied: a loss of power may take more of a state
  /// file than the tail holds, and Raft truncates what is not applied in memory alone.
  ///
  /// - Parameters:
  ///   - states: the header of each group's state file, in the order of ``groups``.
  ///   - log: the store that the record came from.
  public mutating func completeTails(for states: [StateHeader], from log: any LogStore) throws(StorageError) {
    for slot in groups.indices {
      let snapshot = groups[slot].snapshot.mark.index
      let wanted = max(LogIndex(states[slot].applied), snapshot) + 1
      guard let first = groups[slot].tail.first?.index, first > wanted else { continue }
      let read = try log.makeReader().entries(groups[slot].group, from: wanted, through: first - 1, bytesMax: Int.max)
      guard read.first?.index == wanted, read.last?.index == first - 1 else {
        throw .corrupt(what: "the log between what was applied and its tail")
      }
      groups[slot].tail = read + groups[slot].tail
    }
  }
}
