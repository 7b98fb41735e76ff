import Base
import Raft
import Replica
import Wire

/// Builds operations that fit together: each group's log as Raft would drive it.
struct LogScript {
  static let group1 = GroupID(1)
  static let group2 = GroupID(2)
  static let group3 = GroupID(3)
  static let groups = [group1, group2, group3]

  static let genesis: Genesis = {
    let places = [("cardiff", Nation.wales), ("glasgow", .scotland), ("leeds", .england)]
    let nodes = places.map { name, nation in
      ClusterMap.Node(
        name: name, nation: nation.description, supplier: "supplier-\(name)", client: "", peer: "", http: "")
    }
    return Genesis(
      cluster: Identifier(high: 1, low: 2), epoch: 1, createdAt: .zero, featureLevel: 1, nodes: nodes,
      groups: groups.map { Genesis.Group(keyspace: "k\($0.rawValue)", group: $0, configuration: configuration(3)) })
  }()

  /// The founders, of whom `voters` vote.
  static func configuration(_ voters: Int) -> Configuration {
    let places = [("cardiff", Nation.wales), ("glasgow", .scotland), ("leeds", .england)]
    return Configuration(
      members: places.enumerated().map { position, place in
        Member(
          replica: ReplicaID(UInt64(position + 1)), node: NodeID(place.0)!,
          store: Identifier(high: 7, low: UInt64(position + 1)), role: position < voters ? .voter : .learner,
          nation: place.1, supplier: "supplier-\(place.0)")
      })
  }

  /// The marks of each group's log from its beginning, by index: element 0 is index 1.
  private var marks: [[LogMark]] = groups.map { _ in [LogMark.genesis(of: genesis)] }
  private var first: [UInt64] = groups.map { _ in 1 }

  private func slot(_ group: GroupID) -> Int { Int(group.rawValue) - 1 }
  func last(_ group: GroupID) -> LogMark { marks[slot(group)][marks[slot(group)].count - 1] }

