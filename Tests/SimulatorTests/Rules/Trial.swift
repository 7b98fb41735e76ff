import Base
import Model
import Raft
import Replica
import Wire

@testable import Simulator

/// One rule before a small history of observations.
struct Trial<Judge: Rule> {
  private var rule: Judge
  let facts: Facts
  private var now = Moment(nanoseconds: 0)

  init(_ rule: Judge, _ cluster: SmallCluster = SmallCluster()) {
    self.rule = rule
    facts = Facts(cluster.genesis, nodes: cluster.nodes)
  }

  /// Lets time pass.
  mutating func wait(_ milliseconds: Int64) { now = now + .milliseconds(milliseconds) }

  /// What the rule says of the first of the observations that breaks it.
  mutating func see(_ observations: Observation...) -> String? {
    for observation in observations {
      if let broken = see(observation) { return broken }
    }
    return nil
  }

  private mutating func see(_ observation: Observation) -> String? {
    facts.now = now
    var broken = rule.observe(observation, facts)
    let committed = facts.note(observation)
    guard case .applying(_, let batch) = observation else { return broken }
    for entry in committed { broken = broken ?? see(.committed(group: batch.group, entry)) }
    return broken
  }
}

/// Three nodes, one group, and entries for its log.
struct SmallCluster {
  static let group = GroupID(1)
  static let keyspace = "england"
  let nodes: [NodeID]
  let genesis: Genesis

  init(nodes count: Int = 3) {
    nodes = (1...count).compactMap { NodeID("node-\($0)") }
    let members = (0..<count).map { position in Self.member(position) }
    genesis = Genesis(
      cluster: Identifier(high: 1, low: 2), epoch: 1, createdAt: .zero, featureLevel: Versions.featureLevel, nodes: [],
      groups: [
        Genesis.Group(keyspace: Self.keyspace, group: Self.group, configuration: Configuration(members: members))
      ])
  }

  static func member(_ position: Int) -> Member {
    guard let node = NodeID("node-\(position + 1)") else { preconditionFailure("a node's name") }
    return Member(
      replica: ReplicaID(UInt64(position + 1)), node: node, store: Identifier(high: 9, low: UInt64(position)),
      role: .voter, nation: .wales, supplier: "supplier")
  }

  /// Entries one after the other, from the founding on.
  func log(_ parts: Part...) -> [Entry] {
    var entries: [Entry] = []
    for part in parts { entries.append(entry(part, after: entries.last)) }
    return entries
  }

  func entry(_ part: Part, after last: Entry?) -> Entry {
    let before = last?.mark ?? .genesis(of: genesis)
    let header = EntryHeader(
      epoch: 1, group: Self.group, term: Term(part.term), index: before.index + 1, kind: part.kind,
      logTime: LogTime(nanoseconds: part.logTime * 1_000_000), wallTime: .zero, previousHash: before.hash)
    return Entry(header: header, payload: part.payload)
  }

  struct Part {
    var term: UInt64
    var kind = EntryKind.noop
    var payload: [UInt8] = []
    /// Milliseconds.
    var logTime: Int64 = 0

    static func noop(_ term: UInt64, at logTime: Int64 = 0) -> Part { Part(term: term, logTime: logTime) }
    static func command(_ term: UInt64, _ command: Command, at logTime: Int64 = 0) -> Part {
      Part(term: term, kind: .command, payload: command.bytes, logTime: logTime)
    }
    static func configuration(_ term: UInt64, _ configuration: Configuration) -> Part {
      Part(term: term, kind: .configuration, payload: configuration.bytes)
    }
  }

  func submitted(_ node: Int, _ entries: ArraySlice<Entry>) -> Observation {
    .submitted(node: node, group: Self.group, persist(entries))
  }

  func submitted(_ node: Int, _ entries: [Entry]) -> Observation { submitted(node, entries[...]) }

  func persisted(_ node: Int, _ entries: [Entry], truncateFrom: LogIndex? = nil) -> Observation {
    .persisted(node: node, group: Self.group, persist(entries[...], truncateFrom: truncateFrom))
  }

  func voted(_ node: Int, _ term: UInt64, _ vote: UInt64?) -> Observation {
    let hard = HardState(term: Term(term), votedFor: vote.map { ReplicaID($0) }, suspended: false)
    return .persisted(
      node: node, group: Self.group,
      Persist(mark: WriteMark(1), hardState: hard, truncateFrom: nil, entries: []))
  }

  private func persist(_ entries: ArraySlice<Entry>, truncateFrom: LogIndex? = nil) -> Persist {
    Persist(mark: WriteMark(1), hardState: nil, truncateFrom: truncateFrom, entries: Array(entries))
  }

  func applying(_ node: Int, _ entries: ArraySlice<Entry>) -> Observation {
    .applying(node: node, ApplyBatch(group: Self.group, entries: Array(entries), resultsFrom: nil))
  }

  func applying(_ node: Int, _ entries: [Entry]) -> Observation { applying(node, entries[...]) }

  func leads(_ node: Int, _ term: UInt64, commit: Entry?) -> Observation { inspected(node, .leader, term, commit) }
  func follows(_ node: Int, _ term: UInt64, commit: Entry?) -> Observation { inspected(node, .follower, term, commit) }

  private func inspected(_ node: Int, _ role: Role, _ term: UInt64, _ commit: Entry?) -> Observation {
    .inspected(
      node: node,
      ReplicaInspection(
        group: Self.group, role: role, term: Term(term), commit: commit?.index ?? .genesis, committed: commit?.mark,
        configurationIndex: .genesis))
  }

  /// - Parameter since: milliseconds.
  func elected(_ node: Int, _ term: UInt64, since: Int64 = 0, log: [Entry] = [], held: Entry? = nil) -> Observation {
    .elected(
      node: node, group: Self.group, term: Term(term), since: Moment(nanoseconds: since * 1_000_000),
      last: log.last?.index ?? .genesis, held: held?.mark)
  }

  func restarted(
    _ node: Int, term: UInt64 = 1, vote: UInt64? = nil, log: [Entry] = [], applied: LogIndex = .genesis
  ) -> Observation {
    .restarted(
      node: node,
      [
        Observation.Restarted(
          group: Self.group,
          hardState: HardState(term: Term(term), votedFor: vote.map { ReplicaID($0) }, suspended: false),
          last: log.last?.index ?? .genesis, mark: log.last?.mark, applied: applied)
      ])
  }
}
