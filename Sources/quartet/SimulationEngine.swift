import Base
import QuartetCLI
import Simulator

/// The simulator as the command line runs it.
enum SimulationEngine {
  static let simulator = SimulatorEngine(
    profiles: SimulationProfile.allCases.map(\.rawValue), defects: PlantedDefect.allCases.map(\.rawValue),
    weather: WeatherKind.allCases.map(\.rawValue), executable: "/proc/self/exe", run: run, minimise: minimise)

  @Sendable private static func run(
    _ request: SimulatedRequest, onLine: @escaping (String) -> Void
  ) throws -> SimulatedRun {
    let world = try World(SimulationOptions(request), onLine: onLine)
    return SimulatedRun(world.run(), profile: SimulationProfile(rawValue: request.profile) ?? .core)
  }

  @Sendable private static func minimise(
    _ request: SimulatedRequest, _ run: SimulatedRun, _ attempt: ([SimulatedRequest]) throws -> [SimulatedRun],
    _ onStep: (String) -> Void
  ) throws -> SimulatedRequest {
    try withoutActuallyEscaping(attempt) { attempt in
      try withoutActuallyEscaping(onStep) { onStep in
        var minimiser = Minimiser(
          SimulationOptions(request), SimulationReport(run),
          attempt: { options in try attempt(options.map { SimulatedRequest($0, like: request) }).map { SimulationReport($0) } },
          onStep: onStep)
        var smallest = SimulatedRequest(try minimiser.run().options, like: request)
        smallest.isTracing = false
        return smallest
      }
    }
  }
}

extension SimulationOptions {
  init(_ request: SimulatedRequest) {
    self.init(
      seed: request.seed, profile: SimulationProfile(rawValue: request.profile) ?? .core,
      defect: request.defect.flatMap { PlantedDefect(rawValue: $0) }, tracing: request.isTracing,
      kept: request.kept.map { Set($0) }, calmed: Set(request.calmed.compactMap { WeatherKind(rawValue: $0) }),
      variant: request.variant)
    if let until = request.until { faultyTime = until }
  }
}

extension SimulatedRequest {
  init(_ options: SimulationOptions, like request: SimulatedRequest) {
    self.init(
      seed: options.seed, profile: options.profile.rawValue, defect: options.defect?.rawValue,
      kept: options.kept.map { $0.sorted() },
      calmed: WeatherKind.allCases.filter { options.calmed.contains($0) }.map(\.rawValue), until: options.faultyTime,
      variant: options.variant)
  }
}

extension SimulatedRun {
  /// What worlds of the profile can never meet is left out.
  init(_ report: SimulationReport, profile: SimulationProfile) {
    self.init(
      seed: report.seed, violation: report.violation, virtualTime: report.virtualTime, events: report.events,
      acknowledgedWrites: report.acknowledgedWrites, answeredReads: report.answeredReads,
      unknownOutcomes: report.unknownOutcomes,
      faults: report.faults.filter { $0.kind.isFault && $0.kind.occurs(in: profile) }.map { Count($0.kind.rawValue, $0.count) },
      probes: report.faults.filter { !$0.kind.isFault }.map { Count($0.kind.rawValue, $0.count) }
        + report.probes.filter { $0.probe.occurs(in: profile) }.map { Count($0.probe.rawValue, $0.count) },
      injections: report.injections.map { Injection(number: $0.number, at: $0.at, text: $0.text) },
      fingerprint: report.fingerprint)
  }
}

extension SimulationReport {
  /// As much of a report as came back from another process.
  init(_ run: SimulatedRun) {
    self.init(
      seed: run.seed, violation: run.violation, virtualTime: run.virtualTime, events: run.events,
      acknowledgedWrites: run.acknowledgedWrites, answeredReads: run.answeredReads,
      unknownOutcomes: run.unknownOutcomes,
      faults: run.faults.compactMap { count in
        FaultKind(rawValue: count.name).map { FaultCount(kind: $0, count: count.count) }
      },
      probes: run.probes.compactMap { count in
        Probe(rawValue: count.name).map { ProbeCount(probe: $0, count: count.count) }
      },
      injections: run.injections.map { Injection(number: $0.number, at: $0.at, kinds: [], text: $0.text) },
      fingerprint: run.fingerprint, trace: [])
  }
}
