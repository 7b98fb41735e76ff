internal import Base
internal import Model
internal import Replica
internal import Synchronization
internal import Wire

/// Reads a state in memory, on any one thread.
final class MemoryStateReader: StateReader {
  /// Keys of one slice of a digest.
  private static let digestKeysMax = 10_000

  private let file: MemoryStateFile

  init(_ file: MemoryStateFile) { self.file = file }

  func header() throws(ReadError) -> StateHeader { file.committed.header }

  /// The state, if it still knows `revision` (zero: now).
  private func state(asOf revision: Revision) throws(ReadError) -> MemoryState {
    let state = file.committed
    guard revision > .zero else { return state }
    guard revision <= state.header.revision else { throw .futureRevision(state.header.revision) }
    guard revision >= state.header.compacted else { throw .compacted(state.header.compacted) }
    return state
  }

  func answer(_ query: ReadRequest.Query) throws(ReadError) -> (value: ReadResult.Value, revision: Revision) {
    switch query {
    case .range(let query): return try range(query)
    case .history(let key, let before, let limit):
      let state = file.committed
      try checkSeals(of: CollectionOfOne(key))
      return (history(state, key, before: before, limit: limit), state.header.revision)
    case .outcome(let request):
      let state = file.committed
      return (.outcome(RequestOutcome(state.remembered(request))), state.header.revision)
    case .sessionOutcome(let session, let sequence):
      let state = file.committed
      return (.outcome(RequestOutcome(state.sessionResult(session, sequence: sequence))), state.header.revision)
    }
  }

  private func range(_ query: RangeQuery) throws(ReadError) -> (value: ReadResult.Value, revision: Revision) {
    let state = try state(asOf: query.revision)
    let revision = query.revision > .zero ? query.revision : state.header.revision
    var result = RangeResult(items: [], more: false, count: state.count(query.range, asOf: revision))
    guard !query.countOnly else { return (.range(result), revision) }
    let limit = query.limit > 0 ? min(query.limit, Limits.rangeKeysMax) : Limits.rangeKeysMax
    let rows = state.rows(
      query.range, asOf: revision, limit: limit, keysOnly: query.keysOnly, reverse: query.reverse)
    var page = AnswerPage()
    result.items = Array(rows.prefix { page.takes($0) })
    if !query.keysOnly { try checkSeals(of: result.items.lazy.map(\.key)) }
    result.more = result.count > result.items.count
    return (.range(result), revision)
  }

  private func checkSeals(of keys: some Sequence<Key>) throws(ReadError) {
    do throws(StorageError) { try file.checkSeals(of: keys) } catch { throw .storage(error) }
  }

  private func history(_ state: MemoryState, _ key: Key, before: Revision, limit: Int) -> ReadResult.Value {
    let limit = limit > 0 ? min(limit, Limits.rangeKeysMax) : Limits.rangeKeysMax
    let rows = state.history(key, before: before)
    var page = AnswerPage()
    let items = rows.prefix(limit).map { HistoryItem(item: $0.item(), isDeletion: $0.value == nil) }
      .prefix { page.takes($0.item) }
    return .history(Array(items), more: rows.count > items.count)
  }

  func digest(_ query: DigestQuery) throws(ReadError) -> DigestResult {
    let state = try state(asOf: query.revision)
    let revision = query.revision > .zero ? query.revision : state.header.revision
    let limit = query.limit > 0 ? min(query.limit, Self.digestKeysMax) : Self.digestKeysMax
    var result = DigestResult(setHash: .zero, rows: 0, next: nil, members: [], damaged: [], error: "")
    let rows = state.rows(query.range, asOf: revision, limit: limit + 1, keysOnly: true, reverse: false)
    for item in rows.prefix(limit) {
      guard let row = state.history(item.key).first(where: { $0.revision <= revision }), let head = row.head,
        row.hasHonestDigest
      else {
        result.damaged.append(item.key.hash)
        continue
      }
      let member = SetHash.member(key: item.key, head: head)
      result.setHash.insert(member)
      result.rows += 1
      if query.perRow { result.members.append(DigestResult.Member(key: item.key.hash, member: member)) }
    }
    if rows.count > limit { result.next = rows.last?.key }
    // Deleted and superseded rows are looked at as well.
    let covered = KeyRange(start: query.range.start, end: result.next ?? query.range.end)
    let rotten = file.images.withLock { $0.rotten }.filter(covered.contains).sorted()
    for key in rotten where !result.damaged.contains(key.hash) { result.damaged.append(key.hash) }
    return result
  }
}

/// Rows of one answer, up to ``Base/Limits/rangeBytesMax``. One row is always given: it alone is below every bound on a
/// frame.
struct AnswerPage {
  private(set) var bytes = 0
  private(set) var isEmpty = true

  /// Whether the row still fits; then it counts.
  mutating func takes(_ item: KeyValue) -> Bool {
    let size = item.key.bytes.count + (item.value?.bytes.count ?? 0)
    guard isEmpty || bytes + size <= Limits.rangeBytesMax else { return false }
    bytes += size
    isEmpty = false
    return true
  }
}
