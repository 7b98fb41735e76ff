import Base
import JSON
import Topology

/// Where the nodes of a cluster are: what `quartet dev` writes and every other command reads.
struct ClusterFile: Hashable, Sendable {
  struct Node: Hashable, Sendable {
    var name: String
    var nation: String
    var supplier: String
    /// 0 when the node does not run, or its process is not known here.
    var pid: Int32
    /// `host:port` for native clients, other nodes, and HTTP.
    var client: String
    var peer: String
    var http: String

    init(
      name: String, nation: String, supplier: String, pid: Int32, client: String, peer: String, http: String
    ) {
      self.name = name
      self.nation = nation
      self.supplier = supplier
      self.pid = pid
      self.client = client
      self.peer = peer
      self.http = http
    }
  }

  var nodes: [Node]

  init(nodes: [Node]) { self.nodes = nodes }

  /// Of a topology file: no process is known.
  init(_ cluster: ClusterDescription) {
    nodes = cluster.nodes.map {
      Node(
        name: $0.id.name, nation: $0.nation.description, supplier: $0.supplier.name, pid: 0, client: $0.clientAddress,
        peer: $0.peerAddress, http: $0.httpAddress)
    }
  }

  /// Reads what ``bytes`` writes, or a topology file.
  init(parsing bytes: [UInt8]) throws(CommandFailure) {
    guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
      do {
        self.init(try TopologyFile(parsing: bytes).cluster)
        return
      } catch {
        throw .badData("it is neither a cluster.json nor a topology file:\n\(error)")
      }
    }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw .badData("it is no JSON: \(error)")
    }
    guard let list = value["nodes"]?.array, !list.isEmpty else { throw .badData("it has no \"nodes\"") }
    var nodes: [Node] = []
    for (position, node) in list.enumerated() {
      func text(_ member: String) throws(CommandFailure) -> String {
        guard let text = node[member]?.string, !text.isEmpty else {
          throw .badData("node \(position) has no \"\(member)\"")
        }
        return text
      }
      nodes.append(
        Node(
          name: try text("name"), nation: try text("nation"), supplier: try text("supplier"),
          pid: node["pid"]?.int64.flatMap { Int32(exactly: $0) } ?? 0, client: try text("client"),
          peer: try text("peer"), http: try text("http")))
    }
    self.init(nodes: nodes)
  }

  var json: JSONValue {
    [
      "nodes": .array(
        nodes.map {
          [
            "name": .string($0.name), "nation": .string($0.nation), "supplier": .string($0.supplier),
            "pid": .integer($0.pid), "client": .string($0.client), "peer": .string($0.peer), "http": .string($0.http),
          ]
        })
    ]
  }

  /// The file's content.
  var bytes: [UInt8] { json.serialized(.pretty) + [0x0A] }

  func node(_ name: String) -> Node? { nodes.first { $0.name == name } }

  /// Writes the file in one step.
  func write(to path: String) throws(FileProblem) { try LocalFiles.replace(path, with: bytes) }
}
