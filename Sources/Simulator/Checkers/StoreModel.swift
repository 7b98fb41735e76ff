import Base
import Model
import Wire

/// What a keyspace holds after each revision, by an evaluation of its own: transactions are run here in another way than
/// ``Model/evaluate(_:in:view:)`` runs them, so that a mistake there is seen. It forgets nothing.
struct StoreModel {
  private struct Version {
    var revision: Revision
    /// nil: deleted.
    var value: Value?
    var create: Revision
    var version: UInt64
  }

  private struct Row {
    var key: Key
    /// Oldest first.
    var versions: [Version] = []

    func live(at revision: Revision) -> KeyValue? {
      guard let found = versions.last(where: { $0.revision <= revision }), found.value != nil else { return nil }
      return item(found)
    }

    func item(_ version: Version) -> KeyValue {
      KeyValue(
        key: key, value: version.value, createRevision: version.create, modRevision: version.revision,
        version: version.version)
    }
  }

  /// In order of keys.
  private var rows: [Row] = []
  /// Ascending in both.
  private var compactions: [(at: Revision, target: Revision)] = []

  // MARK: Changing

  mutating func run(_ transaction: Transaction, at revision: Revision) -> TransactionResult {
    let newest = Revision(.max)
    let holds = transaction.compares.allSatisfy { Self.holds($0, row($0.key)?.live(at: newest)) }
    var responses: [OperationResult] = []
    for operation in holds ? transaction.success : transaction.failure {
      switch operation {
      case .put(let key, let value, let wantsPrevious):
        let before = row(key)?.live(at: newest)
        let new = Version(
          revision: revision, value: value, create: before?.createRevision ?? revision,
          version: (before?.version ?? 0) + 1)
        rows[place(making: key)].versions.append(new)
        responses.append(.put(previous: wantsPrevious ? before : nil))
      case .delete(let range, let wantsPrevious):
        let gone = live(in: range, at: newest)
        for item in gone {
          let deletion = Version(revision: revision, value: nil, create: .zero, version: 0)
          rows[place(making: item.key)].versions.append(deletion)
        }
        responses.append(.delete(count: gone.count, previous: wantsPrevious ? gone : []))
      case .range(let query): responses.append(.range(page(query, at: newest)))
      }
    }
    return TransactionResult(succeeded: holds, responses: responses)
  }

  mutating func compact(_ target: Revision, at revision: Revision) { compactions.append((revision, target)) }

  private static func holds(_ compare: Compare, _ row: KeyValue?) -> Bool {
    func holds(_ left: UInt64, _ right: UInt64) -> Bool {
      switch compare.relation {
      case .equal: left == right
      case .notEqual: left != right
      case .less: left < right
      case .greater: left > right
      }
    }
    switch compare.target {
    case .version(let version): return holds(row?.version ?? 0, version)
    case .createRevision(let revision): return holds(row?.createRevision.rawValue ?? 0, revision.rawValue)
    case .modRevision(let revision): return holds(row?.modRevision.rawValue ?? 0, revision.rawValue)
    case .value(let digest):
      // Of a key that is absent nothing can be said.
      guard let value = row?.value else { return false }
      let isEqual = Digest(of: value.bytes) == digest
      return compare.relation == .equal ? isEqual : compare.relation == .notEqual && !isEqual
    }
  }

  // MARK: Reading

  /// What a query gives of the state at `revision`; nil for a query that is judged elsewhere.
  func answer(_ query: ReadRequest.Query, at revision: Revision) -> ReadResult.Value? {
    switch query {
    case .range(let query): .range(page(query, at: revision))
    case .history(let key, let before, let limit): history(key, before: before, limit: limit, at: revision)
    case .outcome, .sessionOutcome: nil
    }
  }

  /// Whether a state at `revision` still knows what was at `past`.
  func knows(_ past: Revision, at revision: Revision) -> Bool { past >= compacted(at: revision) }

  private func page(_ query: RangeQuery, at revision: Revision) -> RangeResult {
    var items = live(in: query.range, at: query.revision == .zero ? revision : query.revision)
    let count = items.count
    if query.countOnly { return RangeResult(items: [], more: false, count: count) }
    if query.reverse { items.reverse() }
    if query.limit > 0 { items = Array(items.prefix(query.limit)) }
    if query.keysOnly { for place in items.indices { items[place].value = nil } }
    return RangeResult(items: items, more: count > items.count, count: count)
  }

  private func history(_ key: Key, before: Revision, limit: Int, at revision: Revision) -> ReadResult.Value {
    guard let row = row(key) else { return .history([], more: false) }
    let horizon = compacted(at: revision)
    let newest = row.versions.lastIndex { $0.revision <= horizon }
    var items: [HistoryItem] = []
    for place in row.versions.indices.reversed() {
      let version = row.versions[place]
      guard version.revision <= revision, before == .zero || version.revision < before else { continue }
      // Of what compaction reaches, only the newest stays, if it is no deletion.
      if let newest, place < newest || (place == newest && version.value == nil) { break }
      items.append(HistoryItem(item: row.item(version), isDeletion: version.value == nil))
    }
    let shown = limit > 0 ? Array(items.prefix(limit)) : items
    return .history(shown, more: items.count > shown.count)
  }

  private func compacted(at revision: Revision) -> Revision {
    compactions.last { $0.at <= revision }?.target ?? .zero
  }

  private func live(in range: KeyRange, at revision: Revision) -> [KeyValue] {
    rows.lazy.filter { range.contains($0.key) }.compactMap { $0.live(at: revision) }
  }

  private func row(_ key: Key) -> Row? {
    let place = lowerBound(key)
    return place < rows.count && rows[place].key == key ? rows[place] : nil
  }

  private mutating func place(making key: Key) -> Int {
    let place = lowerBound(key)
    if place == rows.count || rows[place].key != key { rows.insert(Row(key: key), at: place) }
    return place
  }

  private func lowerBound(_ key: Key) -> Int {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
