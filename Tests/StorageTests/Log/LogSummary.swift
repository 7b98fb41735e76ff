import Base
import Raft
import Replica
import Wire

/// All that a log store promises about its groups, in a form that compares.
struct LogSummary: Hashable, CustomStringConvertible {
  struct Group: Hashable {
    var hardState: HardState
    var snapshot: SnapshotMark
    var base: UInt64
    var stateFile: String
    var last: LogMark
    var trail: [EntryID]
    /// From the first through the last.
    var entries: [Entry]
  }

  var genesis: Genesis?
  var groups: [Group]

  /// Reads everything through the record and the reader.
  init(_ record: NodeRecord, _ log: any LogStore) throws(StorageError) {
    genesis = record.genesis
    groups = []
    let reader = try log.makeReader()
    for group in record.groups {
      let entries = try reader.entries(
        group.group, from: group.snapshot.mark.index + 1, through: group.last.index, bytesMax: .max)
      groups.append(
        Group(
          hardState: group.hardState, snapshot: group.snapshot, base: group.base, stateFile: group.stateFile,
          last: group.last, trail: group.trail, entries: entries))
    }
  }

  /// What is wrong with it by itself: a chain that is broken, a tail that is not the log's end.
  static func fault(_ record: NodeRecord, _ summary: LogSummary) -> String? {
    for (group, found) in zip(record.groups, summary.groups) {
      var previous = found.snapshot.mark
      for entry in found.entries {
        if entry.header.previousHash != previous.hash || entry.index != previous.index + 1 {
          return "the chain of \(group.group) breaks at \(entry.index)"
        }
        previous = entry.mark
      }
      if previous != found.last { return "\(group.group) ends at \(previous), not at \(found.last)" }
      if Array(found.entries.suffix(group.tail.count)) != group.tail { return "the tail of \(group.group)" }
      if group.tail.isEmpty != found.entries.isEmpty { return "the tail of \(group.group) is empty" }
    }
    return nil
  }

  var description: String {
    groups.map { "\($0.hardState.term).\($0.hardState.votedFor?.rawValue ?? 0):\($0.snapshot.mark)..\($0.last)" }
      .joined(separator: " ")
  }
}
