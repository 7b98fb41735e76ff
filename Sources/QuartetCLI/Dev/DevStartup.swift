import Base
import Model
import Network
import QuartetClient
import Synchronization
import Wire

/// From started processes to a cluster that serves and has encounters in it.
struct DevStartup: Sendable {
  let plan: DevPlan
  let nodes: [ClusterFile.Node]
  let console: Console
  let dead: DeadNodes

  struct Summary: Sendable {
    var encounters: Int
    var keyspaces: [String]
    var took: Interval
  }

  /// The nodes whose processes have ended: nobody waits for them.
  final class DeadNodes: Sendable {
    private let names = Mutex<[String]>([])
    func set(_ name: String, isDead: Bool) {
      names.withLock { names in
        names.removeAll { $0 == name }
        if isDead { names.append(name) }
      }
    }
    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
  }

  private static let listenTimeout = Interval.seconds(30)
  private static let leaderTimeout = Interval.seconds(60)

  func run() async throws -> Summary {
    let begun = Clock.now()
    try await waitUntilListening()
    let client = try QuartetClient(
      nodes: nodes.map(\.client), options: QuartetClient.Options(name: "quartet dev", timeout: .seconds(10)))
    defer { client.close() }
    try await found(client)
    let keyspaces = try await waitForLeaders(client)
    let count = try await load(client)
    return Summary(encounters: count, keyspaces: keyspaces, took: Clock.now() - begun)
  }

  private func waitUntilListening() async throws {
    let deadline = Clock.now() + Self.listenTimeout
    var waiting = nodes
    while true {
      waiting.removeAll { node in
        dead.contains(node.name) || TCPProbe.answers(node.client, within: .milliseconds(100))
      }
      console.progress(
        "\(nodes.count - waiting.count) of \(nodes.count) nodes listen", isMilestone: waiting.isEmpty)
      if waiting.isEmpty { break }
      guard Clock.now() < deadline else {
        throw CommandFailure(
          .unavailable, "notListening",
          "after \(Self.listenTimeout.milliseconds / 1_000) s these nodes do not listen: "
            + waiting.map(\.name).joined(separator: ", ") + "; their logs are in \(plan.layout.directory)")
      }
      try await Task.sleep(nanoseconds: 25_000_000)
    }
    if nodes.allSatisfy({ dead.contains($0.name) }) {
      throw CommandFailure(.unreachable, "noNode", "no node runs; their logs are in \(plan.layout.directory)")
    }
  }

  /// A cluster that was founded before needs nothing, even if not all of its nodes are up.
  private func found(_ client: QuartetClient) async throws {
    var unfounded: [String] = []
    for node in nodes where !dead.contains(node.name) {
      if try await client.identity(at: node.client).genesis.isEmpty { unfounded.append(node.name) }
    }
    guard !unfounded.isEmpty else { return }
    if let missing = nodes.first(where: { dead.contains($0.name) }) {
      throw CommandFailure(
        .unavailable, "nodeMissing", "the cluster cannot be founded without \(missing.name), which ended; see its log")
    }
    let genesis = try await ClusterFounder(nodes: nodes.map(\.mapNode)).found()
    console.progress("cluster \(genesis.cluster) is founded", isMilestone: true)
  }

  private func waitForLeaders(_ client: QuartetClient) async throws -> [String] {
    let deadline = Clock.now() + Self.leaderTimeout
    let names = ClusterFounder.keyspaces.map(\.name)
    for (position, name) in names.enumerated() {
      while true {
        do {
          let query = RangeQuery(range: .all, limit: 1, keysOnly: true)
          _ = try await client.keyspace(name).range(query, options: ReadOptions(timeout: .seconds(5)))
          break
        } catch {
          if Clock.now() >= deadline || Task.isCancelled { throw error }
          try await Task.sleep(nanoseconds: 50_000_000)
        }
      }
      console.progress(
        "\(position + 1) of \(names.count) keyspaces have a leader and answer", isMilestone: position + 1 == names.count
      )
    }
    return names
  }

  private func load(_ client: QuartetClient) async throws -> Int {
    let wanted = plan.encounters
    let loader = EncounterLoader(client: client, indexKeys: plan.indexKeys) { [console] count in
      console.progress("\(count) of \(wanted) encounters loaded", isMilestone: count == wanted)
    }
    let there = try await loader.loaded()
    guard there < wanted else {
      if there > 0 { console.progress("\(there) encounters are there already", isMilestone: true) }
      return there
    }
    try await loader.load(from: there, to: wanted)
    return wanted
  }
}
