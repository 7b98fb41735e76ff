public import Base
import Network
import Raft
public import Wire

/// Founds a cluster: collects who answers at the nodes' addresses, makes the genesis record and gives it to every
/// node.
///
/// Safe to repeat: if any node has a record already, that one is used and given to the nodes that lack it.
public struct ClusterFounder: Sendable {
  /// The founders, each with its client, peer and HTTP addresses; any order.
  public var nodes: [ClusterMap.Node]
  /// Of the whole founding.
  public var timeout: Interval

  public init(nodes: [ClusterMap.Node], timeout: Interval = .seconds(30)) {
    self.nodes = nodes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.timeout = timeout
  }

  /// The groups of a new cluster.
  public static let keyspaces: [(name: String, group: GroupID)] =
    [("system", GroupID(1))]
    + Nation.allCases.map { ($0.description, GroupID(UInt32($0.rawValue) + 1)) }

  /// Returns when every node has confirmed the record.
  ///
  /// - Throws: `invalidArgument` with the reason when the nodes cannot be founded together: a node that answers under
  ///   another name, nation or supplier than described, a store that the record does not name, two records; nothing
  /// was
  ///   sent then. `deadlineExceeded`, `unavailable` when a node does not answer: repeat it.
  public func found() async throws(QuartetError) -> Genesis {
    guard !nodes.isEmpty else { throw .refused("a cluster needs nodes") }
    let client = try QuartetClient(
      nodes: nodes.map(\.client), options: QuartetClient.Options(name: "cluster init", timeout: timeout))
    defer { client.close() }
    var identities: [NodeIdentity] = []
    for node in nodes {
      let identity = try await client.identity(at: node.client)
      try check(identity, against: node)
      identities.append(identity)
    }
    let existing = try existing(in: identities)
    let genesis = if let existing { existing } else { try fresh(identities) }
    try check(genesis, against: identities)
    for (node, identity) in zip(nodes, identities) where identity.genesis.isEmpty {
      try await client.send(genesis, to: node.client)
    }
    for node in nodes {
      let identity = try await client.identity(at: node.client)
      guard identity.genesis == genesis.encoded else {
        throw .refused("node '\(node.name)' confirmed the record and does not show it")
      }
    }
    return genesis
  }

  private func check(_ identity: NodeIdentity, against node: ClusterMap.Node) throws(QuartetError) {
    guard identity.node == node.name else {
      throw .refused("at \(node.client) answers node '\(identity.node)', not '\(node.name)'")
    }
    guard identity.nation == node.nation, identity.supplier == node.supplier else {
      throw .refused(
        "node '\(node.name)' says that it stands in \(identity.nation) and is run by '\(identity.supplier)', "
          + "described are \(node.nation) and '\(node.supplier)'")
    }
  }

  private func existing(in identities: [NodeIdentity]) throws(QuartetError) -> Genesis? {
    var found: (genesis: Genesis, node: String)?
    for identity in identities where !identity.genesis.isEmpty {
      let genesis: Genesis
      do {
        genesis = try Genesis(decoding: identity.genesis)
      } catch {
        throw .refused("the record of node '\(identity.node)' cannot be read: \(error)")
      }
      if let found, found.genesis != genesis {
        throw .refused(
          "nodes '\(found.node)' and '\(identity.node)' belong to different clusters, \(found.genesis.cluster) and "
            + "\(genesis.cluster)")
      }
      found = (genesis, identity.node)
    }
    return found?.genesis
  }

  private func fresh(_ identities: [NodeIdentity]) throws(QuartetError) -> Genesis {
    var members: [Member] = []
    for (position, identity) in identities.enumerated() {
      guard let node = NodeID(identity.node), let nation = Nation(identity.nation) else {
        throw .refused("node '\(identity.node)' has no proper name or nation")
      }
      members.append(
        Member(
          replica: ReplicaID(UInt64(position) + 1), node: node, store: identity.store, role: .voter, nation: nation,
          supplier: identity.supplier))
    }
    let configuration = Configuration(members: members)
    return Genesis(
      cluster: .random(), epoch: 1, createdAt: Clock.wall(), featureLevel: Versions.featureLevel, nodes: nodes,
      groups: Self.keyspaces.map {
        Genesis.Group(keyspace: $0.name, group: $0.group, configuration: configuration)
      })
  }

  /// That the record is one, and names each node with the store that it has.
  private func check(_ genesis: Genesis, against identities: [NodeIdentity]) throws(QuartetError) {
    do {
      try genesis.validate()
    } catch {
      throw .refused("the record would not be legal: \(error)")
    }
    for identity in identities {
      for group in genesis.groups {
        guard let member = group.configuration.members.first(where: { $0.node.name == identity.node }) else {
          throw .refused(
            "cluster \(genesis.cluster) was founded without node '\(identity.node)': add it to the running cluster")
        }
        guard member.store == identity.store else {
          throw .refused(
            "cluster \(genesis.cluster) was founded with store \(member.store) of node '\(identity.node)', which now "
              + "has \(identity.store): it was wiped or replaced, and joins only as a new member")
        }
      }
    }
  }
}

extension QuartetError {
  fileprivate static func refused(_ reason: String) -> QuartetError {
    QuartetError(code: .invalidArgument, outcome: .notApplied, message: reason)
  }
}
