import Base
import Benchmarking
import Glibc
import JSON
import Network
import QuartetClient
import Synchronization
import Wire

/// One run from start to report.
enum Run {
  static func measure(_ options: RunOptions) async throws -> RunReport {
    switch options.target {
    case .quartet: try await quartet(options)
    case .etcd: try await etcd(options)
    case .postgres: try await postgres(options)
    }
  }

  /// Where clusters keep their data; made, and looked at: it must be a disk.
  static func dataRoot(_ options: RunOptions) throws -> (path: String, fileSystem: String) {
    let path = options.data ?? ".quartet-bench"
    try System.makeDirectory(path)
    return (try System.absolute(path), try System.durableFileSystem(of: path))
  }

  private static func quartet(_ options: RunOptions) async throws -> RunReport {
    let cluster: QuartetCluster
    let fileSystem: String
    if let file = options.cluster {
      cluster = try QuartetCluster(file: file)
      fileSystem = try System.durableFileSystem(of: cluster.directory)
    } else {
      let root = try dataRoot(options)
      fileSystem = root.fileSystem
      cluster = try await QuartetCluster.start(nodes: options.nodes, under: root.path)
    }
    defer { cluster.stop() }
    let driver: any QuartetLoad
    if let workload = Workload(options.workload) {
      driver = try QuartetDriver(options, workload, cluster)
    } else {
      driver = try WinterDriver(options, addresses: cluster.addresses)
    }
    defer { driver.close() }
    try await cluster.waitUntilSettled(driver.clients[0], keyspaces: driver.keyspaceNames)
    let origin = Clock.now()
    var events = try await driver.fill(since: origin)
    let begun = Clock.now()
    let start = begun + .seconds(Int64(options.warmUp))
    let window = Recorder.Window(start: start, end: start + .seconds(Int64(options.seconds)))
    let shards = (0..<QuartetDriver.shardCount).map { _ in Shard(window) }
    let watch = Task.detached { try await watchWindow(options, cluster, driver, shards, window) }
    try await driver.run(shards, window, from: begun)
    var report = try await watch.value
    if let winter = driver as? WinterDriver { report.options.rate = winter.model.rate }
    for shard in shards {
      shard.state.withLock { state in
        report.recorder.add(state.recorder)
        // Times of the filling count from an earlier moment.
        events += state.events.map { $0.shifted(by: (begun - origin).nanoseconds) }
      }
    }
    report.machine.fileSystem = fileSystem
    report.server.disk = cluster.diskBytes
    if let node = try? await driver.clients[0].status(at: cluster.addresses[cluster.addresses.count - 1]) {
      report.version = node.version
    }
    if let path = options.history {
      events.sort { ($0.start, $0.client) < ($1.start, $1.client) }
      try writeHistory(events, to: path)
      report.check = HistoryCheck(events, final: try await driver.finalRows())
    }
    return report
  }

  /// Sits beside the load: reads the meters where the window begins and ends, tells how it goes, and kills.
  private static func watchWindow(
    _ options: RunOptions, _ cluster: QuartetCluster, _ driver: any QuartetLoad, _ shards: [Shard],
    _ window: Recorder.Window
  ) async throws -> RunReport {
    var report = RunReport(options: options, connections: driver.connections, recorder: Recorder(window))
    var meter = Meter(servers: cluster.pids)
    var progress = Progress()
    try await sleep(until: window.start)
    meter.begin()
    let middle = window.start + window.length / 2
    var before = 0
    var second = window.start
    while second < window.end {
      let next = min(second + .seconds(1), window.end)
      if let kind = options.kill, report.killed == nil, middle < next {
        try await sleep(until: middle)
        meter.look()
        let what = try await cluster.kill(kind, keyspace: driver.keyspaceNames[0], driver.clients[0])
        report.killed = (what, Clock.now() - window.start)
      }
      try await sleep(until: next)
      second = next
      meter.look()
      let successes = shards.reduce(0) { $0 + $1.state.withLock { $0.successes } }
      progress.show(
        "\(options.workload) \((second - window.start).milliseconds / 1_000) of \(options.seconds) s: "
          + "\(grouped(Double(successes - before)))/s")
      before = successes
    }
    meter.end(into: &report)
    progress.clear()
    return report
  }

  static func sleep(until moment: Moment) async throws {
    let left = moment - Clock.now()
    if left > .zero { try await Task.sleep(nanoseconds: UInt64(left.nanoseconds)) }
  }

  static func writeHistory(_ events: [HistoryEvent], to path: String) throws {
    guard let file = fopen(path, "we") else { throw Problem("cannot write \(path): errno \(errno)") }
    var isWritten = true
    for event in events {
      let line = event.json.serialized(.compact) + [0x0A]
      isWritten = isWritten && fwrite(line, 1, line.count, file) == line.count
    }
    guard fclose(file) == 0, isWritten else { throw Problem("cannot write \(path)") }
  }
}

extension HistoryEvent {
  func shifted(by nanoseconds: Int64) -> HistoryEvent {
    var event = self
    event.start += nanoseconds
    event.end += nanoseconds
    return event
  }
}
