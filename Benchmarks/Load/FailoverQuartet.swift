import Base
import Benchmarking
import Glibc
import Model
import Network
import QuartetClient
import Synchronization
import Wire

/// A Quartet of its own under puts into one keyspace.
final class QuartetSubject: FailoverSubject {
  let fileSystem: String
  private let options: RunOptions
  private let cluster: Mutex<QuartetCluster>
  private let driver: QuartetDriver
  private let load: FailoverLoad
  private let running = Mutex<Task<Void, any Error>?>(nil)

  private static let patience = Interval.seconds(120)
  /// Leaders that are kept from going home for so long are taken as they are.
  private static let homePatience = Interval.seconds(20)
  /// Entries that a follower under load may be behind and still count as caught up.
  private static let lagMax: UInt64 = 256

  init(_ options: RunOptions) async throws {
    guard let workload = Workload(options.workload) else { preconditionFailure("options that were not checked") }
    let root = try Run.dataRoot(options)
    fileSystem = root.fileSystem
    self.options = options
    let cluster = try await QuartetCluster.start(nodes: options.nodes, under: root.path)
    self.cluster = Mutex(cluster)
    do {
      driver = try QuartetDriver(options, workload, cluster)
    } catch {
      cluster.stop()
      throw error
    }
    load = FailoverLoad(driver)
  }

  private var nodes: [QuartetCluster.Node] { cluster.withLock { $0.nodes } }
  private var keyspace: String { driver.keyspaceNames[0] }
  private var client: QuartetClient { driver.clients[0] }

  func start() async throws {
    try await cluster.withLock { $0 }.waitUntilSettled(client, keyspaces: driver.keyspaceNames)
    let load = load
    running.withLock { $0 = Task.detached { try await load.run() } }
  }

  // MARK: Settled

  func settle() async throws -> String {
    let begun = Clock.now()
    var before: String?
    while true {
      let isPatient = Clock.now() - begun < Self.homePatience
      let (leader, complaint) = await look(atHome: isPatient)
      // Twice the same, half a second apart.
      if let leader, leader == before { return leader }
      before = leader
      guard Clock.now() - begun < Self.patience else {
        throw Problem("the cluster does not settle: \(complaint); see \(cluster.withLock { $0.directory })/dev.log")
      }
      try await Task.sleep(nanoseconds: 500_000_000)
    }
  }

  /// The keyspace's leader, or what is not settled.
  private func look(atHome: Bool) async -> (leader: String?, complaint: String) {
    var all: [NodeStatus] = []
    for node in nodes {
      do {
        let status = try await client.status(at: node.client, timeout: .seconds(2))
        guard status.notServing.isEmpty else { return (nil, "\(node.name): \(status.notServing)") }
        all.append(status)
      } catch {
        return (nil, "\(node.name): \(error)")
      }
    }
    var leader: String?
    for name in Set(all.flatMap { $0.groups.map(\.keyspace) }).sorted() {
      let views = all.compactMap { status in
        status.groups.first { $0.keyspace == name && $0.role == "leader" }.map { (node: status.node, group: $0) }
      }
      guard views.count == 1, let view = views.first else { return (nil, "\(views.count) nodes lead \(name)") }
      if atHome, !view.group.notHome.isEmpty { return (nil, "\(name) is not at home: \(view.group.notHome)") }
      for follower in view.group.followers where follower.state != "replicate" || follower.lag > Self.lagMax {
        return (nil, "\(follower.node) is behind in \(name): \(follower.state), \(follower.lag) entries")
      }
      if name == keyspace { leader = view.node }
    }
    return leader.map { ($0, "") } ?? (nil, "there is no \(keyspace)")
  }

  // MARK: What is done to it

  func kill(_ node: String) async throws -> Moment {
    guard let pid = nodes.first(where: { $0.name == node })?.pid, pid > 0 else {
      throw Problem("\(node) is not running, so it cannot be killed")
    }
    let moment = Clock.now()
    guard Glibc.kill(pid, SIGKILL) == 0 else { throw Problem("\(node) cannot be killed: errno \(errno)") }
    return moment
  }

  func restart(_ node: String) async throws {
    let directory = cluster.withLock { $0.directory }
    let words = [try System.ownDirectory + "/quartet", "dev", "restart", node, "--data", directory]
    _ = try await onItsOwnThread { try Children.all.output(words, log: "\(directory)/restart.log") }
    try cluster.withLock { try $0.readAgain() }
  }

  /// To a node that may keep it, where there is one: a leader away from its nation would soon go home.
  func transfer(from node: String) async throws -> String {
    let nation = nodes.first { $0.name == node }?.nation
    let others = nodes.filter { $0.name != node }
    guard let target = (others.first { $0.nation == nation } ?? others.first)?.name else {
      throw Problem("there is nobody to hand over to")
    }
    try await client.transferLeadership(of: keyspace, to: target, timeout: .seconds(10))
    let deadline = Clock.now() + .seconds(10)
    while Clock.now() < deadline {
      let status = try? await client.status(of: target, timeout: .seconds(2))
      if status?.groups.first(where: { $0.keyspace == keyspace })?.role == "leader" { return target }
      try await Task.sleep(nanoseconds: 5_000_000)
    }
    throw Problem("\(target) was to lead \(keyspace) and does not after 10 s")
  }

  func progress() async throws -> LoadProgress { load.progress }
  func takeSamples() -> [FailoverSample]? { load.takeSamples() }

  func finish(_ report: inout FailoverReport) async throws -> [FailoverSample] {
    load.end()
    try await running.withLock { $0 }?.value
    report.version = (try? await client.status(at: nodes[0].client))?.version ?? ""
    if let path = options.history {
      var events = load.takeEvents()
      events.sort { ($0.start, $0.client) < ($1.start, $1.client) }
      try Run.writeHistory(events, to: path)
      report.check = HistoryCheck(events, final: try await driver.finalRows())
    }
    return load.takeSamples()
  }

  func stop() {
    load.end()
    driver.close()
    cluster.withLock { $0 }.stop()
  }
}
