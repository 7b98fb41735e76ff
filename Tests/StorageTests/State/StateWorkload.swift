import Base
import Model
import Raft
import Replica
import Wire

/// Random commands for one group, as entries of its log, with the model's own state in memory as the oracle.
struct StateWorkload {
  static let group = GroupID(7)
  /// Few keys, so that histories get deep; awkward ones among them.
  static let keys: [Key] = (0..<20).map { Key("key/\($0 % 4)/\($0)") } + [
    Key([0]), Key([0, 0]), Key([0xFF]), Key([0xFF, 0xFF, 0]), Key([UInt8](repeating: 0xFF, count: 1_024)),
    Key([UInt8](repeating: 0x6B, count: 1_023)),
  ]

  let founding: StateHeader
  let oracle: MemoryState
  private(set) var entries: [Entry] = []
  private(set) var sessions: [UInt64] = []
  private(set) var requests: [Identifier] = []
  /// The oracle's state after each entry, by index; the first is that of the founding.
  private(set) var past: [UInt64: MemoryState.Contents]
  private var random: SplitMix64
  private var sequences: [UInt64: UInt64] = [:]
  private var logTime = LogTime.zero
  private let largest: Int

  /// - Parameter largest: bytes of the largest values.
  init(seed: UInt64, largest: Int = 6_000) {
    guard let node = NodeID("england-1") else { preconditionFailure("a node's name") }
    let member = Member(
      replica: ReplicaID(1), node: node, store: Identifier(high: 1, low: 1), role: .voter, nation: .england,
      supplier: "A")
    let group = Genesis.Group(
      keyspace: "england", group: Self.group, configuration: Configuration(members: [member]))
    let genesis = Genesis(
      cluster: Identifier(high: 1, low: 2), epoch: 1, createdAt: .zero, featureLevel: Versions.featureLevel, nodes: [],
      groups: [group])
    founding = StateHeader(founding: group, of: genesis)
    oracle = MemoryState(header: founding)
    past = [founding.applied: oracle.contents]
    random = SplitMix64(seed: seed)
    self.largest = largest
  }

  var header: StateHeader { oracle.header }
  var revision: Revision { Revision(header.applied + header.base) }

  /// The next `count` entries; the oracle has applied them.
  mutating func batch(_ count: Int) throws -> ApplyBatch {
    var batch: [Entry] = []
    for _ in 0..<count { batch.append(try add(command())) }
    return ApplyBatch(group: Self.group, entries: batch, resultsFrom: .zero)
  }

  /// An entry for `command`; the oracle has applied it.
  mutating func add(_ command: Command) throws -> Entry {
    logTime = logTime + .milliseconds(Int64(random.below(400)))
    let index = oracle.header.applied + 1
    let entry = Entry(
      header: EntryHeader(
        epoch: 1, group: Self.group, term: Term(1), index: LogIndex(index), kind: .command, logTime: logTime,
        wallTime: .zero, previousHash: oracle.header.entryHash), payload: command.bytes)
    let evaluation = try oracle.execute(
      command, index: index, term: 1, logTime: logTime, entryHash: entry.hash)
    if case .session(let id) = evaluation.result, !sessions.contains(id) { sessions.append(id) }
    entries.append(entry)
    past[index] = oracle.contents
    return entry
  }

  mutating func key() -> Key { Self.keys[random.below(Self.keys.count)] }

  mutating func range() -> KeyRange {
    switch random.below(5) {
    case 0: return .all
    case 1: return KeyRange(only: key())
    case 2: return KeyRange(prefix: Key("key/\(random.below(4))/"))
    case 3: return KeyRange(start: key(), end: nil)
    default: return KeyRange(start: key(), end: key())
    }
  }

