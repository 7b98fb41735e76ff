import Base
import Model
import Raft
import Storage
import Testing
import Wire

@testable import Replica

/// One node's replicas with a store in memory, fed by hand: replica 1 of three of one group. What it sends to peers is
/// kept to be looked at; its disks are carried out at once, or when the test says so.
final class Bench {
  static let group = GroupID(2)
  static let nodes = [NodeID("england-1")!, NodeID("scotland-1")!, NodeID("wales-1")!]

  let store = MemoryNodeStore()
  let genesis: Genesis
  private(set) var worker: StateWorker
  var replicas: Replicas
  private(set) var now = Moment(nanoseconds: 1_000_000_000)
  /// Finished operations of the log are told at once.
  var tellsLog = true
  private var logDone: [UInt64] = []

  private(set) var frames: [(node: NodeID, frame: PeerFrame)] = []
  private(set) var replies: [ClientReply] = []
  private(set) var logged: [LogOperation] = []
  private(set) var notes: [ReplicaNote] = []
  /// Reads are answered at once; else they are never.
  var readsAtOnce = false

  static func member(_ number: UInt64, _ store: Identifier) -> Member {
    Member(
      replica: ReplicaID(number), node: nodes[Int(number) - 1], store: store, role: .voter, nation: .wales,
      supplier: "S\(number)")
  }

  static func storeID(_ number: UInt64) -> Identifier { Identifier(high: 100 + number, low: 0) }

  let lowSpaceBytes: UInt64

  private let followerRest: Interval

  /// - Parameter followerRest: unless a test is about it, entries are applied at once.
  init(lowSpaceBytes: UInt64 = 0, followerRest: Interval = .zero) throws {
    self.lowSpaceBytes = lowSpaceBytes
    self.followerRest = followerRest
    var random = SplitMix64(seed: 7)
    let empty = store.open(random: &random)
    genesis = Genesis(
      cluster: Identifier(high: 1, low: 1), epoch: 1, createdAt: .zero, featureLevel: Versions.featureLevel,
      nodes: Self.nodes.indices.map { place in
        ClusterMap.Node(
          name: Self.nodes[place].name, nation: Nation.wales.description, supplier: "S\(place + 1)", client: "",
          peer: "", http: "")
      },
      groups: [
        Genesis.Group(
          keyspace: "england", group: Self.group,
          configuration: Configuration(members: [
            Self.member(1, empty.store), Self.member(2, Self.storeID(2)), Self.member(3, Self.storeID(3)),
          ]))
      ])
    try Self.found(store, genesis)
    (replicas, worker) = try Self.start(store, lowSpaceBytes, followerRest, at: now)
    greetPeers()
  }

  static func found(_ store: MemoryNodeStore, _ genesis: Genesis) throws {
    for group in genesis.groups {
      try store.createState(group.group, file: GroupRecord.foundingFile(group), genesis: genesis)
    }
    try store.log.perform([.genesis(genesis)])
  }

  private static func start(
    _ store: MemoryNodeStore, _ lowSpaceBytes: UInt64, _ followerRest: Interval, at now: Moment
  ) throws -> (Replicas, StateWorker) {
    var random = SplitMix64(seed: 9)
    var record = store.open(random: &random)
    let states = try store.openStates(of: record.groups)
    try record.groups[0].extendTail(from: LogIndex(states[0].store.header.applied), store.log.makeReader())
    var configuration = ReplicaConfiguration(
      node: nodes[0], nation: .england, supplier: "S1", lowSpaceBytes: lowSpaceBytes, nodes: [])
    configuration.scrubPause = nil
    configuration.followerRest = followerRest
    let replicas = Replicas(
      record, states: states.map(\.store.header), damage: states.map(\.store.damage), configuration: configuration,
      seed: 3, at: now)
    return (replicas, StateWorker(store, states: states))
  }

  /// The process ends without warning and starts again.
  func restart() throws {
    store.powerLoss()
    logDone = []
    (replicas, worker) = try Self.start(store, lowSpaceBytes, followerRest, at: now)
    greetPeers()
  }

