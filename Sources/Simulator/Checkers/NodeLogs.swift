import Base
import Raft

/// What every node's log holds: of what is on its disk, or of what was handed to the disk.
struct NodeLogs {
  /// A configuration in a log, with the positions of the nodes that vote in each half of it.
  struct InLog: Hashable {
    var id: EntryID
    var configuration: Configuration
    var incoming: [Int]
    var outgoing: [Int]
  }

  struct Log {
    /// Everything through here came with the genesis or a snapshot.
    fileprivate(set) var base = LogIndex.genesis
    fileprivate(set) var baseTime = LogTime.zero
    fileprivate(set) var marks: [LogMark] = []
    /// Ascending by index; the first is in force at the base or before.
    fileprivate(set) var configurations: [InLog] = []

    var last: LogIndex { marks.last?.index ?? base }

    /// The entry at an index above the base.
    func mark(at index: LogIndex) -> LogMark? {
      index > base && index <= last ? marks[Int(index - base) - 1] : nil
    }

    /// The log time of an entry at the base or above it; nil where the log has none.
    func logTime(at index: LogIndex) -> LogTime? { index == base ? baseTime : mark(at: index)?.logTime }

    /// The first entry of a term; nil when there is none above the base.
    func first(of term: Term) -> LogIndex? {
      var low = 0
      var high = marks.count
      while low < high {
        let middle = (low + high) / 2
        if marks[middle].term < term { low = middle + 1 } else { high = middle }
      }
      return low < marks.count && marks[low].term == term ? marks[low].index : nil
    }

    func holds(_ mark: LogMark) -> Bool { mark.index <= base || self.mark(at: mark.index)?.hash == mark.hash }
  }

  private let nodes: [NodeID]
  private var logs: ByReplica<Log>

  init(nodes: [NodeID]) {
    self.nodes = nodes
    logs = ByReplica(Log())
  }

  subscript(node: Int, group: GroupID) -> Log { logs[node, group] }
  func last(_ node: Int, _ group: GroupID) -> LogIndex { logs[node, group].last }

  func inLog(_ configuration: Configuration, _ id: EntryID) -> InLog {
    func positions(_ voters: [ReplicaID]) -> [Int] {
      voters.compactMap { voter in configuration.member(voter).flatMap { member in nodes.firstIndex(of: member.node) } }
    }
    return InLog(
      id: id, configuration: configuration, incoming: positions(configuration.incoming),
      outgoing: positions(configuration.outgoing))
  }

  mutating func found(_ group: GroupID, _ configuration: Configuration) {
    let founding = inLog(configuration, EntryID(index: .genesis, term: .zero))
    for node in nodes.indices { logs[node, group].configurations = [founding] }
  }

  mutating func write(_ node: Int, _ group: GroupID, _ persist: Persist) {
    if let from = persist.truncateFrom { cut(node, group, after: from - 1) }
    for entry in persist.entries where entry.index == logs[node, group].last + 1 {
      logs[node, group].marks.append(entry.mark)
      guard entry.kind == .configuration, let configuration = Configuration(in: entry) else { continue }
      logs[node, group].configurations.append(inLog(configuration, entry.id))
    }
  }

  mutating func cut(_ node: Int, _ group: GroupID, after index: LogIndex) {
    while let last = logs[node, group].marks.last, last.index > index { logs[node, group].marks.removeLast() }
    while let last = logs[node, group].configurations.last, last.id.index > max(index, logs[node, group].base) {
      logs[node, group].configurations.removeLast()
    }
  }

  mutating func install(_ node: Int, _ group: GroupID, _ snapshot: SnapshotMark) {
    if snapshot.mark.index > logs[node, group].base {
      logs[node, group].base = snapshot.mark.index
      logs[node, group].baseTime = snapshot.mark.logTime
    }
    logs[node, group].marks.removeAll()
    let id = EntryID(index: snapshot.configurationIndex, term: .zero)
    logs[node, group].configurations = [inLog(snapshot.configuration, id)]
  }

  /// A snapshot took the place of the state and of the log's beginning; what follows stays.
  mutating func rebuild(_ node: Int, _ group: GroupID, _ snapshot: SnapshotMark) {
    guard snapshot.mark.index > logs[node, group].base else { return }
    let following = logs[node, group].marks.filter { $0.index > snapshot.mark.index }
    let configurations = logs[node, group].configurations.filter { $0.id.index > snapshot.mark.index }
    install(node, group, snapshot)
    logs[node, group].marks = following
    logs[node, group].configurations += configurations
  }

  /// Makes a node's logs those of another: what is left of what was handed to the disk when the power goes.
  mutating func take(_ node: Int, from other: NodeLogs, _ groups: [GroupID]) {
    for group in groups { logs[node, group] = other.logs[node, group] }
  }

  mutating func empty(_ node: Int, _ groups: [GroupID]) {
    for group in groups {
      let founding = logs[node, group].configurations.first
      logs[node, group] = Log()
      logs[node, group].base = .zero
      logs[node, group].configurations = founding.map { [$0] } ?? []
    }
  }
}

extension Configuration {
  init?(in entry: Entry) {
    var reader = ByteReader(entry.payload)
    guard let read = try? Configuration(from: &reader) else { return nil }
    self = read
  }
}
