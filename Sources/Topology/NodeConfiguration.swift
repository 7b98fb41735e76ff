public import Base

/// Everything that one node is told at its start (`quartet node --config`).
public struct NodeConfiguration: Hashable, Sendable {
  /// Timers of consensus (design §12).
  public struct Raft: Hashable, Sendable {
    public var heartbeat: Interval
    public var electionMin: Interval
    public var electionMax: Interval
    /// By how much two nodes' clocks may come apart during one lease.
    public var maxDrift: Interval
    /// Leaders of keyspaces that are called like a nation are brought there.
    public var leadersByNation: Bool
    /// Where the leader of `system` is brought.
    public var systemLeader: Nation?
    public var leaderPatience: Interval
  }

  /// How much of the log is kept for followers that lag, beyond what must be.
  public struct Log: Hashable, Sendable {
    public var retentionBytes: Int
    public var retentionEntries: Int
  }

  public struct Storage: Hashable, Sendable {
    public var checkpointPages: Int
    public var walCapBytes: Int
    public var readerThreads: Int
    public var reserveBytes: Int
    public var lowSpaceBytes: Int
    public var powerLossVFS: Bool
    public var faultFile: String?
    public var scrubPause: Interval
  }

  /// What is refused, and when a connection is given up.
  public struct Service: Hashable, Sendable {
    public var maxConnections: Int
    public var httpHeaderBytesMax: Int
    public var httpBodyBytesMax: Int
    public var httpIdle: Interval
    public var httpRequestMax: Interval
  }

  public enum LogLevel: String, Hashable, Sendable, CaseIterable {
    case debug, info, warning, error
  }

  /// This node, with the addresses it listens at.
  public var node: NodeDescription
  public var dataDirectory: String
  /// The other nodes, with the addresses they are reached at.
  public var peers: [NodeDescription]
  public var raft: Raft
  public var log: Log
  public var storage: Storage
  public var service: Service
  public var logLevel: LogLevel

  /// Reads a settings file; the error lists all that is wrong with it.
  public init(parsing text: String) throws(SettingsError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// Reads a settings file; the error lists all that is wrong with it.
  public init(parsing bytes: [UInt8]) throws(SettingsError) {
    let settings = try Self.schema.check(SettingsDocument(parsing: bytes))
    self.init(settings)
    let problems = relationProblems(settings) + nodeProblems(settings)
    guard problems.isEmpty else { throw SettingsError(problems) }
  }

  private init(_ settings: CheckedSettings) {
    let own = settings[""]
    let listen = settings["listen"]
    node = NodeDescription(
      id: own.nodeName("name"), nation: own.nation("nation"), supplier: own.supplier("supplier"),
      labels: own.labels("labels"), clientAddress: listen.text("client"), peerAddress: listen.text("peer"),
      httpAddress: listen.text("http"))
    dataDirectory = own.text("data")
    peers = settings.all("node").map(NodeDescription.init).filter { [node] in $0.id != node.id }
    let raft = settings["raft"]
    self.raft = Raft(
      heartbeat: raft.duration("heartbeat"), electionMin: raft.duration("election-min"),
      electionMax: raft.duration("election-max"), maxDrift: raft.duration("max-drift"),
      leadersByNation: raft.text("leader-preference") == "nation",
      systemLeader: raft.optionalText("system-leader").flatMap { Nation($0) },
      leaderPatience: raft.duration("leader-patience"))
    let log = settings["log"]
    self.log = Log(retentionBytes: log.size("retention-bytes"), retentionEntries: log.integer("retention-entries"))
    let storage = settings["storage"]
    self.storage = Storage(
      checkpointPages: storage.integer("checkpoint-pages"), walCapBytes: storage.size("wal-cap"),
      readerThreads: storage.integer("reader-threads"), reserveBytes: storage.size("reserve"),
      lowSpaceBytes: storage.size("low-space"),
      powerLossVFS: storage.boolean("power-loss-vfs"), faultFile: storage.optionalText("fault-file"),
      scrubPause: storage.duration("scrub-pause"))
    let service = settings["service"]
    self.service = Service(
      maxConnections: service.integer("max-connections"), httpHeaderBytesMax: service.size("http-header-max"),
      httpBodyBytesMax: service.size("http-body-max"), httpIdle: service.duration("http-idle"),
      httpRequestMax: service.duration("http-request-max"))
    logLevel = LogLevel(rawValue: settings["diagnostics"].text("log-level")) ?? .info
  }

  /// Values that are right alone and wrong together.
  private func relationProblems(_ settings: CheckedSettings) -> [SettingsProblem] {
    var problems: [SettingsProblem] = []
    func require(_ holds: Bool, _ table: String, _ key: String, _ what: String, _ mend: String) {
      guard !holds else { return }
      problems.append(SettingsProblem(line: settings[table].line(of: key), .relation(what: what, mend: mend)))
    }
    func shown(_ interval: Interval) -> String { SettingsValue.duration(interval).description }
    let least = raft.heartbeat * 3
    require(
      raft.electionMin >= least, "raft", "election-min",
      "election-min is under three heartbeats, so two lost packets would start an election",
      "write at least \(shown(least))")
    let most = raft.electionMin * 3 / 2
    require(
      raft.electionMax >= most, "raft", "election-max",
      "election-max is under one and a half times election-min, so candidates would meet again and again",
      "write at least \(shown(most))")
    let drift = raft.electionMin / 4
    require(
      raft.maxDrift <= drift, "raft", "max-drift",
      "max-drift is over a quarter of election-min, so no lease would be left to read under",
      "write at most \(shown(drift))")
    let cap = 2 * storage.checkpointPages * Self.pageBytes
    require(
      storage.walCapBytes >= cap, "storage", "wal-cap", "wal-cap is under two checkpoints, so readers would be cut off",
      "write at least \(SettingsValue.size(Int64(cap)))")
    require(
      service.httpIdle <= service.httpRequestMax, "service", "http-idle",
      "http-idle is longer than a whole request may take", "write at most \(shown(service.httpRequestMax))")
    return problems
  }

  /// SQLite's page size, for the relation of checkpoints and WAL.
  private static let pageBytes = 4_096

  /// The list of nodes as a whole.
  private func nodeProblems(_ settings: CheckedSettings) -> [SettingsProblem] {
    let tables = settings.all("node")
    var problems: [SettingsProblem] = []
    for table in tables where table.nodeName("name") == node.id {
      let listed = NodeDescription(table)
      guard listed.nation != node.nation || listed.supplier != node.supplier || listed.labels != node.labels else {
        continue
      }
      problems.append(
        SettingsProblem(
          line: table.line,
          .relation(
            what: "this node's own [[node]] has another nation, supplier or labels than the top of the file",
            mend: "make the two alike, or take this one out")))
    }
    problems += ClusterDescription(nodes: tables.map(NodeDescription.init) + (isListed(tables) ? [] : [node])).problems
      .map { SettingsProblem(line: tables.first?.line ?? 0, .relation(what: $0, mend: "mend the [[node]] tables")) }
    return problems
  }

  private func isListed(_ tables: [CheckedSettings.Table]) -> Bool {
    tables.contains { $0.nodeName("name") == node.id }
  }
}

extension NodeDescription {
  /// A `[[node]]` of a node's configuration.
  init(_ table: CheckedSettings.Table) {
    self.init(
      id: table.nodeName("name"), nation: table.nation("nation"), supplier: table.supplier("supplier"),
      labels: table.labels("labels"), clientAddress: table.text("client"), peerAddress: table.text("peer"),
      httpAddress: table.text("http"))
  }
}
