public import Base

/// A cluster written down in one file: what `quartet cluster` starts on one machine, or describes over many.
public struct TopologyFile: Hashable, Sendable {
  public let cluster: ClusterDescription
  /// The directory under which each node has one of its own name.
  public let dataDirectory: String

  /// Node i, from 0, takes this many ports from base-port + `portsPerNode` × i: client, peer, http, the rest spare.
  public static let portsPerNode = 10

  public static let schema = SettingsSchema(
    title: "A Quartet cluster: its nodes, where they stand and who runs them.",
    [
      SettingsSchema.Table(
        "", doc: "What holds for all nodes.",
        [
          Knob(
            "data", .text, .means(.text(".quartet")), "The directory under which each node has one of its own name."),
          Knob("host", .text, .means(.text("127.0.0.1")), "The host of the addresses that follow from base-port."),
          Knob(
            "base-port", .integer(1...65_000), .off(example: .integer(7_400)),
            """
            Node i, from 0, has its client port at base-port + 10 i, its peer port one above, its http port two above. \
            Absent, each node needs its own addresses.
            """),
        ]),
      SettingsSchema.Table(
        "node", isRepeated: true, countMin: 1, doc: "One table for each node.",
        [
          Knob("name", .nodeName, .refused(example: .text("england-1")), "The node's name."),
          Knob("nation", .nation, .refused(example: .text("england")), "The nation where it stands."),
          Knob("supplier", .supplier, .refused(example: .text("A")), "The organisation that runs it."),
          Knob(
            "labels", .labels, .means(.text("")),
            "Further failure domains, such as its building, that goals may name."),
          Knob("client", .address(listening: false), .off(example: .text("10.0.0.1:7400")), "For native clients."),
          Knob("peer", .address(listening: false), .off(example: .text("10.0.0.1:7401")), "For other nodes."),
          Knob("http", .address(listening: false), .off(example: .text("10.0.0.1:7402")), "For HTTP."),
        ]),
    ])

  /// Reads a topology file; the error lists all that is wrong with it.
  public init(parsing text: String) throws(SettingsError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// Reads a topology file; the error lists all that is wrong with it.
  public init(parsing bytes: [UInt8]) throws(SettingsError) {
    let settings = try Self.schema.check(SettingsDocument(parsing: bytes))
    let host = settings[""].text("host")
    let basePort = settings[""].optionalInteger("base-port")
    var problems: [SettingsProblem] = []
    var nodes: [NodeDescription] = []
    for (position, table) in settings.all("node").enumerated() {
      func address(_ key: String, _ offset: Int) -> String {
        if let given = table.optionalText(key) { return given }
        guard let basePort else {
          problems.append(SettingsProblem(line: table.line, .missingKey(key: key, example: "\"10.0.0.1:7400\"")))
          return ""
        }
        let address = "\(host):\(basePort + Self.portsPerNode * position + offset)"
        if !Knob.isAddress(address, portFrom: 1) {
          let mend = "mend host or base-port, or give the node its own addresses"
          problems.append(
            SettingsProblem(line: table.line, .relation(what: "host and base-port give no address here", mend: mend)))
        }
        return address
      }
      nodes.append(
        NodeDescription(
          id: table.nodeName("name"), nation: table.nation("nation"), supplier: table.supplier("supplier"),
          labels: table.labels("labels"), clientAddress: address("client", 0), peerAddress: address("peer", 1),
          httpAddress: address("http", 2)))
    }
    cluster = ClusterDescription(nodes: nodes)
    dataDirectory = settings[""].text("data")
    problems += cluster.problems.map {
      SettingsProblem(line: 0, .relation(what: $0, mend: "mend the [[node]] tables"))
    }
    guard problems.isEmpty else { throw SettingsError(problems) }
  }

  /// The settings file of one node: who it is, where it listens, all nodes, and the defaults for the rest.
  /// Nil when there is no such node.
  public func nodeSettings(of id: NodeID) -> String? {
    guard let node = cluster.node(id) else { return nil }
    func line(_ key: String, _ text: String) -> String { "\(key) = \(SettingsValue.text(text))" }
    func identity(_ node: NodeDescription) -> [String] {
      [
        line("name", node.id.name), line("nation", node.nation.description), line("supplier", node.supplier.name),
        line("labels", node.labels.map(\.description).joined(separator: ", ")),
      ]
    }
    func addresses(_ node: NodeDescription) -> [String] {
      [line("client", node.clientAddress), line("peer", node.peerAddress), line("http", node.httpAddress)]
    }
    var lines = ["# Settings of node \(id), made from a topology file."] + identity(node)
    lines += [line("data", "\(dataDirectory)/\(id)"), "", "[listen]"] + addresses(node)
    for node in cluster.nodes { lines += ["", "[[node]]"] + identity(node) + addresses(node) }
    return lines.joined(separator: "\n") + "\n"
  }
}