  private func greetPeers() {
    for number in UInt64(2)...3 {
      let hello = PeerHello(
        versions: Versions.protocolRange, featureLevel: Versions.featureLevel, cluster: genesis.cluster, epoch: 1,
        node: Self.nodes[Int(number) - 1], store: Self.storeID(number), bootCount: 1,
        nonce: Identifier(high: number, low: 1), callee: Self.nodes[0],
        logs: [PeerHello.LogEnd(group: Self.group, last: EntryID(index: LogIndex(1), term: Term(1)))])
      feed(.greeted(LinkID(number), hello))
    }
  }

  // MARK: Events

  func feed(_ event: ReplicaEvent) {
    var effects: [ReplicaEffect] = []
    replicas.handle(event, at: now, into: &effects)
    endTurn(&effects)
  }

  /// Calls what only other code of the replica calls.
  func call(_ body: (inout Replicas, Moment, inout [ReplicaEffect]) -> Void) {
    var effects: [ReplicaEffect] = []
    body(&replicas, now, &effects)
    endTurn(&effects)
  }

  func wait(_ interval: Interval) {
    now = now + interval
    feed(.tick)
  }

  func receive(from number: UInt64, term: UInt64, _ body: Message.Body) {
    let message = Message(from: ReplicaID(number), to: ReplicaID(1), term: Term(term), body: body)
    feed(.received(LinkID(number), .messages([GroupMessage(group: Self.group, message: message)])))
  }

  func receive(from number: UInt64, transfer: UInt64, _ body: SnapshotFrame.Body) {
    let frame = SnapshotFrame(
      group: Self.group, from: ReplicaID(number), to: ReplicaID(1), transfer: transfer, body: body)
    feed(.received(LinkID(number), .snapshot(frame)))
  }

  /// Tells what the log has done meanwhile.
  func tellLog() {
    let done = logDone
    logDone = []
    for sequence in done { feed(.logDone(sequence: sequence)) }
  }

  func housekeep() {
    do throws(StorageError) {
      for item in try worker.housekeep().done { feed(.stateDone(item)) }
    } catch {
      Issue.record("upkeep failed: \(error)")
    }
  }

  private func endTurn(_ effects: inout [ReplicaEffect]) {
    replicas.endTurn(at: now, into: &effects)
    var events: [ReplicaEvent] = []
    for effect in effects {
      switch effect {
      case .send(let node, let frame): frames.append((node, frame))
      case .reply(_, let reply): replies.append(reply)
      case .log(let sequence, let operations):
        logged += operations
        do { try store.log.perform(operations) } catch { Issue.record("the log failed: \(error)") }
        if tellsLog { events.append(.logDone(sequence: sequence)) } else { logDone.append(sequence) }
      case .state(let operation):
        do {
          if let done = try worker.run(operation) { events.append(.stateDone(done)) }
        } catch { Issue.record("the state failed: \(error)") }
      case .read(let job) where readsAtOnce: events.append(.readDone(read(job)))
      case .note(let note): notes.append(note)
      case .answer, .closeLink, .read, .load: break
      }
    }
    for event in events { feed(event) }
  }

  private func read(_ job: ReadJob) -> ReadDone {
    let result: ReadDone.Result
    do throws(ReadError) {
      let reader: any StateReader
      do throws(StorageError) { reader = try worker.makeReader(job.group) } catch { throw .storage(error) }
      switch job.work {
      case .query(let query):
        let (value, revision) = try reader.answer(query)
        result = .value(value, revision)
      case .digest(let query): result = .digest(try reader.digest(query))
      }
    } catch { result = .failed(error) }
    return ReadDone(id: job.id, group: job.group, result: result)
  }

  // MARK: What came of it

  /// Messages sent to anybody since the last ``forgetFrames()``.
  var messages: [Message] {
    frames.flatMap { frame -> [Message] in
      guard case .messages(let list) = frame.frame else { return [] }
      return list.map(\.message)
    }
  }

