import Node
import QuartetCLI
import Topology

/// The node as the command line starts it.
enum NodeEngine {
  static func start(_ configuration: NodeConfiguration) throws -> RunningNode {
    Allocator.keepMemory()
    let server = try NodeServer.start(configuration, storage: .disk)
    return RunningNode(stop: { server.stop() }, wait: { server.wait() })
  }
}
