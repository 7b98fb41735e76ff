import Base
import Model
import Simulator
import Wire

/// Histories of a store with two keys, small enough to try every order of their calls: what the real checker is held
/// against. Nothing here is shared with it.
enum SmallStoreHistory {
  static let keys = [Key("a"), Key("b")]
  static let group = GroupID(1)

  // MARK: Drawing

  /// What an honest store might have answered, and in some of the histories one lie.
  static func draw(_ random: inout SplitMix64) -> [ClientCall] {
    var store = NaiveStore()
    var older = [NaiveStore()]
    var calls: [ClientCall] = []
    var revision: UInt64 = 1
    for place in 0..<(2 + random.below(5)) {
      let at = Int64(place) * 4
      let from = at - Int64(random.below(9))
      let to = at + 1 + Int64(random.below(9))
      var call = ClientCall(
        id: UInt64(place + 1), client: place, group: group, body: drawBody(place, older, &random),
        invoked: Moment(nanoseconds: from), returned: Moment(nanoseconds: to))
      switch call.body {
      case .transaction(let transaction):
        revision += UInt64(1 + random.below(2))
        call.answer = .applied(.transaction(store.run(transaction, at: Revision(revision))), Revision(revision))
        older.append(store)
      case .read(let request): call.answer = .read(store.answer(request), Revision(revision))
      default: break
      }
      if random.oneIn(12) {
        call.answer = call.isRead ? .unread : .notApplied
        if !call.isRead {
          older.removeLast()
          store = older[older.count - 1]
        }
      }
      calls.append(call)
    }
    if random.oneIn(2) { lie(&calls, older, &random) }
    return calls
  }

  private static func drawBody(
    _ place: Int, _ states: [NaiveStore], _ random: inout SplitMix64
  ) -> ClientCall.Body {
    let key = keys[random.below(2)]
    func put(_ key: Key, _ part: UInt8) -> Model.Operation {
      .put(key: key, value: Value([UInt8(place), part]), wantsPrevious: part == 1)
    }
    let known = states[states.count - 1 - random.below(min(states.count, 2))].rows[key]
    let compare = Compare(key: key, relation: .equal, target: .modRevision(known?.modRevision ?? .zero))
    switch random.below(8) {
    case 0: return .transaction(Transaction(success: [put(key, 1)]))
    case 1: return .transaction(Transaction(success: [put(keys[0], 2), put(keys[1], 3)]))
    case 2: return .transaction(Transaction(compares: [compare], success: [put(keys[0], 2), put(keys[1], 3)]))
    case 3:
      let other = Model.Operation.range(RangeQuery(range: .all))
      return .transaction(Transaction(compares: [compare], success: [put(key == keys[0] ? keys[1] : keys[0], 1)], failure: [other]))
    case 4: return .transaction(Transaction(success: [.delete(KeyRange(only: key), wantsPrevious: true)]))
    default:
      let range = random.oneIn(3) ? KeyRange(only: key) : .all
      let consistency: ReadConsistency = random.oneIn(5) ? .stale(maxAge: .seconds(1), notBefore: .zero) : .linearizable
      return .read(ReadRequest(consistency: consistency, query: .range(RangeQuery(range: range))))
    }
  }

  /// One mistake of a store that lies.
  private static func lie(_ calls: inout [ClientCall], _ states: [NaiveStore], _ random: inout SplitMix64) {
    let place = random.below(calls.count)
    switch (calls[place].body, calls[place].answer) {
    case (.read(let request), .read(_, let revision)):
      // A stale read that claims to be new, or an old one, or one that shows half of what a transaction did.
      var state = states[random.below(states.count)]
      if random.oneIn(2) { state.rows[keys[0]] = states[states.count - 1].rows[keys[0]] }
      let claimed = random.oneIn(3) ? Revision(1 + UInt64(random.below(Int(revision.rawValue)))) : revision
      calls[place].answer = .read(state.answer(request), claimed)
    case (.transaction(let transaction), .applied(_, let revision)):
      // Evaluated on a state that was not the newest: a lost update, a skewed write, an effect that comes twice.
      var state = states[random.below(states.count)]
      let claimed = random.oneIn(3) ? Revision(revision.rawValue + UInt64(random.below(4))) : revision
      calls[place].answer = .applied(.transaction(state.run(transaction, at: claimed)), claimed)
      if random.oneIn(3) { calls[place].answer = .notApplied }
    default: break
    }
  }

