import Base
import Model
import Raft
import Replica
import Storage
import Testing
import Wire

@Suite("A state store, on SQLite and in memory")
struct StateConformanceTests {
  #if DEBUG
    static let commands = 160
  #else
    static let commands = 600
  #endif

  @Test(
    "Shows what the model's own state shows after any commands, compactions and checkpoints",
    arguments: StateKind.allCases, [1, 2, 3, 4] as [UInt64])
  func followsTheModel(_ kind: StateKind, _ seed: UInt64) throws {
    var work = StateWorkload(seed: seed)
    let store = try kind.make(work.founding)
    var differences: [String] = []
    while work.entries.count < Self.commands {
      let report = try Applier.apply(work.batch(1 + work.below(8)), to: store)
      if report.header != work.header { differences.append("header at \(work.header.applied)") }
      if work.oneIn(4) { _ = try store.checkpoint() }
      if work.oneIn(6) { _ = try store.deleteCompacted() }
      if work.oneIn(10) { differences += try work.differences(store, from: work.oracle.contents) }
      if work.oneIn(3) { differences += try rangesDiffer(&work, store) }
      if !differences.isEmpty { break }
    }
    while try store.deleteCompacted() {}
    differences += try work.differences(store, from: work.oracle.contents)
    differences += try rangesDiffer(&work, store)
    #expect(differences == [])
    store.close()
  }

  /// Random ranges with all options, and the state as of every revision that is still kept.
  private func rangesDiffer(_ work: inout StateWorkload, _ store: any StateStore) throws -> [String] {
    var differences: [String] = []
    let reader = try store.makeReader()
    let oldest = max(work.header.compacted.rawValue, 1)
    for revision in oldest...work.revision.rawValue {
      let range = work.range()
      let asOf: Revision? = revision == work.revision.rawValue && work.oneIn(2) ? nil : Revision(revision)
      let keysOnly = work.oneIn(2)
      let reverse = work.oneIn(2)
      let limit = 1 + work.below(30)
      let rows = try store.rows(range, asOf: asOf, limit: limit, keysOnly: keysOnly, reverse: reverse)
      let wanted = work.oracle.rows(range, asOf: asOf, limit: limit, keysOnly: keysOnly, reverse: reverse)
      if rows != wanted { differences.append("rows as of \(revision)") }
      let count = work.oracle.count(range, asOf: asOf)
      if try store.count(range, asOf: asOf) != count { differences.append("count as of \(revision)") }
      let countOnly = work.oneIn(5)
      let (value, at) = try reader.answer(
        .range(
          RangeQuery(
            range: range, revision: asOf ?? .zero, limit: limit, keysOnly: keysOnly, countOnly: countOnly,
            reverse: reverse)))
      let answer = ReadResult.Value.range(
        RangeResult(
          items: countOnly ? [] : wanted, more: !countOnly && count > wanted.count, count: count))
      if value != answer || at.rawValue != revision { differences.append("answer as of \(revision)") }
    }
    let revision = Revision(oldest + UInt64(work.below(Int(work.revision.rawValue - oldest + 1))))
    let whole = try wholeDigest(reader, revision: revision)
    let sliced = try wholeDigest(reader, revision: revision, limit: 3, perRow: true)
    if whole.setHash != sliced.setHash || whole.rows != UInt64(sliced.members.count) {
      differences.append("sliced digest as of \(revision)")
    }
    return differences
  }

