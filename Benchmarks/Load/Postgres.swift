import Base
import Benchmarking
import Glibc
import Network

/// PostgreSQL 15 with two synchronous standbys, driven by its own pgbench with prepared statements.
struct PostgresCluster {
  let pids: [Int32]
  let port: Int
  let directory: String
  private let script: String

  static func start(_ options: RunOptions, under root: String) throws -> PostgresCluster {
    let directory = "\(root)/postgres-\(getpid())-\(Clock.now().nanoseconds % 1_000_000_000)"
    try System.makeDirectory(directory)
    let script = try Peers.script("postgres")
    let port = try Ports.free(3)
    Children.all.beforeEnd([script, "stop", directory])
    Children.all.beforeEnd(["rm", "-rf", "--", directory])
    let names = options.standbys == .any1 ? "ANY 1" : "FIRST 2"
    do {
      let said = try Children.all.output(
        [script, "start", directory, "\(port)", names, "\(options.clients)"], log: "\(root)/postgres.log")
      let pids = said.split(separator: "\n").compactMap { line in
        line.hasPrefix("pid ") ? Int32(line.dropFirst(4)) : nil
      }
      guard pids.count == 3 else { throw Problem("PostgreSQL did not tell of three servers") }
      return PostgresCluster(pids: pids, port: port, directory: directory, script: script)
    } catch {
      PostgresCluster(pids: [], port: port, directory: directory, script: script).stop()
      throw error
    }
  }

  func stop() {
    _ = try? Children.all.output([script, "stop", directory], log: "/dev/null")
    removeTree(directory)
  }

  var diskBytes: Int64 {
    ["primary", "standby1", "standby2"].reduce(0) { $0 + System.blocks(under: "\(directory)/\($1)") }
  }

  func words(_ command: [String]) -> [String] { [script, "as-owner"] + command }

