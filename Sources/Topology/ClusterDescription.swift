public import Base

/// The nodes of a cluster, and the keyspaces that it is born with.
public struct ClusterDescription: Hashable, Sendable {
  /// In the order of the topology file: ports and the order of commands follow it.
  public var nodes: [NodeDescription]
  /// Names of keyspaces, `system` last.
  public var keyspaces: [String]

  /// One keyspace for each nation, and `system` for genesis, topology, identities and settings (design §2).
  public static let standardKeyspaces = Nation.allCases.map(\.description) + ["system"]

  public init(nodes: [NodeDescription], keyspaces: [String] = Self.standardKeyspaces) {
    self.nodes = nodes
    self.keyspaces = keyspaces
  }

  public func node(_ id: NodeID) -> NodeDescription? { nodes.first { $0.id == id } }

  /// In order of name, each once.
  public var suppliers: [Supplier] { distinct(nodes.map(\.supplier)) }

  /// Every node a voter that holds data: how a fresh cluster begins.
  public var electorate: Electorate { Electorate(voters: nodes.map { Voter($0) }) }

  /// What makes this no cluster, one plain sentence each; empty when nothing does.
  public var problems: [String] {
    var problems: [String] = []
    if nodes.isEmpty { problems.append("there is no node") }
    if nodes.count > Limits.membersMax {
      problems.append("there are \(nodes.count) nodes; at most \(Limits.membersMax) are possible")
    }
    for id in repeated(nodes.map(\.id.name)) { problems.append("node '\(id)' is there twice: give each its own name") }
    let addresses = nodes.flatMap { [$0.clientAddress, $0.peerAddress, $0.httpAddress] }
    // Port 0 lets the system choose, so it may stand at many nodes.
    for address in repeated(addresses.filter { !$0.isEmpty && !$0.hasSuffix(":0") }) {
      problems.append("address \(address) is used twice: give each listener its own port")
    }
    for folded in repeated(suppliers.map { $0.name.lowercased() }) {
      problems.append("supplier '\(folded)' is written in two ways: they would count as two suppliers")
    }
    return problems
  }
}

/// Sorted, each once.
func distinct<Value: Comparable>(_ values: [Value]) -> [Value] {
  var result: [Value] = []
  for value in values.sorted() where result.last != value { result.append(value) }
  return result
}

/// Those that stand there more than once, sorted, each once.
private func repeated(_ values: [String]) -> [String] {
  let sorted = values.sorted()
  return distinct(zip(sorted, sorted.dropFirst()).filter { $0 == $1 }.map(\.0))
}