  @Test("Refuses reads below the compacted revision and above the newest", arguments: StateKind.allCases)
  func refusesOutOfRange(_ kind: StateKind) throws {
    var work = StateWorkload(seed: 9)
    let store = try kind.make(work.founding)
    _ = try Applier.apply(work.batch(20), to: store)
    let target = Revision(work.revision.rawValue - 5)
    let compaction = try work.add(Command(envelope: Envelope(), body: .compact(target)))
    _ = try Applier.apply(
      ApplyBatch(group: StateWorkload.group, entries: [compaction], resultsFrom: nil), to: store)
    #expect(store.header.compacted == target)
    let reader = try store.makeReader()
    func answer(_ revision: UInt64) throws { _ = try reader.answer(.range(RangeQuery(range: .all, revision: Revision(revision)))) }
    try answer(target.rawValue)
    #expect(throws: ReadError.compacted(target)) { try answer(target.rawValue - 1) }
    let newest = work.revision
    #expect(throws: ReadError.futureRevision(newest)) { try answer(newest.rawValue + 1) }
    #expect(throws: ReadError.compacted(target)) {
      try reader.digest(
        DigestQuery(revision: Revision(target.rawValue - 1), range: .all, limit: 0, perRow: false))
    }
  }

  @Test("A batch that is rolled back leaves nothing behind, in sessions neither", arguments: StateKind.allCases)
  func rollsBack(_ kind: StateKind) throws {
    var work = StateWorkload(seed: 21)
    let store = try kind.make(work.founding)
    _ = try Applier.apply(work.batch(60), to: store)
    let before = work.oracle.contents
    var differences: [String] = []
    for _ in 0..<20 {
      let scratch = MemoryState(before)
      try store.begin()
      for step in 1...5 {
        let revision = Revision(before.headerRevision.rawValue + UInt64(step))
        let context = EvaluationContext(
          revision: revision, logTime: LogTime(nanoseconds: scratch.header.logTime.nanoseconds + 9_000_000_000),
          header: scratch.header)
        let evaluation = try evaluate(work.command(), in: context, view: scratch)
        try store.apply(evaluation.effects, revision: revision)
        scratch.apply(evaluation.effects, revision: revision)
        if try store.count(.all, asOf: nil) != scratch.count(.all, asOf: nil) { differences.append("view in batch") }
        if try store.expiredSessions(before: context.logTime, limit: 100)
          != scratch.expiredSessions(before: context.logTime, limit: 100)
        {
          differences.append("expiry in batch")
        }
      }
      store.rollback()
      differences += try work.differences(store, from: before)
      if !differences.isEmpty { break }
    }
    #expect(differences == [])
    _ = try Applier.apply(work.batch(10), to: store)
    #expect(try work.differences(store, from: work.oracle.contents) == [])
  }

  @Test("An answer ends at its bound on bytes, tells that there is more, and counts all", arguments: StateKind.allCases)
  func boundsAnswers(_ kind: StateKind) throws {
    var work = StateWorkload(seed: 5)
    let store = try kind.make(work.founding)
    let value = Value([UInt8](repeating: 7, count: Limits.valueBytesMax))
    for number in 0..<6 {
      let entry = try work.add(
        Command(
          envelope: Envelope(),
          body: .transaction(
            Transaction(success: [.put(key: Key("large/\(number)"), value: value, wantsPrevious: false)]))))
      _ = try Applier.apply(ApplyBatch(group: StateWorkload.group, entries: [entry], resultsFrom: nil), to: store)
    }
    let reader = try store.makeReader()
    guard case .range(let page) = try reader.answer(.range(RangeQuery(range: .all))).value else {
      Issue.record("another kind of answer")
      return
    }
    #expect(page.items.count == 3)
    #expect(page.more)
    #expect(page.count == 6)
    guard
      case .range(let rest) = try reader.answer(
        .range(RangeQuery(range: KeyRange(start: page.items[2].key.successor, end: nil)))).value
    else { return }
    #expect(rest.items.map(\.key) == [Key("large/3"), Key("large/4"), Key("large/5")])
    #expect(!rest.more)
  }

  @Test("A range deletion of as many keys as an entry may touch is one entry's rows", arguments: StateKind.allCases)
  func deletesRanges(_ kind: StateKind) throws {
    var work = StateWorkload(seed: 6)
    let store = try kind.make(work.founding)
    func apply(_ operations: [Operation]) throws {
      let entry = try work.add(
        Command(envelope: Envelope(), body: .transaction(Transaction(success: operations))))
      _ = try Applier.apply(ApplyBatch(group: StateWorkload.group, entries: [entry], resultsFrom: nil), to: store)
    }
    let many = Limits.rangeDeleteKeysMax
    for start in stride(from: 0, to: many, by: 125) {
      try apply((start..<min(start + 125, many)).map { .put(key: Key("m/\($0)"), value: Value([1]), wantsPrevious: false) })
    }
    #expect(try store.count(.all, asOf: nil) == many)
    let before = work.revision
    try apply([.delete(KeyRange(prefix: Key("m/")), wantsPrevious: false)])
    #expect(try store.count(.all, asOf: nil) == 0)
    #expect(try store.count(.all, asOf: before) == many)
    #expect(store.header.setHash == .zero)
    #expect(try wholeDigest(store.makeReader(), revision: before).rows == UInt64(many))
    let compaction = try work.add(Command(envelope: Envelope(), body: .compact(before)))
    _ = try Applier.apply(ApplyBatch(group: StateWorkload.group, entries: [compaction], resultsFrom: nil), to: store)
    while try store.deleteCompacted() {}
    #expect(try store.count(.all, asOf: before) == many)
  }
}

extension MemoryState.Contents {
  /// Of the last entry applied.
  var headerRevision: Revision {
    let header = MemoryState(self).header
    return Revision(header.applied + header.base)
  }
}
