public import JSON

/// Two reports of runs beside one another: what changed, and whether they may be compared at all.
public struct Comparison: Sendable {
  public struct Row: Hashable, Sendable {
    public var name: String
    public var before: Double
    public var after: Double
    /// Whether more of it is better.
    public var isBetterHigh: Bool
    public var ratio: Double? { before > 0 ? after / before : nil }
  }

  public private(set) var rows: [Row] = []
  /// Settings in which the runs differ.
  public private(set) var differences: [String] = []
  public private(set) var warnings: [String] = []

  /// What must be equal for a comparison to mean something.
  private static let settings = [
    "target", "protocol", "nodes", "workload", "clients", "connections", "keyspaces", "loop", "rate", "seconds", "value_size",
    "keys",
  ]

  /// Reports as `run --json` prints them; of `versus --json` our side is taken.
  public init(_ before: JSONValue, _ after: JSONValue) throws(UsageError) {
    let first = try Self.reports(before)
    let second = try Self.reports(after)
    for name in Self.settings {
      let (left, right) = (Self.setting(name, first[0]), Self.setting(name, second[0]))
      if left != right { differences.append("\(name): \(left.text()) and \(right.text())") }
    }
    if (first + second).contains(where: { $0["machine"]?["quiet"]?.bool != true }) {
      warnings.append("the machine was not quiet in at least one of the runs")
    }
    func add(_ name: String, high: Bool, _ path: [String]) {
      func median(_ reports: [JSONValue]) -> Double? {
        Spread(reports.compactMap { path.reduce($0) { $0?[$1] } as JSONValue? }.compactMap(\.double))?.median
      }
      guard let left = median(first), let right = median(second) else { return }
      rows.append(Row(name: name, before: left, after: right, isBetterHigh: high))
    }
    add("operations a second", high: true, ["throughput"])
    for (name, member) in [
      ("p50, µs", "p50_us"), ("p90, µs", "p90_us"), ("p99, µs", "p99_us"), ("p99.9, µs", "p999_us"),
      ("longest, µs", "max_us"),
    ] { add(name, high: false, ["all", member]) }
    add("longest gap, ms", high: false, ["longest_gap_ms"])
    add("server CPU per operation, µs", high: false, ["server", "cpu_us_per_op"])
    add("written per byte of payload", high: false, ["server", "written_per_payload_byte"])
    add("memory of all nodes, bytes", high: false, ["server", "memory_bytes"])
    add("disk, bytes", high: false, ["server", "disk_bytes"])
  }

  /// Reports of Quartet from before there was a choice of protocols do not name theirs.
  private static func setting(_ name: String, _ report: JSONValue) -> JSONValue {
    if let value = report[name] { return value }
    return name == "protocol" && report["target"]?.string == "quartet" ? .string(Transport.native.rawValue) : .null
  }

  private static func reports(_ value: JSONValue) throws(UsageError) -> [JSONValue] {
    if value["throughput"] != nil, value["all"] != nil { return [value] }
    if let runs = value["ours"]?["runs"]?.array, !runs.isEmpty { return runs }
    throw UsageError("a file is no report: 'quartet-bench run --json' and 'versus --json' print them")
  }

  public var json: JSONValue {
    [
      "differences": .array(differences.map { .string($0) }), "warnings": .array(warnings.map { .string($0) }),
      "measures": .object(
        rows.map { row in
          JSONMember(
            row.name,
            [
              "before": .decimal(row.before), "after": .decimal(row.after),
              "ratio": row.ratio.map { .decimal($0) } ?? .null, "better_high": .bool(row.isBetterHigh),
            ])
        }),
    ]
  }

  public var lines: [String] {
    var table = Columns(["after / before", "before", "after", "ratio", ""])
    for row in rows {
      let ratio = row.ratio
      let verdict: String
      switch ratio {
      // Noise between two single runs is a tenth at least.
      case let ratio? where abs(ratio - 1) < 0.1: verdict = ""
      case let ratio?: verdict = (ratio > 1) == row.isBetterHigh ? "better" : "worse"
      case nil: verdict = ""
      }
      func text(_ value: Double) -> String { value < 1_000 ? fixed(value, 1) : grouped(value) }
      table.add([row.name, text(row.before), text(row.after), ratio.map { "\(fixed($0, 2)) ×" } ?? "-", verdict])
    }
    return table.lines + differences.map { "warning: the runs differ in \($0)" } + warnings.map { "warning: \($0)" }
  }
}
