import Base
import Model

extension StateHeader {
  /// The header of an empty group right after its genesis.
  static let empty = StateHeader(
    applied: 1, appliedTerm: 0, base: 0, logTime: .zero, compacted: .zero, chainHead: .zero, setHash: .zero,
    liveKeys: 0, liveBytes: 0, sessions: 0, remembered: 0, featureLevel: 1, configuration: [], configurationIndex: 1,
    entryHash: .zero)
}

/// A log of one replica: commands go in, each at the next index.
struct Log {
  let state: MemoryState
  var now: LogTime = .zero
  /// The revision of the last command.
  var revision: Revision { Revision(state.header.applied) }

  init(header: StateHeader = .empty) { state = MemoryState(header: header) }
  init(_ state: MemoryState) {
    self.state = state
    now = state.header.logTime
  }

  @discardableResult
  mutating func run(_ command: Command) throws -> Evaluation {
    try state.execute(
      command, index: state.header.applied + 1, term: 1, logTime: now, entryHash: Digest(of: command.bytes))
  }

  @discardableResult
  mutating func run(_ operations: [Operation], _ envelope: Envelope = Envelope()) throws -> Evaluation {
    try run(Command(envelope: envelope, body: .transaction(Transaction(success: operations))))
  }

  mutating func openSession(timeToLive: Interval = .seconds(10)) throws -> UInt64 {
    let evaluation = try run(Command(envelope: Envelope(), body: .openSession(timeToLive: timeToLive)))
    guard case .session(let id) = evaluation.result else { throw Unexpected() }
    return id
  }

  mutating func pass(_ interval: Interval) { now = now + interval }
}

/// A result was of another kind than the test builds on.
struct Unexpected: Error {}

func put(_ key: String, _ value: String, wantsPrevious: Bool = false) -> Operation {
  .put(key: Key(key), value: Value(Array(value.utf8)), wantsPrevious: wantsPrevious)
}

func delete(_ key: String, wantsPrevious: Bool = false) -> Operation {
  .delete(KeyRange(only: Key(key)), wantsPrevious: wantsPrevious)
}

func deletePrefix(_ prefix: String, wantsPrevious: Bool = false) -> Operation {
  .delete(KeyRange(prefix: Key(prefix)), wantsPrevious: wantsPrevious)
}

func get(_ key: String) -> Operation { .range(RangeQuery(range: KeyRange(only: Key(key)))) }

func range(
  _ prefix: String, revision: Revision = .zero, limit: Int = 0, keysOnly: Bool = false, countOnly: Bool = false,
  reverse: Bool = false
) -> Operation {
  .range(
    RangeQuery(
      range: KeyRange(prefix: Key(prefix)), revision: revision, limit: limit, keysOnly: keysOnly, countOnly: countOnly,
      reverse: reverse))
}

func item(_ key: String, _ value: String?, create: UInt64, mod: UInt64, version: UInt64) -> KeyValue {
  KeyValue(
    key: Key(key), value: value.map { Value(Array($0.utf8)) }, createRevision: Revision(create),
    modRevision: Revision(mod), version: version)
}

extension Evaluation {
  /// The responses of a transaction that ran; empty otherwise.
  var responses: [OperationResult] {
    guard case .transaction(let result) = result else { return [] }
    return result.responses
  }

  /// Whether it changes rows or compacts.
  var changesData: Bool {
    effects.contains { effect in
      switch effect {
      case .put, .delete, .compact: true
      case .putSession, .removeSession, .rememberInSession, .forgetInSession, .remember, .forget: false
      }
    }
  }

  /// The ordinals of changed rows in order of effect.
  var ordinals: [UInt32] {
    effects.compactMap { effect in
      switch effect {
      case .put(let ordinal, _, _, _, _, _): ordinal
      case .delete(let ordinal, _, _): ordinal
      case .putSession, .removeSession, .rememberInSession, .forgetInSession, .remember, .forget, .compact: nil
      }
    }
  }
}

extension OperationResult {
  var items: [KeyValue] {
    switch self {
    case .put(let previous): previous.map { [$0] } ?? []
    case .delete(_, let previous): previous
    case .range(let result): result.items
    }
  }
  var keys: [String] { items.map { String(decoding: $0.key.bytes, as: UTF8.self) } }
}
