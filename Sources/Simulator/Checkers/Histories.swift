import Base
import Wire

/// What clients asked and were told, by keyspace, and what the rules about it say at the end.
struct Histories {
  private var operations: [String: [Operation]] = [:]

  mutating func record(_ keyspace: String, _ operation: Operation) {
    operations[keyspace, default: []].append(operation)
  }

  func judge(nodes: [SimulatedNode], genesis: Genesis, isMember: (SimulatedNode, GroupID) -> Bool) -> String? {
    for group in genesis.groups {
      let history = operations[group.keyspace] ?? []
      for key in 0..<World.keysPerGroup {
        let operations = history.filter { $0.key == key }
        if case .violated(let prefix) = Linearizability.check(operations) {
          return "linearizability: '\(group.keyspace)' key \(key): no order explains \(prefix.suffix(8))"
        }
        let isWhole = { (node: SimulatedNode) in isMember(node, group.group) && !node.damaged.contains(group.group) }
        guard let node = nodes.first(where: isWhole) else { continue }
        if let violation = WrittenValues.judge(operations, key, group, node) { return violation }
      }
    }
    return nil
  }
}
