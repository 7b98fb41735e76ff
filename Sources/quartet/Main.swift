import Base
import Glibc
import Node
import QuartetCLI
import Simulator
import Topology

/// The executable: hands the command line the node and the simulator.
@main
struct Main {
  static func main() {
    let engine = Engine(startNode: startNode, simulate: simulate)
    let code = CommandLineTool.run(Array(CommandLine.arguments.dropFirst()), engine: engine)
    exit(code.number)
  }

  @Sendable private static func startNode(_ configuration: NodeConfiguration) throws -> RunningNode {
    let node = try NodeServer.start(configuration)
    return RunningNode(stop: { node.stop() }, wait: { node.wait() })
  }

  @Sendable private static func simulate(_ seed: UInt64, _ tracing: Bool) throws -> SimulatedRun {
    let report = try World(SimulationOptions(seed: seed, tracing: tracing)).run()
    return SimulatedRun(
      seed: seed, violation: report.violation, virtualTime: report.virtualTime, events: report.events,
      acknowledgedWrites: report.acknowledgedWrites, answeredReads: report.answeredReads,
      unknownOutcomes: report.unknownOutcomes,
      faults: report.faults.map { SimulatedRun.Fault(kind: $0.kind.rawValue, count: $0.count) },
      fingerprint: report.fingerprint, trace: report.trace)
  }
}
