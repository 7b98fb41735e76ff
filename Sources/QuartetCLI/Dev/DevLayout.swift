import Base
import Encounters
import Topology

/// Where `quartet dev` keeps things.
struct DevLayout: Hashable, Sendable {
  /// From the root.
  let directory: String

  var clusterFile: String { "\(directory)/cluster.json" }
  var socket: String { "\(directory)/dev.sock" }
  func settings(_ node: String) -> String { "\(directory)/\(node).conf" }
  func log(_ node: String) -> String { "\(directory)/\(node).log" }
  func data(_ node: String) -> String { "\(directory)/\(node)" }

  /// The words after the executable's name that run a node.
  func nodeWords(_ node: String, powerLoss: Bool, parent: Int32?) -> [String] {
    var words = ["node", "--config", settings(node)]
    if powerLoss { words.append("--power-loss-vfs") }
    if let parent { words += ["--with-parent", "\(parent)"] }
    return words
  }

  /// What the settings files that dev writes begin with; what has no such file beside it is not dev's to remove.
  static let mark = "# Settings of node "

  /// Removes what dev made, and nothing else.
  /// - Returns: the names of the nodes whose data is gone.
  func removeAll() throws(FileProblem) -> [String] {
    guard LocalFiles.exists(directory) else { return [] }
    var removed: [String] = []
    for name in try LocalFiles.names(in: directory) where name.hasSuffix(".conf") {
      let node = String(name.dropLast(5))
      let content = try LocalFiles.contents(of: "\(directory)/\(name)")
      guard NodeID(node) != nil, content.starts(with: Self.mark.utf8) else { continue }
      try LocalFiles.remove(data(node))
      try LocalFiles.remove(log(node))
      try LocalFiles.remove(settings(node))
      removed.append(node)
    }
    try LocalFiles.remove(clusterFile)
    try LocalFiles.remove(socket)
    return removed
  }
}

/// What one `quartet dev` is to start.
struct DevPlan: Sendable {
  var layout: DevLayout
  var topology: TopologyFile
  var encounters: Int
  var isFresh: Bool
  var usesPowerLoss: Bool
  /// For the encounters that are loaded.
  var indexKeys: IndexKeys

  private static let five: [(name: String, nation: Nation, supplier: String)] = [
    ("england-1", .england, "A"), ("england-2", .england, "A"), ("scotland-1", .scotland, "B"),
    ("wales-1", .wales, "B"), ("northern-ireland-1", .northernIreland, "C"),
  ]
  private static let seven: [(name: String, nation: Nation, supplier: String)] = [
    ("england-1", .england, "A"), ("england-2", .england, "B"), ("scotland-1", .scotland, "A"),
    ("scotland-2", .scotland, "C"), ("wales-1", .wales, "B"), ("wales-2", .wales, "D"),
    ("northern-ireland-1", .northernIreland, "C"),
  ]

  init(_ invocation: Invocation) throws {
    encounters = try invocation.integer("--encounters", in: 0...10_000_000) ?? 1_000
    isFresh = invocation.has("--fresh")
    usesPowerLoss = invocation.has("--power-loss-vfs")
    indexKeys = try IndexKeyFile(invocation).keys
    let basePort = try invocation.integer("--base-port", in: 1...65_000 as ClosedRange<Int>)
    let nodes = try invocation.choice("--nodes", of: ["5", "7"], default: "5")
    let data = try invocation.text("--data").map { (path) throws(FileProblem) in try LocalFiles.absolute(path) }
    let description: ClusterDescription
    let directory: String
    if let path = invocation.text("--topology") {
      if invocation.has("--nodes") { throw CommandFailure.usage("--nodes and --topology exclude each other") }
      let given = try Self.read(path)
      description = given.cluster
      directory = try data ?? LocalFiles.absolute(given.dataDirectory)
    } else {
      let table = nodes == "5" ? Self.five : Self.seven
      description = ClusterDescription(
        nodes: table.compactMap { name, nation, supplier in
          guard let id = NodeID(name), let supplier = Supplier(supplier) else { return nil }
          return NodeDescription(id: id, nation: nation, supplier: supplier)
        })
      directory = try data ?? LocalFiles.absolute(".quartet")
    }
    layout = DevLayout(directory: directory)
    let text = Self.text(
      description, data: directory, basePort: invocation.has("--topology") ? basePort : basePort ?? 7_400)
    do {
      topology = try TopologyFile(parsing: text)
    } catch {
      throw CommandFailure.badData("the nodes cannot be described: \(error)")
    }
  }

  private static func read(_ path: String) throws -> TopologyFile {
    do {
      return try TopologyFile(parsing: try LocalFiles.contents(of: path, limit: 4 << 20))
    } catch let error as SettingsError {
      throw CommandFailure.badData("'\(path)':\n\(error)")
    }
  }

  /// The topology with this data directory, and with addresses from this port where one is given.
  static func text(_ cluster: ClusterDescription, data: String, basePort: Int?) -> String {
    func line(_ key: String, _ value: String) -> String { "\(key) = \(SettingsValue.text(value))" }
    var lines = [line("data", data)]
    if let basePort { lines.append("base-port = \(basePort)") }
    for node in cluster.nodes {
      lines += ["", "[[node]]", line("name", node.id.name), line("nation", node.nation.description)]
      lines.append(line("supplier", node.supplier.name))
      if !node.labels.isEmpty { lines.append(line("labels", node.labels.map(\.description).joined(separator: ", "))) }
      guard basePort == nil else { continue }
      lines += [
        line("client", node.clientAddress), line("peer", node.peerAddress), line("http", node.httpAddress),
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