  static func payload(_ count: Int, _ seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// The next entry of a group.
  mutating func entry(_ group: GroupID, term: UInt64, bytes: Int, configuration: Configuration? = nil) -> Entry {
    let last = last(group)
    let entry = Entry(
      header: EntryHeader(
        epoch: 1, group: group, term: Term(term), index: last.index + 1,
        kind: configuration == nil ? .command : .configuration, logTime: last.logTime, wallTime: .zero,
        previousHash: last.hash),
      payload: configuration?.bytes ?? Self.payload(bytes, last.index.rawValue &* 31 &+ term))
    marks[slot(group)].append(entry.mark)
    return entry
  }

  mutating func append(_ group: GroupID, term: UInt64, count: Int, bytes: Int) -> GroupWrite {
    let entries = (0..<count).map { _ in entry(group, term: term, bytes: bytes) }
    return Self.write(group, entries: entries)
  }

  mutating func truncate(_ group: GroupID, from: LogIndex) {
    marks[slot(group)].removeLast(Int(last(group).index - from) + 1)
  }

  /// A snapshot at an index beyond the log.
  mutating func install(_ group: GroupID, at index: LogIndex, term: UInt64, file: String) -> LogOperation {
    let mark = LogMark(
      index: index, term: Term(term), hash: Digest(of: [UInt8(truncatingIfNeeded: index.rawValue)]),
      logTime: LogTime(nanoseconds: 5))
    marks[slot(group)] = [mark]
    let description = SnapshotDescription(
      mark: SnapshotMark(
        mark: mark, configuration: Self.configuration(2), configurationIndex: LogIndex(index.rawValue - 1)),
      base: 17, chainHead: .zero, setHash: .zero, featureLevel: 1, kind: .file, bytes: 1, fileDigest: .zero)
    return .install(group, description, stateFile: file)
  }

  /// A snapshot within the log takes the state's place.
  mutating func rebuild(_ group: GroupID, at index: LogIndex, file: String) -> LogOperation {
    let mark = marks[slot(group)].first { $0.index == index }!
    let description = SnapshotDescription(
      mark: SnapshotMark(mark: mark, configuration: Self.configuration(2), configurationIndex: .genesis), base: 19,
      chainHead: .zero, setHash: .zero, featureLevel: 1, kind: .file, bytes: 1, fileDigest: .zero)
    return .rebuild(group, description, stateFile: file)
  }

  static func write(
    _ group: GroupID, hardState: HardState? = nil, truncateFrom: LogIndex? = nil, entries: [Entry] = []
  ) -> GroupWrite {
    GroupWrite(
      group: group,
      persist: Persist(
        mark: WriteMark(1), hardState: hardState, truncateFrom: truncateFrom, entries: entries))
  }

  static func vote(_ group: GroupID, term: UInt64, for replica: UInt64?, suspended: Bool = false) -> GroupWrite {
    write(
      group,
      hardState: HardState(term: Term(term), votedFor: replica.map { ReplicaID($0) }, suspended: suspended))
  }

  static func peer(_ number: UInt64, bootCount: UInt64) -> PeerRecord {
    PeerRecord(
      store: Identifier(high: 9, low: number), bootCount: bootCount, nonce: Identifier(high: 3, low: bootCount),
      acknowledged: [GroupIndex(group: group1, index: LogIndex(bootCount))])
  }

  // MARK: the workload of the campaigns

  enum Step {
    case perform([LogOperation])
    case maintain
    case reopen
  }

  /// Genesis, votes, appends over three groups, truncation, cut, install, peers, checkpoints, a restart.
  static let workload: [Step] = {
    var script = LogScript()
    var steps: [Step] = [.perform([.genesis(genesis)])]
    steps.append(.perform([.write(groups.map { vote($0, term: 2, for: 1) })]))
    steps.append(.perform([.write(groups.map { script.append($0, term: 2, count: 3, bytes: 120) })]))
    steps.append(.perform([.peers([peer(1, bootCount: 4)])]))
    for round in 0..<6 {
      steps.append(.perform([.write([script.append(group1, term: 2, count: 1, bytes: 300)])]))
      steps.append(.perform([.write([script.append(group2, term: 2, count: 8, bytes: 700)])]))
      if round % 3 == 2 { steps.append(.maintain) }
    }
    // A new leader overwrites what an old one left, and a configuration goes with it.
    let change = script.entry(group2, term: 2, bytes: 0, configuration: configuration(2))
    steps.append(.perform([.write([write(group2, entries: [change])])]))
    let from = change.index - 2
    script.truncate(group2, from: from)
    let replaced = (0..<4).map { _ in script.entry(group2, term: 4, bytes: 64) }
    steps.append(
      .perform([
        .write([
          write(
            group2, hardState: HardState(term: Term(4), votedFor: ReplicaID(2), suspended: false), truncateFrom: from,
            entries: replaced)
        ])
      ]))
    let kept = script.entry(group1, term: 4, bytes: 0, configuration: configuration(1))
    steps.append(
      .perform([
        .write([write(group1, entries: [kept]), script.append(group1, term: 4, count: 2, bytes: 9_000)])
      ]))
    steps.append(.perform([.cut(group1, through: script.last(group1).index - 1)]))
    steps.append(.reopen)
    steps.append(.perform([.write([vote(group3, term: 5, for: 3), vote(group1, term: 6, for: nil)])]))
    steps.append(.perform([script.install(group3, at: LogIndex(40), term: 5, file: "state-k3-2.db")]))
    for _ in 0..<4 {
      steps.append(
        .perform([
          .write([
            script.append(group3, term: 5, count: 2, bytes: 200), script.append(group2, term: 4, count: 20, bytes: 90),
          ]), .cut(group2, through: script.last(group2).index - 15), .peers([peer(2, bootCount: 1)]),
        ]))
    }
    steps.append(.perform([script.rebuild(group2, at: script.last(group2).index - 6, file: "state-k2-3.db")]))
    steps.append(.maintain)
    steps.append(.perform([.write([vote(group2, term: 7, for: 2)])]))
    steps.append(.perform([.write([script.append(group1, term: 6, count: 1, bytes: 100)])]))
    steps.append(.perform([.write([vote(group1, term: 8, for: 1)])]))
    return steps
  }()
}
