public import Base
public import JSON

/// What the servers of a run used, all nodes together.
public struct ServerUse: Hashable, Sendable {
  /// Within the window.
  public var cpuMicroseconds: Int64 = 0
  /// Bytes that the kernel was made to write to the disk within the window.
  public var written: Int64 = 0
  /// Resident at the end.
  public var memory: Int64 = 0
  public var largestNodeMemory: Int64 = 0
  /// Blocks of the data directories at the end.
  public var disk: Int64 = 0
  public init() {}
}

/// What else the machine did during the window.
public struct MachineUse: Hashable, Sendable {
  public var cores = 1
  /// Cores that processes used which are neither ours nor the measured servers'.
  public var others = 0.0
  public var fileSystem = ""
  public init() {}

  /// More than a twentieth of the machine for others makes figures that nobody can repeat.
  public var isQuiet: Bool { others <= Double(cores) * 0.05 }
}

/// The result of one run.
public struct RunReport: Sendable {
  public var options: RunOptions
  public var connections: Int
  public var recorder: Recorder
  public var server = ServerUse()
  public var clientCPUMicroseconds: Int64 = 0
  public var machine = MachineUse()
  /// What was killed, and when in the window.
  public var killed: (what: String, at: Interval)?
  public var check: HistoryCheck?
  /// Of the file that says more, such as versions.
  public var version = ""

  public init(options: RunOptions, connections: Int, recorder: Recorder) {
    self.options = options
    self.connections = connections
    self.recorder = recorder
  }

  /// What the clients spoke.
  private var protocolName: String {
    switch options.target {
    case .quartet: options.transport.rawValue
    case .etcd: "grpc"
    case .postgres: "postgres"
    }
  }

  private func perOperation(_ amount: Int64) -> Double {
    recorder.total == 0 ? 0 : Double(amount) / Double(recorder.total)
  }

  public var measures: Ratios.Measures {
    let all = recorder.allLatencies
    return Ratios.Measures(
      throughput: recorder.perSecond, p50: Double(all.percentile(50)) / 1e3, p99: Double(all.percentile(99)) / 1e3,
      serverCPUPerOperation: perOperation(server.cpuMicroseconds))
  }

  public var warnings: [String] {
    var list: [String] = []
    if !machine.isQuiet {
      list.append(
        "the machine was not quiet: other processes used \(fixed(machine.others, 2)) of \(machine.cores) cores; "
          + "these figures cannot be compared")
    }
    if options.rate != nil, recorder.lateness.percentile(99) > 2_000_000 {
      list.append(
        "the driver began operations late (p99 \(duration(recorder.lateness.percentile(99)))): "
          + "the rate is more than the clients and this machine can carry")
    }
    if recorder.total == 0 { list.append("no operation succeeded") }
    return list
  }

  // MARK: JSON

  private func figures(_ latency: Histogram, count: Int) -> [JSONMember] {
    func microseconds(_ percent: Double) -> JSONValue { .decimal(Double(latency.percentile(percent)) / 1e3, digits: 1) }
    return [
      JSONMember("count", .integer(count)),
      JSONMember("per_second", .decimal(Double(count) / recorder.window.length.seconds, digits: 1)),
      JSONMember("p50_us", microseconds(50)), JSONMember("p90_us", microseconds(90)),
      JSONMember("p99_us", microseconds(99)), JSONMember("p999_us", microseconds(99.9)),
      JSONMember("max_us", .decimal(Double(latency.max) / 1e3, digits: 1)),
      JSONMember("mean_us", .decimal(latency.mean / 1e3, digits: 1)),
    ]
  }

  private var operations: JSONValue {
    .object(
      OperationKind.allCases.compactMap { kind in
        guard recorder.latency[kind] != nil || recorder.failures[kind] != nil else { return nil }
        var members = figures(recorder.latency[kind] ?? Histogram(), count: recorder.completed[kind] ?? 0)
        let reasons = recorder.failures[kind] ?? [:]
        members.append(
          JSONMember("failures", .object(reasons.keys.sorted().map { JSONMember($0, .integer(reasons[$0] ?? 0)) })))
        return JSONMember(kind.name, .object(members))
      })
  }

