import Base
import Glibc
import Network
import Topology

/// The nodes of `quartet dev` as child processes. One thread owns it and takes what happens from one queue; whoever waits
/// for something does so elsewhere and tells it.
final class DevCluster {
  enum Event: Sendable {
    case signal(Int32)
    case request(DevSocket.Request, connection: Int32)
    /// A node that was started again takes connections, or did not in time.
    case listening(name: String, pid: Int32, Bool)
    case started(Result<DevStartup.Summary, CommandFailure>)
    /// What was asked to stop has had its time.
    case mustBeGone([Int32])
  }

  private struct Child {
    var node: ClusterFile.Node
    /// Set while it is asked to stop, so that its end is no surprise.
    var isStopping = false
    /// Who waits for it to be started again.
    var waiting: [Int32] = []
  }

  private enum Phase: Equatable {
    case starting
    case running
    /// With what the command ends.
    case stopping(ExitCode)
  }

  private let plan: DevPlan
  private let console: Console
  private let executable: String
  private let queue: BlockingQueue<Event>
  private let dead = DevStartup.DeadNodes()
  private var children: [Child]
  private var phase = Phase.starting
  private var failure: CommandFailure?
  private let announce: (DevStartup.Summary, ClusterFile) -> Void

  /// How long a node may take to stop gracefully.
  static let graceSeconds: UInt32 = 10
  private static let listenSeconds: Int64 = 30

  /// - Parameter announce: called once, when the cluster serves.
  init(
    _ plan: DevPlan, executable: String, console: Console, queue: BlockingQueue<Event>,
    announce: @escaping (DevStartup.Summary, ClusterFile) -> Void
  ) {
    self.plan = plan
    self.console = console
    self.executable = executable
    self.queue = queue
    self.announce = announce
    children = ClusterFile(plan.topology.cluster).nodes.map { Child(node: $0) }
  }

  private var file: ClusterFile { ClusterFile(nodes: children.map(\.node)) }

  /// Starts every node and serves until all have stopped.
  func run() throws -> ExitCode {
    for position in children.indices { try start(position) }
    try publish()
    let startup = DevStartup(plan: plan, nodes: file.nodes, console: console, dead: dead)
    let queue = queue
    let task = Task.detached {
      do {
        queue.put(.started(.success(try await startup.run())))
      } catch {
        queue.put(.started(.failure(CommandFailure(error))))
      }
    }
    var events: [Event] = []
    while true {
      _ = queue.takeAll(into: &events)
      for event in events { try handle(event) }
      if case .stopping(let exit) = phase, children.allSatisfy({ $0.node.pid == 0 }) {
        task.cancel()
        if let failure { throw failure }
        return exit
      }
    }
  }

  private func handle(_ event: Event) throws {
    switch event {
    case .signal(SIGCHLD): try reapAll()
    case .signal: stopAll(phase == .running ? .ok : .interrupted)
    case .request(let request, let connection): try serve(request, connection)
    case .listening(let name, let pid, let isListening): answer(name, pid, isListening)
    case .started(let result): finishStart(result)
    case .mustBeGone(let pids): killLate(pids)
    }
  }

  private func position(of name: String) -> Int? { children.firstIndex { $0.node.name == name } }

  // MARK: Starting

  private func start(_ position: Int) throws {
    let name = children[position].node.name
    let words = plan.layout.nodeWords(name, powerLoss: plan.usesPowerLoss, parent: getpid())
    children[position].node.pid = try ChildProcess.spawn(
      executable, words, log: plan.layout.log(name), isDetached: false)
    children[position].isStopping = false
    dead.set(name, isDead: false)
  }

  /// Writes who runs where; every reader sees the old list or this one.
  private func publish() throws(FileProblem) { try file.write(to: plan.layout.clusterFile) }

  private func finishStart(_ result: Result<DevStartup.Summary, CommandFailure>) {
    guard phase == .starting else { return }
    switch result {
    case .success(let summary):
      phase = .running
      announce(summary, file)
    case .failure(let failure):
      self.failure = failure
      stopAll(failure.exit)
    }
  }

  // MARK: Ends

  private func reapAll() throws {
    var hasChanged = false
    for position in children.indices where children[position].node.pid != 0 {
      guard let end = ChildProcess.reap(children[position].node.pid) else { continue }
      hasChanged = true
      try ended(position, end)
    }
    if hasChanged { try publish() }
  }

