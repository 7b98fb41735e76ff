import Base
import Benchmarking
import JSON

/// `quartet-bench versus`: Quartet and a peer take turns under the same load; each pair of runs gives a ratio.
struct Versus {
  let options: RunOptions
  let peer: TargetKind

  init(_ options: RunOptions) throws(UsageError) {
    guard options.words.count == 1, let peer = TargetKind(rawValue: options.words[0]), peer != .quartet else {
      throw UsageError("'versus' takes one peer: etcd or postgres")
    }
    guard options.kill == nil, options.history == nil, options.cluster == nil else {
      throw UsageError("'versus' starts clusters of its own and kills nobody: no --kill, --history or --cluster")
    }
    guard Workload(options.workload) != nil else {
      throw UsageError("'versus' takes the workloads that peers have: \(Workload.names.joined(separator: ", "))")
    }
    self.options = options
    self.peer = peer
  }

  struct Result {
    var ours: [RunReport] = []
    var theirs: [RunReport] = []
  }

  func run() async throws -> Result {
    var result = Result()
    for round in 1...options.rounds {
      // Whoever comes first in a pair comes second in the next.
      for target in round % 2 == 1 ? [TargetKind.quartet, peer] : [peer, .quartet] {
        var options = options
        options.target = target
        // A peer with two standbys is three nodes.
        if peer == .postgres { options.nodes = 3 }
        let report = try await Run.measure(options)
        System.say(
          "round \(round) of \(options.rounds), \(target.rawValue): \(grouped(report.recorder.perSecond))/s, "
            + "p50 \(duration(Int64(report.measures.p50 * 1e3))), p99 \(duration(Int64(report.measures.p99 * 1e3))), "
            + "server CPU \(fixed(report.measures.serverCPUPerOperation, 1)) µs per operation")
        for warning in report.warnings { System.say("warning: \(warning)") }
        if target == .quartet { result.ours.append(report) } else { result.theirs.append(report) }
      }
    }
    return result
  }

  static func json(_ result: Result) throws -> JSONValue {
    ["ratio": try ratios(result).json, "ours": side(result.ours), "theirs": side(result.theirs)]
  }

  private static func ratios(_ result: Result) throws -> Ratios {
    guard let ratios = Ratios(ours: result.ours.map(\.measures), theirs: result.theirs.map(\.measures)) else {
      throw Problem("one of the runs had no success, so there is no ratio")
    }
    return ratios
  }

  private static func side(_ reports: [RunReport]) -> JSONValue {
    func median(_ measure: (Ratios.Measures) -> Double) -> JSONValue {
      Spread(reports.map { measure($0.measures) }).map { .decimal($0.median) } ?? .null
    }
    return [
      "throughput": median(\.throughput), "p50_us": median(\.p50), "p99_us": median(\.p99),
      "server_cpu_us_per_op": median(\.serverCPUPerOperation), "runs": .array(reports.map(\.json)),
    ]
  }

  func lines(_ result: Result) throws -> [String] {
    let ratios = try Self.ratios(result)
    var table = Columns(["quartet / \(peer.rawValue)", "ours", "theirs", "ratio", "least", "greatest"])
    func row(_ name: String, _ spread: Spread, _ measure: (Ratios.Measures) -> Double) {
      let sides = [result.ours, result.theirs].map { Spread($0.map { measure($0.measures) })?.median ?? 0 }
      table.add(
        [name] + sides.map { $0 < 1_000 ? fixed($0, 1) : grouped($0) }
          + [spread.median, spread.min, spread.max].map { "\(fixed($0, 2)) ×" })
    }
    row("operations a second", ratios.throughput, \.throughput)
    row("p50, µs", ratios.p50, \.p50)
    row("p99, µs", ratios.p99, \.p99)
    row("server CPU per operation, µs", ratios.serverCPUPerOperation, \.serverCPUPerOperation)
    let first = result.ours[0].options
    var lines = [
      "\(first.workload), \(first.nodes) nodes, \(first.clients) clients, values of \(first.valueSize) B, "
        + "\(result.ours.count) pairs of \(first.seconds) s", "",
    ]
    lines += table.lines
    let loud = (result.ours + result.theirs).count { !$0.machine.isQuiet }
    if loud > 0 { lines.append("warning: the machine was not quiet in \(loud) of \(result.ours.count * 2) runs") }
    return lines
  }
}
