import Base
import Glibc
import Network
import TestSupport
import Testing
import Topology

@testable import QuartetCLI

@Suite struct DevTests {
  private func plan(_ words: String...) throws -> DevPlan {
    guard case .run(let command) = try ArgumentParser(root: CommandTree.root).parse(["dev"] + words) else {
      throw NotHere()
    }
    return try DevPlan(Invocation(command: command, console: Recorder().console, engine: .simulated))
  }

  @Test("Five nodes of three suppliers, or seven of four, with ports ten apart")
  func topologies() throws {
    let five = try plan("--data", "/d", "--base-port", "9000").topology.cluster
    #expect(five.nodes.map(\.id.name) == ["england-1", "england-2", "scotland-1", "wales-1", "northern-ireland-1"])
    #expect(five.nodes.map(\.supplier.name) == ["A", "A", "B", "B", "C"])
    #expect(five.nodes[2].clientAddress == "127.0.0.1:9020")
    #expect(five.nodes[2].peerAddress == "127.0.0.1:9021")
    #expect(five.nodes[2].httpAddress == "127.0.0.1:9022")
    let seven = try plan("--nodes", "7").topology.cluster
    #expect(seven.nodes.map(\.supplier.name) == ["A", "B", "A", "C", "B", "D", "C"])
    #expect(seven.electorate.shortfalls(of: SurvivalGoal(.supplier, thenOneNodeMore: true)).isEmpty)
  }

