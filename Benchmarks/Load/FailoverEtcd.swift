import Base
import Benchmarking
import Glibc
import Network
import Synchronization

/// Debian's etcd under puts by the Go program of `Benchmarks/Peers`.
final class EtcdSubject: FailoverSubject {
  let fileSystem: String
  private let options: RunOptions
  private let cluster: Mutex<EtcdCluster>
  private let words: [String]
  private let directory: String
  private let log: String
  private let driver = Mutex<Driver?>(nil)

  private static let patience = Interval.seconds(120)

  /// The program, and what it says but for its progress.
  private struct Driver {
    var pid: Int32
    var input: Int32
    var said: BlockingQueue<String>
    /// From its clock to ours.
    var shift = Interval.zero
  }

  init(_ options: RunOptions) async throws {
    self.options = options
    let root = try Run.dataRoot(options)
    fileSystem = root.fileSystem
    let log = "\(root.path)/etcd-driver.log"
    self.log = log
    let script = try Peers.script("etcd")
    let path = try await onItsOwnThread { try Children.all.output([script, "\(root.path)/peers"], log: log) }
    let cluster = try EtcdCluster.start(nodes: options.nodes, under: root.path)
    self.cluster = Mutex(cluster)
    directory = cluster.directory
    var words = [
      String(path.split(separator: "\n").last ?? ""), "-endpoints", cluster.endpoints, "-clients", "\(options.clients)",
      "-connections", "\(options.connectionCount(of: .etcd))", "-keys", "\(options.keys)",
      "-value-size", "\(options.valueSize)", "-seed", "\(options.seed)", "-warm-up", "0", "-seconds", "604800",
      "-samples", "\(cluster.directory)/samples",
    ]
    if options.history != nil { words.append("-history") }
    if let rate = options.rate { words += ["-rate", "\(rate)"] }
    self.words = words
  }

  func start() async throws {
    let (pid, pipes) = try Children.all.start(words, log: log, pipes: true)
    guard let pipes else { preconditionFailure("a driver without pipes") }
    let said = BlockingQueue<String>()
    _ = try WorkerThread(name: "etcd-driver") {
      var lines = LineReader(pipes.output)
      while let line = lines.next() {
        if !line.hasPrefix("progress") { said.put(line) }
      }
      said.close()
      close(pipes.output)
    }
    driver.withLock { $0 = Driver(pid: pid, input: pipes.input, said: said) }
    _ = try await hear("ready")
    try tell("go")
    _ = try await hear("window")
    try await findShift()
  }

  /// The quickest of a few questions says most about how its clock and ours stand.
  private func findShift() async throws {
    var best: (length: Interval, shift: Interval)?
    for _ in 0..<20 {
      let asked = Clock.now()
      let words = try await ask("status", for: "status")
      let length = Clock.now() - asked
      guard words.count == 4, let now = Int64(words[1]) else { throw Problem("etcd's driver speaks in riddles") }
      let shift = asked + length / 2 - Moment(nanoseconds: now)
      if best.map({ length < $0.length }) ?? true { best = (length, shift) }
    }
    driver.withLock { $0?.shift = best?.shift ?? .zero }
  }

  // MARK: Talking

  private func tell(_ line: String) throws {
    let bytes = Array("\(line)\n".utf8)
    let input = driver.withLock { $0?.input ?? -1 }
    guard write(input, bytes, bytes.count) == bytes.count else { throw Problem("etcd's driver does not listen") }
  }

  /// The next line that begins with one of these words.
  private func hear(_ words: String...) async throws -> [String] {
    guard let said = driver.withLock({ $0?.said }) else { preconditionFailure("a driver that was not started") }
    let log = log
    return try await onItsOwnThread {
      while let line = said.takeFirst() {
        let parts = line.split(separator: " ").map(String.init)
        if let first = parts.first, words.contains(first) { return parts }
      }
      let complaint = (System.text(log) ?? "").split(separator: "\n").suffix(5).joined(separator: "\n")
      throw Problem("etcd's driver has ended:\n\(complaint)")
    }
  }

  private func ask(_ question: String, for answer: String) async throws -> [String] {
    try tell(question)
    return try await hear(answer)
  }

  // MARK: What is done to it

  func settle() async throws -> String {
    let deadline = Clock.now() + Self.patience
    var before: String?
    while true {
      try tell("settled")
      let answer = try await hear("settled", "unsettled")
      if answer.count == 2, answer[0] == "settled" {
        if answer[1] == before { return answer[1] }
        before = answer[1]
      } else {
        before = nil
      }
      guard Clock.now() < deadline else { throw Problem("etcd does not settle: \(answer.joined(separator: " "))") }
      try await Task.sleep(nanoseconds: 500_000_000)
    }
  }

  func kill(_ node: String) async throws -> Moment { try cluster.withLock { try $0.kill(node) } }
  func restart(_ node: String) async throws { try cluster.withLock { try $0.restart(node) } }

  func transfer(from node: String) async throws -> String {
    throw Problem("leadership of etcd is not handed over here")
  }

  func progress() async throws -> LoadProgress {
    let words = try await ask("status", for: "status")
    guard words.count == 4, let newest = Int64(words[2]), let oldest = Int64(words[3]) else {
      throw Problem("etcd's driver speaks in riddles")
    }
    let shift = driver.withLock { $0?.shift ?? .zero }
    return LoadProgress(
      newestSuccess: Moment(nanoseconds: newest) + shift,
      oldestUnderWay: oldest < 0 ? nil : Moment(nanoseconds: oldest) + shift)
  }

  func takeSamples() -> [FailoverSample]? { nil }

  func finish(_ report: inout FailoverReport) async throws -> [FailoverSample] {
    try tell("stop")
    _ = try await hear("done")
    guard let text = System.text("\(directory)/samples") else { throw Problem("etcd's driver left no samples") }
    report.version = EtcdCluster.version(log: log)
    if let path = options.history {
      // Of the recorder nothing is wanted.
      let window = Recorder.Window(start: .zero, end: Moment(nanoseconds: 1_000_000_000))
      var left = try SampleFile(text, window: window)
      left.events.sort { ($0.start, $0.client) < ($1.start, $1.client) }
      try Run.writeHistory(left.events, to: path)
      report.check = HistoryCheck(left.events, final: left.final)
    }
    return try FailoverSample.requests(text, shift: driver.withLock { $0?.shift ?? .zero })
  }

  func stop() {
    if let driver = driver.withLock({ $0 }) {
      Children.all.stop(driver.pid)
      close(driver.input)
    }
    cluster.withLock { $0 }.stop()
  }
}
