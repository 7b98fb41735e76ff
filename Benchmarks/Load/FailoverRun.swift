import Base
import Benchmarking
import Glibc
import Network

/// `quartet-bench failover`: one cluster under a steady load, whose leader is killed again and again.
struct FailoverRun {
  private let options: RunOptions
  private let subject: any FailoverSubject
  private var progress = Progress()
  private var marks: [FailoverMark] = []
  private var events: [FailoverEvent] = []
  private var samples: [FailoverSample] = []
  private var requests = 0

  private static let servicePatience = Interval.seconds(60)
  /// How long the load is looked at after service is back, so that a second standstill belongs to the event.
  private static let afterwards = Interval.seconds(1)

  static func measure(_ options: RunOptions) async throws -> FailoverReport {
    let subject: any FailoverSubject =
      switch options.target {
      case .quartet: try await QuartetSubject(options)
      case .etcd: try await EtcdSubject(options)
      case .postgres: throw UsageError("PostgreSQL has no failover of its own")
      }
    defer { subject.stop() }
    var run = FailoverRun(options: options, subject: subject)
    return try await run.measure()
  }

  private init(options: RunOptions, subject: any FailoverSubject) {
    self.options = options
    self.subject = subject
  }

  private mutating func measure() async throws -> FailoverReport {
    var report = FailoverReport(options: options)
    try await subject.start()
    var leader = try await subject.settle()
    let others = OthersMeter()
    for number in 0..<options.kills {
      _ = take()
      leader = try await killed(leader)
      show("kill", number + 1, options.kills)
    }
    for number in 0..<(options.target == .quartet ? options.transfers ?? 10 : 0) {
      _ = take()
      leader = try await handedOver(leader)
      show("transfer", number + 1, options.transfers ?? 10)
    }
    progress.clear()
    report.machine = others.end()
    report.machine.fileSystem = subject.fileSystem
    let rest = try await subject.finish(&report)
    requests += rest.count
    if events.isEmpty { events = marks.map { FailoverEvent($0, rest) } }
    report.events = events
    report.requests = requests
    return report
  }

  // MARK: Events

  /// Returns who leads once all is as it was.
  private mutating func killed(_ leader: String) async throws -> String {
    try await lookBefore(leader)
    let killed = try await subject.kill(leader)
    try await waitForService(since: killed)
    let back = Clock.now() + Self.afterwards
    try await Run.sleep(until: back)
    note(FailoverMark(kind: .kill, node: leader, start: killed, through: killed, end: back))
    let restarted = Clock.now()
    try await subject.restart(leader)
    let next = try await subject.settle()
    try await waitForService(since: Clock.now())
    let settled = Clock.now()
    note(FailoverMark(kind: .restart, node: leader, start: restarted, through: settled, end: settled))
    return next
  }

  private mutating func handedOver(_ leader: String) async throws -> String {
    try await lookBefore(leader)
    let asked = Clock.now()
    let target = try await subject.transfer(from: leader)
    let leads = Clock.now()
    try await waitForService(since: leads)
    let end = Clock.now() + Self.afterwards
    try await Run.sleep(until: end)
    note(FailoverMark(kind: .transfer, node: target, start: asked, through: end, end: end))
    return try await subject.settle()
  }

  /// As long as at the events: gaps and waits that are none of theirs.
  private mutating func lookBefore(_ leader: String) async throws {
    let start = Clock.now()
    let end = start + Self.afterwards
    try await Run.sleep(until: end)
    note(FailoverMark(kind: .quiet, node: leader, start: start, through: end, end: end))
  }

  /// Until a request that began since has succeeded, and everything that was under way then is answered.
  private func waitForService(since moment: Moment) async throws {
    let deadline = Clock.now() + Self.servicePatience
    while Clock.now() < deadline {
      let now = try await subject.progress()
      if now.newestSuccess > moment, now.oldestUnderWay.map({ $0 > moment }) ?? true { return }
      try await Task.sleep(nanoseconds: 10_000_000)
    }
    throw Problem("there was no service within \(Self.servicePatience.milliseconds / 1_000) s")
  }

  // MARK: Samples

  /// Moves on to the samples that came since; nil where they come at the end.
  private mutating func take() -> [FailoverSample]? {
    guard let new = subject.takeSamples() else { return nil }
    requests += new.count
    // The event before may have left its last success, which is where the next gap would begin.
    samples = samples.suffix(Self.kept(samples)) + new
    return samples
  }

  private static func kept(_ samples: [FailoverSample]) -> Int { min(samples.count, 10_000) }

  private mutating func note(_ mark: FailoverMark) {
    marks.append(mark)
    if let samples = take() { events.append(FailoverEvent(mark, samples)) }
  }

  private mutating func show(_ what: String, _ number: Int, _ count: Int) {
    let kind = what == "kill" ? FailoverMark.Kind.kill : .transfer
    guard let mark = marks.last(where: { $0.kind == kind }) else { return }
    let figures = events.last { $0.kind == kind }.map {
      ": gap \(duration($0.gap.nanoseconds)), longest wait \(duration($0.longestWait.nanoseconds))"
    }
    progress.show("\(what) \(number) of \(count), \(mark.node)\(figures ?? "")")
  }
}

/// What the rest of the machine does while this program and all that it started run.
struct OthersMeter {
  private let all = ProcessTree.allMicroseconds
  private let ours = OthersMeter.ownTree
  private let begun = Clock.now()

  private static var ownTree: Int64 { ProcessTree.uses(of: [getpid()])[getpid()]?.cpuMicroseconds ?? 0 }

  func end() -> MachineUse {
    var use = MachineUse()
    use.cores = Meter.cores
    let length = Double((Clock.now() - begun).nanoseconds) / 1e3
    use.others = max(0, Double(ProcessTree.allMicroseconds - all - Self.ownTree + ours) / length)
    return use
  }
}
