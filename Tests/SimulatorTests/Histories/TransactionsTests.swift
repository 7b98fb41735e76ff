import Base
import Model
import Simulator
import Testing
import Wire

@testable import struct Simulator.StoreModel

/// The checker of transactions is checked: by one history for each way in which a store can lie, and against trying all
/// orders.
@Suite struct TransactionsTests {
  private static let (a, b) = (Key("a"), Key("b"))

  private static func put(_ key: Key, _ value: UInt8) -> Model.Operation {
    .put(key: key, value: Value([value]), wantsPrevious: false)
  }

  private static func row(_ key: Key, _ value: UInt8, _ create: UInt64, _ mod: UInt64, _ version: UInt64) -> KeyValue {
    KeyValue(key: key, value: Value([value]), createRevision: Revision(create), modRevision: Revision(mod), version: version)
  }

  private func call(
    _ id: UInt64, _ body: ClientCall.Body, _ from: Int64, _ to: Int64, _ answer: ClientCall.Answer,
    request: Identifier = .zero
  ) -> ClientCall {
    ClientCall(
      id: id, client: Int(id), group: GroupID(1), body: body, request: request, invoked: Moment(nanoseconds: from),
      returned: Moment(nanoseconds: to), answer: answer)
  }

  /// A write of some keys that depends on nothing, and says so.
  private func write(
    _ id: UInt64, _ puts: [Model.Operation], _ from: Int64, _ to: Int64, at revision: UInt64, if compares: [Compare] = [],
    request: Identifier = .zero
  ) -> ClientCall {
    let result = TransactionResult(succeeded: true, responses: puts.map { _ in .put(previous: nil) })
    return call(
      id, .transaction(Transaction(compares: compares, success: puts)), from, to,
      .applied(.transaction(result), Revision(revision)), request: request)
  }

  private func read(
    _ id: UInt64, _ from: Int64, _ to: Int64, _ rows: [KeyValue], at revision: UInt64,
    _ consistency: ReadConsistency = .linearizable, of query: RangeQuery = RangeQuery(range: .all)
  ) -> ClientCall {
    let page = RangeResult(items: rows, more: false, count: rows.count)
    return call(
      id, .read(ReadRequest(consistency: consistency, query: .range(query))), from, to,
      .read(.range(page), Revision(revision)))
  }

  private func judge(_ calls: ClientCall...) -> String? { Transactions.check(calls) }

