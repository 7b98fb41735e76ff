import Base
import Glibc
import JSON
import Model
import Network
import QuartetClient
import Synchronization
import Testing
import Topology
import Wire

/// Five nodes as child processes, with everything that a scenario may do to them. The nodes end with the test's process,
/// whatever happens to that.
final class LabCluster: Sendable {
  struct Options: Sendable {
    /// Appended to each node's settings file.
    var settings = ""
    var usesPowerLoss = false
    /// Each node's disk fails as ``LabCluster/setFaults(_:_:)`` says.
    var usesFaultFiles = false
    /// Data directories elsewhere than under the cluster's own, by node.
    var data: [String: String] = [:]
    var environment: [String: String] = [:]

    /// Logs are checkpointed and cut all the time, and who is away for long needs a snapshot.
    static let smallLogs = Options(
      settings: "\n[log]\nretention-entries = 1000\n[storage]\ncheckpoint-pages = 100\nwal-cap = 1MiB\n")
  }

  struct Node: Sendable, Hashable {
    var name: String
    var nation: String
    var supplier: String
    var client: String
    var peer: String
    var http: String
    var mapNode: ClusterMap.Node {
      ClusterMap.Node(name: name, nation: nation, supplier: supplier, client: client, peer: peer, http: http)
    }
  }

  static let keyspaces = ["england", "scotland", "wales", "northern-ireland"]
  private static let table: [(name: String, nation: String, supplier: String)] = [
    ("england-1", "england", "A"), ("england-2", "england", "A"), ("scotland-1", "scotland", "B"),
    ("wales-1", "wales", "B"), ("northern-ireland-1", "northern-ireland", "C"),
  ]

  let directory: String
  let nodes: [Node]
  let client: QuartetClient
  private let binary: String
  private let options: Mutex<Options>
  private let processes = Mutex<[String: LabProcess]>([:])
  private let strangers = Mutex<[LabProcess]>([])
  private let runs = Atomic<Int>(0)

  /// Starts a cluster, waits until it serves, and ends it when `body` has.
  static func with(_ options: Options = Options(), _ body: (LabCluster) async throws -> Void) async throws {
    let lab = try LabCluster(options)
    defer { lab.destroy() }
    try lab.startAll()
    _ = try await ClusterFounder(nodes: lab.nodes.map(\.mapNode), timeout: .seconds(5)).foundWhenListening()
    try await lab.untilServing()
    try await body(lab)
  }

  private init(_ options: Options) throws {
    guard let binary = Lab.binary else { throw LabFailure("no binary") }
    self.binary = binary
    directory = try LabFiles.temporaryDirectory()
    var lines = ["data = \"\(directory)\"", "base-port = \(try Self.freeBasePort(nodes: Self.table.count))"]
    for (name, nation, supplier) in Self.table {
      lines += ["[[node]]", "name = \"\(name)\"", "nation = \"\(nation)\"", "supplier = \"\(supplier)\""]
    }
    let topology = try TopologyFile(parsing: lines.joined(separator: "\n") + "\n")
    for node in topology.cluster.nodes {
      guard var text = topology.nodeSettings(of: node.id) else { throw LabFailure("no settings of \(node.id)") }
      if let data = options.data[node.id.name] {
        text = text.replacing("data = \"\(directory)/\(node.id)\"", with: "data = \"\(data)\"")
      }
      try LabFiles.write(text + options.settings, to: "\(directory)/\(node.id).conf")
    }
    nodes = topology.cluster.nodes.map {
      Node(
        name: $0.id.name, nation: $0.nation.description, supplier: $0.supplier.name, client: $0.clientAddress,
        peer: $0.peerAddress, http: $0.httpAddress)
    }
    client = try QuartetClient(nodes: nodes.map(\.client), options: QuartetClient.Options(name: "lab"))
    self.options = Mutex(options)
  }