  mutating func value() -> Value {
    let size = random.oneIn(12) ? random.below(largest) : random.below(200)
    return Value((0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  mutating func command() -> Command {
    Command(envelope: envelope(), body: body())
  }

  private mutating func body() -> CommandBody {
    switch random.below(20) {
    case 0 where revision.rawValue > 4: return .compact(Revision(1 + UInt64(random.below(Int(revision.rawValue)))))
    case 1: return .openSession(timeToLive: .milliseconds(Int64(500 + random.below(20_000))))
    case 2 where random.oneIn(3): return .closeSession
    case 3, 4: return .transaction(Transaction(success: [.delete(range(), wantsPrevious: random.oneIn(2))]))
    case 5, 6, 7:
      return .transaction(
        Transaction(
          compares: [Compare(key: key(), relation: .greater, target: .version(UInt64(random.below(3))))],
          success: [put(), .range(RangeQuery(range: range(), limit: random.below(4))), put()], failure: [put()]))
    case 8: return .transaction(Transaction(success: [.delete(KeyRange(only: key()), wantsPrevious: false), put()]))
    default: return .transaction(Transaction(success: (0...random.below(3)).map { _ in put() }))
    }
  }

  private mutating func put() -> Operation { .put(key: key(), value: value(), wantsPrevious: random.oneIn(4)) }

  private mutating func envelope() -> Envelope {
    var envelope = Envelope()
    if random.oneIn(3) {
      envelope.request = requests.isEmpty || !random.oneIn(4)
        ? random.identifier() : requests[random.below(requests.count)]
      envelope.keepFor = .milliseconds(Int64(random.below(8_000)))
      if !requests.contains(envelope.request) { requests.append(envelope.request) }
    }
    if !sessions.isEmpty, random.oneIn(2) {
      let session = sessions[random.below(sessions.count)]
      let next = sequences[session, default: 0] + (random.oneIn(8) ? 0 : 1)
      sequences[session] = next
      envelope.session = session
      envelope.sequence = max(next, 1)
      envelope.lowestUnacknowledged = next > 3 ? next - UInt64(random.below(3)) : 0
    }
    return envelope
  }

  mutating func below(_ bound: Int) -> Int { random.below(bound) }
  mutating func oneIn(_ count: Int) -> Bool { random.oneIn(count) }

  // MARK: comparing

  /// How `store` differs from `contents` as far as the ports show it: header, every kept change, sessions, memories.
  func differences(_ store: any StateStore, from contents: MemoryState.Contents) throws -> [String] {
    let wanted = MemoryState(contents)
    let reader = try store.makeReader()
    var found: [String] = []
    func check(_ what: String, _ same: Bool) {
      if !same { found.append(what) }
    }
    check("header", store.header == wanted.header)
    check("reader's header", try reader.header() == wanted.header)
    for (place, key) in Self.keys.enumerated() {
      check("head \(place)", try store.head(key) == wanted.head(key))
      check("row \(place)", try store.row(key) == wanted.row(key))
      guard case .history(let items, let more) = try reader.answer(.history(key, before: .zero, limit: 0)).value else {
        check("history's kind", false)
        continue
      }
      let history = wanted.history(key).map { HistoryItem(item: $0.item(), isDeletion: $0.value == nil) }
      check("history \(place)", items == history && !more)
    }
    check("count", try store.count(.all, asOf: nil) == wanted.count(.all, asOf: nil))
    for session in sessions {
      check("session \(session)", try store.session(session) == wanted.session(session))
      for sequence in 1...max(1, sequences[session, default: 1]) {
        check(
          "result \(session) \(sequence)",
          try store.sessionResult(session, sequence: sequence) == wanted.sessionResult(session, sequence: sequence))
      }
    }
    for request in requests {
      check("request \(request)", try store.remembered(request) == wanted.remembered(request))
    }
    let digest = try wholeDigest(reader, revision: .zero)
    check("set hash from rows", digest.setHash == wanted.header.setHash && digest.rows == wanted.header.liveKeys)
    check("damage: \(digest.damaged.count) \(digest.error)", digest.damaged.isEmpty && digest.error.isEmpty)
    return found
  }
}

/// A pass over everything, slice by slice.
func wholeDigest(
  _ reader: any StateReader, revision: Revision, limit: Int = 0, perRow: Bool = false
) throws -> DigestResult {
  var sum = DigestResult(setHash: .zero, rows: 0, next: Key([]), members: [], damaged: [], error: "")
  while let start = sum.next {
    let slice = try reader.digest(
      DigestQuery(revision: revision, range: KeyRange(start: start, end: nil), limit: limit, perRow: perRow))
    sum.setHash.insert(slice.setHash)
    sum.rows += slice.rows
    sum.members += slice.members
    sum.damaged += slice.damaged
    sum.error += slice.error
    sum.next = slice.next
  }
  return sum
}
