import Base
import Model
import Raft
import Wire

/// Room on the disks (design §6, "Errors"): new data is refused while there is still room to delete, to compact and to
/// change the membership, because a cluster whose disks are all full can do none of that any more.
extension Replicas {
  /// Takes note of how much room the shell saw. The mark to come back is an eighth higher, so that a node at the edge
  /// does not refuse and accept in turns.
  mutating func sawSpace(_ free: UInt64?, into effects: inout [ReplicaEffect]) {
    guard let free else { return }
    let low = configuration.lowSpaceBytes
    let isLow = free < (space.own.isLow ? low + low / 8 : low)
    let hasChanged = isLow != space.own.isLow
    space.own = SpaceReport(free: free, isLow: isLow)
    if hasChanged { tellSpace(into: &effects) }
  }

  mutating func tellSpace(into effects: inout [ReplicaEffect]) {
    for node in links.nodes { effects.append(.send(node, .space(space.own))) }
  }

  /// Whether this node has less room than its configuration asks for.
  public var isLowOnSpace: Bool { space.own.isLow }

  /// Why `command` is refused for want of room; nil when it may go on. A leader that is low itself goes on while a
  /// majority is not: only that majority must hold the data.
  func refusalForSpace(_ slot: Int, _ command: Command) -> Failure? {
    guard space.isAnyLow, command.addsData else { return nil }
    let membership = groups[slot].raft.configuration
    let low = { (replica: ReplicaID) in
      membership.member(replica).map { isLow($0.node) } ?? false
    }
    for voters in [membership.incoming, membership.outgoing] where !voters.isEmpty {
      let short = voters.filter(low)
      guard voters.count - short.count < voters.count / 2 + 1 else { continue }
      let names = short.compactMap { node(slot, $0)?.name }.joined(separator: ", ")
      return Failure(
        code: .noSpace, outcome: .notApplied,
        message: "too many nodes of '\(groups[slot].keyspace)' are low on disk space (\(names)): new data is refused, "
          + "deletes and compaction are accepted; free space on them or add disks")
    }
    return nil
  }

  private func isLow(_ node: NodeID) -> Bool {
    node == configuration.node ? space.own.isLow : space.low.contains(node)
  }
}

/// What is known of the nodes' room.
struct SpaceTable: Sendable {
  var own = SpaceReport(free: 0, isLow: false)
  /// Peers that said that they are low. One that is away keeps what it said last: its disk has not grown meanwhile.
  private(set) var low: [NodeID] = []

  var isAnyLow: Bool { own.isLow || !low.isEmpty }

  mutating func heard(_ report: SpaceReport, from node: NodeID) {
    low.removeAll { $0 == node }
    if report.isLow { low.append(node) }
  }
}
