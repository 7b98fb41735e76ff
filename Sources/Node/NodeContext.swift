import Base
import Glibc
import Model
import Network
import Raft
import Replica
import SQLite
import Synchronization
import Topology
import Wire

/// What the threads of one node share, and what is fixed for a start.
struct NodeContext {
  var configuration: NodeConfiguration
  let log: NodeLog
  let started: Moment
  let gauge: DiskGauge
  let usage: UsageGauge
  let logQueue: BlockingQueue<LogThread.Request>
  let stateQueue: BlockingQueue<StateThread.Request>
  let readers: ReaderPool
  let seed: UInt64

  var processID: UInt32 { UInt32(getpid()) }
  var sqliteVersion: String { Library.versionText }
  var hasWALResetFix: Bool { Library.hasWALResetFix }

  func makeReplicas(_ record: NodeRecord, _ states: [any StateStore], at now: Moment) -> Replicas {
    makeReplicas(record, states.map(\.header), states.map(\.damage), at: now)
  }

  func makeReplicas(
    _ record: NodeRecord, _ headers: [StateHeader], _ damage: [StorageError?] = [], at now: Moment
  ) -> Replicas {
    let node = configuration.node
    let nodes = ([node] + configuration.peers).sorted { $0.id < $1.id }.map(\.mapNode)
    let timing = Timing(
      heartbeat: configuration.raft.heartbeat, electionMin: configuration.raft.electionMin,
      electionMax: configuration.raft.electionMax, drift: configuration.raft.maxDrift)
    let settings = ReplicaConfiguration(
      node: node.id, nation: node.nation, supplier: node.supplier.description, timing: timing,
      retainedEntries: UInt64(configuration.log.retentionEntries),
      lowSpaceBytes: UInt64(configuration.storage.lowSpaceBytes), scrubPause: configuration.storage.scrubPause,
      preferences: LeaderPreferences(
        byNation: configuration.raft.leadersByNation, system: configuration.raft.systemLeader,
        patience: configuration.raft.leaderPatience),
      nodes: nodes)
    return Replicas(
      record, states: headers, damage: damage, configuration: settings, seed: seed ^ record.bootCount, at: now)
  }
}

extension NodeDescription {
  var mapNode: ClusterMap.Node {
    ClusterMap.Node(
      name: id.name, nation: nation.description, supplier: supplier.description, client: clientAddress,
      peer: peerAddress, http: httpAddress)
  }
}

/// Memory and disk as last measured: measuring takes system calls that have no place on the reactor.
final class UsageGauge: Sendable {
  struct Usage: Sendable {
    var memory: UInt64 = 0
    /// nil until it was measured.
    var free: UInt64?
    var used: UInt64 = 0
  }
  private let usage = Mutex(Usage())

  func latest() -> Usage { usage.withLock { $0 } }
  func store(_ new: Usage) { usage.withLock { $0 = new } }

  /// Resident bytes of this process, as the kernel tells.
  static func residentBytes() -> UInt64 {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
    return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }
}
