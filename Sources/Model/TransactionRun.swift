import Base

/// One transaction while it runs. Its effects count only if the result is not a refusal.
struct TransactionRun<View: StateView> {
  private let context: EvaluationContext
  private let view: View
  private var overlay = Overlay()
  /// What changed, with ordinals 0, 1, 2… in order of change; empty after a refusal.
  private(set) var effects: [StateEffect] = []
  private var ordinal: UInt32 = 0
  private var responses: [OperationResult] = []
  /// Encoded bytes of all rows in `responses`.
  private var resultBytes = 0
  private var keysDeleted = 0

  init(context: EvaluationContext, view: View) {
    self.context = context
    self.view = view
  }

  /// Runs `transaction`; to be called once.
  mutating func run(_ transaction: Transaction) throws(StorageError) -> CommandResult {
    var succeeded = true
    for compare in transaction.compares where succeeded {
      succeeded = compare.holds(for: try view.head(compare.key))
    }
    for operation in succeeded ? transaction.success : transaction.failure {
      if let refusal = try perform(operation) {
        effects = []
        return .refused(refusal)
      }
    }
    return .transaction(TransactionResult(succeeded: succeeded, responses: responses))
  }

  private mutating func perform(_ operation: Operation) throws(StorageError) -> CommandRefusal? {
    switch operation {
    case .put(let key, let value, let wantsPrevious): try put(key, value, wantsPrevious)
    case .delete(let range, let wantsPrevious): try delete(range, wantsPrevious)
    case .range(let query): try range(query)
    }
  }

  // MARK: Rows as this step sees them

  private func head(_ key: Key) throws(StorageError) -> RowHead? {
    if let entry = overlay.entry(key) { return entry.row?.head }
    return try view.head(key)
  }

  private func row(_ key: Key) throws(StorageError) -> KeyValue? {
    if let entry = overlay.entry(key) { return entry.row?.item(key, keysOnly: false) }
    return try view.row(key)
  }

  /// Hands live rows of `range` to `body` in order, until it returns false.
  private func scan(
    _ range: KeyRange, expected: Int, keysOnly: Bool, reverse: Bool, _ body: (KeyValue) -> Bool
  ) throws(StorageError) {
    let changes = Array(overlay.entries(in: range))
    var below = RowScan(
      range, asOf: nil, expected: expected + changes.count, keysOnly: keysOnly, reverse: reverse, view: view)
    for step in 0..<changes.count {
      let change = changes[reverse ? changes.count - 1 - step : step]
      while let row = try below.peek(), reverse ? row.key > change.key : row.key < change.key {
        below.advance()
        guard body(row) else { return }
      }
      // The row below is hidden by what this list made of it.
      if change.isLiveBelow, try below.peek()?.key == change.key { below.advance() }
      if let row = change.row {
        guard body(row.item(change.key, keysOnly: keysOnly)) else { return }
      }
    }
    while let row = try below.peek() {
      below.advance()
      guard body(row) else { return }
    }
  }

  // MARK: Steps

  private mutating func put(_ key: Key, _ value: Value, _ wantsPrevious: Bool) throws(StorageError) -> CommandRefusal? {
    let replaced = try head(key)
    var previous: KeyValue?
    if wantsPrevious, replaced != nil {
      previous = try row(key)
      if let previous, !count(previous) { return .resultTooLarge }
    }
    let new = RowHead(
      createRevision: replaced?.createRevision ?? context.revision, modRevision: context.revision, ordinal: ordinal,
      version: (replaced?.version ?? 0) &+ 1, valueDigest: value.digest, valueBytes: UInt32(value.bytes.count))
    effects.append(
      .put(
        ordinal: ordinal, key: key, value: value, createRevision: new.createRevision, version: new.version,
        replaced: replaced))
    ordinal += 1
    overlay.set(key, Overlay.Row(head: new, value: value), isLiveBelow: replaced != nil)
    responses.append(.put(previous: previous))
    return nil
  }

