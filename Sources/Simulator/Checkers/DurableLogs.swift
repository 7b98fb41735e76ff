import Base
import Raft
import Replica

/// What every node's log holds on its disk, as its writes said: the ground for judging what was promised on it.
struct DurableLogs {
  private struct Place: Hashable {
    var node: Int
    var group: GroupID
  }
  private struct Held {
    /// Everything through here came with the genesis or a snapshot.
    var base = LogIndex.genesis
    var marks: [LogMark] = []
    var last: LogIndex { marks.last?.index ?? base }
  }
  private struct Identity: Hashable {
    var group: GroupID
    var entry: EntryID
  }

  private var logs: [Place: Held] = [:]
  private var hashes: [Identity: Digest] = [:]

  func last(_ node: Int, _ group: GroupID) -> LogIndex { logs[Place(node: node, group: group)]?.last ?? .genesis }

  /// Takes note of a write. Log matching (TH figure 3.2): entries of one index and term are the same everywhere, and so is
  /// everything before them, which their hashes cover.
  mutating func write(_ node: Int, _ group: GroupID, _ persist: Persist) -> String? {
    let place = Place(node: node, group: group)
    var held = logs[place] ?? Held()
    if let from = persist.truncateFrom { held.marks.removeAll { $0.index >= from } }
    for entry in persist.entries {
      if entry.index <= held.base { continue }
      guard entry.index == held.last + 1 else {
        return "log order: node \(node + 1) writes entry \(entry.index) of \(group) after \(held.last)"
      }
      held.marks.append(entry.mark)
      let identity = Identity(group: group, entry: entry.id)
      if let other = hashes[identity], other != entry.hash {
        return "log matching: two entries \(entry.id) of \(group), or two logs before them"
      }
      hashes[identity] = entry.hash
    }
    logs[place] = held
    return nil
  }

  /// A snapshot through `index` took the log's place, or the place of its beginning.
  mutating func install(_ node: Int, _ group: GroupID, _ index: LogIndex) {
    let place = Place(node: node, group: group)
    var held = logs[place] ?? Held()
    held.base = max(held.base, index)
    held.marks.removeAll()
    logs[place] = held
  }

  /// How many of the nodes hold the entry durably.
  func holders(of mark: LogMark, _ group: GroupID, among nodes: Int) -> Int {
    (0..<nodes).count { node in
      guard let held = logs[Place(node: node, group: group)] else { return mark.index <= .genesis }
      if mark.index <= held.base { return true }
      let place = Int(mark.index - held.base) - 1
      return place < held.marks.count && held.marks[place].hash == mark.hash
    }
  }
}