  @Test("what an honest store answers is explained")
  func honest() {
    #expect(judge() == nil)
    #expect(judge(read(1, 0, 1, [], at: 1)) == nil)
    #expect(
      judge(
        write(1, [Self.put(Self.a, 1), Self.put(Self.b, 2)], 0, 5, at: 2), write(2, [Self.put(Self.a, 3)], 1, 6, at: 4),
        read(3, 2, 7, [Self.row(Self.a, 1, 2, 2, 1), Self.row(Self.b, 2, 2, 2, 1)], at: 3),
        read(4, 8, 9, [Self.row(Self.a, 3, 2, 4, 2), Self.row(Self.b, 2, 2, 2, 1)], at: 4)) == nil)
  }

  @Test("a read that misses what was acknowledged before it began is found")
  func stale() {
    let one = write(1, [Self.put(Self.a, 1)], 0, 1, at: 2)
    let two = write(2, [Self.put(Self.a, 2)], 2, 3, at: 3)
    #expect(
      judge(one, two, read(3, 4, 5, [Self.row(Self.a, 1, 2, 2, 1)], at: 2))
        == "a read (call 3 of client 3) at 2 began at 0ms, after a transaction (call 2 of client 2) at 3 had ended at 0ms")
    // One that claims to be new and shows what is old.
    #expect(
      judge(one, two, read(3, 4, 5, [Self.row(Self.a, 1, 2, 2, 1)], at: 3))
        == "a read (call 3 of client 3) at 3 does not show what the writes through it make")
    // While the write was under way it might; and who asked for a stale answer might.
    #expect(judge(one, two, read(3, 2, 5, [Self.row(Self.a, 1, 2, 2, 1)], at: 2)) == nil)
    let stale = ReadConsistency.stale(maxAge: .seconds(1), notBefore: .zero)
    #expect(judge(one, two, read(3, 4, 5, [Self.row(Self.a, 1, 2, 2, 1)], at: 2, stale)) == nil)
    // But even a stale answer must have been true once.
    #expect(judge(one, two, read(3, 4, 5, [Self.row(Self.a, 2, 2, 3, 1)], at: 2, stale)) != nil)
    // And one as of a revision.
    let past = RangeQuery(range: .all, revision: Revision(2))
    #expect(judge(one, two, read(3, 4, 5, [Self.row(Self.a, 1, 2, 2, 1)], at: 2, of: past)) == nil)
    #expect(judge(one, two, read(3, 4, 5, [Self.row(Self.a, 2, 2, 3, 2)], at: 2, of: past)) != nil)
  }

  @Test("reads that go back from one to the next are found")
  func backwards() {
    let one = write(1, [Self.put(Self.a, 1)], 0, 9, at: 2)
    #expect(judge(one, read(2, 1, 2, [Self.row(Self.a, 1, 2, 2, 1)], at: 2), read(3, 3, 4, [], at: 1)) != nil)
  }

  @Test("a lost write is found")
  func lost() {
    let one = write(1, [Self.put(Self.a, 1)], 0, 1, at: 2)
    let two = write(2, [Self.put(Self.b, 2)], 2, 3, at: 3)
    #expect(judge(one, two, read(3, 4, 5, [Self.row(Self.b, 2, 3, 3, 1)], at: 3)) != nil)
    // An update of what another had changed meanwhile.
    let compare = Compare(key: Self.a, relation: .equal, target: .modRevision(Revision(2)))
    let update = write(3, [Self.put(Self.a, 4)], 4, 9, at: 5, if: [compare])
    #expect(judge(one, write(4, [Self.put(Self.a, 3)], 4, 9, at: 4), update) != nil)
    #expect(judge(one, write(4, [Self.put(Self.a, 3)], 4, 9, at: 6), update) == nil)
  }

  @Test("an effect that comes twice is found")
  func twice() {
    let one = write(1, [Self.put(Self.a, 1)], 0, 1, at: 2)
    let two = write(2, [Self.put(Self.a, 2)], 2, 3, at: 3)
    #expect(judge(one, two, read(3, 4, 5, [Self.row(Self.a, 1, 2, 4, 3)], at: 4)) != nil)
    #expect(judge(one, one) != nil)
    // The same request asked for twice is one.
    let request = Identifier(high: 1, low: 1)
    let named = write(1, [Self.put(Self.a, 1)], 0, 9, at: 2, request: request)
    let again = write(2, [Self.put(Self.a, 1)], 20, 29, at: 2, request: request)
    #expect(judge(named, again, read(3, 30, 31, [Self.row(Self.a, 1, 2, 2, 1)], at: 2)) == nil)
    var other = again
    other.body = .transaction(Transaction(success: [Self.put(Self.a, 9)]))
    #expect(judge(named, other) != nil)
    var refused = again
    refused.answer = .applied(.appliedBefore(revision: Revision(2), succeeded: false), Revision(2))
    #expect(judge(named, refused) != nil)
  }

  @Test("skewed writes, each right by what the other had not yet changed, are found")
  func skew() {
    let first = write(1, [Self.put(Self.a, 1), Self.put(Self.b, 1)], 0, 1, at: 2)
    func unless(_ key: Key) -> [Compare] { [Compare(key: key, relation: .equal, target: .modRevision(Revision(2)))] }
    let left = write(2, [Self.put(Self.a, 2)], 2, 9, at: 3, if: unless(Self.b))
    let right = write(3, [Self.put(Self.b, 2)], 2, 9, at: 4, if: unless(Self.a))
    #expect(judge(first, left) == nil)
    #expect(judge(first, right) == nil)
    #expect(judge(first, left, right) == "a transaction (call 3 of client 3) at 4 gave something else than the writes before it make")
  }

  @Test("a transaction of which a read shows half is found")
  func half() {
    let both = write(1, [Self.put(Self.a, 1), Self.put(Self.b, 2)], 0, 9, at: 2)
    #expect(judge(both, read(2, 1, 2, [Self.row(Self.a, 1, 2, 2, 1)], at: 2)) != nil)
    #expect(judge(both, read(2, 1, 2, [], at: 1)) == nil)
  }

  @Test("a call whose revision real time does not allow is found")
  func order() {
    #expect(judge(write(1, [Self.put(Self.a, 1)], 0, 1, at: 3), write(2, [Self.put(Self.b, 2)], 2, 3, at: 2)) != nil)
    #expect(judge(write(1, [Self.put(Self.a, 1)], 0, 2, at: 3), write(2, [Self.put(Self.b, 2)], 2, 3, at: 2)) == nil)
  }

  @Test("what compaction takes from a history, and nothing else, is missing from it")
  func history() {
    let one = write(1, [Self.put(Self.a, 1)], 0, 1, at: 2)
    let two = write(2, [Self.put(Self.a, 2)], 2, 3, at: 3)
    let three = write(3, [Self.put(Self.a, 3)], 4, 5, at: 4)
    let compaction = call(4, .compact(Revision(3)), 6, 7, .applied(.compacted, Revision(5)))
    func history(_ id: UInt64, _ from: Int64, _ values: [UInt8], at revision: UInt64) -> ClientCall {
      let items = values.map {
        HistoryItem(item: Self.row(Self.a, $0, 2, UInt64($0) + 1, UInt64($0)), isDeletion: false)
      }
      let query = ReadRequest.Query.history(Self.a, before: .zero, limit: 0)
      return call(
        id, .read(ReadRequest(consistency: .linearizable, query: query)), from, from + 1,
        .read(.history(items, more: false), Revision(revision)))
    }
    #expect(judge(one, two, three, history(5, 6, [3, 2, 1], at: 4)) == nil)
    #expect(judge(one, two, three, history(5, 6, [3, 2], at: 4)) != nil)
    #expect(judge(one, two, three, compaction, history(5, 8, [3, 2], at: 5)) == nil)
    #expect(judge(one, two, three, compaction, history(5, 8, [3, 2, 1], at: 5)) != nil)
  }

  @Test("the checker agrees with trying every order, on 20,000 small histories")
  func bruteForce() {
    var random = SplitMix64(seed: 1_618)
    var counts = (right: 0, wrong: 0, searched: 0)
    for round in 0..<20_000 {
      let history = SmallStoreHistory.draw(&random)
      let verdict = Transactions.check(history)
      let expected = SmallStoreHistory.isExplained(history, believesRevisions: true)
      if expected { counts.right += 1 } else { counts.wrong += 1 }
      guard (verdict == nil) == expected else {
        Issue.record("history \(round), explained: \(expected), verdict: \(verdict ?? "none"): \(history)")
        return
      }
      // Whatever it lets pass is linearizable by any means; stale reads promise less.
      guard verdict == nil, history.allSatisfy(\.isTimed) else { continue }
      counts.searched += 1
      guard SmallStoreHistory.isExplained(history, believesRevisions: false) else {
        Issue.record("history \(round) passes, and no order explains it: \(history)")
        return
      }
    }
    #expect(counts.right > 4_000 && counts.wrong > 4_000 && counts.searched > 2_000, "\(counts)")
  }

  @Test("the checker's model gives what the store's evaluation gives, on 20,000 random transactions")
  func model() throws {
    var random = SplitMix64(seed: 5_772)
    for _ in 0..<200 {
      var model = StoreModel()
      let state = MemoryState(header: .empty)
      for index in 2..<102 as Range<UInt64> {
        let transaction = RandomTransaction.draw(&random, newest: index)
        let command = Command(envelope: Envelope(), body: .transaction(transaction))
        let evaluation = try state.execute(
          command, index: index, term: 1, logTime: .zero, entryHash: .zero)
        let expected = model.run(transaction, at: Revision(index))
        guard evaluation.result == .transaction(expected) else {
          Issue.record("\(transaction) gives \(evaluation.result), the model says \(expected)")
          return
        }
      }
    }
  }
}