  var snapshotFrames: [SnapshotFrame] {
    frames.compactMap { if case .snapshot(let frame) = $0.frame { frame } else { nil } }
  }

  func forgetFrames() { frames = [] }

  var hasCampaigned: Bool {
    messages.contains {
      switch $0.body {
      case .preVote, .vote: true
      default: false
      }
    }
  }

  func storedIndexes(from: UInt64, through: UInt64) throws -> [UInt64] {
    try store.log.makeReader().entries(
      Self.group, from: LogIndex(from), through: LogIndex(through), bytesMax: .max
    ).map(\.index.rawValue)
  }

  /// Makes it lead term 2.
  func elect() {
    wait(.seconds(2))
    for number in UInt64(2)...3 {
      receive(from: number, term: 1, .preVoteReply(VoteReply(granted: true, requestTerm: Term(2))))
    }
    for number in UInt64(2)...3 {
      receive(from: number, term: 2, .voteReply(VoteReply(granted: true, requestTerm: Term(2))))
    }
  }

  // MARK: Material

  /// Empty entries of term 2 after genesis.
  func entries(through last: UInt64) -> [Entry] {
    var entries: [Entry] = []
    var previous = genesis.digest
    for index in 2...last {
      let header = EntryHeader(
        epoch: 1, group: Self.group, term: Term(2), index: LogIndex(index), kind: .noop, logTime: .zero,
        wallTime: .zero, previousHash: previous)
      let entry = Entry(header: header, payload: [])
      entries.append(entry)
      previous = entry.hash
    }
    return entries
  }

  /// A change of membership, of term 2, in the first entry after genesis.
  func change(to configuration: Configuration) -> Entry {
    let header = EntryHeader(
      epoch: 1, group: Self.group, term: Term(2), index: LogIndex(2), kind: .configuration, logTime: .zero,
      wallTime: .zero, previousHash: genesis.digest)
    return Entry(header: header, payload: configuration.bytes)
  }

  func append(_ entries: [Entry], commit: UInt64) -> Message.Body {
    let first = entries[0].header
    let previous = EntryID(index: first.index - 1, term: first.index == LogIndex(2) ? Term(1) : Term(2))
    return .append(
      AppendRequest(
        previous: previous, previousHash: first.previousHash, entries: entries, commit: LogIndex(commit),
        round: Round(1)))
  }

  /// A snapshot of a state to which `entries` were applied, as another node would send it.
  func snapshot(of entries: [Entry], name: String = "snapshot-england-5.db") throws -> (description: SnapshotDescription, bytes: [UInt8]) {
    let other = MemoryNodeStore()
    var random = SplitMix64(seed: 11)
    _ = other.open(random: &random)
    try Self.found(other, genesis)
    let file = GroupRecord.foundingFile(genesis.groups[0])
    let state = try other.openState(Self.group, file: file)
    let worker = StateWorker(other, states: [(Self.group, file, state)])
    _ = try worker.run(.apply(ApplyBatch(group: Self.group, entries: entries, resultsFrom: nil)))
    _ = try worker.run(.export(Self.group, name: name))
    for _ in 0..<1_000 {
      for case .exported(_, let snapshot) in try worker.housekeep().done {
        return (
          try description(of: snapshot),
          try other.readChunk(snapshot.name, offset: 0, count: Int(snapshot.bytes))
        )
      }
    }
    throw StorageError.missing
  }

  private func description(of snapshot: StateSnapshot) throws -> SnapshotDescription {
    let header = snapshot.header
    let mark = LogMark(
      index: LogIndex(header.applied), term: Term(header.appliedTerm), hash: header.entryHash, logTime: header.logTime)
    return SnapshotDescription(
      mark: SnapshotMark(
        mark: mark, configuration: try Configuration(bytes: header.configuration),
        configurationIndex: LogIndex(header.configurationIndex)),
      base: header.base, chainHead: header.chainHead, setHash: header.setHash, featureLevel: header.featureLevel,
      kind: .file, bytes: snapshot.bytes, fileDigest: snapshot.fileDigest)
  }
}
