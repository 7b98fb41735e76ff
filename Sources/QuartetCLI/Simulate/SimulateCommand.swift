import Base
import Glibc
import Network

/// `quartet simulate`: whole clusters in virtual time, one seed after the other.
enum SimulateCommand {
  static let standardProfile = "core"

  static let spec = CommandSpec(
    "simulate", "Run whole clusters in virtual time under faults and check every promise",
    discussion: """
      The program that runs on nodes runs here, on a network, disks, clocks and clients that are made up. A seed decides \
      everything: the cluster, its timers, the requests, which faults there are and when. First everything goes wrong that \
      the seed has drawn, and every rule is checked at every step; then the cluster is healed and must come right. Profile \
      'core' keeps data in memory; 'disk' keeps it in SQLite on a made-up disk; in 'encounters' the clients are services \
      that open encounters, send ambulances, book and prescribe, and the rules of the domain are judged too.

      A seed that breaks a rule is printed with the command that repeats it, event by event, on any machine. --minimise \
      looks for the shortest time and the fewest faults that still break the same rule. --keep, --without, --until and \
      --variant are what it found; --defect plants a mistake, to see that it would be noticed.

      Exit code 0: every rule held. 1: one broke. 130: interrupted, and every rule had held until then.
      """,
    options: [
      OptionSpec("--seed", "N", "This seed alone."),
      OptionSpec("--seeds", "A..B", "Seeds A through B. Default 1..20."),
      OptionSpec("--minutes", "M", "Fresh random seeds until M minutes have passed."),
      OptionSpec("--profile", "NAME", "core, disk or encounters. Default core."),
      OptionSpec("--jobs", "J", "Run in J processes at once. Default: one for each processor."),
      OptionSpec("--trace", nil, "Print everything that happens, one line each; with --seed."),
      OptionSpec("--minimise", nil, "Make the first seed that breaks a rule as short and as mild as it can be."),
      OptionSpec("--keep", "LIST", "With --seed: inject only these of its faults, by number; 'none' for none."),
      OptionSpec("--without", "LIST", "With --seed: leave out what the network does to messages: loss, repeats, delays, disorder."),
      OptionSpec("--until", "TIME", "With --seed: heal everything at this virtual time."),
      OptionSpec("--variant", "K", "With --seed: the same cluster and faults, and other latencies."),
      OptionSpec("--defect", "NAME", "Plant a known mistake, which the checkers should find; 'list' prints the names."),
      OptionSpec("--find-defects", "FILE", "Find a seed for every mistake that can be planted, and write the list."),
    ],
    examples: [
      .init("quartet simulate --minutes 5", "Look for trouble for five minutes."),
      .init("quartet simulate --seed 4711 --trace", "Replay one seed, with all that happened."),
      .init("quartet simulate --seed 4711 --minimise", "Find out what of it matters."),
      .init("quartet simulate --seed 1 --defect votesTwice", "See a mistake being found."),
    ],
    action: .blocking { try run($0) })

  private static func run(_ invocation: Invocation) throws -> ExitCode {
    let plan = try SimulationPlan(invocation)
    if case .listDefects = plan.work {
      for defect in invocation.engine.simulator.defects { invocation.console.line(defect) }
      return .ok
    }
    var session = try SimulationSession(invocation, plan)
    switch plan.work {
    case .listDefects: return .ok
    case .one(let request): return try session.one(request)
    case .many(let source): return try session.many(source)
    case .findDefects(let path): return try session.findDefects(path)
    }
  }
}

/// What a command line asks of the simulator.
struct SimulationPlan {
  enum Work {
    case one(SimulatedRequest)
    case many(Seeds)
    case findDefects(path: String)
    case listDefects
  }

  /// Seeds that are run one by one, all in the same way.
  struct Seeds {
    enum Source {
      case range(ClosedRange<UInt64>)
      /// Random ones, until the moment.
      case fresh(until: Moment)
    }
    var source: Source
    var profile: String
    var defect: String?
  }

  var work: Work
  var jobs: Int
  var minimises: Bool

  init(_ invocation: Invocation) throws(CommandFailure) {
    let simulator = invocation.engine.simulator
    let processors = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    jobs = try invocation.integer("--jobs", in: 1...256 as ClosedRange<Int>) ?? processors
    minimises = invocation.has("--minimise")
    let profile = try invocation.choice("--profile", of: simulator.profiles, default: SimulateCommand.standardProfile)
    if invocation.text("--defect") == "list" {
      work = .listDefects
      return
    }
    var defect: String?
    if let name = invocation.text("--defect") {
      guard simulator.defects.contains(name) else {
        throw .usage("there is no defect '\(name)'; 'quartet simulate --defect list' prints their names")
      }
      defect = name
    }
    let seed = try invocation.integer("--seed", in: 0...UInt64.max)
    let minutes = try invocation.integer("--minutes", in: 1...100_000 as ClosedRange<Int64>)
    let seeds = invocation.text("--seeds")
    let path = invocation.text("--find-defects")
    guard [seed != nil, minutes != nil, seeds != nil, path != nil].count(where: { $0 }) <= 1 else {
      throw .usage("--seed, --seeds, --minutes and --find-defects exclude each other")
    }
    for option in ["--trace", "--keep", "--without", "--until", "--variant"] where invocation.has(option) && seed == nil {
      throw .usage("\(option) goes with --seed")
    }
    if let seed {
      work = .one(
        SimulatedRequest(
          seed: seed, profile: profile, defect: defect, kept: try Self.kept(invocation),
          calmed: try Self.calmed(invocation), until: try invocation.interval("--until"),
          variant: try invocation.integer("--variant", in: 0...UInt64(UInt32.max)) ?? 0,
          isTracing: invocation.has("--trace")))
    } else if let path {
      work = .findDefects(path: path)
    } else if let minutes {
      work = .many(Seeds(source: .fresh(until: Clock.now() + .seconds(60 * minutes)), profile: profile, defect: defect))
    } else {
      work = .many(Seeds(source: .range(try Self.range(seeds ?? "1..20")), profile: profile, defect: defect))
    }
  }

  private static func range(_ text: String) throws(CommandFailure) -> ClosedRange<UInt64> {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].isEmpty, let first = UInt64(parts[0]), let last = UInt64(parts[2]), first <= last
    else {
      throw .usage("--seeds takes two whole numbers, the lower first, such as 1..100")
    }
    return first...last
  }

  private static func kept(_ invocation: Invocation) throws(CommandFailure) -> [Int]? {
    guard let text = invocation.text("--keep") else { return nil }
    if text == "none" { return [] }
    var kept: [Int] = []
    for word in text.split(separator: ",") {
      guard let number = Int(word), number >= 0 else {
        throw .usage("--keep takes numbers of faults, such as 3,17,21, or 'none'")
      }
      kept.append(number)
    }
    return kept.sorted()
  }

  private static func calmed(_ invocation: Invocation) throws(CommandFailure) -> [String] {
    guard let text = invocation.text("--without") else { return [] }
    let known = invocation.engine.simulator.weather
    let words = text.split(separator: ",").map(String.init)
    for word in words where !known.contains(word) {
      throw .usage("--without takes some of \(known.joined(separator: ", "))")
    }
    return known.filter { words.contains($0) }
  }
}

extension SimulationPlan.Seeds {
  func request(_ seed: UInt64) -> SimulatedRequest { SimulatedRequest(seed: seed, profile: profile, defect: defect) }

  /// How many there are; nil when time decides.
  var count: UInt64? { if case .range(let range) = source { range.upperBound - range.lowerBound + 1 } else { nil } }
}
