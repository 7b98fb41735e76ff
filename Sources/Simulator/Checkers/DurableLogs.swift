import Base
import Raft

/// What every node's log holds on its disk, as its writes said: the ground for judging what was promised on it.
struct DurableLogs {
  private struct Held {
    /// Everything through here came with the genesis or a snapshot.
    var base = LogIndex.genesis
    var marks: [LogMark] = []
    var last: LogIndex { marks.last?.index ?? base }
  }

  private var logs = ByReplica(Held())

  func last(_ node: Int, _ group: GroupID) -> LogIndex { logs[node, group].last }

  /// Everything through here came with the genesis or a snapshot.
  func base(_ node: Int, _ group: GroupID) -> LogIndex { logs[node, group].base }

  mutating func write(_ node: Int, _ group: GroupID, _ persist: Persist) {
    if let from = persist.truncateFrom {
      while let last = logs[node, group].marks.last, last.index >= from { logs[node, group].marks.removeLast() }
    }
    for entry in persist.entries where entry.index == logs[node, group].last + 1 {
      logs[node, group].marks.append(entry.mark)
    }
  }

  /// A snapshot through `index` took the log's place, or the place of its beginning.
  mutating func install(_ node: Int, _ group: GroupID, _ index: LogIndex) {
    logs[node, group].base = max(logs[node, group].base, index)
    logs[node, group].marks.removeAll()
  }

  /// How many of the nodes hold the entry durably.
  func holders(of mark: LogMark, _ group: GroupID, among nodes: Int) -> Int {
    (0..<nodes).count { node in
      let held = logs[node, group]
      if mark.index <= held.base { return true }
      let place = Int(mark.index - held.base) - 1
      return place < held.marks.count && held.marks[place].hash == mark.hash
    }
  }
}
