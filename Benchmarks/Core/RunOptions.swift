/// A command line that cannot be carried out; the text says what to do.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

public enum TargetKind: String, Hashable, Sendable, CaseIterable {
  case quartet
  case etcd
  case postgres
}

/// How clients speak to Quartet.
public enum Transport: String, Hashable, Sendable, CaseIterable {
  /// Through the client library.
  case native
  /// etcd's v3 JSON shape, on keep-alive connections.
  case http
}

public enum KillKind: String, Hashable, Sendable, CaseIterable {
  case leader
  case node
  case supplier
  case nation
}

/// PostgreSQL's `synchronous_standby_names`.
public enum Standbys: String, Hashable, Sendable, CaseIterable {
  /// One of the two must have it.
  case any1 = "any-1"
  /// Both must.
  case first2 = "first-2"
}

/// What `run`, `versus` and `floor` are told.
public struct RunOptions: Hashable, Sendable {
  public var target = TargetKind.quartet
  public var transport = Transport.native
  public var nodes = 5
  public var workload = "put"
  public var clients = 64
  /// nil: as the target's users would choose for so many clients.
  public var connections: Int?
  public var keyspaces = 1
  public var seconds = 10
  public var warmUp = 2
  public var valueSize = 256
  public var keys = 10_000
  public var seed: UInt64 = 1
  /// Operations a second of an open loop; nil: closed loop.
  public var rate: Double?
  /// Of winter-weekend: how many times the peak hour's arrivals.
  public var scale = 1.0
  /// Of winter-weekend: the hour of the day whose arrivals there are.
  public var hour = 10
  /// Of winter-weekend: clients that replay paper meanwhile, as fast as they are answered.
  public var backlog = 0
  public var standbys = Standbys.first2
  public var rounds = 3
  /// Of failover: how often the leader is killed, and how often leadership is handed over; nil: as the target allows.
  public var kills = 30
  public var transfers: Int?
  public var cluster: String?
  public var data: String?
  public var history: String?
  public var report: String?
  public var kill: KillKind?
  public var isJSON = false
  /// Of micro: what parts may cost; nil: the file beside the sources.
  public var thresholds: String?
  /// Of micro: keep this run's figures as the thresholds.
  public var keepsThresholds = false
  /// Words that are no options.
  public var words: [String] = []

  public init() {}

  /// One row for each option: its name, what stands after it, what it means. Help and parser both read it.
  public static let table: [(name: String, value: String?, meaning: String)] = [
    ("--target", "quartet|etcd|postgres", "whom to measure (default quartet)"),
    (
      "--protocol", "native|http",
      "Quartet: the client library, or HTTP on connections spread over all nodes (default native)"
    ),
    ("--nodes", "3|5|7", "nodes of a cluster of its own (default 5; PostgreSQL always has a primary and two standbys)"),
    ("--workload", "NAME", (Workload.names + ["winter-weekend"]).joined(separator: ", ")),
    ("--clients", "N", "operations that may be under way at once (default 64)"),
    ("--connections", "N", "client connections (default: as many as suit the clients; the report says how many)"),
    (
      "--keyspaces", "1-4",
      "Quartet: how many nations' keyspaces the clients are spread over (default 1, as peers have)"
    ),
    ("--seconds", "N", "how long to measure (default 10)"),
    ("--warm-up", "N", "seconds before that, not measured (default 2)"),
    ("--value-size", "BYTES", "of each value (default 256)"),
    ("--keys", "N", "how many keys (default 10000)"),
    ("--seed", "N", "decides the operations of every client (default 1)"),
    ("--rate", "PER-SECOND", "open loop: so many a second, latency counted from when each was meant to begin"),
    ("--scale", "N", "winter-weekend: so many times its arrivals and desks (default 1)"),
    ("--hour", "0-23", "winter-weekend: the hour of the day (default 10, the peak)"),
    ("--backlog", "CLIENTS", "winter-weekend: so many clients replay paper encounters meanwhile (default 0)"),
    ("--standbys", "any-1|first-2", "PostgreSQL: which standbys must have a commit (default first-2)"),
    ("--rounds", "N", "versus: pairs of runs (default 3)"),
    ("--kills", "N", "failover: how often the leader is killed (default 30)"),
    ("--transfers", "N", "failover: how often leadership is handed over as planned (default 10; etcd 0)"),
    ("--cluster", "FILE", "measure the running Quartet of this cluster.json instead"),
    ("--data", "DIR", "where clusters of its own keep their data (default .quartet-bench, removed afterwards)"),
    ("--history", "FILE", "write one JSON line per operation, and check them at the end"),
    ("--report", "FILE", "write an HTML page with curves"),
    ("--kill", "leader|node|supplier|nation", "kill -9 that in the middle of the run"),
    ("--thresholds", "FILE", "micro: what the parts may cost (default Benchmarks/thresholds.json)"),
    ("--keep", nil, "micro: write this run's figures there"),
    ("--json", nil, "print JSON"),
  ]