  private func ended(_ position: Int, _ end: ChildProcess.End) throws {
    let name = children[position].node.name
    children[position].node.pid = 0
    dead.set(name, isDead: true)
    if case .stopping = phase { return answer(name, 0, false) }
    if children[position].isStopping, !children[position].waiting.isEmpty {
      try startAgain(position)
    } else {
      console.say("node \(name) \(end); the others go on. Its log, \(plan.layout.log(name)), ends with:")
      for line in lastLines(of: plan.layout.log(name), count: 3) { console.say("  \(line)") }
      let words = DevCommands.clusterWords(plan.layout)
      console.say("Start it again with: \(DevCommands.invokedName) dev restart \(name)\(words)")
    }
  }

  private func lastLines(of path: String, count: Int) -> [String] {
    guard let bytes = try? LocalFiles.contents(of: path) else { return [] }
    return String(decoding: bytes.suffix(2_048), as: UTF8.self).split(separator: "\n").suffix(count).map(String.init)
  }

  // MARK: Requests

  private func serve(_ request: DevSocket.Request, _ connection: Int32) throws {
    switch (request, phase) {
    case (.stop, _):
      stopAll(.ok)
      DevSocket.answer(connection, .done(pid: getpid()))
    case (.restart, .stopping): DevSocket.answer(connection, .failed("'quartet dev' is stopping"))
    case (.restart(let name), _):
      guard let position = position(of: name) else {
        let names = children.map(\.node.name).joined(separator: ", ")
        DevSocket.answer(connection, .failed("there is no node '\(name)'; there are \(names)"))
        return
      }
      children[position].waiting.append(connection)
      if children[position].node.pid == 0 {
        try startAgain(position)
        try publish()
      } else if !children[position].isStopping {
        children[position].isStopping = true
        ChildProcess.stop(children[position].node.pid)
        killLater([children[position].node.pid])
      }
    }
  }

  private func startAgain(_ position: Int) throws {
    do {
      try start(position)
    } catch {
      for connection in children[position].waiting { DevSocket.answer(connection, .failed("\(error)")) }
      children[position].waiting = []
      return
    }
    try Self.tellWhenListening(children[position].node, queue)
  }

  private static func tellWhenListening(_ node: ClusterFile.Node, _ queue: BlockingQueue<Event>) throws(NetworkError) {
    _ = try WorkerThread(name: "wait-\(node.name)") {
      let isListening = NodeWait.untilListening(node, timeout: .seconds(listenSeconds))
      queue.put(.listening(name: node.name, pid: node.pid, isListening))
    }
  }

  private func answer(_ name: String, _ pid: Int32, _ isListening: Bool) {
    guard let position = position(of: name), !children[position].waiting.isEmpty else { return }
    let reason = "node \(name) does not listen; see \(plan.layout.log(name))"
    for connection in children[position].waiting {
      DevSocket.answer(connection, isListening ? .done(pid: pid) : .failed(reason))
    }
    children[position].waiting = []
    if isListening { console.say("node \(name) runs again, process \(pid)") }
  }

  // MARK: Stopping

  private func stopAll(_ exit: ExitCode) {
    if case .stopping = phase { return }
    phase = .stopping(exit)
    console.say("stopping \(children.count { $0.node.pid != 0 }) nodes")
    let pids = children.map(\.node.pid).filter { $0 != 0 }
    for pid in pids { ChildProcess.stop(pid) }
    killLater(pids)
  }

  private func killLater(_ pids: [Int32]) {
    do {
      try Self.tellAfterGrace(pids, queue)
    } catch {
      killLate(pids)
    }
  }

  private static func tellAfterGrace(_ pids: [Int32], _ queue: BlockingQueue<Event>) throws(NetworkError) {
    _ = try WorkerThread(name: "grace") {
      sleep(graceSeconds)
      queue.put(.mustBeGone(pids))
    }
  }

  private func killLate(_ pids: [Int32]) {
    for child in children where child.node.pid != 0 && pids.contains(child.node.pid) {
      console.say("node \(child.node.name) did not stop in \(Self.graceSeconds) s and is killed")
      kill(child.node.pid, SIGKILL)
    }
  }
}

/// Waiting for a node's process, by looking at it.
enum NodeWait {
  /// Whether the node takes connections before the time is over; false at once when its process is gone.
  static func untilListening(_ node: ClusterFile.Node, timeout: Interval) -> Bool {
    let deadline = Clock.now() + timeout
    while Clock.now() < deadline {
      if TCPProbe.answers(node.client, within: .milliseconds(100)) { return true }
      if kill(node.pid, 0) != 0, errno == ESRCH { return false }
      usleep(20_000)
    }
    return false
  }

  /// Whether the process is gone before the time is over. It need not be a child.
  static func untilGone(_ pid: Int32, configuration: String, timeout: Interval) -> Bool {
    let deadline = Clock.now() + timeout
    while ProcessTable.isNode(pid, configuration: configuration) {
      guard Clock.now() < deadline else { return false }
      usleep(20_000)
    }
    return true
  }
}
