import Base
import Benchmarking
import Glibc
import Network

/// Debian's etcd as a user would run it: members as processes on loopback, default settings, driven by the Go program
/// of `Benchmarks/Peers`.
struct EtcdCluster {
  private struct Member {
    var name: String
    var pid: Int32
    var client: String
    var words: [String]
    var log: String
  }
  private var members: [Member]
  let directory: String

  static func start(nodes count: Int, under root: String) throws -> EtcdCluster {
    let directory = "\(root)/etcd-\(getpid())-\(Clock.now().nanoseconds % 1_000_000_000)"
    try System.makeDirectory(directory)
    Children.all.beforeEnd(["rm", "-rf", "--", directory])
    let base = try Ports.free(count * 2)
    func url(_ port: Int) -> String { "http://127.0.0.1:\(port)" }
    let names = (1...count).map { "member-\($0)" }
    let initial = names.enumerated().map { "\($1)=\(url(base + 2 * $0 + 1))" }.joined(separator: ",")
    let members = try names.enumerated().map { position, name in
      let (client, peer) = (url(base + 2 * position), url(base + 2 * position + 1))
      let words = [
        "etcd", "--name", name, "--data-dir", "\(directory)/\(name)", "--listen-client-urls", client,
        "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
        "--initial-cluster", initial, "--initial-cluster-state", "new", "--initial-cluster-token", "bench",
        "--logger", "zap", "--log-level", "error",
      ]
      let log = "\(directory)/\(name).log"
      let (pid, _) = try Children.all.start(words, log: log)
      return Member(name: name, pid: pid, client: "127.0.0.1:\(base + 2 * position)", words: words, log: log)
    }
    return EtcdCluster(members: members, directory: directory)
  }

  var pids: [Int32] { members.map(\.pid) }
  var endpoints: String { members.map(\.client).joined(separator: ",") }
  var diskBytes: Int64 { members.reduce(0) { $0 + System.blocks(under: "\(directory)/\($1.name)") } }

  func stop() {
    for member in members { Glibc.kill(member.pid, SIGTERM) }
    for member in members { Children.all.wait(member.pid) }
    removeTree(directory)
  }

  /// Kills a member with -9 and says which.
  func kill(_ kind: KillKind, leader: String) throws -> String {
    let victim: Member?
    switch kind {
    case .leader: victim = members.first { $0.name == leader }
    case .node: victim = members.last { $0.name != leader }
    case .supplier, .nation: throw Problem("etcd knows no suppliers and nations: --kill leader or node")
    }
    guard let victim else { throw Problem("etcd's leader is not known, so nobody can be killed") }
    Glibc.kill(victim.pid, SIGKILL)
    return "\(kind == .leader ? "the leader, " : "")\(victim.name)"
  }

  /// Kills a member with -9; returns the moment before.
  func kill(_ name: String) throws -> Moment {
    guard let member = members.first(where: { $0.name == name }) else { throw Problem("there is no member '\(name)'") }
    let moment = Clock.now()
    Glibc.kill(member.pid, SIGKILL)
    return moment
  }

  /// Starts a member that was killed once more; what it has on disk tells it who it is.
  mutating func restart(_ name: String) throws {
    guard let position = members.firstIndex(where: { $0.name == name }) else {
      throw Problem("there is no member '\(name)'")
    }
    Children.all.wait(members[position].pid)
    members[position].pid = try Children.all.start(members[position].words, log: members[position].log).pid
  }

  static func version(log: String) -> String {
    guard let text = try? Children.all.output(["etcd", "--version"], log: log) else { return "" }
    return text.split(separator: "\n").first?.split(separator: " ").last.map(String.init) ?? ""
  }
}

/// Scripts that make peers ready; they stand beside the sources, above the directory of this program.
enum Peers {
  static func script(_ name: String, mode: Int32 = X_OK) throws -> String {
    var directory = try System.ownDirectory
    while !directory.isEmpty {
      let path = "\(directory)/Benchmarks/Peers/\(name)"
      if access(path, mode) == 0 { return path }
      directory = directory.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }
    throw Problem("Benchmarks/Peers/\(name) is not above this program: run it from the build directory of a clone")
  }
}

