import Base
import Benchmarking
import Glibc
import JSON
import Model
import Network
import Raft
import Replica
import Storage
import Wire

/// `quartet-bench micro`: what single parts of the hot path cost, in processor time and in allocations, one thread
/// each.
struct Micro {
  let directory: String
  let valueSize: Int
  /// Processor time for which each part is repeated.
  private static let length = 500_000.0

  func run() throws -> [Thresholds.Part] {
    AllocationCounter.begin()
    var parts: [Thresholds.Part] = []
    let value = [UInt8](repeating: 0x51, count: valueSize)
    let block = [UInt8](repeating: 0x51, count: 4_096)
    parts.append(measure(Thresholds.yardstick) { _ in keep(Digest(of: block)) })
    parts.append(measure("digest of a value") { _ in keep(Digest(of: value)) })
    parts += try codec(value)
    parts.append(try raft(value, batch: 1))
    parts.append(try raft(value, batch: 64))
    parts += try storage(value)
    return parts
  }

  /// - Parameters:
  ///   - operations: that one call of `body` does.
  ///   - calls: at most so many.
  private func measure(
    _ name: String, operations: Int = 1, calls: Int = .max, _ body: (Int) throws -> Void
  ) rethrows -> Thresholds.Part {
    // Caches and lazy statics first.
    let warm = min(10, calls)
    for number in 0..<warm { try body(number) }
    let made = AllocationCounter.made
    let start = Self.threadMicroseconds
    var number = warm
    var now = start
    while now - start < Self.length, number < calls {
      for _ in 0..<8 where number < calls {
        try body(number)
        number += 1
      }
      now = Self.threadMicroseconds
    }
    let count = Double(max(1, number - warm) * operations)
    let allocations = AllocationCounter.made.flatMap { after in made.map { Double(after - $0) / count } }
    return Thresholds.Part(name: name, perSecond: count * 1e6 / max(now - start, 1), allocations: allocations)
  }

  /// Of this thread: what others do on the machine, and the wait for the disk, do not count.
  private static var threadMicroseconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }

  /// Keeps the optimiser from leaving out what makes a value that nobody uses.
  @inline(never)
  private func keep<Value>(_ value: Value) {}

  // MARK: Codec

  private static func put(_ number: Int, _ value: [UInt8], keys: Int = 100_000) -> Command {
    // Scattered over the keys, as real ones are.
    var mixer = SplitMix64(seed: UInt64(number))
    let key = Key("encounter/\(mixer.below(keys))")
    return Command(
      envelope: Envelope(),
      body: .transaction(Transaction(success: [.put(key: key, value: Value(value), wantsPrevious: false)])))
  }

  private func codec(_ value: [UInt8]) throws -> [Thresholds.Part] {
    let command = Self.put(1, value)
    let bytes = command.bytes
    let entry = Self.entry(2, command.bytes, after: .zero)
    let row = StoredEntry.bytes(of: entry)
    return [
      measure("command, encode") { _ in keep(command.bytes) },
      try measure("command, decode") { _ in keep(try Command(bytes: bytes)) },
      measure("entry, make and encode") { _ in keep(StoredEntry.bytes(of: Self.entry(2, bytes, after: .zero))) },
      try measure("entry, decode and check") { _ in keep(try StoredEntry(decoding: row)) },
    ]
  }

  private static func entry(_ index: UInt64, _ payload: [UInt8], after hash: Digest) -> Entry {
    Entry(
      header: EntryHeader(
        epoch: 1, group: group, term: Term(1), index: LogIndex(index), kind: .command, logTime: .zero, wallTime: .zero,
        previousHash: hash), payload: payload)
  }

  // MARK: Raft

  private static let group = GroupID(2)

  private static func member(_ number: UInt64, store: Identifier = Identifier(high: 7, low: 7)) throws -> Member {
    guard let node = NodeID("node-\(number)") else { throw Problem("no name for a node") }
    return Member(
      replica: ReplicaID(number), node: node, store: store, role: .voter, nation: .england, supplier: "S\(number)")
  }

  /// Three replicas that hand one another's messages over at once: proposals in, applicable at the leader out.
  private func raft(_ value: [UInt8], batch: Int) throws -> Thresholds.Part {
    var trio = try MicroTrio(try (1...3).map { try Self.member($0) }, group: Self.group)
    let payload = Self.put(1, value).bytes
    return try measure("Raft, three replicas, \(batch) a turn", operations: batch) { _ in
      try trio.commit(batch, payload)
    }
  }

  // MARK: Storage

  private func storage(_ value: [UInt8]) throws -> [Thresholds.Part] {
    let place = "\(directory)/micro-\(getpid())"
    defer { removeTree(place) }
    var random = SplitMix64(seed: 1)
    let (record, store) = try SQLiteNodeStore.open(
      directory: place, files: PosixFiles(), random: &random, options: SQLiteNodeStore.Options(reserveBytes: 0))
    defer { store.close() }
    let founding = Genesis.Group(
      keyspace: "england", group: Self.group,
      configuration: Configuration(members: [try Self.member(1, store: record.store)]))
    let genesis = Genesis(
      cluster: Identifier(high: 1, low: 1), epoch: 1, createdAt: .zero, featureLevel: Versions.featureLevel,
      nodes: [
        ClusterMap.Node(
          name: "node-1", nation: Nation.england.description, supplier: "S1", client: "", peer: "", http: "")
      ], groups: [founding])
    let file = GroupRecord.foundingFile(founding)
    try store.createState(Self.group, file: file, genesis: genesis)
    try store.log.perform([.genesis(genesis)])
    let state = try store.openState(Self.group, file: file)
    defer { state.close() }
    let batch = 100
    let batches = 600
    var last = LogMark.genesis(of: genesis)
    let entries = (0..<batches * batch).map { number in
      let entry = Self.entry(last.index.rawValue + 1, Self.put(number, value).bytes, after: last.hash)
      last = entry.mark
      return entry
    }
    func slice(_ number: Int) -> [Entry] { Array(entries[number * batch..<(number + 1) * batch]) }
    var parts: [Thresholds.Part] = []
    parts.append(
      try measure("log append, \(batch) a write", operations: batch, calls: batches) { number in
        let persist = Persist(
          mark: WriteMark(UInt64(number + 1)), hardState: nil, truncateFrom: nil, entries: slice(number))
        try store.log.perform([.write([GroupWrite(group: Self.group, persist: persist)])])
      })
    parts.append(
      try measure("apply, \(batch) a batch", operations: batch, calls: batches) { number in
        let applied = ApplyBatch(group: Self.group, entries: slice(number), resultsFrom: .zero)
        keep(try Applier.apply(applied, to: state))
        if state.wantsCheckpoint { keep(try state.checkpoint()) }
      })
    let rows = Int(state.header.liveKeys)
    parts.append(
      try measure("snapshot, rows", operations: rows, calls: 12) { number in
        let name = "snapshot-\(number)"
        while try state.snapshotStep(to: name) == nil {}
        try store.remove(name)
      })
    let reader = try state.makeReader()
    parts.append(
      try measure("get from the state file") { number in
        var mixer = SplitMix64(seed: UInt64(number % 1_000))
        let key = Key("encounter/\(mixer.below(100_000))")
        keep(try reader.answer(.range(RangeQuery(range: KeyRange(only: key), limit: 1))))
      })
    return parts
  }

  // MARK: Output

  static func lines(_ parts: [Thresholds.Part]) -> [String] {
    var table = Columns(["part", "per CPU second", "CPU each", "allocations each"])
    for part in parts {
      table.add([
        part.name, grouped(part.perSecond), "\(fixed(1e6 / max(part.perSecond, 1e-9), 3)) µs",
        part.allocations.map { fixed($0, 1) } ?? "-",
      ])
    }
    return table.lines
  }

  static func json(_ parts: [Thresholds.Part], complaints: [String]) -> JSONValue {
    [
      "parts": .object(
        parts.map { part in
          JSONMember(
            part.name,
            [
              "per_cpu_second": .decimal(part.perSecond, digits: 1),
              "allocations": part.allocations.map { .decimal($0, digits: 2) } ?? .null,
            ])
        }),
      "complaints": .array(complaints.map { .string($0) }),
    ]
  }
}

