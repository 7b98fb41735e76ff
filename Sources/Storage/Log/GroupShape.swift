internal import Base
internal import Raft
internal import Replica
internal import Wire

/// What a log store knows of one group's log without asking the disk. A value: a write that fails leaves the old one.
struct GroupShape {
  let group: GroupID
  var hardState: HardState
  /// Where the log begins. Entries at and below its index may still have rows, which nobody is shown.
  var snapshot: SnapshotMark
  var base: UInt64
  var stateFile: String
  /// The last entry, or the snapshot's mark when the log is empty.
  var last: LogMark
  /// Payloads of the configuration entries in the log, ascending.
  var configurations: [(index: LogIndex, payload: [UInt8])] = []

  init(_ record: GroupRecord) {
    group = record.group
    hardState = record.hardState
    snapshot = record.snapshot
    base = record.base
    stateFile = record.stateFile
    last = record.snapshot.mark
  }

  /// The first index that the log may hold.
  var first: LogIndex { snapshot.mark.index + 1 }

  /// Takes note of `entries`. What does not follow the log is this program's bug, and must not reach the disk.
  mutating func append(_ entries: [Entry]) {
    for entry in entries {
      precondition(entry.header.group == group, "an entry of \(entry.header.group) for the log of \(group)")
      precondition(entry.index == last.index + 1, "entry \(entry.index) after \(last.index) in \(group)")
      precondition(entry.header.previousHash == last.hash, "entry \(entry.id) does not follow \(last.id) in \(group)")
      precondition(entry.term >= last.term, "entry \(entry.id) after \(last.id) in \(group)")
      last = entry.mark
      if entry.kind == .configuration { configurations.append((entry.index, entry.payload)) }
    }
  }

  /// Forgets entries from `index` on; `previous` is the mark of the entry before, which stays.
  mutating func truncate(from index: LogIndex, previous: LogMark) {
    precondition(previous.index + 1 == index, "a truncation from \(index) that leaves \(previous.index) in \(group)")
    precondition(index >= first, "a truncation from \(index) of a log that begins at \(first) in \(group)")
    last = previous
    configurations.removeAll { $0.index >= index }
  }

  /// Lets the log begin after `mark`, one of its entries.
  mutating func cut(after mark: LogMark) throws(StorageError) {
    precondition(mark.index >= first && mark.index <= last.index, "a cut at \(mark.index) of \(first)...\(last.index)")
    var moved = SnapshotMark(
      mark: mark, configuration: snapshot.configuration, configurationIndex: snapshot.configurationIndex)
    if let newest = configurations.last(where: { $0.index <= mark.index }) {
      moved.configuration = try Self.configuration(newest.payload)
      moved.configurationIndex = newest.index
    }
    snapshot = moved
    configurations.removeAll { $0.index <= mark.index }
  }

  /// Puts a received snapshot in the log's place.
  mutating func install(_ description: SnapshotDescription, stateFile file: String) {
    snapshot = description.mark
    base = description.base
    stateFile = file
    last = description.mark.mark
    configurations = []
  }

  /// Puts a received snapshot in the state's place. The log begins after its mark, which it holds; what follows stays.
  mutating func rebuild(_ description: SnapshotDescription, stateFile file: String) {
    let index = description.mark.mark.index
    precondition(
      index >= snapshot.mark.index && index <= last.index, "a rebuild at \(index) of \(first)...\(last.index) in \(group)")
    snapshot = description.mark
    base = description.base
    stateFile = file
    configurations.removeAll { $0.index <= index }
  }

  /// Reads the payload of a configuration entry whose hash was found right.
  static func configuration(_ payload: [UInt8]) throws(StorageError) -> Configuration {
    do throws(DecodeError) {
      var reader = ByteReader(payload)
      let configuration = try Configuration(from: &reader)
      try reader.finish()
      return configuration
    } catch .unknownVersion(let version) {
      throw .unknownFormat(version: UInt32(version))
    } catch {
      throw .corrupt(what: "a configuration in the log")
    }
  }
}
