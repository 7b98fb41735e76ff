import Base
import JSON
import Network

/// `quartet simulate`: whole clusters in virtual time, one seed after the other.
enum SimulateCommand {
  static let spec = CommandSpec(
    "simulate", "Run whole clusters in virtual time under faults and check every promise",
    discussion: """
      Each seed decides everything: faults, timing, requests. A seed that breaks a rule is printed with the command that \
      replays it exactly. Exit code 1 when a rule broke.
      """,
    options: [
      OptionSpec("--seed", "N", "This seed alone."),
      OptionSpec("--seeds", "A..B", "Seeds A through B. Default 1..20."),
      OptionSpec("--minutes", "M", "Fresh random seeds until M minutes have passed."),
      OptionSpec("--trace", nil, "Print everything that happened, one line each; with --seed."),
    ],
    examples: [
      .init("quartet simulate --minutes 5", "Look for trouble for five minutes."),
      .init("quartet simulate --seed 4711 --trace", "Replay one seed, with all that happened."),
    ],
    action: .blocking { try run($0) })

  private enum Plan {
    case seeds(ClosedRange<UInt64>)
    case until(Moment)
  }

  private static func plan(_ invocation: Invocation) throws(CommandFailure) -> Plan {
    let seed = try invocation.integer("--seed", in: 0...UInt64.max)
    let minutes = try invocation.integer("--minutes", in: 1...100_000 as ClosedRange<Int64>)
    let seeds = invocation.text("--seeds")
    guard [seed != nil, minutes != nil, seeds != nil].count(where: { $0 }) <= 1 else {
      throw .usage("--seed, --seeds and --minutes exclude each other")
    }
    if invocation.has("--trace"), seed == nil { throw .usage("--trace goes with --seed") }
    if let seed { return .seeds(seed...seed) }
    if let minutes { return .until(Clock.now() + .seconds(60 * minutes)) }
    guard let seeds else { return .seeds(1...20) }
    let parts = seeds.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].isEmpty, let first = UInt64(parts[0]), let last = UInt64(parts[2]), first <= last
    else {
      throw .usage("--seeds takes two whole numbers, the lower first, such as 1..100")
    }
    return .seeds(first...last)
  }

  private struct Tally {
    var seeds = 0
    var failures: [SimulatedRun] = []
    var events: UInt64 = 0
    var virtualTime = Interval.zero
    var acknowledgedWrites = 0
    var answeredReads = 0

    mutating func add(_ run: SimulatedRun) {
      seeds += 1
      events += run.events
      virtualTime = virtualTime + run.virtualTime
      acknowledgedWrites += run.acknowledgedWrites
      answeredReads += run.answeredReads
      if run.violation != nil { failures.append(run) }
    }

    var json: JSONValue {
      [
        "seeds": .integer(seeds),
        "failures": .array(
          failures.map {
            [
              "seed": .integer($0.seed), "violation": .string($0.violation ?? ""),
              "replay": .string(replay($0.seed)), "fingerprint": .string($0.fingerprint.description),
            ]
          }),
        "events": .integer(events), "virtual_seconds": .integer(virtualTime.milliseconds / 1_000),
        "acknowledged_writes": .integer(acknowledgedWrites), "answered_reads": .integer(answeredReads),
      ]
    }
  }

  private static func replay(_ seed: UInt64) -> String { "quartet simulate --seed \(seed) --trace" }

  private static func run(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    var tally = Tally()
    func perform(_ seed: UInt64) throws {
      let run = try invocation.engine.simulate(seed, invocation.has("--trace"))
      tally.add(run)
      if !invocation.isJSON { show(run, isDetailed: invocation.has("--seed"), console) }
      console.progress("\(tally.seeds) seeds, \(tally.failures.count) failed", isMilestone: false)
    }
    switch try plan(invocation) {
    case .seeds(let seeds): for seed in seeds { try perform(seed) }
    case .until(let end):
      var generator = SystemRandomNumberGenerator()
      repeat { try perform(generator.next() >> 16) } while Clock.now() < end
    }
    console.progress("\(tally.seeds) seeds, \(tally.failures.count) failed", isMilestone: true)
    if invocation.isJSON {
      console.json(tally.json)
    } else {
      console.line(
        "\(tally.seeds) seeds, \(tally.virtualTime.milliseconds / 1_000) virtual seconds, \(tally.events) events, "
          + "\(tally.acknowledgedWrites) writes acknowledged, \(tally.answeredReads) reads answered: "
          + (tally.failures.isEmpty ? "every rule held" : "\(tally.failures.count) seeds broke a rule"))
    }
    return tally.failures.isEmpty ? .ok : .no
  }

  private static func show(_ run: SimulatedRun, isDetailed: Bool, _ console: Console) {
    for line in run.trace { console.line(line) }
    if let violation = run.violation {
      console.line("seed \(run.seed): \(violation)\n  \(replay(run.seed))")
    }
    guard isDetailed else { return }
    let faults = run.faults.filter { $0.count > 0 }.map { "\($0.kind) \($0.count)" }.joined(separator: ", ")
    console.line(
      "seed \(run.seed): fingerprint \(run.fingerprint.short), \(run.unknownOutcomes) outcomes unknown; faults: "
        + (faults.isEmpty ? "none" : faults))
  }
}
