internal import Base
internal import Raft
internal import Replica

/// Reads one group's log from its beginning to its end at start, and keeps of it what Raft needs in memory.
struct LogRecovery {
  private var shape: GroupShape
  private var trail: [EntryID] = []
  private var tail: [Entry] = []
  /// Where the tail begins in `tail`: entries before it are let go in bulk.
  private var tailStart = 0
  private var tailBytes = 0

  /// Begins after the group's snapshot.
  init(_ shape: GroupShape) { self.shape = shape }

  /// The index that must come next.
  var next: LogIndex { shape.last.index + 1 }

  /// Takes the next entry, whose own hash was found right; false when it does not follow the one before.
  mutating func take(_ entry: Entry) -> Bool {
    let isNext =
      entry.header.group == shape.group && entry.index == next && entry.header.previousHash == shape.last.hash
      && entry.term >= shape.last.term
    guard isNext else { return false }
    shape.append([entry])
    if trail.last?.term != entry.term { trail.append(entry.id) }
    tail.append(entry)
    tailBytes += entry.byteCount
    while tail.count - tailStart > 1
      && (tailBytes > Limits.tailBytesMax || tail.count - tailStart > Limits.tailEntriesMax)
    {
      tailBytes -= tail[tailStart].byteCount
      tailStart += 1
    }
    if tailStart >= Limits.tailEntriesMax {
      tail.removeFirst(tailStart)
      tailStart = 0
    }
    return true
  }

  /// What was read, for Raft and for the store.
  func finish() throws(StorageError) -> (record: GroupRecord, shape: GroupShape) {
    let kept = Array(tail[tailStart...])
    let tailFirst = kept.first?.index ?? next
    var configurations: [(index: LogIndex, configuration: Configuration)] = []
    for (index, payload) in shape.configurations where index < tailFirst {
      configurations.append((index, try GroupShape.configuration(payload)))
    }
    let record = GroupRecord(
      group: shape.group, hardState: shape.hardState, snapshot: shape.snapshot, base: shape.base,
      stateFile: shape.stateFile, tail: kept, trail: trail, configurations: configurations, last: shape.last)
    return (record, shape)
  }
}