/// Three replicas of one group in one place: what is sent arrives at once, what is to be durable is.
struct MicroTrio {
  private var replicas: [RaftGroup]
  private var effects = Effects()
  private var waiting: [(to: Int, event: Event)] = []
  private var now = Moment(nanoseconds: 1_000_000_000)
  private var leader = 0
  /// Through which the leader may apply.
  private var applicable = LogIndex.zero

  init(_ members: [Member], group: GroupID) throws {
    let configuration = Configuration(members: members)
    let mark = LogMark(index: LogIndex(1), term: Term(1), hash: .zero, logTime: .zero)
    let moment = now
    replicas = members.map { member in
      RaftGroup(
        RestoredState(
          group: group, epoch: 1, replica: member.replica,
          hardState: HardState(term: Term(1), votedFor: nil, suspended: false),
          snapshot: SnapshotMark(mark: mark, configuration: configuration, configurationIndex: LogIndex(1)), tail: [],
          trail: [], configurations: [], applied: LogIndex(1), bootCount: 1, seed: member.replica.rawValue),
        timing: Timing(), at: moment)
    }
    // Until somebody leads and has committed something of its own term.
    for _ in 0..<10_000 where applicable == .zero {
      now = now + .milliseconds(10)
      for position in replicas.indices where replicas[position].deadline <= now { try step(position, .tick) }
    }
    guard applicable != .zero else { throw Problem("three replicas did not elect a leader") }
  }

  /// Proposes so many entries at once and goes on until they may be applied.
  mutating func commit(_ count: Int, _ payload: [UInt8]) throws {
    let before = applicable.rawValue
    let proposals = (0..<count).map { Proposal(payload: payload, wallTime: .zero, token: UInt64($0)) }
    try step(leader, .propose(proposals))
    guard applicable.rawValue == before + UInt64(count) else { throw Problem("proposals were not committed") }
    // Followers learn of the commit with the next round; and all may forget what is applied.
    now = now + .milliseconds(1)
    for position in replicas.indices where replicas[position].deadline <= now { try step(position, .tick) }
  }

  private mutating func step(_ position: Int, _ event: Event) throws {
    waiting.append((position, event))
    var next = 0
    while next < waiting.count {
      let (to, event) = waiting[next]
      next += 1
      effects.removeAll()
      replicas[to].step(event, at: now, into: &effects)
      take(to)
    }
    waiting.removeAll(keepingCapacity: true)
  }

  private mutating func take(_ from: Int) {
    for message in effects.sends { deliver(message) }
    if let persist = effects.persist { waiting.append((from, .persisted(persist.mark))) }
    for message in effects.sendsAfterPersist { deliver(message) }
    for case .becameRole(.leader, _) in effects.notes { leader = from }
    if let index = effects.applicable {
      replicas[from].markApplied(index)
      if from == leader { applicable = index }
    }
  }

  private mutating func deliver(_ message: Message) {
    waiting.append((Int(message.to.rawValue) - 1, .received(message)))
  }
}
