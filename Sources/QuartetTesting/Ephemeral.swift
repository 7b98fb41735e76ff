public import Base
import Network
import Node
public import QuartetClient
import Topology
import Wire

/// Stores for services' own tests.
public enum Quartet {
  /// Starts a cluster of one node in this process, in memory, on ports of its own: the real node, reached by the real
  /// client. Nothing of it survives ``EphemeralStore/stop()`` or the process.
  public static func ephemeral(nation: Nation = .england) async throws -> EphemeralStore {
    let settings = """
      name = "ephemeral"
      nation = "\(nation)"
      supplier = "test"
      data = "unused"
      [listen]
      client = "127.0.0.1:0"
      peer = "127.0.0.1:0"
      http = "127.0.0.1:0"
      [diagnostics]
      log-level = "error"
      """
    let configuration = try NodeConfiguration(parsing: settings)
    let node = try NodeServer.start(configuration, storage: .memory)
    let address = node.client.description
    let founder = ClusterFounder(nodes: [
      ClusterMap.Node(
        name: "ephemeral", nation: nation.description, supplier: "test", client: address, peer: node.peer.description,
        http: node.http.description)
    ])
    _ = try await founder.found()
    let client = try QuartetClient(nodes: [address], options: QuartetClient.Options(name: "ephemeral"))
    return EphemeralStore(node: node, client: client)
  }
}

/// A running cluster of one.
public final class EphemeralStore: Sendable {
  private let node: NodeServer
  /// A client of it; more may be made with ``address``.
  public let client: QuartetClient

  init(node: NodeServer, client: QuartetClient) {
    self.node = node
    self.client = client
  }

  /// Where native clients connect.
  public var address: String { node.client.description }
  /// Where HTTP is served.
  public var httpAddress: String { node.http.description }

  /// The named map: `england`, `scotland`, `wales`, `northern-ireland` or `system`.
  public func keyspace(_ name: String) -> Keyspace { client.keyspace(name) }

  /// Ends client and node.
  public func stop() {
    client.close()
    node.stop()
    _ = node.wait()
  }
}
