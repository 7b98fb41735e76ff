import Base
import Glibc
import JSON
import Network
import Topology

/// `quartet dev`, `dev restart` and `dev stop`.
enum DevCommands {
  static let spec = CommandSpec(
    "dev", "Run a whole cluster on this machine, with synthetic encounters in it",
    discussion: """
      Starts the nodes as child processes on loopback, founds the cluster, waits until every keyspace serves and loads \
      encounters (each six FHIR resources, about 8 KB, in its patient's nation). Then it prints where everything is and \
      three commands to try, and goes on until Ctrl-C stops all. A node that dies is reported and the others go on.

      Data, settings and logs are kept in one directory, so the next 'quartet dev' goes on with what is there. Node i, \
      from 0, has its client port at base-port + 10 i, its peer port one above, its HTTP port two above.
      """,
    arguments: [
      ArgumentSpec(
        "ACTION", "Nothing, to run; 'restart NODE' or 'stop' from another shell, for a 'quartet dev' that runs.",
        .optional),
      ArgumentSpec("NODE", "With restart: which node.", .optional),
    ],
    options: [
      OptionSpec("--data", "DIR", "Where data, settings, logs and cluster.json are kept. Default .quartet."),
      OptionSpec("--base-port", "PORT", "The first node's client port. Default 7400."),
      OptionSpec("--nodes", "5|7", "How many nodes. Default 5."),
      OptionSpec("--encounters", "N", "How many encounters there shall be. Default 1000."),
      OptionSpec("--fresh", nil, "First remove what an earlier 'quartet dev' made in the directory, and only that."),
      OptionSpec(
        "--power-loss-vfs", nil, "Nodes keep what is not synced in memory only, so that kill -9 is a power loss."),
      OptionSpec("--topology", "FILE", "The nodes of this file instead."),
      IndexKeyFile.option,
      OptionSpec("--cluster", "FILE", "With restart and stop: the cluster.json of the one that is meant."),
    ],
    examples: [
      .init("quartet dev", "Five nodes, three suppliers, 1000 encounters."),
      .init("quartet dev --nodes 7 --fresh --encounters 0", "Seven nodes, four suppliers, from nothing, empty."),
      .init("kill -9 $(pgrep -f wales-1.conf)", "Lose a node, while reading and writing go on."),
      .init("quartet dev restart wales-1", "Start it again, from another shell."),
      .init("quartet dev stop", "The same as Ctrl-C."),
    ],
    action: .blocking { invocation in
      switch (invocation.argument(0), invocation.argument(1)) {
      case (nil, nil): try run(invocation)
      case ("restart", let node?): try DevRemote(invocation).restart(node)
      case ("restart", nil): throw CommandFailure.usage("which node? 'quartet dev restart NODE'")
      case ("stop", nil): try DevRemote(invocation).stop()
      default: throw CommandFailure.usage("'quartet dev' takes nothing, 'restart NODE' or 'stop'")
      }
    })

  /// As the user called it, for commands to copy.
  static var invokedName: String {
    let name = CommandLine.arguments.first ?? "quartet"
    return name.isEmpty ? "quartet" : name
  }

  /// What a command needs to find this cluster from the working directory.
  static func clusterWords(_ layout: DevLayout) -> String {
    let isFound = (try? LocalFiles.absolute(".quartet")) == layout.directory
    return isFound ? "" : " --cluster \(layout.clusterFile)"
  }

  private static func run(_ invocation: Invocation) throws -> ExitCode {
    if invocation.has("--cluster") { throw CommandFailure.usage("--cluster goes with restart and stop; see --data") }
    let plan = try DevPlan(invocation)
    let executable = try ProcessTable.ownExecutable()
    try prepare(plan, invocation.console)
    // Before any thread is made, so that all inherit the mask and the signals wait for the one that asks for them.
    var signals = Signals([SIGINT, SIGTERM, SIGHUP, SIGCHLD])
    signals.block()
    Signals.ignore(SIGPIPE)
    let queue = BlockingQueue<DevCluster.Event>()
    let listener = try DevSocket.listen(plan.layout.socket)
    defer { unlink(plan.layout.socket) }
    _ = try WorkerThread(name: "signals") { [signals] in while queue.put(.signal(signals.wait())) {} }
    _ = try WorkerThread(name: "requests") {
      while true {
        if let (connection, request) = DevSocket.accept(listener) {
          queue.put(.request(request, connection: connection))
        }
      }
    }
    let cluster = DevCluster(plan, executable: executable, console: invocation.console, queue: queue) { summary, file in
      announce(summary, file, plan, invocation)
    }
    return try cluster.run()
  }

  // MARK: Before the start