  private mutating func delete(_ range: KeyRange, _ wantsPrevious: Bool) throws(StorageError) -> CommandRefusal? {
    let allowed = Limits.rangeDeleteKeysMax - keysDeleted
    var keys: [Key] = []
    if let key = range.onlyKey {
      if try head(key) != nil { keys.append(key) }
    } else {
      try scan(range, expected: allowed + 1, keysOnly: true, reverse: false) { row in
        keys.append(row.key)
        return keys.count <= allowed
      }
    }
    guard keys.count <= allowed else { return .tooManyKeys }
    keysDeleted += keys.count

    var previous: [KeyValue] = []
    for key in keys {
      if wantsPrevious, let row = try row(key) {
        guard count(row) else { return .resultTooLarge }
        previous.append(row)
      }
      guard let replaced = try head(key) else { throw .corrupt(what: "index of live rows") }
      effects.append(.delete(ordinal: ordinal, key: key, replaced: replaced))
      ordinal += 1
      overlay.set(key, nil, isLiveBelow: true)
    }
    responses.append(.delete(count: keys.count, previous: previous))
    return nil
  }

  private mutating func range(_ query: RangeQuery) throws(StorageError) -> CommandRefusal? {
    let isPast = query.revision > .zero
    if isPast {
      guard query.revision < context.revision else { return .futureRevision(context.newestReadable) }
      guard query.revision >= context.header.compacted else { return .compacted(context.header.compacted) }
    }
    var total = try view.count(query.range, asOf: isPast ? query.revision : nil)
    if !isPast { total += overlay.countChange(in: query.range) }
    guard !query.countOnly else {
      responses.append(.range(RangeResult(items: [], more: false, count: total)))
      return nil
    }

    let wanted = query.rowsWanted(of: total)
    var items: [KeyValue] = []
    var bytes = resultBytes
    func take(_ row: KeyValue) -> Bool {
      guard items.count < wanted else { return false }
      bytes += row.encodedBytes
      items.append(row)
      return bytes <= Limits.rangeBytesMax && items.count < wanted
    }
    if isPast {
      var past = RowScan(
        query.range, asOf: query.revision, expected: wanted, keysOnly: query.keysOnly, reverse: query.reverse,
        view: view)
      while let row = try past.peek(), take(row) { past.advance() }
    } else if wanted > 0 {
      try scan(query.range, expected: wanted, keysOnly: query.keysOnly, reverse: query.reverse, take)
    }
    guard bytes <= Limits.rangeBytesMax else { return .resultTooLarge }
    resultBytes = bytes
    responses.append(.range(RangeResult(items: items, more: total > items.count, count: total)))
    return nil
  }

  /// Adds a row of the answer; false when the answer became too large.
  private mutating func count(_ row: KeyValue) -> Bool {
    resultBytes += row.encodedBytes
    return resultBytes <= Limits.rangeBytesMax
  }
}

extension Compare {
  /// Whether the condition holds for the live row `head`. Of an absent key every number is 0, and no condition on its
  /// value holds, as in etcd: there is no way to write "no value" in a compare of values.
  func holds(for head: RowHead?) -> Bool {
    switch target {
    case .version(let version): relation.holds(head?.version ?? 0, version)
    case .createRevision(let revision): relation.holds(head?.createRevision ?? .zero, revision)
    case .modRevision(let revision): relation.holds(head?.modRevision ?? .zero, revision)
    case .value(let digest):
      switch (relation, head) {
      case (.equal, .some(let head)): head.valueDigest == digest
      case (.notEqual, .some(let head)): head.valueDigest != digest
      case (.greater, _), (.less, _), (_, .none): false
      }
    }
  }
}

extension Compare.Relation {
  fileprivate func holds<Number: Comparable>(_ left: Number, _ right: Number) -> Bool {
    switch self {
    case .equal: left == right
    case .greater: left > right
    case .less: left < right
    case .notEqual: left != right
    }
  }
}

extension KeyRange {
  /// The one key that can lie in it, if it is of the form that ``Base/KeyRange/init(only:)`` makes.
  var onlyKey: Key? {
    guard let end, end.bytes.count == start.bytes.count + 1, end.bytes.last == 0 else { return nil }
    return end.bytes.starts(with: start.bytes) ? start : nil
  }
}