  /// Waits for the standbys too, so that nothing of the filling is left to do when the run begins.
  func fill(_ options: RunOptions) throws {
    let value = Self.value(options.valueSize)
    let statement = """
      insert into kv select number, 1, '\(value)' from generate_series(1, \(options.keys)) number;
      create sequence inserted start \(options.keys + 1);
      checkpoint;
      """
    _ = try Children.all.output(
      words(["psql", "-q", "-h", "127.0.0.1", "-p", "\(port)", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c"])
        + [statement], log: "\(directory)/fill.log")
  }

  /// pgbench's variables are texts; one that does not repeat, so that no compression helps.
  static func value(_ size: Int) -> String {
    var random = SplitMix64(seed: 1)
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".utf8)
    return String(decoding: (0..<size).map { _ in letters[random.below(letters.count)] }, as: UTF8.self)
  }

  /// What pgbench executes for one operation of a kind.
  static func statements(_ kind: OperationKind, _ workload: Workload, keys: Int) -> String {
    let key =
      switch workload.distribution {
      case .uniform: "random(1, \(keys))"
      case .zipfian: "1 + permute(random_zipfian(1, \(keys), 1.001) - 1, \(keys))"
      case .latest: "\(keys) + 1 - random_zipfian(1, \(keys), 1.001)"
      }
    let choose = "\\set key \(key)\n"
    let get = "select value, version from kv where key = :key;\n"
    let upsert = """
      insert into kv (key, value) values (:key, :value) \
      on conflict (key) do update set value = excluded.value, version = kv.version + 1
      """
    switch kind {
    case .get, .getStale: return choose + get
    case .range: return choose + "select key, value from kv where key >= :key order by key limit 100;\n"
    case .transaction:
      return choose + "\\set other random(1, \(keys))\n"
        + "with seen as (select value from kv where key = :other), done as (\(upsert) returning version) "
        + "select (select value from seen), (select version from done);\n"
    case .swap:
      return choose + "select version from kv where key = :key \\gset\n"
        + "update kv set value = :value, version = version + 1 where key = :key and version = :version;\n"
    case .readModifyWrite: return choose + get + upsert + ";\n"
    case .insert: return "insert into kv (key, value) values (nextval('inserted'), :value);\n"
    default: return choose + upsert + ";\n"
    }
  }
}

extension Run {
  static func postgres(_ options: RunOptions) async throws -> RunReport {
    guard let workload = Workload(options.workload) else {
      throw Problem("PostgreSQL cannot be given \(options.workload)")
    }
    // pgbench tells when it began by its first line of progress, a second later.
    var options = options
    options.warmUp = max(1, options.warmUp)
    let root = try dataRoot(options)
    let cluster = try PostgresCluster.start(options, under: root.path)
    defer { cluster.stop() }
    if workload.needsKeys { try cluster.fill(options) }
    // Reads that may be stale go to a standby.
    let port = options.workload == "get-stale" ? cluster.port + 1 : cluster.port
    let kinds = workload.mix.map(\.kind)
    var words = [
      "pgbench", "-n", "-h", "127.0.0.1", "-p", "\(port)", "-M", "prepared", "-c", "\(options.clients)",
      "-j", "\(min(options.clients, Meter.cores))", "-T", "\(options.warmUp + options.seconds + 1)", "-P", "1",
      "-l", "--log-prefix=\(cluster.directory)/transactions", "-D", "value=\(PostgresCluster.value(options.valueSize))",
      "--random-seed=\(options.seed)",
    ]
    for share in workload.mix {
      let path = "\(cluster.directory)/\(share.kind.name).sql"
      try System.write(PostgresCluster.statements(share.kind, workload, keys: options.keys), to: path)
      words += ["-f", "\(path)@\(share.percent)"]
    }
    if let rate = options.rate { words += ["--rate=\(rate)"] }
    let log = "\(cluster.directory)/pgbench.log"
    let (pid, pipes) = try Children.all.start(
      cluster.words(["sh", "-c", "exec \"$@\" 2>&1", "sh"] + words + ["postgres"]), log: log, pipes: true)
    guard let pipes else { preconditionFailure("a driver without pipes") }
    close(pipes.input)
    let nothing = Recorder.Window(start: .zero, end: Moment(nanoseconds: 1))
    var report = RunReport(options: options, connections: options.clients, recorder: Recorder(nothing))
    let (window, said) = try follow(options, cluster, pid, pipes, into: &report)
    let code = Children.all.wait(pid)
    close(pipes.output)
    guard code == 0, let window else {
      throw Problem("pgbench ended with \(code):\n\(said.suffix(5).joined(separator: "\n"))")
    }
    report.recorder = Recorder(window)
    for name in System.names(in: cluster.directory) where name.hasPrefix("transactions") {
      let text = System.text("\(cluster.directory)/\(name)") ?? ""
      report.recorder.add(
        try PgbenchLog(text, window: window, kinds: kinds, payload: options.valueSize).recorder)
    }
    report.machine.fileSystem = root.fileSystem
    report.server.disk = cluster.diskBytes
    report.version = said.compactMap(version).first ?? ""
    return report
  }

  private static func version(_ line: String) -> String? {
    guard line.hasPrefix("pgbench ("), let close = line.firstIndex(of: ")") else { return nil }
    return line[line.index(line.startIndex, offsetBy: 9)..<close].split(separator: " ").first.map(String.init)
  }

  /// Reads pgbench's lines of progress, one a second; the window is told in wall time, as its log is.
  private static func follow(
    _ options: RunOptions, _ cluster: PostgresCluster, _ driver: Int32, _ pipes: Children.Pipes,
    into report: inout RunReport
  ) throws -> (Recorder.Window?, [String]) {
    var meter = Meter(servers: cluster.pids, drivers: [driver])
    var progress = Progress()
    var lines = LineReader(pipes.output)
    var window: Recorder.Window?
    var second = 0
    var said: [String] = []
    while let line = lines.next() {
      guard line.hasPrefix("progress: ") else {
        said.append(line)
        continue
      }
      second += 1
      meter.look()
      if second == options.warmUp {
        meter.begin()
        let start = Moment(nanoseconds: Clock.wall().milliseconds * 1_000_000)
        window = Recorder.Window(start: start, end: start + .seconds(Int64(options.seconds)))
      }
      if second == options.warmUp + options.seconds { meter.end(into: &report) }
      let words = line.split(separator: " ")
      progress.show(
        "postgres, \(options.workload) \(max(0, second - options.warmUp)) of \(options.seconds) s: "
          + "\(words.count > 3 ? words[3] : "?")/s")
    }
    progress.clear()
    return (window, said)
  }
}
