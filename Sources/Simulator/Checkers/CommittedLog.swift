import Base
import Raft

/// The committed entries of one group, in order, as they were first applied by anyone.
struct CommittedLog {
  private(set) var entries: [Entry] = []

  var last: LogIndex { entries.last?.index ?? .genesis }

  /// The entry at an index; nil for what nobody has applied.
  subscript(index: LogIndex) -> Entry? {
    guard index > .genesis, index <= last else { return nil }
    return entries[Int(index - .genesis) - 1]
  }

  mutating func append(_ batch: [Entry]) {
    for entry in batch where entry.index == last + 1 { entries.append(entry) }
  }
}