  // MARK: Judging

  /// Whether there is an order of all calls that real time and the revisions allow and that explains every answer.
  /// - Parameter believesRevisions: else any order will do that real time allows.
  static func isExplained(_ history: [ClientCall], believesRevisions: Bool) -> Bool {
    let calls = history.filter { $0.answer.revisionIfAny != nil }
    return someOrder(of: calls, [], believesRevisions)
  }

  private static func someOrder(of left: [ClientCall], _ taken: [ClientCall], _ believesRevisions: Bool) -> Bool {
    if left.isEmpty { return explains(taken, believesRevisions) }
    return left.indices.contains { place in
      var rest = left
      let next = rest.remove(at: place)
      // Nothing is put behind what began after it had ended; who reads stale takes no part in this.
      let isLate = taken.contains { next.isTimed && $0.isTimed && next.returned < $0.invoked }
      guard !isLate, !believesRevisions || mayFollow(next, taken) else { return false }
      return someOrder(of: rest, taken + [next], believesRevisions)
    }
  }

  /// Revisions rise, and only reads share one.
  private static func mayFollow(_ next: ClientCall, _ taken: [ClientCall]) -> Bool {
    guard let own = next.answer.revisionIfAny else { return false }
    return taken.allSatisfy { before in
      guard let revision = before.answer.revisionIfAny else { return false }
      return next.isRead ? revision <= own : revision < own
    }
  }

  private static func explains(_ order: [ClientCall], _ believesRevisions: Bool) -> Bool {
    var store = NaiveStore()
    for call in order {
      switch (call.body, call.answer) {
      case (.transaction(let transaction), .applied(.transaction(let told), let revision)):
        guard store.run(transaction, at: revision) == told else { return false }
      case (.read(let request), .read(let shown, _)): guard store.answer(request) == shown else { return false }
      default: return false
      }
    }
    return true
  }
}

/// A map of keys, as a person would write down what a store means.
struct NaiveStore {
  var rows: [Key: KeyValue] = [:]

  mutating func run(_ transaction: Transaction, at revision: Revision) -> TransactionResult {
    var holds = true
    for compare in transaction.compares {
      guard case .modRevision(let expected) = compare.target else { preconditionFailure("drawn otherwise") }
      if (rows[compare.key]?.modRevision ?? .zero) != expected { holds = false }
    }
    var responses: [OperationResult] = []
    for operation in holds ? transaction.success : transaction.failure {
      switch operation {
      case .put(let key, let value, let wantsPrevious):
        let before = rows[key]
        rows[key] = KeyValue(
          key: key, value: value, createRevision: before?.createRevision ?? revision, modRevision: revision,
          version: 1 + (before?.version ?? 0))
        responses.append(.put(previous: wantsPrevious ? before : nil))
      case .delete(let range, _):
        let before = shown(range)
        for row in before { rows[row.key] = nil }
        responses.append(.delete(count: before.count, previous: before))
      case .range(let query):
        let items = shown(query.range)
        responses.append(.range(RangeResult(items: items, more: false, count: items.count)))
      }
    }
    return TransactionResult(succeeded: holds, responses: responses)
  }

  func answer(_ request: ReadRequest) -> ReadResult.Value {
    guard case .range(let query) = request.query else { preconditionFailure("drawn otherwise") }
    let items = shown(query.range)
    return .range(RangeResult(items: items, more: false, count: items.count))
  }

  private func shown(_ range: KeyRange) -> [KeyValue] {
    rows.values.filter { range.contains($0.key) }.sorted { $0.key < $1.key }
  }
}

extension ClientCall.Answer {
  /// Where the store says that it stands.
  var revisionIfAny: Revision? {
    switch self {
    case .applied(_, let revision), .read(_, let revision): revision
    case .appliedUnseen, .notApplied, .unknown, .unread: nil
    }
  }
}

extension ClientCall {
  /// Whether real time says anything of its place.
  var isTimed: Bool {
    guard case .read(let request) = body else { return true }
    return request.consistency == .linearizable
  }
}
