import Base
import JSON
import Testing
import Topology
import Wire

@testable import QuartetCLI

/// Five nodes as the reference topology has them, in a state that a test chooses.
struct MadeUpCluster {
  static let names = ["england-1", "england-2", "scotland-1", "wales-1", "northern-ireland-1"]
  static let nations = ["england", "england", "scotland", "wales", "northern-ireland"]
  static let suppliers = ["A", "A", "B", "B", "C"]

  var down: Set<String> = []
  var notServing: [String: String] = [:]
  var lowOnSpace: Set<String> = []
  var lag: [String: UInt64] = [:]
  var leaders = ["england": "england-1", "wales": "wales-1"]

  var view: ClusterView {
    ClusterView(
      nodes: Self.names.enumerated().map { position, name in
        let file = ClusterFile.Node(
          name: name, nation: Self.nations[position], supplier: Self.suppliers[position], pid: 100,
          client: "127.0.0.1:\(7400 + 10 * position)", peer: "127.0.0.1:\(7401 + 10 * position)",
          http: "127.0.0.1:\(7402 + 10 * position)")
        return down.contains(name)
          ? ClusterView.Node(file: file, status: nil, failure: "connection refused")
          : ClusterView.Node(file: file, status: status(position))
      })
  }

  private func status(_ position: Int) -> NodeStatus {
    let name = Self.names[position]
    return NodeStatus(
      node: name, nation: Self.nations[position], supplier: Self.suppliers[position], version: "0.1.0",
      store: Identifier(high: 1, low: UInt64(position)), cluster: Identifier(high: 7, low: 7), bootCount: 3,
      pid: UInt32(100 + position), uptime: .seconds(95), memory: 80 << 20, diskFree: 50 << 30, diskUsed: 12 << 20, isLowOnSpace: lowOnSpace.contains(name),
      fsyncAge: .zero, fsyncWorst: .milliseconds(12), sqliteVersion: "3.40.1", hasWALResetFix: false,
      notServing: notServing[name] ?? "",
      peers: Self.names.filter { $0 != name }.map {
        NodeStatus.Peer(node: $0, isConnected: !down.contains($0), refusal: "", roundTrip: .microseconds(150))
      },
      groups: ["wales", "england"].map { group($0, name, position) })
  }

  private func group(_ keyspace: String, _ name: String, _ position: Int) -> NodeStatus.Group {
    let isLeader = leaders[keyspace] == name
    return NodeStatus.Group(
      keyspace: keyspace, group: GroupID(keyspace == "england" ? 2 : 4), replica: ReplicaID(UInt64(position + 1)),
      role: isLeader ? "leader" : "follower", leader: leaders[keyspace] ?? "", term: 4, commit: 120_000,
      applied: 120_000 - (lag[name] ?? 0), lastIndex: 120_000, firstIndex: 2, durableIndex: 120_000, base: 0,
      compacted: 0,
      liveKeys: 6_000, sessions: 1, chainHead: Digest(of: [1]), setHash: Digest(of: [2]),
      lastContact: .milliseconds(20),
      followers: isLeader
        ? Self.names.filter { $0 != name }.map {
          NodeStatus.Follower(
            node: $0, match: 120_000 - (lag[$0] ?? 0), lag: lag[$0] ?? 0,
            lastContact: down.contains($0) ? .seconds(75) : .milliseconds(20), fsyncAge: .zero,
            state: down.contains($0) ? "probe" : "replicate")
        } : [],
      lag: lag[name] ?? 0, voters: Self.names, outgoing: [])
  }
}

@Suite struct StatusTests {
  @Test("A whole cluster: who leads, what may be lost, nothing to look at")
  func whole() throws {
    try expectGolden(MadeUpCluster().view.text, "status-whole.txt")
  }

  @Test("With a node down it is shown as such with how long, and the margin is narrower")
  func oneDown() throws {
    let view = MadeUpCluster(down: ["scotland-1"]).view
    try expectGolden(view.text, "status-one-down.txt")
    try expectGolden(view.json.text(.pretty) + "\n", "status-one-down.json")
  }

  @Test("The margin counts what is healthy and caught up now")
  func margin() {
    #expect(MadeUpCluster().view.keyspaces.map(\.margin.nodes) == [2, 2])
    #expect(MadeUpCluster(down: ["scotland-1"]).view.keyspaces.map(\.margin.nodes) == [1, 1])
    #expect(MadeUpCluster(lag: ["scotland-1": 90_000]).view.keyspaces.map(\.margin.nodes) == [1, 1])
    #expect(MadeUpCluster(notServing: ["scotland-1": "replaced"]).view.keyspaces.map(\.margin.nodes) == [1, 1])
    #expect(MadeUpCluster(lag: ["scotland-1": 12]).view.keyspaces.map(\.margin.nodes) == [2, 2])
  }

  @Test("A keyspace without a leader takes no writes, and the cluster's line says which")
  func noLeader() {
    let view = MadeUpCluster(leaders: ["wales": "wales-1"]).view
    #expect(!view.writesPossible)
    #expect(view.marginLine.contains("in england"))
    #expect(view.warnings == ["england has no leader"])
  }

  @Test("A node that does not serve is named with its reason")
  func notServing() {
    let view = MadeUpCluster(notServing: ["wales-1": "damaged, not voting"]).view
    #expect(view.warnings == ["wales-1 does not serve: damaged, not voting"])
    #expect(view.text.contains("not serving"))
  }

  @Test("A node that is low on disk space is named with what is left")
  func lowOnSpace() {
    let view = MadeUpCluster(lowOnSpace: ["wales-1"]).view
    #expect(view.warnings == ["wales-1 is low on disk space: 50 GiB are free"])
  }

  @Test("A cluster of which no node answers is shown, not an error")
  func allDown() {
    let view = MadeUpCluster(down: Set(MadeUpCluster.names)).view
    #expect(view.keyspaces.isEmpty)
    #expect(!view.writesPossible)
    #expect(view.warnings.count == 5)
    #expect(view.text.contains("unreachable"))
  }
}
