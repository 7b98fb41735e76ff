import Base
import QuartetClient
import Topology
import Wire

/// A cluster as its nodes tell it at one time.
struct ClusterView: Sendable {
  struct Node: Sendable {
    var file: ClusterFile.Node
    /// nil when it did not answer.
    var status: NodeStatus?
    /// Why it did not.
    var failure = ""
  }

  struct Replica {
    var node: ClusterFile.Node
    var group: NodeStatus.Group
  }

  struct Keyspace {
    var name: String
    /// Of the leader of the highest term that says so itself; nil when none does.
    var leader: Replica?
    var term: UInt64
    /// In the order of the nodes; those that did not answer are missing.
    var replicas: [Replica]
    var voters: Int
    var margin: SurvivalMargin
  }

  /// In the order of the cluster file.
  var nodes: [Node]
  /// `system` last, the others in the order of the nations.
  var keyspaces: [Keyspace]

  init(nodes: [Node]) {
    self.nodes = nodes
    var names: [String] = []
    for status in nodes.compactMap(\.status) {
      for group in status.groups where !names.contains(group.keyspace) { names.append(group.keyspace) }
    }
    let standard = ClusterDescription.standardKeyspaces
    let ordered = standard.filter(names.contains) + names.filter { !standard.contains($0) }.sorted()
    keyspaces = ordered.map { Self.keyspace($0, of: nodes) }
  }

  /// Asks every node at once; each has a second.
  static func ask(_ client: QuartetClient, _ cluster: ClusterFile) async -> ClusterView {
    let answers = await withTaskGroup(of: (Int, Node).self) { group in
      for (position, file) in cluster.nodes.enumerated() {
        group.addTask {
          do throws(QuartetError) {
            let status = try await client.status(at: file.client, timeout: .seconds(1))
            return (position, Node(file: file, status: status))
          } catch {
            return (position, Node(file: file, status: nil, failure: "\(error.message)"))
          }
        }
      }
      var answers: [(Int, Node)] = []
      for await answer in group { answers.append(answer) }
      return answers
    }
    return ClusterView(nodes: answers.sorted { $0.0 < $1.0 }.map(\.1))
  }

  // MARK: Keyspaces

  /// Entries that a replica may be behind and still count as caught up: what a busy leader has on its way.
  private static let lagMax: UInt64 = 4_096
  /// How long a leader may not have heard of a follower that counts as healthy.
  private static let silenceMax = Interval.seconds(2)

  private static func keyspace(_ name: String, of nodes: [Node]) -> Keyspace {
    let replicas = nodes.compactMap { node in
      node.status?.groups.first { $0.keyspace == name }.map { Replica(node: node.file, group: $0) }
    }
    let leader = replicas.filter { $0.group.role == "leader" }.max { $0.group.term < $1.group.term }
    let described = leader ?? replicas.max { $0.group.term < $1.group.term }
    let electorate = Electorate(
      voters: voters(described?.group.voters ?? [], nodes), outgoing: voters(described?.group.outgoing ?? [], nodes))
    return Keyspace(
      name: name, leader: leader, term: replicas.map(\.group.term).max() ?? 0, replicas: replicas,
      voters: electorate.voters.count,
      margin: SurvivalMargin(of: electorate, healthy: healthy(name, leader, nodes)))
  }

  private static func voters(_ names: [String], _ nodes: [Node]) -> [Voter] {
    names.compactMap { name in
      guard let id = NodeID(name) else { return nil }
      let file = nodes.first { $0.file.name == name }?.file
      // A voter that the cluster file does not know counts as one of a supplier of its own, and as lost.
      return Voter(
        NodeDescription(
          id: id, nation: file.flatMap { Nation($0.nation) } ?? .england,
          supplier: file.flatMap { Supplier($0.supplier) } ?? Supplier(name) ?? Self.stranger))
    }
  }

  private static var stranger: Supplier {
    guard let supplier = Supplier("unknown") else { preconditionFailure("a supplier's name") }
    return supplier
  }

