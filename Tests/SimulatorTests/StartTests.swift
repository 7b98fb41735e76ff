import Base
import Model
import Raft
import Replica
import Storage
import Testing
import Wire

/// What a node can find on its disks when it starts.
@Suite struct StartTests {
  private static let group = GroupID(1)

  /// A node alone, whose log holds `entries` entries and whose state file holds nothing.
  private func store(entries count: Int) throws -> (store: MemoryNodeStore, genesis: Genesis) {
    let store = MemoryNodeStore()
    var random = SplitMix64(seed: 1)
    let record = store.open(random: &random)
    let node = try #require(NodeID("node-1"))
    let member = Member(
      replica: ReplicaID(1), node: node, store: record.store, role: .voter, nation: .wales, supplier: "supplier-1")
    let genesis = Genesis(
      cluster: random.identifier(), epoch: 1, createdAt: .zero, featureLevel: Versions.featureLevel,
      nodes: [
        ClusterMap.Node(name: node.name, nation: "wales", supplier: "supplier-1", client: "", peer: "", http: "")
      ],
      groups: [
        Genesis.Group(keyspace: "system", group: Self.group, configuration: Configuration(members: [member]))
      ])
    for group in genesis.groups {
      try store.createState(group.group, file: GroupRecord.foundingFile(group), genesis: genesis)
    }
    try store.log.perform([.genesis(genesis)])
    let founded = try #require(store.open(random: &random).groups.first)
    var last = founded.last
    var written: [Entry] = []
    for _ in 0..<count {
      let header = EntryHeader(
        epoch: genesis.epoch, group: Self.group, term: Term(2), index: last.index + 1, kind: .noop, logTime: .zero,
        wallTime: .zero, previousHash: last.hash)
      let entry = Entry(header: header, payload: [])
      written.append(entry)
      last = entry.mark
    }
    let persist = Persist(
      mark: WriteMark(1), hardState: HardState(term: Term(2), votedFor: ReplicaID(1), suspended: false), truncateFrom: nil,
      entries: written)
    try store.log.perform([.write([GroupWrite(group: Self.group, persist: persist)])])
    return (store, genesis)
  }

  private func start(_ store: MemoryNodeStore, _ genesis: Genesis, applied: UInt64? = nil) throws -> Replicas {
    var random = SplitMix64(seed: 2)
    var record = store.open(random: &random)
    var headers = try record.groups.map { try store.openState($0.group, file: $0.stateFile).header }
    if let applied { headers[0].applied = applied }
    try record.completeTails(for: headers, from: store.log)
    let configuration = ReplicaConfiguration(
      node: try #require(NodeID("node-1")), nation: .wales, supplier: "supplier-1", timing: Timing(),
      retainedEntries: 10_000, nodes: genesis.nodes)
    return Replicas(record, states: headers, configuration: configuration, seed: 3, at: Moment(nanoseconds: 1))
  }

  @Test("a node starts when its state file is further behind its log than memory keeps of the log")
  func laggingState() throws {
    let (store, genesis) = try store(entries: Limits.tailEntriesMax + 1_000)
    var replicas = try start(store, genesis)
    var effects: [ReplicaEffect] = []
    replicas.handle(.tick, at: Moment(nanoseconds: 1_000_000), into: &effects)
    replicas.endTurn(at: Moment(nanoseconds: 1_000_000), into: &effects)
    let status = try #require(replicas.groupStatus(at: Moment(nanoseconds: 1_000_000)).first)
    #expect(status.lastIndex == UInt64(Limits.tailEntriesMax) + 1_001)
    #expect(status.role != "quarantined")
  }

  @Test("a node whose state file is ahead of its log starts, and its replica takes no part")
  func lostLog() throws {
    let (store, genesis) = try store(entries: 10)
    let replicas = try start(store, genesis, applied: 500)
    #expect(replicas.groupStatus(at: Moment(nanoseconds: 1)).first?.role == "quarantined")
    #expect(!replicas.isReady(at: Moment(nanoseconds: 1)))
  }
}