  public init(_ words: [String]) throws(UsageError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-") else {
        self.words.append(word)
        continue
      }
      guard let row = Self.table.first(where: { $0.name == word }) else {
        throw UsageError("there is no option \(word); see quartet-bench --help")
      }
      guard row.value != nil else {
        if word == "--json" { isJSON = true } else { keepsThresholds = true }
        continue
      }
      guard let value = rest.popFirst() else { throw UsageError("\(word) needs \(row.value ?? "a value")") }
      try set(word, value)
    }
    try check()
  }

  private mutating func set(_ name: String, _ value: String) throws(UsageError) {
    switch name {
    case "--target": target = try choice(name, value)
    case "--protocol": transport = try choice(name, value)
    case "--standbys": standbys = try choice(name, value)
    case "--kill": kill = try choice(name, value) as KillKind
    case "--nodes": nodes = try number(name, value, in: 3...7)
    case "--workload": workload = value
    case "--clients": clients = try number(name, value, in: 1...100_000)
    case "--connections": connections = try number(name, value, in: 1...1_000)
    case "--keyspaces": keyspaces = try number(name, value, in: 1...4)
    case "--seconds": seconds = try number(name, value, in: 1...86_400)
    case "--warm-up": warmUp = try number(name, value, in: 0...3_600)
    case "--value-size": valueSize = try number(name, value, in: 16...1_000_000)
    case "--keys": keys = try number(name, value, in: 1...1_000_000_000)
    case "--hour": hour = try number(name, value, in: 0...23)
    case "--backlog": backlog = try number(name, value, in: 0...10_000)
    case "--kills": kills = try number(name, value, in: 0...10_000)
    case "--transfers": transfers = try number(name, value, in: 0...10_000)
    case "--rounds": rounds = try number(name, value, in: 1...100)
    case "--seed":
      guard let seed = UInt64(value) else { throw UsageError("--seed needs a whole number") }
      self.seed = seed
    case "--rate", "--scale":
      guard let number = Double(value), number.isFinite, number > 0 else {
        throw UsageError("\(name) needs a number above 0")
      }
      if name == "--rate" { rate = number } else { scale = number }
    case "--cluster": cluster = value
    case "--data": data = value
    case "--history": history = value
    case "--report": report = value
    case "--thresholds": thresholds = value
    default: preconditionFailure("option \(name) of the table is not set")
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ value: String
  ) throws(UsageError) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: value) else {
      throw UsageError("\(name) is one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  private func number(_ name: String, _ value: String, in range: ClosedRange<Int>) throws(UsageError) -> Int {
    guard let number = Int(value), range.contains(number) else {
      throw UsageError("\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// What `failover` takes: a load of puts on one keyspace of a cluster of its own.
  public func checkFailover() throws(UsageError) {
    guard words.isEmpty else { throw UsageError("'failover' takes options only, not '\(words[0])'") }
    guard target != .postgres else {
      throw UsageError("PostgreSQL has no failover of its own: 'failover' takes the targets quartet and etcd")
    }
    guard workload == "put", keyspaces == 1, transport == .native, kill == nil, cluster == nil, report == nil else {
      throw UsageError(
        "'failover' puts through the client library into one keyspace of a cluster of its own and kills by itself: "
          + "no --workload, --keyspaces, --protocol http, --kill, --cluster or --report")
    }
    if target == .etcd, transfers ?? 0 > 0 { throw UsageError("--transfers is Quartet's") }
    guard kills > 0 || transfers ?? 10 > 0 else { throw UsageError("without --kills and --transfers nothing happens") }
  }

  private func check() throws(UsageError) {
    guard [3, 5, 7].contains(nodes) else { throw UsageError("--nodes is 3, 5 or 7") }
    guard workload == "winter-weekend" || Workload(workload) != nil else {
      throw UsageError(
        "there is no workload '\(workload)'; there are \(Workload.names.joined(separator: ", ")), winter-weekend")
    }
    if workload == "winter-weekend", rate != nil {
      throw UsageError("winter-weekend has a rate of its own: --scale, --hour")
    }
    if cluster != nil, target != .quartet { throw UsageError("--cluster is a running Quartet's") }
    if workload == "winter-weekend", target != .quartet { throw UsageError("winter-weekend runs on Quartet alone") }
    if transport == .http {
      if workload == "winter-weekend" {
        throw UsageError("winter-weekend runs through the client library alone: no --protocol http")
      }
      if target != .quartet {
        throw UsageError("--protocol is Quartet's: \(target.rawValue) is driven by a protocol of its own")
      }
    }
    if target == .postgres, history != nil || kill != nil {
      throw UsageError(
        "PostgreSQL's driver (pgbench) records no history, and without a failover of its own a kill is an outage")
    }
  }

  /// The connections for so many clients when nobody says: etcd's own benchmark pairs 1,000 clients with 100; a Quartet
  /// client carries any number of calls on one, HTTP one on each; a node's gateway takes 1,024 at a time.
  public func connectionCount(of target: TargetKind) -> Int {
    if let connections { return min(connections, clients) }
    switch target {
    case .quartet: return transport == .http ? min(1_000, clients) : max(1, min(4, clients / 250))
    case .etcd: return max(1, min(100, clients / 10))
    case .postgres: return clients
    }
  }
}
