import Base
import Model
import Raft
import Testing
import Wire

@testable import Simulator

/// Each rule about what clients are told is shown a history that breaks it and nothing else, and one that does not.
@Suite struct ClientRuleTests {
  private let cluster = SmallCluster()
  private static let group = SmallCluster.group
  private static let request = Identifier(high: 1, low: 7)

  private static func put(_ call: UInt64, request: Identifier = .zero) -> Command {
    let put = Model.Operation.put(key: Key("a"), value: Value([UInt8(call)]), wantsPrevious: false)
    let envelope = Envelope(
      request: request, keepFor: request.isZero ? .zero : .milliseconds(50),
      correlation: Identifier(high: 0, low: call))
    return Command(envelope: envelope, body: .transaction(Transaction(success: [put])))
  }

  private static let done = CommandResult.transaction(
    TransactionResult(succeeded: true, responses: [.put(previous: nil)]))

  private func told(_ call: UInt64, _ answer: ClientCall.Answer, request: Identifier = .zero) -> Observation {
    .told(
      ClientCall(
        id: call, client: 0, group: Self.group, body: .transaction(Transaction(success: [])), request: request,
        invoked: .zero, returned: .zero, answer: answer))
  }

  private func toldRead(
    _ query: ReadRequest.Query, _ consistency: ReadConsistency, _ value: ReadResult.Value, _ revision: UInt64
  ) -> Observation {
    .told(
      ClientCall(
        id: 99, client: 0, group: Self.group, body: .read(ReadRequest(consistency: consistency, query: query)),
        invoked: .zero, returned: .zero, answer: .read(value, Revision(revision))))
  }

