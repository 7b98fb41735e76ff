import Base
import Glibc
import JSON
import Network

/// `quartet dev restart` and `stop`: through the `quartet dev` that runs, or, when none does, on its nodes themselves.
struct DevRemote {
  private let invocation: Invocation
  private let cluster: ClusterDiscovery.Found
  private let layout: DevLayout

  init(_ invocation: Invocation) throws {
    self.invocation = invocation
    if let data = invocation.text("--data") {
      let path = try LocalFiles.absolute(data) + "/cluster.json"
      cluster = try ClusterDiscovery(option: path, variable: nil, workingDirectory: "/").find()
    } else {
      cluster = try invocation.findCluster()
    }
    layout = DevLayout(directory: LocalFiles.directory(of: try LocalFiles.absolute(cluster.path)))
  }

  private static let grace = Interval.seconds(10)

  func restart(_ name: String) throws -> ExitCode {
    guard let node = cluster.cluster.node(name) else {
      let names = cluster.cluster.nodes.map(\.name).joined(separator: ", ")
      throw CommandFailure(.notApplied, "unknownNode", "there is no node '\(name)'; there are \(names)")
    }
    let pid: Int32
    // Longer than a node may take to stop and to listen again.
    if let answer = DevSocket.ask(.restart(node: name), at: layout.socket, seconds: 60) {
      if let failure = answer.failure { throw CommandFailure(.unavailable, "notRestarted", failure) }
      pid = answer.pid
    } else {
      pid = try restartAlone(node)
    }
    if invocation.isJSON {
      invocation.console.json(["node": .string(name), "pid": .integer(pid)])
    } else {
      invocation.console.line("node \(name) runs, process \(pid)")
    }
    return .ok
  }

  /// No `quartet dev` runs: the node is on its own from now on.
  private func restartAlone(_ node: ClusterFile.Node) throws -> Int32 {
    let settings = layout.settings(node.name)
    guard LocalFiles.exists(settings) else {
      throw CommandFailure(
        .notApplied, "noSettings",
        "'\(settings)' is not there: '\(cluster.path)' was not written by 'quartet dev', so start the node as you did before"
      )
    }
    try end([node])
    var node = node
    // Whether unsynced data lives in memory was asked of the dev that is gone; a node alone keeps to its settings.
    node.pid = try ChildProcess.spawn(
      try ProcessTable.ownExecutable(), layout.nodeWords(node.name, powerLoss: false, parent: nil),
      log: layout.log(node.name), isDetached: true)
    guard NodeWait.untilListening(node, timeout: .seconds(30)) else {
      throw CommandFailure(
        .unavailable, "notListening", "node \(node.name) does not listen; see \(layout.log(node.name))")
    }
    try publish { $0.name == node.name ? node.pid : nil }
    return node.pid
  }

  func stop() throws -> ExitCode {
    if let answer = DevSocket.ask(.stop, at: layout.socket, seconds: 30) {
      if let failure = answer.failure { throw CommandFailure(.unavailable, "notStopped", failure) }
      try waitForEnd()
    } else {
      let running = cluster.cluster.nodes.filter {
        ProcessTable.isNode($0.pid, configuration: layout.settings($0.name))
      }
      guard !running.isEmpty else {
        // One that was killed could not say so in the file.
        if LocalFiles.exists(layout.clusterFile) { try publish { LocalFiles.exists(layout.settings($0.name)) ? 0 : nil } }
        throw CommandFailure(.unreachable, "notRunning", "nothing runs in '\(layout.directory)'")
      }
      try end(running)
      try publish { node in running.contains { $0.name == node.name } ? 0 : nil }
    }
    if invocation.isJSON {
      invocation.console.json(["stopped": true])
    } else {
      invocation.console.line("stopped")
    }
    return .ok
  }

  /// The dev takes its socket away last.
  private func waitForEnd() throws(CommandFailure) {
    let deadline = Clock.now() + Self.grace + .seconds(5)
    while DevSocket.isAnswering(layout.socket) {
      guard Clock.now() < deadline else {
        throw CommandFailure(.unavailable, "notStopped", "'quartet dev' was told to stop and still runs")
      }
      usleep(20_000)
    }
  }

  private func end(_ nodes: [ClusterFile.Node]) throws(CommandFailure) {
    let running = nodes.filter { ProcessTable.isNode($0.pid, configuration: layout.settings($0.name)) }
    for node in running { ChildProcess.stop(node.pid) }
    for node in running {
      let settings = layout.settings(node.name)
      if NodeWait.untilGone(node.pid, configuration: settings, timeout: Self.grace) { continue }
      invocation.console.say("node \(node.name) did not stop in \(Self.grace.milliseconds / 1_000) s and is killed")
      kill(node.pid, SIGKILL)
      guard NodeWait.untilGone(node.pid, configuration: settings, timeout: .seconds(5)) else {
        throw CommandFailure(.unavailable, "notStopped", "node \(node.name), process \(node.pid), cannot be stopped")
      }
    }
  }

  /// - Parameter pid: the new one of a node, or nil to leave it.
  private func publish(_ pid: (ClusterFile.Node) -> Int32?) throws {
    var file = try ClusterFile(parsing: try LocalFiles.contents(of: layout.clusterFile, limit: 4 << 20))
    for position in file.nodes.indices {
      if let pid = pid(file.nodes[position]) { file.nodes[position].pid = pid }
    }
    try file.write(to: layout.clusterFile)
  }
}
