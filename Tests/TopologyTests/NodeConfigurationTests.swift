import Base
import Testing
import Topology

private func problems(_ text: String) -> [String] {
  do throws(SettingsError) {
    _ = try NodeConfiguration(parsing: text)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

private let identity = """
  name = "england-1"
  nation = "england"
  supplier = "A"
  data = "d"

  """

@Suite struct NodeConfigurationTests {
  @Test("Four lines make a node, and the rest has the published defaults")
  func defaults() throws {
    let node = try NodeConfiguration(parsing: identity)
    #expect(node.node.id.name == "england-1")
    #expect(node.raft.heartbeat == .milliseconds(50))
    #expect(node.raft.electionMin == .milliseconds(300))
    #expect(node.raft.electionMax == .milliseconds(600))
    #expect(node.peers == [])
    #expect(node.logLevel == .info)
    #expect(node.storage.faultFile == nil)
    #expect(!node.storage.powerLossVFS)
  }

  @Test(
    "Timers and sizes that are wrong together are refused, each at its line",
    arguments: [
      ("[raft]\nelection-min = 149ms\nelection-max = 1s", "line 6: election-min is under three heartbeats", "150ms"),
      ("[raft]\nelection-max = 449ms", "line 6: election-max is under one and a half times election-min", "450ms"),
      ("[raft]\nmax-drift = 76ms", "line 6: max-drift is over a quarter of election-min", "at most 75ms"),
      ("[storage]\nwal-cap = 31MiB", "line 6: wal-cap is under two checkpoints", "write at least 32000KiB"),
      ("[service]\nhttp-request-max = 29s", "line 5: http-idle is longer than a whole request", "at most 29s"),
    ])
  func relations(text: String, told: String, mend: String) throws {
    let found = problems(identity + text)
    let problem = try #require(found.first)
    #expect(found.count == 1 || text.contains("149ms"))
    #expect(problem.hasPrefix(told) && problem.hasSuffix(mend), "\(problem)")
  }

  @Test("The bounds of the relations themselves are accepted")
  func bounds() {
    #expect(problems(identity + "[raft]\nelection-min = 150ms\nelection-max = 225ms\nmax-drift = 37500us") == [])
    #expect(problems(identity + "[storage]\nwal-cap = 32000KiB") == [])
  }

  @Test("A node's own table must agree with the top of the file, and nodes and addresses are each there once")
  func ownTable() {
    func table(_ name: String, _ supplier: String, _ port: Int) -> String {
      """
      [[node]]
      name = "\(name)"
      nation = "england"
      supplier = "\(supplier)"
      client = "h:\(port)"
      peer = "h:\(port + 1)"
      http = "h:\(port + 2)"

      """
    }
    #expect(problems(identity + table("england-1", "A", 1) + table("england-2", "B", 5)) == [])
    #expect(problems(identity + table("england-1", "B", 1)).count == 1)
    #expect(problems(identity + table("england-2", "B", 1) + table("england-2", "B", 5)).count == 1)
    #expect(problems(identity + table("england-2", "B", 1) + table("england-3", "B", 2)).count == 2)
    #expect(problems(identity + table("england-2", "a", 1)).count == 1)
  }
}

@Suite struct TopologyFileTests {
  private func topology(_ name: String) throws -> TopologyFile {
    try TopologyFile(parsing: try #require(packageFile("cluster/\(name).topology")))
  }

  private func outline(_ file: TopologyFile) -> [String] {
    file.cluster.nodes.map { "\($0.id) \($0.supplier) \($0.clientAddress) \($0.peerAddress) \($0.httpAddress)" }
  }

  @Test("The two clusters of the package are the shapes of the design")
  func shapes() throws {
    let small = try topology("five-nodes")
    #expect(
      outline(small) == [
        "england-1 A 127.0.0.1:7400 127.0.0.1:7401 127.0.0.1:7402",
        "england-2 A 127.0.0.1:7410 127.0.0.1:7411 127.0.0.1:7412",
        "scotland-1 B 127.0.0.1:7420 127.0.0.1:7421 127.0.0.1:7422",
        "wales-1 B 127.0.0.1:7430 127.0.0.1:7431 127.0.0.1:7432",
        "northern-ireland-1 C 127.0.0.1:7440 127.0.0.1:7441 127.0.0.1:7442",
      ])
    #expect(small.cluster.keyspaces == ["england", "scotland", "wales", "northern-ireland", "system"])
    #expect(small.cluster.electorate.supplierSafe)
    let large = try topology("seven-nodes")
    #expect(large.cluster.nodes.map(\.id) == seven.map(\.id))
    #expect(large.cluster.nodes.map(\.supplier) == seven.map(\.supplier))
    #expect(large.cluster.nodes.map(\.nation) == seven.map(\.nation))
    #expect(large.cluster.nodes.last?.httpAddress == "127.0.0.1:7462")
    #expect(large.cluster.electorate.survives(SurvivalGoal(.supplier, thenOneNodeMore: true)))
  }

  @Test("Each node's settings, made from a topology, are right and name the same nodes")
  func nodeSettings() throws {
    let file = try topology("seven-nodes")
    for node in file.cluster.nodes {
      let text = try #require(file.nodeSettings(of: node.id))
      let configuration = try NodeConfiguration(parsing: text)
      #expect(configuration.node == node)
      #expect(configuration.peers == file.cluster.nodes.filter { $0.id != node.id })
      #expect(configuration.dataDirectory == ".quartet/\(node.id)")
    }
    #expect(file.nodeSettings(of: NodeID("england-9")!) == nil)
  }

  @Test("Without base-port each address must be given; with it, one given wins")
  func addresses() throws {
    let node = "[[node]]\nname = \"wales-1\"\nnation = \"wales\"\nsupplier = \"A\"\n"
    let given = "client = \"a:1\"\npeer = \"a:2\"\nhttp = \"a:3\"\n"
    #expect(try outline(TopologyFile(parsing: node + given)) == ["wales-1 A a:1 a:2 a:3"])
    #expect(
      try outline(TopologyFile(parsing: "base-port = 9000\n" + node + "peer = \"a:2\"\n"))
        == ["wales-1 A 127.0.0.1:9000 a:2 127.0.0.1:9002"])
    func refusals(_ text: String) -> Int {
      do throws(SettingsError) {
        _ = try TopologyFile(parsing: text)
        return 0
      } catch {
        return error.problems.count
      }
    }
    #expect(refusals(node) == 3)
    #expect(refusals("base-port = 9000\nhost = \"a b\"\n" + node) == 3)
    #expect(refusals("base-port = 9000\n" + node + node) == 1)
    #expect(refusals("base-port = 9000\n") == 1)
  }
}