  private static func prepare(_ plan: DevPlan, _ console: Console) throws {
    let layout = plan.layout
    if DevSocket.isAnswering(layout.socket) {
      throw CommandFailure(
        .notApplied, "alreadyRunning",
        "a 'quartet dev' runs in '\(layout.directory)' already; stop it with 'quartet dev stop\(clusterWords(layout))'")
    }
    let previous = (try? LocalFiles.contents(of: layout.clusterFile)).flatMap { try? ClusterFile(parsing: $0) }
    for node in previous?.nodes ?? [] where ProcessTable.isNode(node.pid, configuration: layout.settings(node.name)) {
      throw CommandFailure(
        .notApplied, "alreadyRunning",
        "node \(node.name) of an earlier run is still there (process \(node.pid)); stop it with "
          + "'quartet dev stop\(clusterWords(layout))'")
    }
    try LocalFiles.makeDirectory(layout.directory)
    if plan.isFresh {
      let removed = try layout.removeAll()
      if !removed.isEmpty { console.say("removed the data of \(removed.joined(separator: ", "))") }
    } else if let previous {
      try checkSame(previous, plan)
    }
    try checkPorts(plan.topology.cluster)
    for node in plan.topology.cluster.nodes {
      guard let settings = plan.topology.nodeSettings(of: node.id) else {
        preconditionFailure("a topology without its own node \(node.id)")
      }
      try LocalFiles.replace(layout.settings(node.id.name), with: Array(settings.utf8))
    }
  }

  /// A founded cluster keeps its nodes' names and addresses for ever.
  private static func checkSame(_ previous: ClusterFile, _ plan: DevPlan) throws(CommandFailure) {
    var before = previous
    for position in before.nodes.indices { before.nodes[position].pid = 0 }
    guard before != ClusterFile(plan.topology.cluster) else { return }
    let ports = previous.nodes.first?.client ?? ""
    throw .usage(
      "'\(plan.layout.directory)' holds a cluster of other nodes or addresses (\(previous.nodes.count) nodes from "
        + "\(ports)): start it as it was, take another --data, or remove it with --fresh")
  }

  private static func checkPorts(_ cluster: ClusterDescription) throws(CommandFailure) {
    var busy: [String] = []
    for node in cluster.nodes {
      for address in [node.clientAddress, node.peerAddress, node.httpAddress] {
        guard let code = TCPProbe.refusalToListen(address) else { continue }
        let holder = TCPProbe.holder(of: address).map { ", held by process \($0.pid) (\($0.name))" } ?? ""
        busy.append("\(address) of \(node.id): \(SystemText.error(code))\(holder)")
      }
    }
    guard !busy.isEmpty else { return }
    throw CommandFailure(
      .notApplied, "portBusy",
      "cannot listen at \(busy.joined(separator: "\nnor at "))\nTake other ports with --base-port")
  }

  // MARK: When it serves

  private static func announce(
    _ summary: DevStartup.Summary, _ file: ClusterFile, _ plan: DevPlan, _ invocation: Invocation
  ) {
    if invocation.isJSON {
      var document = file.json
      document.setMember("cluster_file", to: .string(plan.layout.clusterFile))
      document.setMember("encounters", to: .integer(summary.encounters))
      document.setMember("keyspaces", to: .array(summary.keyspaces.map { .string($0) }))
      document.setMember("took_ms", to: .integer(summary.took.milliseconds))
      invocation.console.json(document)
    } else {
      invocation.console.write(page(summary, file, plan.layout))
    }
  }

  static func page(_ summary: DevStartup.Summary, _ file: ClusterFile, _ layout: DevLayout) -> String {
    var table = TextTable(["NODE", "NATION", "SUPPLIER", ">PID", "CLIENT", "PEER", "HTTP"])
    for node in file.nodes {
      table.add([
        node.name, node.nation, node.supplier, node.pid == 0 ? "-" : "\(node.pid)", node.client, node.peer, node.http,
      ])
    }
    var lines = [""] + table.lines
    lines += [
      "", "Serving after \(Quantities.text(summary.took)), with \(summary.encounters) encounters.",
      "Data and logs are in \(layout.directory). Ctrl-C stops all.", "", "Try next, from another shell:",
    ]
    lines += commands(summary, file, layout).map { "  \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Three commands that work as they stand.
  private static func commands(
    _ summary: DevStartup.Summary, _ file: ClusterFile, _ layout: DevLayout
  ) -> [String] {
    let name = invokedName
    let words = clusterWords(layout)
    let http: String = file.nodes.first { $0.pid != 0 }?.http ?? ""
    guard summary.encounters > 0 else {
      let value = Base64.encode(Array("hello".utf8))
      let key = Base64.encode(Array("greeting".utf8))
      return [
        "\(name) kv put greeting hello --keyspace england\(words)", "\(name) cluster status\(words)",
        #"curl -s http://\#(http)/keyspaces/england/v3/kv/put -d '{"key":"\#(key)","value":"\#(value)"}'"#,
      ]
    }
    let sample = EncounterLoader.sample()
    return [
      "\(name) kv get \(ByteText.oneLine(sample.key.bytes)) --keyspace \(sample.nation)\(words)",
      "\(name) cluster status\(words)",
      #"curl -s http://\#(http)/keyspaces/\#(sample.nation)/v3/kv/range -d '{"key":"\#(Base64.encode(sample.key.bytes))"}'"#,
    ]
  }
}
