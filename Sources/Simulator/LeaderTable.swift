import Base
import Raft
import Replica

/// Which nodes hold themselves for leaders, by group.
struct LeaderTable {
  /// One bit for each node.
  private var leading: [UInt32]

  init(groups: Int) { leading = Array(repeating: 0, count: groups) }

  mutating func follow(_ node: Int, _ pulses: [ReplicaPulse]) {
    for slot in leading.indices {
      let leads = slot < pulses.count && pulses[slot].role == .leader
      leading[slot] = leads ? leading[slot] | 1 << UInt32(node) : leading[slot] & ~(1 << UInt32(node))
    }
  }

  /// More than one node leads some group, each in a term of its own.
  var areContested: Bool { leading.contains { $0.nonzeroBitCount > 1 } }
}
