import Base
import Raft
import Replica

extension [Int] {
  /// The places of the bits that are set.
  init(places bits: UInt64) {
    self = []
    var rest = bits
    while rest != 0 {
      append(rest.trailingZeroBitCount)
      rest &= rest - 1
    }
  }
}

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

  /// Groups that more than one node leads, each in a term of its own: a bit for each.
  var contested: UInt64 {
    var contested: UInt64 = 0
    for slot in leading.indices where leading[slot] & (leading[slot] &- 1) != 0 { contested |= 1 << UInt64(slot) }
    return contested
  }

  /// Who leads a group, by position.
  func leaders(of slot: Int) -> [Int] { Array(places: UInt64(leading[slot])) }
}