  /// Without a leader nothing can be written, so nobody counts.
  private static func healthy(_ keyspace: String, _ leader: Replica?, _ nodes: [Node]) -> Set<NodeID> {
    guard let leader else { return [] }
    return Set(
      nodes.compactMap { node -> NodeID? in
        guard let status = node.status, status.notServing.isEmpty, let id = NodeID(node.file.name),
          let group = status.groups.first(where: { $0.keyspace == keyspace }),
          group.role != "quarantined", group.role != "suspended", group.lag <= lagMax
        else { return nil }
        if node.file.name == leader.node.name { return id }
        guard let follower = leader.group.followers.first(where: { $0.node == node.file.name }),
          follower.lag <= lagMax, follower.lastContact <= silenceMax, follower.state != "snapshot"
        else { return nil }
        return id
      })
  }

  // MARK: Nodes

  /// How long the leaders have not heard of a node; nil when no leader tells. A new leader counts from its own beginning,
  /// so the longest time is the nearest to the truth.
  func silence(of name: String) -> Interval? {
    let longest = keyspaces.compactMap { $0.leader?.group.followers.first { $0.node == name }?.lastContact }.max()
    return longest == .zero ? nil : longest
  }

  /// The keyspaces that a node leads.
  func leads(_ name: String) -> [String] { keyspaces.filter { $0.leader?.node.name == name }.map(\.name) }

  /// The keyspace that bears least.
  var narrowest: Keyspace? {
    keyspaces.min { one, next in
      func rank(_ margin: SurvivalMargin) -> (Int, Int, Int, Int) {
        (margin.writesPossible ? 1 : 0, margin.nodes, -margin.harmfulSuppliers.count, -margin.harmfulNations.count)
      }
      return rank(one.margin) < rank(next.margin)
    }
  }

  /// One sentence: what may be lost now, without harm to any keyspace.
  var marginLine: String {
    guard let narrowest else { return "no node tells of a keyspace" }
    let isAlike = keyspaces.allSatisfy { $0.margin.description == narrowest.margin.description }
    return narrowest.margin.description + (isAlike ? "" : " (in \(narrowest.name); see the keyspaces)")
  }

  var writesPossible: Bool { !keyspaces.isEmpty && keyspaces.allSatisfy(\.margin.writesPossible) }

  /// What an administrator should look at, in order of the nodes.
  var warnings: [String] {
    var lines: [String] = []
    for node in nodes {
      guard let status = node.status else {
        let silence = silence(of: node.file.name).map { " for \(Quantities.text($0))" } ?? ""
        lines.append("\(node.file.name) is unreachable\(silence): \(node.failure)")
        continue
      }
      if !status.notServing.isEmpty { lines.append("\(node.file.name) does not serve: \(status.notServing)") }
      if status.isLowOnSpace {
        lines.append("\(node.file.name) is low on disk space: \(Quantities.bytes(status.diskFree)) are free")
      }
      for group in status.groups where group.role == "quarantined" || group.role == "suspended" {
        let progress =
          group.receiving > 0
          ? " (\(Quantities.bytes(group.received)) of \(Quantities.bytes(group.receiving)) of a new state have come)" : ""
        lines.append("\(node.file.name) is \(group.role) in \(group.keyspace)\(progress)")
      }
      for peer in status.peers where !peer.refusal.isEmpty {
        lines.append("\(node.file.name) and \(peer.node): \(peer.refusal)")
      }
      // That of a node which answers nobody is said once, by its own line.
      let answering = nodes.filter { $0.status != nil }.map(\.file.name)
      for peer in status.peers where !peer.isConnected && peer.refusal.isEmpty && answering.contains(peer.node) {
        lines.append("\(node.file.name) has no connection to \(peer.node)")
      }
    }
    for keyspace in keyspaces where keyspace.leader == nil {
      lines.append("\(keyspace.name) has no leader")
    }
    return lines
  }
}
