public import Base

/// A group's state in memory: the oracle of tests, the simulator's store, and the reference for the one on SQLite.
///
/// Everything in it is one value (``contents``), so a copy of the state is an assignment. Nothing in it depends on the
/// process: every walk is in key order.
public final class MemoryState: StateView {
  /// The whole state.
  public private(set) var contents: Contents

  public init(_ contents: Contents) { self.contents = contents }

  /// An empty state with this header, whose sums must be those of an empty state.
  public convenience init(header: StateHeader) { self.init(Contents(header: header)) }

  /// The group's header. The applier sets the entry's own fields; the sums follow from ``apply(_:revision:)``.
  public var header: StateHeader {
    get { contents.header }
    set { contents.header = newValue }
  }

  /// Stores the effects of the entry at `revision`, and brings the header's sums in line. In order of entries.
  public func apply(_ effects: [StateEffect], revision: Revision) {
    contents.apply(effects, revision: revision)
  }

  /// Evaluates a command at the next place of the log and stores what it does: what an applier does with an entry.
  ///
  /// - Returns: what was stored and is told. The header then has `index` applied, and the chain head after it.
  public func execute(
    _ command: Command, index: UInt64, term: UInt64, logTime: LogTime, entryHash: Digest
  ) throws(StorageError) -> Evaluation {
    precondition(index > header.applied, "entry \(index) after \(header.applied)")
    let revision = Revision(index + header.base)
    let context = EvaluationContext(revision: revision, logTime: logTime, header: header)
    let evaluation = try evaluate(command, in: context, view: self)
    apply(evaluation.effects, revision: revision)
    contents.header.applied = index
    contents.header.appliedTerm = term
    contents.header.logTime = logTime
    contents.header.entryHash = entryHash
    contents.header.chainHead = Chain.next(
      head: contents.header.chainHead, entryHash: entryHash, evaluation: evaluation)
    return evaluation
  }

  // MARK: StateView

  public func head(_ key: Key) -> RowHead? { contents.live(key)?.head }

  public func row(_ key: Key) -> KeyValue? { contents.live(key)?.item() }

  public func rows(
    _ range: KeyRange, asOf revision: Revision?, limit: Int, keysOnly: Bool, reverse: Bool
  ) -> [KeyValue] {
    var items: [KeyValue] = []
    guard limit > 0 else { return items }
    contents.scan(range, asOf: revision, reverse: reverse) { row in
      items.append(row.item(keysOnly: keysOnly))
      return items.count < limit
    }
    return items
  }

  public func count(_ range: KeyRange, asOf revision: Revision?) -> Int {
    var count = 0
    contents.scan(range, asOf: revision, reverse: false) { _ in
      count += 1
      return true
    }
    return count
  }

  public func session(_ id: UInt64) -> SessionHead? { contents.sessions[id]?.head }

  public func sessionResult(_ id: UInt64, sequence: UInt64) -> Remembered? {
    contents.sessions[id]?.results[sequence]
  }

  public func remembered(_ request: Identifier) -> Remembered? { contents.requests[request] }

  public func expiredRequests(before time: LogTime, limit: Int) -> [Identifier] {
    contents.requestDeadlines.expired(before: time, limit: limit)
  }

  public func expiredSessions(before time: LogTime, limit: Int) -> [UInt64] {
    // By id, not by deadline: so all that have expired are looked at.
    let expired = contents.sessionDeadlines.expired(before: time, limit: .max)
    return Array(expired.sorted().prefix(max(limit, 0)))
  }

  // MARK: Beyond what evaluation needs

  /// Every kept change of `key`, newest first, below `before` (zero: from the newest), at most `limit`.
  public func history(_ key: Key, before: Revision = .zero, limit: Int = .max) -> [StateRow] {
    var found: [StateRow] = []
    for row in (contents.keys[key] ?? []).reversed() where before == .zero || row.revision < before {
      guard found.count < limit else { break }
      found.append(row)
    }
    return found
  }

  /// Every kept change after `revision` in order of (revision, ordinal), of at most `limit` revisions: a revision is
  /// given whole or not at all.
  public func changes(after revision: Revision, limit: Int) -> [StateRow] {
    var found: [StateRow] = []
    var revisions = 0
    let changes = contents.changes
    var place = changes.lowerBound(ChangeID(revision: revision, ordinal: .max))
    while place != changes.end {
      let id = changes.key(at: place)
      if found.last?.revision != id.revision {
        guard revisions < limit else { break }
        revisions += 1
      }
      if let row = contents.row(changes.value(at: place), id) { found.append(row) }
      place = changes.place(after: place)
    }
    return found
  }

  /// The set hash computed anew from the live rows: what ``StateHeader/setHash`` must be.
  public func recomputedSetHash() -> Digest {
    var sum = Digest.zero
    contents.scan(.all, asOf: nil, reverse: false) { row in
      if let head = row.head { sum.insert(SetHash.member(key: row.key, head: head)) }
      return true
    }
    return sum
  }
}
