import Base
import JSON
import Model
import Network
import QuartetClient
import Topology
import Wire

/// `quartet cluster …`
enum ClusterCommands {
  static let spec = CommandSpec(
    "cluster", "Look after a cluster",
    examples: [
      .init("quartet cluster status --watch", "Who leads, who lags, what may be lost now, once a second."),
      .init("quartet cluster verify --deep", "Recompute every digest on every node and compare."),
    ],
    children: [status, verify, transfer, initialise])

  private static let status = CommandSpec(
    "status", "Show every node and every replica, and what may be lost now without harm",
    discussion: """
      Every node is asked itself, all at once, for one second at most; one that does not answer is shown as unreachable, \
      with how long its leaders have not heard of it. The margin counts replicas that are healthy and caught up now.
      """,
    options: [
      OptionSpec("--watch", nil, "Show it again every second until Ctrl-C; with --json one line each."),
      CommandTree.clusterOption,
    ],
    examples: [.init("quartet cluster status --json", "For programs; 'quartet help json' tells the shape.")],
    action: .asynchronous { try await showStatus($0) })

  private static let verify = CommandSpec(
    "verify", "Compare what the nodes hold",
    discussion: """
      Fixes a revision of each keyspace and has every node recompute the digest of its rows as of it, slice by slice, from \
      the rows as they stand on its disk. The majority is right. For a node that differs it prints the first differing \
      key's hash. A node that found damage by itself and was rebuilt is named too. Exit code 0 only if every node was asked and all are equal; 1 if one differs or is damaged; \
      75 if all that answered are equal but one did not answer.
      """,
    options: [
      OptionSpec("--deep", nil, "From the rows on disk; the only kind there is so far, and needed."),
      OptionSpec("--keyspace", "NAME", "This keyspace alone. Default: all."),
      CommandTree.timeoutOption, CommandTree.clusterOption,
    ],
    examples: [.init("quartet cluster verify --deep --keyspace wales", "One keyspace.")],
    action: .asynchronous { try await verifyCluster($0) })

  private static let transfer = CommandSpec(
    "transfer", "Hand over the leadership of a keyspace",
    discussion: "Waits until another node leads. Writes pause for some tens of milliseconds.",
    arguments: [
      ArgumentSpec("KEYSPACE", "Whose leader hands over."),
      ArgumentSpec("NODE", "To which node. Left out: to the one that is furthest.", .optional),
    ],
    options: [CommandTree.timeoutOption, CommandTree.clusterOption],
    examples: [.init("quartet cluster transfer england england-2", "Before maintenance of the leader.")],
    action: .asynchronous { try await transferLeadership($0) })

  private static let initialise = CommandSpec(
    "init", "Found a cluster of nodes that run and belong to none",
    discussion: """
      Collects the nodes' names and stores into a record that each keeps for ever. Safe to repeat. With --nodes, peer and \
      HTTP ports are taken to be the two above the client port, as topology files with base-port have them; otherwise \
      use --topology.
      """,
    options: [
      OptionSpec("--topology", "FILE", "A topology file that describes the nodes."),
      OptionSpec("--nodes", "ADDRESSES", "The nodes' client addresses, host:port, with commas between."),
      OptionSpec("--write", "FILE", "Also write a cluster.json for other commands."),
      OptionSpec("--timeout", "TIME", "How long it may take. Default 30s."),
    ],
    examples: [
      .init("quartet cluster init --topology cluster/five-nodes.topology --write .quartet/cluster.json", "Found it."),
      .init("quartet cluster init --nodes 127.0.0.1:7400,127.0.0.1:7410,127.0.0.1:7420", "By addresses."),
    ],
    action: .asynchronous { try await found($0) })

  // MARK: status

  private static func showStatus(_ invocation: Invocation) async throws -> ExitCode {
    let console = invocation.console
    let file = try invocation.findCluster()
    let client = try QuartetClient(
      nodes: file.cluster.nodes.map(\.client),
      options: QuartetClient.Options(name: "quartet cluster status", timeout: .seconds(1)))
    defer { client.close() }
    while true {
      // Read again each time: a node that was started again may have another address.
      let cluster = try invocation.findCluster().cluster
      let view = await ClusterView.ask(client, cluster)
      if !invocation.has("--watch") {
        if invocation.isJSON { console.json(view.json) } else { console.write(view.text) }
        return view.nodes.contains { $0.status != nil } ? .ok : .unreachable
      }
      if invocation.isJSON {
        console.jsonLine(view.json)
      } else {
        console.write((console.isInteractive ? "\u{1B}[H\u{1B}[2J" : "") + view.text)
      }
      try await Task.sleep(nanoseconds: 1_000_000_000)
    }
  }

  // MARK: verify

