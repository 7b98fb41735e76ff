import Base
import Benchmarking
import Glibc
import JSON
import Model
import Network
import QuartetClient
import Wire

/// A cluster that this run started through `quartet dev`, or one that was running.
struct QuartetCluster {
  struct Node {
    var name: String
    var nation: String
    var supplier: String
    var pid: Int32
    var client: String
    /// Empty where the cluster file knows none.
    var http: String
  }

  var nodes: [Node]
  /// `quartet dev`, when this run started it.
  private var dev: Int32?
  let directory: String
  /// Of a cluster file whose owner keeps its data beside it.
  private let isOwn: Bool

  static let keyspaces = ["england", "scotland", "wales", "northern-ireland"]

  /// Starts a cluster with nothing in it, its data under `root`.
  static func start(nodes count: Int, under root: String) async throws -> QuartetCluster {
    let directory = "\(root)/quartet-\(getpid())-\(Clock.now().nanoseconds % 1_000_000_000)"
    try System.makeDirectory(directory)
    Children.all.beforeEnd(["rm", "-rf", "--", directory])
    let executable = try System.ownDirectory + "/quartet"
    guard access(executable, X_OK) == 0 else {
      throw Problem("\(executable) is missing: build it with 'swift build -c release --product quartet'")
    }
    var words = [executable, "dev", "--data", directory, "--encounters", "0"]
    if count == 3 {
      let topology = "\(directory)/three.topology"
      try System.write(threeNodes(directory), to: topology)
      words += ["--topology", topology]
    } else {
      words += ["--nodes", "\(count)"]
    }
    words += ["--base-port", "\(try Ports.free(count * 10))"]
    let (dev, _) = try Children.all.start(words, log: "\(directory)/dev.log")
    do {
      var cluster = try await reading("\(directory)/cluster.json", nodes: count, dev: dev, directory)
      cluster.dev = dev
      return cluster
    } catch {
      Children.all.stop(dev)
      throw error
    }
  }

  private static func threeNodes(_ data: String) -> String {
    let places = [("england-1", "england", "A"), ("scotland-1", "scotland", "B"), ("wales-1", "wales", "C")]
    return "data = \"\(data)\"\nbase-port = 7400\n"
      + places.map { "\n[[node]]\nname = \"\($0.0)\"\nnation = \"\($0.1)\"\nsupplier = \"\($0.2)\"\n" }.joined()
  }

  private static func reading(
    _ path: String, nodes count: Int, dev: Int32, _ directory: String
  ) async throws -> QuartetCluster {
    let deadline = Clock.now() + .seconds(60)
    while Clock.now() < deadline {
      if let cluster = try? QuartetCluster(file: path, directory: directory, isOwn: true), cluster.nodes.count == count,
        cluster.nodes.allSatisfy({ $0.pid > 0 })
      {
        return cluster
      }
      var status: Int32 = 0
      if waitpid(dev, &status, WNOHANG) == dev { break }
      try await Task.sleep(nanoseconds: 50_000_000)
    }
    let log = (System.text("\(directory)/dev.log") ?? "").split(separator: "\n").suffix(5).joined(separator: "\n")
    throw Problem("the cluster did not start:\n\(log)")
  }

  /// Of a running cluster.
  init(file path: String) throws {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    try self.init(file: path, directory: parts.isEmpty ? "." : parts.joined(separator: "/"), isOwn: false)
  }

  private init(file path: String, directory: String, isOwn: Bool) throws {
    guard let text = System.text(path) else { throw Problem("cannot read \(path); is 'quartet dev' running?") }
    let document = try JSONValue(parsing: Array(text.utf8))
    nodes = []
    for node in document["nodes"]?.array ?? [] {
      guard let name = node["name"]?.string, let nation = node["nation"]?.string,
        let supplier = node["supplier"]?.string, let client = node["client"]?.string, let pid = node["pid"]?.int64
      else { throw Problem("\(path) is not a cluster file") }
      nodes.append(
        Node(
          name: name, nation: nation, supplier: supplier, pid: Int32(pid), client: client,
          http: node["http"]?.string ?? ""))
    }
    self.directory = directory
    self.isOwn = isOwn
  }

  /// Processes of nodes that were started again are others.
  mutating func readAgain() throws {
    nodes = try QuartetCluster(file: "\(directory)/cluster.json", directory: directory, isOwn: isOwn).nodes
  }

  func stop() {
    guard let dev else { return }
    Children.all.stop(dev)
    removeTree(directory)
  }

  var pids: [Int32] { nodes.map(\.pid).filter { $0 > 0 } }
  var addresses: [String] { nodes.map(\.client) }

  var httpAddresses: [String] {
    get throws {
      if let node = nodes.first(where: { $0.http.isEmpty }) { throw Problem("\(node.name) has no HTTP port") }
      return nodes.map(\.http)
    }
  }

  var diskBytes: Int64 {
    nodes.reduce(0) { $0 + System.blocks(under: "\(directory)/\($1.name)") }
  }

  /// Waits until each keyspace takes a put and, as leaders move to their nation some seconds after the start, until
  /// they have; a run would otherwise measure that.
  func waitUntilSettled(_ client: QuartetClient, keyspaces: [String]) async throws {
    let deadline = Clock.now() + .seconds(60)
    for name in keyspaces {
      while true {
        do {
          _ = try await client.keyspace(name).put(Key("bench/ready"), [1], options: WriteOptions(timeout: .seconds(5)))
          break
        } catch {
          guard Clock.now() < deadline else { throw error }
          try await Task.sleep(nanoseconds: 100_000_000)
        }
      }
    }
    let patience = Clock.now() + .seconds(20)
    while Clock.now() < patience {
      let map = try await client.cluster()
      let away = keyspaces.filter { name in
        guard nodes.contains(where: { $0.nation == name }) else { return false }
        let leader = map.keyspaces.first { $0.name == name }?.leader
        return nodes.first { $0.name == leader }?.nation != name
      }
      if away.isEmpty { return }
      try await Task.sleep(nanoseconds: 200_000_000)
    }
  }

  /// Kills with -9 what `kind` means for the keyspace's leader, and says what that was.
  func kill(_ kind: KillKind, keyspace: String, _ client: QuartetClient) async throws -> String {
    let map = try await client.cluster()
    guard let leader = map.keyspaces.first(where: { $0.name == keyspace })?.leader,
      let node = nodes.first(where: { $0.name == leader })
    else { throw Problem("nobody leads \(keyspace), so nobody can be killed") }
    let victims: [Node]
    let what: String
    switch kind {
    case .leader: (victims, what) = ([node], "the leader of \(keyspace), \(node.name)")
    case .node:
      guard let other = nodes.last(where: { $0.name != leader && $0.pid > 0 }) else {
        throw Problem("there is no node but the leader")
      }
      (victims, what) = ([other], "\(other.name), which does not lead \(keyspace)")
    case .supplier: (victims, what) = (nodes.filter { $0.supplier == node.supplier }, "supplier \(node.supplier)")
    case .nation: (victims, what) = (nodes.filter { $0.nation == node.nation }, "nation \(node.nation)")
    }
    for victim in victims where victim.pid > 0 { Glibc.kill(victim.pid, SIGKILL) }
    return victims.count == 1 ? what : "\(what): \(victims.map(\.name).joined(separator: ", "))"
  }
}

/// Removes a directory that this run made.
func removeTree(_ path: String) {
  guard let (pid, _) = try? Children.all.start(["rm", "-rf", "--", path], log: "/dev/null") else { return }
  Children.all.wait(pid)
}
