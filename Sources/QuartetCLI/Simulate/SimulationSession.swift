import Base
import Glibc
import Network

/// One use of the simulator from the command line: where its seeds run, and what is told of them.
struct SimulationSession {
  private let simulator: SimulatorEngine
  private let console: Console
  private let isJSON: Bool
  private let plan: SimulationPlan
  private let pool: SimulatorPool
  private let isInterrupted: () -> Bool
  private let begun = Clock.now()
  private var tally = SimulationTally()
  private var lastProgress = Moment.zero

  init(_ invocation: Invocation, _ plan: SimulationPlan) throws {
    simulator = invocation.engine.simulator
    console = invocation.console
    isJSON = invocation.isJSON
    self.plan = plan
    // A single seed runs here, where a debugger finds it; only what many runs are needed for goes to others.
    var jobs = plan.jobs
    if case .one = plan.work, !plan.minimises { jobs = 0 }
    if jobs > 0, simulator.executable != nil {
      var signals = Signals([SIGINT, SIGTERM])
      signals.block()
      Signals.ignore(SIGPIPE)
      isInterrupted = { signals.hasCome }
    } else {
      isInterrupted = { false }
    }
    pool = try SimulatorPool(simulator, jobs: jobs, isInterrupted: isInterrupted)
  }

  private var elapsed: Interval { Clock.now() - begun }

  // MARK: One seed

  mutating func one(_ request: SimulatedRequest) throws -> ExitCode {
    let console = console
    let isJSON = isJSON
    let run: SimulatedRun
    if plan.minimises {
      run = try pool.runAll([request]).first ?? SimulatedRun(seed: request.seed, violation: nil)
    } else {
      run = try simulator.run(request) { if !isJSON { console.line($0) } }
    }
    tally.add(request, run)
    if !isJSON {
      show(request, run)
      showDetails(run)
    }
    if plan.minimises, run.violation != nil { try minimise(request, run) }
    return finish()
  }

  private func show(_ request: SimulatedRequest, _ run: SimulatedRun) {
    guard let violation = run.violation else { return }
    console.line("seed \(run.seed): \(violation)\n  \(request.replay)")
  }

  private func showDetails(_ run: SimulatedRun) {
    let faults = run.faults.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    console.line(
      "seed \(run.seed): fingerprint \(run.fingerprint.short), \(run.unknownOutcomes) outcomes unknown; faults: "
        + (faults.isEmpty ? "none" : faults))
  }

  // MARK: Many

  mutating func many(_ seeds: SimulationPlan.Seeds) throws -> ExitCode {
    var drawn: UInt64 = 0
    var generator = SystemRandomNumberGenerator()
    var session = self
    try pool.run(
      {
        switch seeds.source {
        case .range(let range):
          guard drawn <= range.upperBound - range.lowerBound else { return nil }
          defer { drawn += 1 }
          return seeds.request(range.lowerBound + drawn)
        case .fresh(let end):
          return Clock.now() < end ? seeds.request(generator.next() >> 16) : nil
        }
      },
      done: { request, run in
        session.tally.add(request, run)
        if !session.isJSON { session.show(request, run) }
        session.tellProgress(seeds)
      })
    self = session
    if plan.minimises, !isInterrupted(), let first = tally.failures.first { try minimise(first.request, first.run) }
    return finish()
  }

  private mutating func tellProgress(_ seeds: SimulationPlan.Seeds) {
    let now = Clock.now()
    // A line that is redrawn may change often; one that goes to a file should not.
    let isMilestone = !console.isInteractive && now - lastProgress >= .seconds(60) && now - begun >= .seconds(60)
    guard isMilestone || (console.isInteractive && now - lastProgress >= .milliseconds(200)) else { return }
    lastProgress = now
    var text = "\(tally.seeds) seeds, \(tally.failures.count) failed, \(tally.rate(after: elapsed)) times real time"
    if let left = timeLeft(seeds, at: now) { text += ", \(Quantities.text(left)) left" }
    console.progress(text, isMilestone: isMilestone)
  }

  private func timeLeft(_ seeds: SimulationPlan.Seeds, at now: Moment) -> Interval? {
    switch seeds.source {
    case .fresh(let end): return end > now ? end - now : nil
    case .range:
      guard let count = seeds.count, tally.seeds > 0, UInt64(tally.seeds) < count else { return nil }
      let each = (now - begun).seconds / Double(tally.seeds)
      return .milliseconds(Int64(each * Double(count - UInt64(tally.seeds)) * 1_000))
    }
  }

  private func finish() -> ExitCode {
    console.progress("\(tally.seeds) seeds, \(tally.failures.count) failed", isMilestone: true)
    if isJSON {
      console.json(tally.json(after: elapsed))
    } else {
      for line in tally.lines(after: elapsed) { console.line(line) }
    }
    if !tally.failures.isEmpty { return .no }
    return isInterrupted() ? .interrupted : .ok
  }

  // MARK: Minimising

  private func minimise(_ request: SimulatedRequest, _ run: SimulatedRun) throws {
    let smallest = try simulator.minimise(
      request, run, { try pool.runAll($0) }, { console.progress($0, isMilestone: false) })
    guard !isInterrupted() else { return }
    console.progress("seed \(request.seed) is as small as it gets", isMilestone: true)
    guard !isJSON, let last = try pool.runAll([smallest]).first else { return }
    console.line("seed \(request.seed), made small: \(last.violation ?? "nothing broke")")
    for injection in last.injections {
      console.line("  fault \(injection.number) at \(Quantities.exact(injection.at)): \(injection.text)")
    }
    if last.injections.isEmpty { console.line("  no fault is needed") }
    console.line("  \(smallest.replay)")
  }

  // MARK: Defects

  func findDefects(_ path: String) throws -> ExitCode {
    var list = try DefectList(path, simulator)
    let found = try list.find(
      { requests in try pool.runAll(requests) }, isInterrupted: isInterrupted,
      tell: { console.progress($0, isMilestone: !console.isInteractive) })
    guard found else { return .interrupted }
    try list.write()
    console.progress("\(simulator.defects.count) defects", isMilestone: true)
    for name in list.missing { console.line("\(name): no seed through \(DefectList.seedsMax) finds it") }
    return list.missing.isEmpty ? .ok : .no
  }
}