  @Test("A topology file's own addresses and directory hold unless options say otherwise")
  func givenTopology() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.topology"
    let text = """
      data = "/srv/q"
      [[node]]
      name = "wales-1"
      nation = "wales"
      supplier = "B"
      labels = "building=x"
      client = "127.0.0.1:1"
      peer = "127.0.0.1:2"
      http = "127.0.0.1:3"
      """
    try LocalFiles.replace(path, with: Array(text.utf8))
    let given = try plan("--topology", path)
    #expect(given.layout.directory == "/srv/q")
    #expect(given.topology.cluster.nodes.map(\.httpAddress) == ["127.0.0.1:3"])
    #expect(given.topology.cluster.nodes.first?.label("building") == "x")
    let moved = try plan("--topology", path, "--data", directory.path, "--base-port", "8000")
    #expect(moved.layout.directory == directory.path)
    #expect(moved.topology.cluster.nodes.map(\.httpAddress) == ["127.0.0.1:8002"])
    #expect(throws: CommandFailure.self) { try plan("--topology", path, "--nodes", "5") }
  }

  @Test("Each node's settings file can be read as a node reads it")
  func settings() throws {
    let plan = try plan("--data", "/d")
    for node in plan.topology.cluster.nodes {
      let text = try #require(plan.topology.nodeSettings(of: node.id))
      #expect(text.hasPrefix(DevLayout.mark))
      let configuration = try NodeConfiguration(parsing: text)
      #expect(configuration.dataDirectory == plan.layout.data(node.id.name))
      #expect(configuration.peers.count == 4)
    }
  }

  @Test("--fresh removes what dev made and nothing else")
  func fresh() throws {
    let directory = try TemporaryDirectory()
    let layout = DevLayout(directory: directory.path)
    func put(_ path: String, _ text: String) throws { try LocalFiles.replace(path, with: Array(text.utf8)) }
    try put(layout.settings("wales-1"), DevLayout.mark + "wales-1, made from a topology file.\n")
    try put(layout.log("wales-1"), "log")
    try LocalFiles.makeDirectory(layout.data("wales-1"))
    try put(layout.data("wales-1") + "/raft.db", "data")
    try put(layout.clusterFile, "{}")
    try put(layout.settings("england-1"), "name = \"england-1\"\n")
    try LocalFiles.makeDirectory(layout.data("england-1"))
    try put(directory.path + "/notes.txt", "mine")
    #expect(try layout.removeAll() == ["wales-1"])
    #expect(try LocalFiles.names(in: directory.path) == ["england-1", "england-1.conf", "notes.txt"])
  }

  @Test("The page names every node, tells where things are and gives three commands")
  func page() throws {
    let layout = DevLayout(directory: "/somewhere/.quartet")
    var file = ClusterFile(try plan("--data", layout.directory).topology.cluster)
    for position in file.nodes.indices { file.nodes[position].pid = Int32(1_000 + position) }
    file.nodes[3].pid = 0
    let summary = DevStartup.Summary(encounters: 1_000, keyspaces: ["england"], took: .milliseconds(2_300))
    let text = DevCommands.page(summary, file, layout)
    var shown = ""
    // The program's own name is that of the test's process.
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      shown +=
        line.hasPrefix("  \(DevCommands.invokedName)")
        ? "  quartet" + line.dropFirst(2 + DevCommands.invokedName.count) : line
      shown += "\n"
    }
    try expectGolden(shown, "dev.txt")
  }

  @Test("Another shell's request reaches the one who listens, in a directory of any length, and is answered")
  func socket() throws {
    let directory = try TemporaryDirectory()
    let deep = directory.path + "/" + Array(repeating: "a-long-name-of-a-directory", count: 6).joined(separator: "/")
    try LocalFiles.makeDirectory(deep)
    let path = DevLayout(directory: deep).socket
    #expect(DevSocket.ask(.stop, at: path, seconds: 1) == nil)
    let listener = try DevSocket.listen(path)
    defer { close(listener) }
    let answer: @Sendable () -> Void = {
      for _ in 0..<2 {
        guard let (connection, request) = DevSocket.accept(listener) else { continue }
        DevSocket.answer(connection, request == .stop ? .failed("not now") : .done(pid: 42))
      }
    }
    try withThreads([answer]) {
      #expect(DevSocket.ask(.restart(node: "wales-1"), at: path, seconds: 5) == .done(pid: 42))
      #expect(DevSocket.ask(.stop, at: path, seconds: 5) == .failed("not now"))
    }
  }

  @Test("A child's words, output and end are as they should be, and signals blocked here are not blocked there")
  func child() throws {
    let directory = try TemporaryDirectory()
    let log = directory.path + "/log"
    let talks = try ChildProcess.spawn(
      "/bin/sh", ["-c", "echo \"$0 $1\"; echo error >&2; exit 7", "a b", "c"], log: log, isDetached: false)
    #expect(end(of: talks) == .exited(7))
    #expect(try LocalFiles.contents(of: log) == Array("a b c\nerror\n".utf8))
    let waits = try ChildProcess.spawn("/bin/sleep", ["1000"], log: log, isDetached: true)
    #expect(ChildProcess.reap(waits) == nil)
    ChildProcess.stop(waits)
    #expect(end(of: waits) == .killed(signal: SIGTERM))
    #expect("\(ChildProcess.End.killed(signal: SIGKILL))" == "was killed by signal 9 (SIGKILL)")
    #expect(throws: FileProblem.self) {
      try ChildProcess.spawn("/nonexistent", [], log: log, isDetached: false)
    }
  }

  private func end(of pid: Int32) -> ChildProcess.End {
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return ChildProcess.End(status: status)
  }

  @Test("A busy port is seen, with the process that holds it; a free one is free")
  func ports() throws {
    let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = try withUnsafeMutablePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> UInt16 in
        try #require(bind(descriptor, address, length) == 0)
        try #require(getsockname(descriptor, address, &length) == 0)
        return UInt16(bigEndian: UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_port)
      }
    }
    let text = "127.0.0.1:\(port)"
    #expect(!TCPProbe.answers(text, within: .milliseconds(200)))
    #expect(listen(descriptor, 4) == 0)
    #expect(TCPProbe.answers(text, within: .seconds(5)))
    #expect(TCPProbe.refusalToListen(text) == EADDRINUSE)
    #expect(TCPProbe.holder(of: text)?.pid == getpid())
  }
}