  @Test("a write that is acknowledged and is not in the log, or elsewhere in it, breaks durability")
  func durability() {
    let log = cluster.log(.noop(2), .command(2, Self.put(1)), .command(2, Self.put(2, request: Self.request)))
    var trial = Trial(Durability(), cluster)
    #expect(trial.see(cluster.applying(0, log)) == nil)
    #expect(trial.see(told(1, .applied(Self.done, Revision(3)))) == nil)
    // Another client's request, taken up.
    #expect(trial.see(told(5, .applied(Self.done, Revision(4)), request: Self.request)) == nil)
    #expect(trial.see(told(1, .appliedUnseen), told(3, .unknown), told(4, .notApplied)) == nil)
    #expect(
      trial.see(told(1, .applied(Self.done, Revision(2))))
        == "durability: call 1 was acknowledged at 2 of g1, and was applied at [3]")
    #expect(
      trial.see(told(3, .applied(Self.done, Revision(3))))
        == "durability: call 3 was acknowledged at 3 of g1, and was applied at []")
    #expect(trial.see(told(3, .appliedUnseen)) != nil)
  }

  @Test("a call that was told that it had no effect, and has one, breaks outcome")
  func denied() {
    let log = cluster.log(.noop(2), .command(2, Self.put(1)), .command(2, Self.put(2)))
    var trial = Trial(Outcomes(), cluster)
    #expect(trial.see(told(2, .notApplied), cluster.applying(0, log[..<2])) == nil)
    #expect(trial.see(told(1, .notApplied)) == "outcome: call 1 is told that it had no effect, and ran at 3 of g1")
    #expect(trial.see(cluster.applying(0, log[2...])) == "outcome: call 2 was told that it had no effect, and ran at 4 of g1")
    // That another client's copy of the same request ran says nothing of one's own.
    let other = cluster.log(.noop(2), .command(2, Self.put(1, request: Self.request)))
    var shared = Trial(Outcomes(), cluster)
    #expect(shared.see(cluster.applying(0, other), told(2, .notApplied, request: Self.request)) == nil)
    #expect(shared.see(told(1, .notApplied, request: Self.request)) != nil)
  }

  @Test("an outcome that is not what the log holds breaks outcome")
  func asked() {
    let log = cluster.log(.noop(2), .command(2, Self.put(1, request: Self.request), at: 1), .noop(2, at: 40), .noop(2, at: 90))
    func answer(_ outcome: RequestOutcome, at revision: UInt64) -> String? {
      var trial = Trial(Outcomes(), cluster)
      return trial.see(
        cluster.applying(0, log), toldRead(.outcome(Self.request), .linearizable, .outcome(outcome), revision))
    }
    let time = LogTime(nanoseconds: 1_000_000)
    let right = RequestOutcome.applied(revision: Revision(3), succeeded: true, logTime: time, result: Self.done.bytes)
    #expect(answer(right, at: 4) == nil)
    #expect(answer(.notRemembered, at: 2) == nil)
    #expect(answer(.notRemembered, at: 4) == "outcome: a request that ran at 3 of g1 is not remembered at 4")
    // Its time is over.
    #expect(answer(.notRemembered, at: 5) == nil)
    #expect(answer(right, at: 2) != nil)
    #expect(answer(.applied(revision: Revision(4), succeeded: true, logTime: time, result: []), at: 4) != nil)
    #expect(answer(.applied(revision: Revision(3), succeeded: false, logTime: time, result: []), at: 4) != nil)
    #expect(answer(.applied(revision: Revision(3), succeeded: true, logTime: .zero, result: []), at: 4) != nil)
    #expect(answer(.applied(revision: Revision(3), succeeded: true, logTime: time, result: [1]), at: 4) != nil)
  }

  @Test("an answer from before what a client has seen breaks monotonic reads")
  func monotonic() {
    let stale = ReadConsistency.stale(maxAge: .seconds(1), notBefore: Revision(5))
    let page = ReadResult.Value.range(RangeResult(items: [], more: false, count: 0))
    let all = ReadRequest.Query.range(RangeQuery(range: .all))
    var trial = Trial(MonotonicReads(), cluster)
    #expect(trial.see(toldRead(all, stale, page, 5), toldRead(all, .linearizable, page, 4)) == nil)
    #expect(trial.see(toldRead(all, stale, page, 4)) == "monotonic reads: client 0 had seen 5 and was shown 4")
    let past = ReadRequest.Query.range(RangeQuery(range: .all, revision: Revision(3)))
    #expect(trial.see(toldRead(past, .stale(maxAge: .seconds(1), notBefore: .zero), page, 3)) == nil)
    #expect(trial.see(toldRead(past, .stale(maxAge: .seconds(1), notBefore: .zero), page, 4)) != nil)
  }

  // MARK: Keys

  private func history(_ calls: [(ClientCall.Body, Int64, Int64, ClientCall.Answer)]) -> KeyHistories {
    let history = calls.enumerated().map { place, call in
      ClientCall(
        id: UInt64(place), client: place, group: Self.group, body: call.0, invoked: Moment(nanoseconds: call.1),
        returned: call.3 == .unknown ? .never : Moment(nanoseconds: call.2), answer: call.3)
    }
    return KeyHistories(history, keys: [Key("a"), Key("b")]) { UInt64($0.bytes[0]) }
  }

  private func puts(_ keys: String..., value: UInt8) -> ClientCall.Body {
    .transaction(
      Transaction(success: keys.map { .put(key: Key($0), value: Value([value]), wantsPrevious: false) }))
  }

  private static func page(_ rows: [(String, UInt8)], more: Bool = false) -> ReadResult.Value {
    let items = rows.map {
      KeyValue(key: Key($0.0), value: Value([$0.1]), createRevision: .zero, modRevision: .zero, version: 1)
    }
    return .range(RangeResult(items: items, more: more, count: items.count + (more ? 1 : 0)))
  }

  private static let all = ClientCall.Body.read(
    ReadRequest(consistency: .linearizable, query: .range(RangeQuery(range: .all, limit: 1))))

  @Test("each key's part of a history must be linearizable, whatever revisions say")
  func keys() {
    let both = CommandResult.transaction(
      TransactionResult(succeeded: true, responses: [.put(previous: nil), .put(previous: nil)]))
    let write = (puts("a", "b", value: 1), Int64(0), Int64(1), ClientCall.Answer.applied(both, Revision(2)))
    #expect(history([write, (Self.all, 2, 3, .read(Self.page([("a", 1), ("b", 1)]), Revision(1)))]).problem() == nil)
    #expect(history([write, (Self.all, 2, 3, .read(Self.page([("a", 1)]), Revision(9)))]).problem() != nil)
    // Beyond a page nothing is known.
    #expect(history([write, (Self.all, 2, 3, .read(Self.page([("a", 1)], more: true), Revision(9)))]).problem() == nil)
    let deletion = ClientCall.Body.transaction(
      Transaction(success: [.delete(KeyRange(only: Key("a")), wantsPrevious: false)]))
    let deleted = CommandResult.transaction(
      TransactionResult(succeeded: true, responses: [.delete(count: 1, previous: [])]))
    let delete = (deletion, Int64(4), Int64(5), ClientCall.Answer.applied(deleted, Revision(3)))
    #expect(history([write, delete, (Self.all, 6, 7, .read(Self.page([("b", 1)]), Revision(3)))]).problem() == nil)
    #expect(history([write, delete, (Self.all, 6, 7, .read(Self.page([("a", 1), ("b", 1)]), Revision(3)))]).problem() != nil)
    let unknown = (puts("a", value: 2), Int64(4), Int64(0), ClientCall.Answer.unknown)
    #expect(history([write, unknown, (Self.all, 6, 7, .read(Self.page([("a", 2), ("b", 1)]), Revision(3)))]).problem() == nil)
    #expect(history([write, unknown, (Self.all, 6, 7, .read(Self.page([("a", 1), ("b", 1)]), Revision(3)))]).problem() == nil)
    #expect(history([write, unknown, (Self.all, 2, 3, .read(Self.page([("a", 2), ("b", 1)]), Revision(3)))]).problem() != nil)
  }

  @Test("a swap of one key is judged by what it expected")
  func swaps() {
    func swap(_ target: Compare.Target, _ value: UInt8) -> ClientCall.Body {
      .transaction(
        Transaction(
          compares: [Compare(key: Key("a"), relation: .equal, target: target)],
          success: [.put(key: Key("a"), value: Value([value]), wantsPrevious: false)]))
    }
    func answer(_ succeeded: Bool) -> ClientCall.Answer {
      let responses: [OperationResult] = succeeded ? [.put(previous: nil)] : []
      return .applied(.transaction(TransactionResult(succeeded: succeeded, responses: responses)), Revision(2))
    }
    let one = (puts("a", value: 1), Int64(0), Int64(1), answer(true))
    #expect(history([one, (swap(.value(Value([1]).digest), 2), 2, 3, answer(true))]).problem() == nil)
    #expect(history([one, (swap(.value(Value([1]).digest), 2), 2, 3, answer(false))]).problem() != nil)
    #expect(history([one, (swap(.version(0), 2), 2, 3, answer(true))]).problem() != nil)
    #expect(history([one, (swap(.value(Value([7]).digest), 2), 2, 3, answer(true))]).problem() != nil)
  }
}
