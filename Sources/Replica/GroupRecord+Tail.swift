public import Base
import Raft

extension GroupRecord {
  /// Lengthens the tail backwards so that it holds every entry that the state file does not.
  ///
  /// After a loss of power a state file goes back to its last checkpoint, further than the tail that the log kept within
  /// its bounds. Consensus needs what is not applied in memory: it may have to be truncated, and it must be applied.
  public mutating func extendTail(from applied: LogIndex, _ log: any LogReader) throws(StorageError) {
    guard let first = tail.first?.index, applied >= snapshot.mark.index, applied + 1 < first else { return }
    var missing: [Entry] = []
    var next = applied + 1
    while next < first {
      let entries = try log.entries(group, from: next, through: first - 1, bytesMax: Limits.tailBytesMax)
      guard let last = entries.last else { throw .corrupt(what: "the log between the state file and its tail") }
      missing += entries
      next = last.index + 1
    }
    tail = missing + tail
    configurations.removeAll { $0.index > applied }
  }
}
