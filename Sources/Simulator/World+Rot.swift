import Base
import Raft
import Replica
import Storage
import Wire

/// Rows that a disk changes behind everybody's back: found by whoever reads them or by the replica's own background
/// reading, and mended from the leader.
extension World {
  /// A replica with a row that is not what was written, found or not.
  struct Rotten: Hashable {
    var node: Int
    var group: GroupID
  }

  /// How often replicas read their states: often enough that what is wrong at the end is found before the end.
  static let scrubPause = Interval.milliseconds(50)
  /// Nodes that have less room than this say so.
  static let lowSpaceBytes: UInt64 = 1 << 20

  /// Damages one row of one replica. Each replica is harmed once in a world, since a disk that goes on rotting is mended
  /// more and more seldom; and a majority of every group goes on knowing that its state is right.
  func rotRow() {
    let node = random.below(everyone.count)
    let group = genesis.groups[random.below(genesis.groups.count)].group
    let harmed = Rotten(node: node, group: group)
    let sound = survival.sound.filter { $0 != node && !hasRot($0) }
    guard !rottenEver.contains(harmed), survival.suffice(sound),
      let file = nodes[node].replicas?.stateFile(of: group),
      let store = (nodes[node].disk as? MemoryNodeDisk)?.store,
      store.rot(workload.keys[random.below(workload.keys.count)], in: file)
    else { return }
    rottenEver.insert(harmed)
    rotten[harmed] = file
    note("a row of \(group) rots at \(nodes[node].id)")
    count(.rottenRow)
    observe(.harmed(node: node, group: group))
    // What the leader has applied is behind what the sick replica has, when its disk is slow: its snapshot is then older
    // than the log that the replica keeps in memory.
    guard random.oneIn(3), let leader = leader(of: group), leader != node, nodes[leader].diskFactor == 1 else { return }
    nodes[leader].diskFactor = Int64(5 + random.below(20))
    note("the disk of \(nodes[leader].id) is \(nodes[leader].diskFactor) times slower")
    count(.slowDisk)
  }

  func hasRot(_ node: Int) -> Bool { rotten.contains { $0.key.node == node } }

  /// The state is another file.
  func stateReplaced(_ node: Int, _ group: GroupID) { rotten[Rotten(node: node, group: group)] = nil }

  /// A process that went after the state was replaced on disk and before it said so.
  func stateFound(_ node: Int, _ group: GroupID, file: String?) {
    if let file, let old = rotten[Rotten(node: node, group: group)], old != file { stateReplaced(node, group) }
  }

  func isRotten(_ node: Int, _ group: GroupID) -> Bool { rotten[Rotten(node: node, group: group)] != nil }
}
