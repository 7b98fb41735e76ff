public import Base
public import JSON

/// The result of `failover`.
public struct FailoverReport: Sendable {
  public var options: RunOptions
  public var events: [FailoverEvent] = []
  public var requests = 0
  public var machine = MachineUse()
  public var version = ""
  public var check: HistoryCheck?

  public init(options: RunOptions) { self.options = options }

  /// Something that this store promises of its failovers.
  public struct Goal: Hashable, Sendable {
    public var name: String
    public var limit: Interval
    public var measured: Interval
    public var holds: Bool { measured <= limit }
  }

  /// Of what there was at least one of.
  public var goals: [Goal] {
    var goals: [Goal] = []
    func add(_ name: String, _ kind: FailoverMark.Kind, _ limit: Int64, _ member: (FailoverEvent) -> Interval) {
      guard let times = times(kind, member) else { return }
      goals.append(Goal(name: name, limit: .milliseconds(limit), measured: times.max))
    }
    add("longest gap of a kill", .kill, 800, \.gap)
    add("longest wait of a request under way at a kill", .kill, 1_000, \.longestWait)
    add("longest gap of a planned transfer", .transfer, 50, \.gap)
    return goals
  }

  public var holds: Bool { goals.allSatisfy(\.holds) && check?.findings.isEmpty ?? true }

  private func of(_ kind: FailoverMark.Kind) -> [FailoverEvent] { events.filter { $0.kind == kind } }

  private func times(_ kind: FailoverMark.Kind, _ member: (FailoverEvent) -> Interval) -> FewTimes? {
    FewTimes(of(kind).map(member))
  }

  public var warnings: [String] {
    var list: [String] = []
    if !machine.isQuiet {
      list.append(
        "the machine was not quiet: other processes used \(fixed(machine.others, 2)) of \(machine.cores) cores; "
          + "these figures say little")
    }
    return list
  }

  // MARK: JSON

  private static func milliseconds(_ length: Interval) -> JSONValue {
    .decimal(Double(length.nanoseconds) / 1e6, digits: 1)
  }

  private static func json(_ times: FewTimes?) -> JSONValue {
    guard let times else { return .null }
    return [
      "min": milliseconds(times.min), "median": milliseconds(times.median), "p90": milliseconds(times.p90),
      "max": milliseconds(times.max),
    ]
  }

  public var json: JSONValue {
    var members: [JSONMember] = [
      JSONMember("target", .string(options.target.rawValue)), JSONMember("version", .string(version)),
      JSONMember("nodes", .integer(options.nodes)), JSONMember("clients", .integer(options.clients)),
      JSONMember("loop", .string(options.rate == nil ? "closed" : "open")),
      JSONMember("rate", options.rate.map { .decimal($0) } ?? .null),
      JSONMember("value_size", .integer(options.valueSize)), JSONMember("requests", .integer(requests)),
    ]
    for kind in FailoverMark.Kind.allCases {
      let events = of(kind)
      members.append(
        JSONMember(
          kind == .quiet ? "quiet" : "\(kind.rawValue)s",
          [
            "count": .integer(events.count), "gap_ms": Self.json(times(kind, \.gap)),
            "longest_wait_ms": Self.json(times(kind, \.longestWait)),
            "under_way": .integer(events.reduce(0) { $0 + $1.underWay }),
            "failed": .integer(events.reduce(0) { $0 + $1.failed }),
          ]))
    }
    members.append(
      JSONMember(
        "goals",
        .array(
          goals.map {
            [
              "goal": .string($0.name), "limit_ms": Self.milliseconds($0.limit),
              "measured_ms": Self.milliseconds($0.measured), "holds": .bool($0.holds),
            ]
          })))
    if let check {
      members.append(
        JSONMember(
          "history",
          [
            "operations": .integer(check.operations), "unknown": .integer(check.unknown),
            "findings": .array(check.findings.map { .string($0.description) }),
          ]))
    }
    members.append(
      JSONMember(
        "machine",
        [
          "cores": .integer(machine.cores), "others_cores": .decimal(machine.others), "quiet": .bool(machine.isQuiet),
          "file_system": .string(machine.fileSystem),
        ]))
    members.append(JSONMember("events", .array(events.map(Self.json))))
    members.append(JSONMember("warnings", .array(warnings.map { .string($0) })))
    return .object(members)
  }

  private static func json(_ event: FailoverEvent) -> JSONValue {
    [
      "kind": .string(event.kind.rawValue), "node": .string(event.node), "gap_ms": milliseconds(event.gap),
      "longest_wait_ms": milliseconds(event.longestWait), "under_way": .integer(event.underWay),
      "failed": .integer(event.failed),
    ]
  }

  // MARK: Text

  private static func name(_ kind: FailoverMark.Kind) -> String {
    switch kind {
    case .quiet: "nothing happened"
    case .kill: "leader killed with -9"
    case .restart: "it came back"
    case .transfer: "planned transfer"
    }
  }

  /// For people.
  public var lines: [String] {
    var lines = [
      "\(options.target.rawValue) \(version), \(options.nodes) nodes, puts of \(options.valueSize) B, "
        + "\(options.clients) clients, "
        + (options.rate.map { "open loop at \(grouped($0))/s" } ?? "closed loop")
        + ", \(grouped(Double(requests))) requests in all", "",
    ]
    var table = Columns(["", "count", "", "min", "median", "p90", "max", "under way", "failed"])
    for kind in FailoverMark.Kind.allCases {
      let events = of(kind)
      guard let gaps = times(kind, \.gap), let waits = times(kind, \.longestWait) else { continue }
      func cells(_ times: FewTimes) -> [String] {
        [times.min, times.median, times.p90, times.max].map { duration($0.nanoseconds) }
      }
      table.add([Self.name(kind), "\(events.count)", "longest gap"] + cells(gaps) + ["", ""])
      table.add(
        ["", "", "longest wait"] + cells(waits)
          + [events.reduce(0) { $0 + $1.underWay }, events.reduce(0) { $0 + $1.failed }].map { "\($0)" })
    }
    lines += table.lines + [""]
    // They are this store's own; a peer promises nothing of the kind.
    if options.target == .quartet {
      lines += goals.map {
        "\($0.holds ? "holds" : "FAILS"): \($0.name) \(duration($0.measured.nanoseconds)), "
          + "at most \(duration($0.limit.nanoseconds))"
      }
    }
    if let check {
      lines.append(
        "history: \(check.operations) operations, \(check.unknown) of unknown outcome: "
          + (check.findings.isEmpty ? "nothing lost, nothing twice" : "\(check.findings.count) FINDINGS"))
      lines += check.findings.prefix(20).map { "  \($0)" }
    }
    return lines + warnings.map { "warning: \($0)" }
  }
}
