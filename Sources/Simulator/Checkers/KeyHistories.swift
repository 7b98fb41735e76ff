import Base
import Model
import Wire

/// A keyspace's history as each of its keys sees it: linearizability is local (Herlihy and Wing 1990), so each key's part
/// must be linearizable on its own. A second opinion on ``Transactions``, which believes the revisions: this believes
/// nothing.
struct KeyHistories {
  private(set) var operations: [Key: [Operation]] = [:]
  /// Keys in the order in which they were met.
  private(set) var keys: [Key] = []
  /// The number that a value's bytes stand for, by its digest.
  private var numbers: [Digest: UInt64] = [:]
  private let number: (Value) -> UInt64?

  /// - Parameters:
  ///   - keys: every key that there can be: what a range does not show of them is absent.
  ///   - number: what a value is called; no two puts of the history put the same.
  init(_ history: [ClientCall], keys: [Key], number: @escaping (Value) -> UInt64?) {
    self.number = number
    self.keys = keys
    for call in history { note(call.body) }
    for call in history { add(call) }
  }

  private mutating func note(_ body: ClientCall.Body) {
    guard case .transaction(let transaction) = body else { return }
    for case .put(_, let value, _) in transaction.success + transaction.failure {
      numbers[value.digest] = number(value)
    }
  }

  private mutating func add(_ call: ClientCall) {
    switch (call.body, call.answer) {
    case (.transaction(let transaction), .applied(.transaction(let result), _)):
      if let swap = Self.swap(transaction), let (key, kind) = kind(swap) {
        return add(call, key, kind, .swapped(result.succeeded))
      }
      add(call, result.succeeded ? transaction.success : transaction.failure, result.responses)
    case (.transaction(let transaction), .applied(.appliedBefore(_, let succeeded), _)):
      addWrites(call, succeeded ? transaction.success : transaction.failure, .written)
    case (.transaction(let transaction), .unknown), (.transaction(let transaction), .appliedUnseen):
      if let swap = Self.swap(transaction), let (key, kind) = kind(swap) { return add(call, key, kind, .unknown) }
      // Which list ran, if any, is not known.
      addWrites(call, transaction.success, .unknown)
      addWrites(call, transaction.failure, .unknown)
    case (.read(let request), .read(let value, _)) where call.isLinearizableRead: add(call, request.query, value)
    default: break
    }
  }

  private mutating func add(_ call: ClientCall, _ key: Key, _ kind: Operation.Kind, _ answer: Operation.Answer) {
    operations[key, default: []].append(
      Operation(
        client: call.client, key: keys.firstIndex(of: key) ?? -1, kind: kind, invoked: call.firstInvoked,
        returned: answer == .unknown ? .never : call.returned, answer: answer))
  }

  // MARK: Transactions

  /// A transaction that is a swap of one key: one compare of its value or absence, one put, nothing else.
  private static func swap(_ transaction: Transaction) -> (compare: Compare, value: Value)? {
    guard transaction.compares.count == 1, transaction.success.count == 1, transaction.failure.isEmpty,
      let compare = transaction.compares.first, compare.relation == .equal,
      case .put(compare.key, let value, _)? = transaction.success.first
    else { return nil }
    return (compare, value)
  }

  private func kind(_ swap: (compare: Compare, value: Value)) -> (key: Key, kind: Operation.Kind)? {
    guard let new = number(swap.value) else { return nil }
    switch swap.compare.target {
    case .version(0): return (swap.compare.key, .swap(expected: nil, new: new))
    // A value that nobody puts is one that no key holds.
    case .value(let digest): return (swap.compare.key, .swap(expected: numbers[digest] ?? .max, new: new))
    default: return nil
    }
  }

  private mutating func add(_ call: ClientCall, _ operations: [Model.Operation], _ responses: [OperationResult]) {
    addWrites(call, operations, .written)
    let changed = operations.map(\.keys)
    for (operation, response) in zip(operations, responses) {
      guard case .range(let query) = operation, case .range(let page) = response else { continue }
      // Of a key that the transaction changes it saw its own change, or not, by the order of its steps.
      let others = keys.filter { key in !changed.contains { $0.contains(key) } }
      addReads(call, query, page, of: others)
    }
  }

  private mutating func addWrites(_ call: ClientCall, _ operations: [Model.Operation], _ answer: Operation.Answer) {
    for operation in operations {
      switch operation {
      case .put(let key, let value, _): if let number = number(value) { add(call, key, .write(number), answer) }
      case .delete(let range, _): for key in keys where range.contains(key) { add(call, key, .delete, answer) }
      case .range: break
      }
    }
  }

  // MARK: Reads

  private mutating func add(_ call: ClientCall, _ query: ReadRequest.Query, _ value: ReadResult.Value) {
    switch (query, value) {
    case (.range(let query), .range(let page)): addReads(call, query, page, of: keys)
    case (.history(let key, .zero, _), .history(let items, _)):
      // Compaction may have taken everything of a key that is deleted.
      add(call, key, .read, .value(items.first.flatMap { $0.item.value.flatMap(number) }))
    default: break
    }
  }

  private mutating func addReads(_ call: ClientCall, _ query: RangeQuery, _ page: RangeResult, of keys: [Key]) {
    guard !query.keysOnly, !query.countOnly, query.revision == .zero else { return }
    let last = page.items.last?.key
    for key in keys where query.range.contains(key) {
      // What lies beyond the page was not shown.
      if page.more, last.map({ query.reverse ? key < $0 : key > $0 }) ?? true { continue }
      add(call, key, .read, .value(page.items.first { $0.key == key }.flatMap { $0.value.flatMap(number) }))
    }
  }

  // MARK: Judging

  /// Judges each key's beginning: the search takes longer than the history gets longer.
  /// - Returns: which key's history no order explains, and its last operations.
  func problem(operationsMax: Int = 400) -> String? {
    for (place, key) in keys.enumerated() {
      guard let history = operations[key] else { continue }
      if case .violated(let prefix) = Linearizability.check(Linearizability.beginning(of: history, operationsMax)) {
        return "no order explains key \(place): \(prefix.suffix(8).map { "\($0.kind) -> \($0.answer)" })"
      }
    }
    return nil
  }
}

extension Model.Operation {
  /// The keys that it may change; of a range, none.
  fileprivate var keys: KeyRange {
    switch self {
    case .put(let key, _, _): KeyRange(only: key)
    case .delete(let range, _): range
    case .range: KeyRange(start: Key([1]), end: Key([0]))
    }
  }
}
