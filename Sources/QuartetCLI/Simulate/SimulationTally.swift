import Base
import JSON

/// What many seeds gave together.
struct SimulationTally {
  /// What a seed must have had to count as a proof of anything.
  static let countingTime = Interval.seconds(60)
  static let countingWrites = 500
  static let countingFaults = 3

  private(set) var seeds = 0
  /// Requests that broke a rule, in the order in which they ended.
  private(set) var failures: [(request: SimulatedRequest, run: SimulatedRun)] = []
  private(set) var virtualTime = Interval.zero
  private var events: UInt64 = 0
  private var answeredReads = 0
  private var unknownOutcomes = 0
  private var counting = 0
  private var seconds = Distribution()
  private var writes = Distribution()
  private var kinds = Distribution()
  private var faults: [SimulatedRun.Count] = []
  private var probes: [SimulatedRun.Count] = []

  mutating func add(_ request: SimulatedRequest, _ run: SimulatedRun) {
    seeds += 1
    if run.violation != nil { failures.append((request, run)) }
    virtualTime = virtualTime + run.virtualTime
    events += run.events
    answeredReads += run.answeredReads
    unknownOutcomes += run.unknownOutcomes
    let kindCount = run.faults.count { $0.count > 0 }
    seconds.add(Int(run.virtualTime.milliseconds / 1_000))
    writes.add(run.acknowledgedWrites)
    kinds.add(kindCount)
    if run.virtualTime >= Self.countingTime, run.acknowledgedWrites >= Self.countingWrites,
      kindCount >= Self.countingFaults
    {
      counting += 1
    }
    Self.add(run.faults, to: &faults)
    Self.add(run.probes, to: &probes)
  }

  private static func add(_ counts: [SimulatedRun.Count], to totals: inout [SimulatedRun.Count]) {
    for count in counts {
      if let place = totals.firstIndex(where: { $0.name == count.name }) {
        totals[place].count += count.count
      } else {
        totals.append(count)
      }
    }
  }

  /// Failures by seed.
  private var ordered: [(request: SimulatedRequest, run: SimulatedRun)] {
    failures.sorted { $0.request.seed < $1.request.seed }
  }

  // MARK: For people

  /// - Parameter elapsed: real time that it took.
  func lines(after elapsed: Interval) -> [String] {
    var lines = [
      "\(seeds) seeds, \(virtualTime.milliseconds / 1_000) virtual seconds, \(events) events, \(writes.sum) writes "
        + "acknowledged, \(answeredReads) reads answered, \(unknownOutcomes) outcomes unknown"
    ]
    if elapsed > .zero { lines[0] += "; \(Quantities.text(elapsed)), \(rate(after: elapsed)) times real time" }
    guard seeds > 1 else { return lines + [verdict] }
    var table = TextTable(["of a seed", ">least", ">median", ">most"])
    for (name, distribution) in distributions {
      table.add([name, "\(distribution.least)", "\(distribution.median)", "\(distribution.most)"])
    }
    lines += table.lines
    lines.append(
      "\(counting) of \(seeds) seeds count: at least \(Self.countingTime.milliseconds / 1_000) virtual seconds, "
        + "\(Self.countingWrites) acknowledged writes and \(Self.countingFaults) kinds of fault in effect")
    lines += Self.lines("faults", "faults that never took effect", faults)
    lines += Self.lines("situations met", "situations never met", probes)
    return lines + [verdict]
  }

  /// Virtual seconds in a real one.
  func rate(after elapsed: Interval) -> Int64 {
    elapsed > .zero ? virtualTime.milliseconds / max(elapsed.milliseconds, 1) : 0
  }

  private var verdict: String {
    failures.isEmpty ? "every rule held" : "\(failures.count) of \(seeds) seeds broke a rule: "
      + ordered.prefix(20).map { "\($0.request.seed)" }.joined(separator: ", ") + (failures.count > 20 ? ", …" : "")
  }

  private var distributions: [(name: String, Distribution)] {
    [("virtual seconds", seconds), ("acknowledged writes", writes), ("kinds of fault", kinds)]
  }

  private static func lines(_ heading: String, _ missing: String, _ counts: [SimulatedRun.Count]) -> [String] {
    let met = counts.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
    let never = counts.filter { $0.count == 0 }.map(\.name)
    var lines: [String] = []
    if !met.isEmpty { lines.append("\(heading): \(met.joined(separator: ", "))") }
    if !never.isEmpty { lines.append("\(missing): \(never.joined(separator: ", "))") }
    return lines
  }

  // MARK: For programs

  func json(after elapsed: Interval) -> JSONValue {
    [
      "seeds": .integer(seeds), "counting_seeds": .integer(counting),
      "failures": .array(
        ordered.map { request, run in
          [
            "seed": .integer(request.seed), "rule": .string(run.rule ?? ""), "violation": .string(run.violation ?? ""),
            "replay": .string(request.replay), "fingerprint": .string(run.fingerprint.description),
          ]
        }),
      "events": .integer(events), "virtual_seconds": .integer(virtualTime.milliseconds / 1_000),
      "elapsed_ms": .integer(elapsed.milliseconds), "acknowledged_writes": .integer(writes.sum),
      "answered_reads": .integer(answeredReads), "unknown_outcomes": .integer(unknownOutcomes),
      "of_a_seed": .object(
        distributions.map { name, distribution in
          JSONMember(
            String(name.map { $0 == " " ? "_" : $0 }),
            [
              "least": .integer(distribution.least), "median": .integer(distribution.median),
              "most": .integer(distribution.most),
            ])
        }),
      "faults": Self.json(faults), "probes": Self.json(probes),
    ]
  }

  private static func json(_ counts: [SimulatedRun.Count]) -> JSONValue {
    .object(counts.map { JSONMember($0.name, .integer($0.count)) })
  }

  /// Whole numbers, of which the middle is asked for.
  private struct Distribution {
    private var values: [Int] = []
    private(set) var sum = 0

    mutating func add(_ value: Int) {
      values.append(value)
      sum += value
    }

    var least: Int { values.min() ?? 0 }
    var most: Int { values.max() ?? 0 }
    var median: Int { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
  }
}