  private static let percentiles: [Double] = [
    0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999,
  ]

  public var json: JSONValue {
    let all = recorder.allLatencies
    let gap = recorder.longestGap
    var members: [JSONMember] = [
      JSONMember("target", .string(options.target.rawValue)), JSONMember("version", .string(version)),
      JSONMember("protocol", .string(protocolName)),
      JSONMember("nodes", .integer(options.target == .postgres ? 3 : options.nodes)),
      JSONMember("workload", .string(options.workload)), JSONMember("clients", .integer(options.clients)),
      JSONMember("connections", .integer(connections)),
      JSONMember("keyspaces", .integer(options.target == .quartet ? options.keyspaces : 1)),
      JSONMember("loop", .string(options.rate == nil ? "closed" : "open")),
      JSONMember("rate", options.rate.map { .decimal($0) } ?? .null),
      JSONMember("seconds", .integer(options.seconds)), JSONMember("value_size", .integer(options.valueSize)),
      JSONMember("keys", .integer(options.keys)), JSONMember("seed", .integer(options.seed)),
      JSONMember("throughput", .decimal(recorder.perSecond, digits: 1)),
      JSONMember("all", .object(figures(all, count: recorder.total))), JSONMember("operations", operations),
      JSONMember("longest_gap_ms", .integer(gap.length.milliseconds)),
      JSONMember("longest_gap_at_ms", .integer(gap.start.milliseconds)),
      JSONMember("server", serverJSON),
      JSONMember("client_cpu_us_per_op", .decimal(perOperation(clientCPUMicroseconds), digits: 1)),
      JSONMember(
        "machine",
        [
          "cores": .integer(machine.cores), "others_cores": .decimal(machine.others), "quiet": .bool(machine.isQuiet),
          "file_system": .string(machine.fileSystem),
        ]),
    ]
    if options.target == .postgres { members.append(JSONMember("standbys", .string(options.standbys.rawValue))) }
    if options.workload == "winter-weekend" {
      let lines = WinterWeekend.passLines(recorder)
      members.append(JSONMember("scale", .decimal(options.scale)))
      members.append(
        JSONMember("pass_lines", .object(lines.map { JSONMember($0.line, .bool($0.passed)) })))
    }
    if let killed {
      members.append(
        JSONMember("kill", ["what": .string(killed.what), "at_ms": .integer(killed.at.milliseconds)]))
    }
    if let check { members.append(JSONMember("history", historyJSON(check))) }
    members.append(
      JSONMember(
        "percentiles",
        .array(Self.percentiles.map { [.decimal($0), .decimal(Double(all.percentile($0)) / 1e3, digits: 1)] })))
    members.append(JSONMember("over_time", .array(recorder.slices.enumerated().map(sliceJSON))))
    members.append(JSONMember("warnings", .array(warnings.map { .string($0) })))
    return .object(members)
  }

  private var serverJSON: JSONValue {
    [
      "cpu_us_per_op": .decimal(perOperation(server.cpuMicroseconds), digits: 1),
      "cpu_cores": .decimal(Double(server.cpuMicroseconds) / 1e6 / recorder.window.length.seconds),
      "written_bytes": .integer(server.written),
      "written_per_payload_byte": recorder.payload == 0
        ? .null : .decimal(Double(server.written) / Double(recorder.payload)),
      "memory_bytes": .integer(server.memory), "memory_bytes_largest_node": .integer(server.largestNodeMemory),
      "disk_bytes": .integer(server.disk),
    ]
  }

  private func historyJSON(_ check: HistoryCheck) -> JSONValue {
    [
      "operations": .integer(check.operations), "keys": .integer(check.keys), "unknown": .integer(check.unknown),
      "findings": .array(check.findings.map { .string($0.description) }),
    ]
  }

  private func sliceJSON(_ position: Int, _ slice: Recorder.Slice) -> JSONValue {
    let seconds = recorder.sliceLength.seconds
    return [
      "at_s": .decimal(Double(position) * seconds),
      "per_second": .decimal(Double(slice.successes) / seconds, digits: 1),
      "failures": .integer(slice.failures), "p50_us": .decimal(Double(slice.latency.percentile(50)) / 1e3, digits: 1),
      "p99_us": .decimal(Double(slice.latency.percentile(99)) / 1e3, digits: 1),
      "max_us": .decimal(Double(slice.latency.max) / 1e3, digits: 1),
    ]
  }

