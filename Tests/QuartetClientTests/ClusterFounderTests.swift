import Base
import QuartetClient
import Raft
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(1)))
struct ClusterFounderTests {
  private struct Founders {
    let nodes: [FakeNode]
    var founder: ClusterFounder

    init() throws {
      nodes = [
        try FakeNode("wales-1", nation: .wales, supplier: "b"), try FakeNode("england-1"),
        try FakeNode("scotland-1", nation: .scotland, supplier: "c"),
      ]
      founder = ClusterFounder(
        nodes: nodes.map { node in
          let identity = node.settings.withLock { $0.identity }
          return ClusterMap.Node(
            name: node.name, nation: identity.nation, supplier: identity.supplier, client: node.address,
            peer: "127.0.0.1:1", http: "127.0.0.1:2")
        }, timeout: .seconds(5))
    }

    func stop() { nodes.forEach { $0.stop() } }
    var records: [Int] { nodes.map { $0.settings.withLock { $0.genesisRecords } } }
  }

  @Test("Founding gives every node one record: all nodes as voters, numbered by name, in five groups")
  func founds() async throws {
    let founders = try Founders()
    defer { founders.stop() }
    let genesis = try await founders.founder.found()
    #expect(genesis.nodes.map(\.name) == ["england-1", "scotland-1", "wales-1"])
    #expect(genesis.groups.map(\.keyspace) == ["system", "england", "scotland", "wales", "northern-ireland"])
    #expect(genesis.groups.map(\.group.rawValue) == [1, 2, 3, 4, 5])
    let members = genesis.groups[0].configuration.members
    #expect(members.map(\.node.name) == ["england-1", "scotland-1", "wales-1"])
    #expect(members.map(\.replica.rawValue) == [1, 2, 3])
    #expect(members.allSatisfy { $0.role == .voter })
    #expect(founders.nodes.allSatisfy { $0.settings.withLock { $0.identity.genesis } == genesis.encoded })
  }

  @Test("Founding again changes nothing, and gives a node that missed it the same record")
  func repeats() async throws {
    let founders = try Founders()
    defer { founders.stop() }
    let first = try await founders.founder.found()
    founders.nodes[0].settings.withLock { $0.identity.genesis = [] }
    let second = try await founders.founder.found()
    #expect(second == first)
    #expect(founders.records == [2, 1, 1])
  }

  @Test("A node whose store is another than the record names is refused, and nothing is sent")
  func otherStore() async throws {
    let founders = try Founders()
    defer { founders.stop() }
    _ = try await founders.founder.found()
    founders.nodes[2].settings.withLock {
      $0.identity.genesis = []
      $0.identity.store = .random()
    }
    let error = await #expect(throws: QuartetError.self) { _ = try await founders.founder.found() }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("wiped or replaced") == true)
    #expect(founders.records == [1, 1, 1])
  }

  @Test("A node that answers under another name or supplier than described is refused")
  func misdescribed() async throws {
    let founders = try Founders()
    defer { founders.stop() }
    var founder = founders.founder
    founder.nodes[0].supplier = "nobody"
    let error = await #expect(throws: QuartetError.self) { _ = try await founder.found() }
    #expect(error?.code == .invalidArgument)
    #expect(founders.records == [0, 0, 0])
  }
}