  private static func verifyCluster(_ invocation: Invocation) async throws -> ExitCode {
    guard invocation.has("--deep") else {
      throw CommandFailure.usage(
        "add --deep: digests are recomputed from all rows of all nodes, which takes their disks")
    }
    let timeout = try invocation.timeout()
    return try await invocation.withClient { client, cluster in
      var names = try await client.cluster(timeout: timeout).keyspaces.map(\.name)
      if let name = invocation.text("--keyspace") {
        guard names.contains(name) else {
          throw CommandFailure(.notApplied, "unknownKeyspace", "there is no keyspace '\(name)'")
        }
        names = [name]
      }
      let sources = cluster.nodes.map { ClientDigestSource(client: client, name: $0.name, timeout: timeout) }
      var reports: [DigestComparison.Report] = []
      for name in names {
        invocation.console.progress("verifying \(name)", isMilestone: false)
        let query = RangeQuery(range: .all, limit: 1, keysOnly: true)
        let revision = try await client.keyspace(name)
          .range(query, options: ReadOptions(timeout: timeout)).revision
        let comparison = DigestComparison(keyspace: name, revision: revision, sources: sources)
        reports.append(await comparison.run())
      }
      let view = await ClusterView.ask(client, cluster)
      let mended = view.nodes.flatMap { node in
        (node.status?.groups ?? []).filter { $0.rebuilds > 0 && names.contains($0.keyspace) }
          .map { VerifyReport.Mended(node: node.file.name, keyspace: $0.keyspace) }
      }
      let result = VerifyReport(keyspaces: reports, mended: mended)
      invocation.console.progress("verified \(names.count) keyspaces on \(sources.count) nodes", isMilestone: true)
      if invocation.isJSON { invocation.console.json(result.json) } else { invocation.console.write(result.text) }
      return result.exit
    }
  }

  // MARK: transfer

  private static func transferLeadership(_ invocation: Invocation) async throws -> ExitCode {
    let keyspace = invocation.required(0)
    let target = invocation.argument(1)
    let timeout = try invocation.timeout()
    return try await invocation.withClient { client, _ in
      func leader() async throws -> ClusterMap.Keyspace {
        let map = try await client.cluster(timeout: timeout)
        guard let found = map.keyspaces.first(where: { $0.name == keyspace }) else {
          throw CommandFailure(.notApplied, "unknownKeyspace", "there is no keyspace '\(keyspace)'")
        }
        return found
      }
      let before = try await leader()
      if let target, before.leader == target {
        show(before, invocation)
        return .ok
      }
      try await client.transferLeadership(of: keyspace, to: target, timeout: timeout)
      let deadline = Clock.now() + timeout
      while Clock.now() < deadline {
        let now = try await leader()
        if !now.leader.isEmpty, now.leader != before.leader, target == nil || now.leader == target {
          show(now, invocation)
          return .ok
        }
        try await Task.sleep(nanoseconds: 20_000_000)
      }
      throw CommandFailure(
        .unavailable, "deadlineExceeded",
        "the hand-over of \(keyspace) was begun and \(target ?? "another node") does not lead yet; "
          + "'quartet cluster status' shows who does")
    }
  }

  private static func show(_ keyspace: ClusterMap.Keyspace, _ invocation: Invocation) {
    if invocation.isJSON {
      invocation.console.json([
        "keyspace": .string(keyspace.name), "leader": .string(keyspace.leader), "term": .integer(keyspace.term),
      ])
    } else {
      invocation.console.line("\(keyspace.leader) leads \(keyspace.name) in term \(keyspace.term)")
    }
  }

  // MARK: init

  private static func found(_ invocation: Invocation) async throws -> ExitCode {
    let timeout = try invocation.interval("--timeout") ?? .seconds(30)
    let cluster = try await founders(invocation, timeout)
    let founder = ClusterFounder(nodes: cluster.nodes.map(\.mapNode), timeout: timeout)
    let genesis = try await founder.found()
    if let path = invocation.text("--write") { try cluster.write(to: path) }
    if invocation.isJSON {
      invocation.console.json([
        "cluster": .string(genesis.cluster.description), "epoch": .integer(genesis.epoch),
        "nodes": .array(genesis.nodes.map { .string($0.name) }),
        "keyspaces": .array(genesis.groups.map { .string($0.keyspace) }),
      ])
    } else {
      invocation.console.line(
        "cluster \(genesis.cluster) has \(genesis.nodes.count) nodes and \(genesis.groups.count) keyspaces")
    }
    return .ok
  }

  private static func founders(_ invocation: Invocation, _ timeout: Interval) async throws -> ClusterFile {
    switch (invocation.text("--topology"), invocation.text("--nodes")) {
    case (let path?, nil):
      do {
        return try ClusterFile(parsing: try LocalFiles.contents(of: path, limit: 4 << 20))
      } catch let failure as CommandFailure {
        throw CommandFailure.badData("'\(path)': \(failure.message)")
      }
    case (nil, let list?):
      let addresses = list.split(separator: ",").map(String.init)
      let client = try QuartetClient(
        nodes: addresses, options: QuartetClient.Options(name: "quartet cluster init", timeout: timeout))
      defer { client.close() }
      var nodes: [ClusterFile.Node] = []
      for text in addresses {
        let identity = try await client.identity(at: text)
        guard let address = try? Address(parsing: text), address.port <= UInt16.max - 2 else {
          throw CommandFailure.usage("--nodes takes addresses with ports up to \(UInt16.max - 2)")
        }
        func neighbour(_ offset: UInt16) throws -> String {
          try Address(host: address.host, port: address.port + offset).description
        }
        nodes.append(
          ClusterFile.Node(
            name: identity.node, nation: identity.nation, supplier: identity.supplier, pid: 0, client: text,
            peer: try neighbour(1), http: try neighbour(2)))
      }
      return ClusterFile(nodes: nodes)
    default: throw CommandFailure.usage("give the nodes once: with --topology FILE or --nodes ADDRESSES")
    }
  }
}

extension ClusterFile.Node {
  var mapNode: ClusterMap.Node {
    ClusterMap.Node(name: name, nation: nation, supplier: supplier, client: client, peer: peer, http: http)
  }
}