  /// A port below those that the system gives to outgoing connections, from which all ports of the nodes are free: a
  /// node that is down must find its own again.
  static func freeBasePort(nodes: Int) throws -> Int {
    for _ in 0..<200 {
      let base = Int.random(in: 1_000...3_000) * 10
      let ports = (0..<nodes).flatMap { position in (0..<3).map { base + 10 * position + $0 } }
      if ports.allSatisfy(isFree) { return base }
    }
    throw LabFailure("no free ports")
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = RawHTTP.loopback(UInt16(port))
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private func destroy() {
    client.close()
    for process in processes.withLock({ Array($0.values) }) { process.destroy() }
    for process in strangers.withLock({ $0 }) { process.destroy() }
    if Lab.environment("QUARTET_KEEP") == nil {
      try? LabFiles.remove(directory)
    } else {
      print("the cluster's files are kept in \(directory)")
    }
  }

  // MARK: Nodes

  func node(_ name: String) -> Node {
    guard let node = nodes.first(where: { $0.name == name }) else { preconditionFailure("no node \(name)") }
    return node
  }

  func data(_ name: String) -> String { options.withLock { $0.data[name] } ?? "\(directory)/\(name)" }
  func settings(_ name: String) -> String { "\(directory)/\(name).conf" }
  func log(_ name: String) -> String { LabFiles.text(of: "\(directory)/\(name).log") }
  func pid(_ name: String) -> Int32 { processes.withLock { $0[name]?.pid } ?? 0 }
  func isRunning(_ name: String) -> Bool { processes.withLock { $0[name] }.map { $0.exitCode == nil } ?? false }

  /// What the nodes started from now on find in their environment.
  func setEnvironment(_ environment: [String: String]) { options.withLock { $0.environment = environment } }

  func start(_ name: String) throws {
    guard !isRunning(name) else { throw LabFailure("\(name) runs already") }
    let faults = options.withLock { $0.usesFaultFiles } ? ["--fault-file", faultFile(name)] : []
    let process = try spawn(settings: settings(name), log: "\(directory)/\(name).log", more: faults)
    processes.withLock { $0[name] = process }
    try publish()
  }

  /// A process that is none of the cluster's own nodes, with settings of its own.
  func startStranger(settings: String, log: String) throws -> LabProcess {
    let process = try spawn(settings: settings, log: log)
    strangers.withLock { $0.append(process) }
    return process
  }

  private func faultFile(_ name: String) -> String { "\(directory)/\(name).faults" }

  /// What a node's disk does from about now on; empty: nothing bad. The file comes whole.
  func setFaults(_ name: String, _ text: String) throws {
    let path = faultFile(name)
    try LabFiles.write(text, to: path + ".new")
    guard rename(path + ".new", path) == 0 else { throw LabFailure("the fault file of \(name) cannot be put in place") }
  }

  private func spawn(settings: String, log: String, more: [String] = []) throws -> LabProcess {
    let options = options.withLock { $0 }
    var words = [binary, "node", "--config", settings, "--with-parent", "\(getpid())"] + more
    if options.usesPowerLoss { words.append("--power-loss-vfs") }
    return try LabProcess(words, output: log, errors: log, environment: options.environment)
  }

  func startAll() throws { for node in nodes where !isRunning(node.name) { try start(node.name) } }

  private func process(_ name: String) throws -> LabProcess {
    guard let process = processes.withLock({ $0[name] }) else { throw LabFailure("\(name) was never started") }
    return process
  }

  /// kill -9; returns when the process is gone.
  func kill(_ names: String...) async throws { try await kill(names) }
  func kill(_ names: [String]) async throws {
    let victims = try names.map { try process($0) }
    for victim in victims { victim.signal(SIGKILL) }
    for victim in victims { _ = try await victim.end() }
    try publish()
  }

  /// The graceful stop; returns its exit code.
  @discardableResult
  func stop(_ name: String) async throws -> Int32 {
    let victim = try process(name)
    victim.signal(SIGTERM)
    let code = try await victim.end()
    try publish()
    return code
  }

  /// Waits for a process that ends by itself; returns its exit code.
  func end(of name: String) async throws -> Int32 {
    let code = try await process(name).end()
    try publish()
    return code
  }

  func pause(_ name: String) throws { try process(name).signal(SIGSTOP) }
  func resume(_ name: String) throws { try process(name).signal(SIGCONT) }

  // MARK: What the cluster says

  var clusterFile: String { "\(directory)/cluster.json" }

  private func publish() throws {
    let list = nodes.map { node -> JSONValue in
      [
        "name": .string(node.name), "nation": .string(node.nation), "supplier": .string(node.supplier),
        "pid": .integer(isRunning(node.name) ? pid(node.name) : 0), "client": .string(node.client),
        "peer": .string(node.peer), "http": .string(node.http),
      ]
    }
    let document: JSONValue = ["nodes": .array(list)]
    try LabFiles.write(document.serialized(.pretty), to: clusterFile)
  }

  func status(_ name: String) async -> NodeStatus? {
    try? await client.status(at: node(name).client, timeout: .seconds(1))
  }

  /// Who leads a keyspace by its own word, with the term.
  func leader(of keyspace: String) async -> (node: String, term: UInt64)? {
    var found: (node: String, term: UInt64)?
    for node in nodes where isRunning(node.name) {
      guard let group = await status(node.name)?.groups.first(where: { $0.keyspace == keyspace }),
        group.role == "leader", group.term > found?.term ?? 0
      else { continue }
      found = (node.name, group.term)
    }
    return found
  }

  func someLeader(of keyspace: String) async throws -> (node: String, term: UInt64) {
    try await eventually("a leader of \(keyspace)") { await self.leader(of: keyspace) }
  }

  /// Waits until every keyspace answers a linearizable read.
  func untilServing(within limit: Interval = .seconds(30)) async throws {
    for keyspace in Self.keyspaces {
      _ = try await eventually("\(keyspace) answers", within: limit) {
        try? await self.client.keyspace(keyspace).get(Key("?"), options: ReadOptions(timeout: .seconds(2)))
      }
    }
  }

  /// Waits until every running node serves and has applied what its leaders had at the call.
  func untilCaughtUp(within limit: Interval = .seconds(30)) async throws {
    try await untilServing(within: limit)
    for keyspace in Self.keyspaces + ["system"] {
      let leader = try await someLeader(of: keyspace)
      let commit = await status(leader.node)?.groups.first { $0.keyspace == keyspace }?.commit ?? 0
      for node in nodes where isRunning(node.name) {
        _ = try await eventually("\(node.name) has applied \(commit) of \(keyspace)", within: limit) { () -> Bool? in
          guard let status = await self.status(node.name), status.notServing.isEmpty else { return nil }
          guard let group = status.groups.first(where: { $0.keyspace == keyspace }) else { return nil }
          return group.applied >= commit && !group.leader.isEmpty ? true : nil
        }
      }
    }
  }

  // MARK: The command

  struct CommandResult: Sendable {
    var code: Int32
    var output: [UInt8]
    var errors: String
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// `quartet …` with this cluster's file.
  func quartet(_ words: String..., within limit: Interval = .seconds(60)) async throws -> CommandResult {
    try await quartet(words: words, within: limit)
  }

  func quartet(words: [String], within limit: Interval = .seconds(60)) async throws -> CommandResult {
    let number = runs.add(1, ordering: .relaxed).newValue
    let output = "\(directory)/run-\(number).out"
    let errors = "\(directory)/run-\(number).err"
    let process = try LabProcess(
      [binary] + words, output: output, errors: errors, environment: ["QUARTET_CLUSTER": clusterFile])
    strangers.withLock { $0.append(process) }
    let code = try await process.end(within: limit)
    return CommandResult(code: code, output: LabFiles.bytes(of: output), errors: LabFiles.text(of: errors))
  }
}

extension ClusterFounder {
  /// Founds as soon as all nodes answer.
  func foundWhenListening() async throws -> Genesis {
    try await eventually("the founding", within: .seconds(30), every: .milliseconds(50)) {
      do throws(QuartetError) {
        return try await found()
      } catch {
        if error.code == .invalidArgument { throw error }
        return nil
      }
    }
  }
}
