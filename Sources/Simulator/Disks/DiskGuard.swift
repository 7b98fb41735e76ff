import Base

/// Which copies are damaged, or may be: with ``FaultGuard`` it keeps the sum of the faults survivable, so that every
/// violation is a bug.
///
/// A copy is one node's of one group: its log, its promises, its state. It counts as damaged from the fault on until it is
/// seen to be whole again, or for good.
struct DiskGuard {
  struct Copy: Hashable {
    var node: Int
    var group: GroupID
  }

  struct Damage {
    /// The node's process at the time of the fault: a later one has looked at everything that it started from.
    var incarnation: Int
    /// What everybody had committed when the copy first looked well; nil before.
    var target: LogIndex?
  }

  private(set) var damaged: [Copy: Damage] = [:]

  func isDamaged(_ node: Int, _ group: GroupID) -> Bool { damaged[Copy(node: node, group: group)] != nil }
  func groups(of node: Int) -> Set<GroupID> { Set(damaged.keys.lazy.filter { $0.node == node }.map(\.group)) }
  func isDamaged(_ node: Int) -> Bool { damaged.keys.contains { $0.node == node } }

  mutating func damages(_ node: Int, _ groups: [GroupID], incarnation: Int) {
    for group in groups { damaged[Copy(node: node, group: group)] = Damage(incarnation: incarnation) }
  }

  /// The copies in question, in an order.
  var copies: [Copy] { damaged.keys.sorted { ($0.node, $0.group) < ($1.node, $1.group) } }

  mutating func note(_ copy: Copy, target: LogIndex) { damaged[copy]?.target = target }
  mutating func isWhole(_ copy: Copy) { damaged[copy] = nil }
}