extension Run {
  static func etcd(_ options: RunOptions) async throws -> RunReport {
    guard let workload = Workload(options.workload) else { throw Problem("etcd cannot be given \(options.workload)") }
    let root = try dataRoot(options)
    let log = "\(root.path)/etcd-driver.log"
    let path = try Children.all.output([try Peers.script("etcd"), "\(root.path)/peers"], log: log)
    let cluster = try EtcdCluster.start(nodes: options.nodes, under: root.path)
    defer { cluster.stop() }
    let connections = options.connectionCount(of: .etcd)
    let samples = "\(cluster.directory)/samples"
    var words = [
      String(path.split(separator: "\n").last ?? ""), "-endpoints", cluster.endpoints, "-clients", "\(options.clients)",
      "-connections", "\(connections)", "-keys", "\(options.keys)", "-value-size", "\(options.valueSize)",
      "-seed", "\(options.seed)", "-mix", workload.mix.map { "\($0.kind.name)=\($0.percent)" }.joined(separator: ","),
      "-distribution", workload.distribution.rawValue, "-warm-up", "\(options.warmUp)",
      "-seconds", "\(options.seconds)", "-samples", samples,
    ]
    if workload.needsKeys { words.append("-fill") }
    if options.history != nil { words.append("-history") }
    if let rate = options.rate { words += ["-rate", "\(rate)"] }
    let (pid, pipes) = try Children.all.start(words, log: log, pipes: true)
    guard let pipes else { preconditionFailure("a driver without pipes") }
    let start = Moment(nanoseconds: Int64(options.warmUp) * 1_000_000_000)
    let window = Recorder.Window(start: start, end: start + .seconds(Int64(options.seconds)))
    var report = RunReport(options: options, connections: connections, recorder: Recorder(window))
    try follow(options, cluster, pid, pipes, into: &report)
    let code = Children.all.wait(pid)
    close(pipes.output)
    close(pipes.input)
    guard code == 0, let text = System.text(samples) else {
      let complaint = (System.text(log) ?? "").split(separator: "\n").suffix(5).joined(separator: "\n")
      throw Problem("etcd's driver ended with \(code):\n\(complaint)")
    }
    var left = try SampleFile(text, window: window)
    report.recorder = left.recorder
    report.machine.fileSystem = root.fileSystem
    unlink(samples)
    report.server.disk = cluster.diskBytes
    report.version = EtcdCluster.version(log: log)
    if let path = options.history {
      left.events.sort { ($0.start, $0.client) < ($1.start, $1.client) }
      try writeHistory(left.events, to: path)
      report.check = HistoryCheck(left.events, final: left.final)
    }
    return report
  }

  /// Reads the driver's lines: it tells where the window begins and ends.
  private static func follow(
    _ options: RunOptions, _ cluster: EtcdCluster, _ driver: Int32, _ pipes: Children.Pipes,
    into report: inout RunReport
  ) throws {
    func tell(_ line: String) {
      let bytes = Array("\(line)\n".utf8)
      _ = write(pipes.input, bytes, bytes.count)
    }
    var meter = Meter(servers: cluster.pids, drivers: [driver])
    var progress = Progress()
    var lines = LineReader(pipes.output)
    var begun = Moment.zero
    var second = 0
    var before = 0
    var isAsked = false
    while let line = lines.next() {
      let words = line.split(separator: " ")
      switch words.first {
      case "ready": tell("go")
      case "window":
        meter.begin()
        begun = Clock.now()
      case "progress":
        second += 1
        meter.look()
        let count = words.dropFirst().first.flatMap { Int($0) } ?? 0
        progress.show(
          "etcd, \(options.workload) \(second) of \(options.seconds) s: \(grouped(Double(count - before)))/s")
        before = count
        if options.kill != nil, !isAsked, second * 2 >= options.seconds {
          isAsked = true
          tell("leader")
        }
      case "leader":
        guard let kind = options.kill else { continue }
        report.killed = (
          try cluster.kill(kind, leader: words.dropFirst().first.map(String.init) ?? ""), Clock.now() - begun
        )
      case "end":
        meter.end(into: &report)
        progress.clear()
      default: break
      }
    }
  }
}