  // MARK: Text

  /// For people.
  public var lines: [String] {
    var lines = [
      "\(options.target.rawValue) \(version) over \(protocolName), \(options.target == .postgres ? 3 : options.nodes) nodes, "
        + "\(options.workload), \(options.clients) clients on \(connections) connections, "
        + (options.workload == "winter-weekend"
          ? "\(fixed(options.scale, 1)) × the hour from \(options.hour):00, \(options.keys) encounters open, "
          : "values of \(options.valueSize) B, \(options.keys) keys, ")
        + (options.rate.map { "open loop at \(grouped($0))/s" } ?? "closed loop") + ", \(options.seconds) s", "",
    ]
    var table = Columns(["operation", "count", "per second", "p50", "p90", "p99", "p99.9", "max", "failed"])
    func row(_ name: String, _ latency: Histogram, _ count: Int, _ failed: Int) {
      table.add(
        [name, grouped(Double(count)), grouped(Double(count) / recorder.window.length.seconds)]
          + [50, 90, 99, 99.9].map { duration(latency.percentile($0)) } + [duration(latency.max), "\(failed)"])
    }
    for kind in OperationKind.allCases {
      let failed = recorder.failures[kind]?.values.reduce(0, +) ?? 0
      guard recorder.latency[kind] != nil || failed > 0 else { continue }
      row(kind.name, recorder.latency[kind] ?? Histogram(), recorder.completed[kind] ?? 0, failed)
    }
    if recorder.latency.count > 1 {
      let failed = recorder.failures.values.reduce(0) { $0 + $1.values.reduce(0, +) }
      row("all", recorder.allLatencies, recorder.total, failed)
    }
    lines += table.lines + [""] + useLines
    for (kind, reasons) in recorder.failures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
        lines.append("\(kind.name) failed \(count) times: \(reason)")
      }
    }
    if let check {
      lines.append(
        "history: \(check.operations) operations on \(check.keys) keys, \(check.unknown) of unknown outcome: "
          + (check.findings.isEmpty
            ? "nothing lost, nothing twice, linearizable" : "\(check.findings.count) FINDINGS"))
      lines += check.findings.prefix(20).map { "  \($0)" }
    }
    if options.workload == "winter-weekend" {
      lines += WinterWeekend.passLines(recorder).map { "\($0.passed ? "pass" : "FAIL"): \($0.line)" }
    }
    return lines + warnings.map { "warning: \($0)" }
  }

  private var useLines: [String] {
    let gap = recorder.longestGap
    var lines = [
      "server CPU \(fixed(perOperation(server.cpuMicroseconds), 1)) µs per operation (all nodes), "
        + "client \(fixed(perOperation(clientCPUMicroseconds), 1)) µs",
      "longest gap without a success \(gap.length.milliseconds) ms, at \(fixed(gap.start.seconds, 1)) s",
      "written \(bytes(server.written))"
        + (recorder.payload == 0
          ? "" : ", \(fixed(Double(server.written) / Double(recorder.payload), 1)) per byte of payload")
        + "; memory \(bytes(server.memory)), largest node \(bytes(server.largestNodeMemory)); "
        + "disk \(bytes(server.disk)) (\(machine.fileSystem))",
    ]
    if let killed { lines.append("killed \(killed.what) at \(fixed(killed.at.seconds, 1)) s") }
    return lines
  }
}

/// Text in columns: the first to the left, the others to the right.
public struct Columns: Sendable {
  private var rows: [[String]]
  public init(_ headings: [String]) { rows = [headings] }

  public mutating func add(_ cells: [String]) {
    precondition(cells.count == rows[0].count, "\(cells.count) cells under \(rows[0].count) headings")
    rows.append(cells)
  }

  public var lines: [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { cells in
      cells.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + blanks : blanks + cell
      }.joined(separator: "  ")
    }
  }
}