extension StateHeader {
  static let empty = StateHeader(
    applied: 1, appliedTerm: 1, base: 0, logTime: .zero, compacted: .zero, chainHead: .zero, setHash: .zero, liveKeys: 0,
    liveBytes: 0, sessions: 0, remembered: 0, featureLevel: 1, configuration: [], configurationIndex: 1, entryHash: .zero)
}

/// Any legal transaction on four keys.
enum RandomTransaction {
  private static let keys = (0..<4).map { Key("key-\($0)") }

  static func draw(_ random: inout SplitMix64, newest: UInt64) -> Transaction {
    let compares = (0..<random.below(3)).map { _ in compare(&random, newest) }
    return Transaction(compares: compares, success: operations(&random), failure: operations(&random))
  }

  private static func compare(_ random: inout SplitMix64, _ newest: UInt64) -> Compare {
    let key = keys[random.below(4)]
    let relation = Compare.Relation.allCases[random.below(4)]
    let number = UInt64(random.below(Int(newest)))
    switch random.below(4) {
    case 0: return Compare(key: key, relation: relation, target: .version(number % 5))
    case 1: return Compare(key: key, relation: relation, target: .createRevision(Revision(number)))
    case 2: return Compare(key: key, relation: relation, target: .modRevision(Revision(number)))
    default:
      let target = Compare.Target.value(Value([UInt8(random.below(6))]).digest)
      return Compare(key: key, relation: random.oneIn(2) ? .equal : .notEqual, target: target)
    }
  }

  /// Each key is put once at most, and not in a range that is deleted.
  private static func operations(_ random: inout SplitMix64) -> [Model.Operation] {
    var puts = keys.filter { _ in random.oneIn(3) }
    var operations: [Model.Operation] = []
    for _ in 0..<(1 + random.below(4)) {
      switch random.below(3) {
      case 0:
        guard let key = puts.popLast() else { continue }
        operations.append(.put(key: key, value: Value([UInt8(random.below(6))]), wantsPrevious: random.oneIn(2)))
      case 1:
        let key = keys[random.below(4)]
        let isPut = operations.contains { if case .put(let put, _, _) = $0 { put >= key } else { false } }
        guard !isPut, !puts.contains(where: { $0 >= key }) else { continue }
        let range = random.oneIn(2) ? KeyRange(only: key) : KeyRange(start: key, end: nil)
        operations.append(.delete(range, wantsPrevious: random.oneIn(2)))
      default:
        var query = RangeQuery(range: KeyRange(start: keys[random.below(4)], end: nil), limit: random.below(3))
        query.reverse = random.oneIn(2)
        query.keysOnly = random.oneIn(3)
        query.countOnly = random.oneIn(4)
        operations.append(.range(query))
      }
    }
    return operations
  }
}
