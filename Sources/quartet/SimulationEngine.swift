import QuartetCLI
import Simulator

/// The simulator as the command line runs it.
enum SimulationEngine {
  static func run(seed: UInt64, tracing: Bool) throws -> SimulatedRun {
    let report = try World(SimulationOptions(seed: seed, tracing: tracing)).run()
    return SimulatedRun(
      seed: report.seed, violation: report.violation, virtualTime: report.virtualTime, events: report.events,
      acknowledgedWrites: report.acknowledgedWrites, answeredReads: report.answeredReads,
      unknownOutcomes: report.unknownOutcomes,
      faults: report.faults.map { SimulatedRun.Fault(kind: $0.kind.rawValue, count: $0.count) },
      fingerprint: report.fingerprint, trace: report.trace)
  }
}
