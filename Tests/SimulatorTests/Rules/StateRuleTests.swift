import Base
import Model
import Raft
import Replica
import Storage
import Testing
import Wire

@testable import Simulator

/// Each rule about what replicas hold and say is shown a history that breaks it and nothing else, and one that does not.
@Suite struct StateRuleTests {
  private let cluster = SmallCluster()
  private static let group = SmallCluster.group

  private static func put(_ key: String, _ value: UInt8, _ envelope: Envelope = Envelope()) -> Command {
    let put = Model.Operation.put(key: Key(key), value: Value([value]), wantsPrevious: false)
    return Command(envelope: envelope, body: .transaction(Transaction(success: [put])))
  }

  /// A store that has applied `entries`.
  private func store(_ entries: [Entry]) throws -> any StateStore {
    let store = MemoryStateStore(header: StateHeader(founding: cluster.genesis.groups[0], of: cluster.genesis))
    _ = try Applier.apply(ApplyBatch(group: Self.group, entries: entries, resultsFrom: nil), to: store)
    return store
  }

  private func report(_ entries: [Entry]) throws -> ApplyReport {
    ApplyReport(group: Self.group, header: try store(entries).header, results: [], digests: [])
  }

  // MARK: Applying

  @Test("other entries applied at one index break state machine safety")
  func safety() {
    let log = cluster.log(.noop(2), .noop(2))
    let other = cluster.log(.noop(2), .noop(3))
    var trial = Trial(StateMachineSafety(), cluster)
    #expect(trial.see(cluster.applying(0, log), cluster.applying(1, log[..<1]), cluster.applying(1, log[1...])) == nil)
    #expect(trial.see(cluster.applying(2, other)) == "state machine safety: two entries were applied at 3 of g1")
  }

  @Test("an entry applied before it is durable, or a state that comes back ahead of its log, breaks durable order")
  func durableOrder() {
    let log = cluster.log(.noop(2), .noop(2))
    var trial = Trial(DurableOrder(), cluster)
    #expect(trial.see(cluster.persisted(0, [log[0]]), cluster.applying(0, log[..<1])) == nil)
    #expect(trial.see(cluster.applying(0, log[1...])) == "durable order: node 1 applies entry 3 of g1, durable is 2")
    let other = cluster.log(.noop(2), .noop(3))
    #expect(trial.see(cluster.persisted(0, [log[1]])) == nil)
    #expect(trial.see(cluster.applying(0, other[1...])) == "durable order: node 1 applies entry 3/3 of g1, its disk holds 2/3 there")
    #expect(trial.see(cluster.restarted(1, log: log, applied: LogIndex(3))) == nil)
    #expect(trial.see(cluster.restarted(1, log: [log[0]], applied: LogIndex(3))) != nil)
  }

  @Test("a batch that leaves something out, or a state that went back further than the power took it, breaks monotone applied")
  func monotoneApplied() throws {
    let log = cluster.log(.noop(2), .noop(2), .noop(2))
    var trial = Trial(MonotoneApplied(), cluster)
    #expect(trial.see(cluster.applying(0, log[..<1]), .applied(node: 0, try report([log[0]]))) == nil)
    #expect(trial.see(cluster.applying(0, log[2...])) == "monotone applied: node 1 applies entry 4 of g1 after 2")
    #expect(trial.see(cluster.applying(0, log[1...]), .applied(node: 0, try report(log))) == nil)
    #expect(trial.see(.stateDurable(node: 0, group: Self.group, index: LogIndex(3))) == nil)
    #expect(trial.see(.crashed(node: 0), cluster.restarted(0, log: log, applied: LogIndex(3))) == nil)
    #expect(trial.see(cluster.applying(0, log[2...]), .applied(node: 0, try report(log))) == nil)
    #expect(
      trial.see(.crashed(node: 0), cluster.restarted(0, log: log, applied: LogIndex(2)))
        == "monotone applied: node 1 comes back with the state of g1 at 2, durable was 3")
    #expect(trial.see(cluster.applying(1, log), .applied(node: 1, try report([log[0]])), .crashed(node: 1)) == nil)
    #expect(trial.see(cluster.restarted(1, log: log, applied: LogIndex(3))) != nil)
    #expect(trial.see(.stateDurable(node: 2, group: Self.group, index: LogIndex(9))) != nil)
  }

  @Test("a state that differs from what its entries make breaks replicas equal")
  func equality() throws {
    let log = cluster.log(.noop(2), .command(2, Self.put("a", 1)))
    let other = cluster.log(.noop(2), .command(2, Self.put("a", 2)))
    var trial = Trial(ReplicasEqual(), cluster)
    #expect(trial.see(cluster.applying(0, log), .applied(node: 0, try report(log))) == nil)
    #expect(
      trial.see(.applied(node: 1, try report(other)))
        == "replicas equal: node 2 differs at 3 of g1: entry, chain, set hash")
    var header = try report(log)
    header.header.sessions = 1
    #expect(trial.see(.applied(node: 2, header)) == "replicas equal: node 3 differs at 3 of g1: sessions 0 and 1")
    // Until it was rebuilt a damaged one is known to differ.
    #expect(trial.see(.harmed(node: 2, group: Self.group), .applied(node: 2, header)) == nil)
  }

  // MARK: Snapshots

  private func adopted(_ store: any StateStore, _ header: StateHeader? = nil) throws -> Observation {
    .adopted(node: 1, group: Self.group, header ?? store.header, try store.makeReader())
  }

  @Test("a snapshot with other rows, history, session or request memory than its entries make breaks the rule")
  func snapshots() throws {
    let named = Envelope(request: Identifier(high: 1, low: 7), keepFor: .seconds(60))
    let log = cluster.log(
      .noop(2), .command(2, Command(envelope: Envelope(), body: .openSession(timeToLive: .seconds(60)))),
      .command(2, Self.put("a", 1, Envelope(session: 3, sequence: 1, lowestUnacknowledged: 1))),
      .command(2, Self.put("a", 2)), .command(2, Self.put("b", 3, named)))
    var trial = Trial(SnapshotEqualsReplay(), cluster)
    #expect(trial.see(cluster.applying(0, log)) == nil)
    for count in 1...log.count {
      #expect(trial.see(try adopted(store(Array(log[..<count])))) == nil, "\(count) entries")
    }
    let header = try store(log).header
    func broken(_ change: (inout [Entry]) -> Void) throws -> String? {
      var entries = log
      change(&entries)
      return trial.see(try adopted(store(entries), header))
    }
    func without(_ place: Int, _ command: Command) -> (inout [Entry]) -> Void {
      { entries in
        for rest in place..<entries.count {
          let payload = rest == place ? command.bytes : entries[rest].payload
          entries[rest] = cluster.entry(
            SmallCluster.Part(term: 2, kind: .command, payload: payload), after: entries[rest - 1])
        }
      }
    }
    #expect(try broken(without(3, Self.put("a", 9))) == "snapshot equals replay: node 2 holds other rows of g1 at 6 than its entries make")
    // The same rows, one change fewer.
    let puts = without(2, Self.put("c", 1))
    #expect(try broken(puts) != nil)
    #expect(
      try broken(without(2, Self.put("a", 1)))
        == "snapshot equals replay: node 2 holds another memory of session 3 of g1 at 6 than its entries make")
    #expect(
      try broken(without(4, Self.put("b", 3)))
        == "snapshot equals replay: node 2 holds another memory of requests of g1 at 6 than its entries make")
    var elsewhere = header
    elsewhere.applied = 99
    #expect(trial.see(try adopted(store(log), elsewhere)) != nil)
  }

  @Test("the state at any index is what its entries make, near landmarks too")
  func landmarks() throws {
    var log: [Entry] = []
    for number in 0..<600 {
      log.append(
        cluster.entry(.command(2, Self.put("key-\(number % 7)", UInt8(number % 251))), after: log.last))
    }
    let committed = CommittedLog(founding: StateHeader(founding: cluster.genesis.groups[0], of: cluster.genesis))
    _ = committed.append(log, at: .zero)
    for count in [0, 1, 255, 256, 257, 511, 512, 599, 600] {
      let header = try store(Array(log[..<count])).header
      let index = LogIndex(UInt64(count) + 1)
      #expect(committed.header(at: index) == header)
      #expect(committed.state(at: index).header == header)
      let reader = try store(Array(log[..<count])).makeReader()
      #expect(try StateContents(committed.state(at: index)).difference(reader) == nil)
    }
  }

  // MARK: Commands

  @Test("a command that runs twice breaks exactly once; one that is remembered, or has been forgotten by design, does not")
  func exactlyOnce() {
    func trial(_ parts: [SmallCluster.Part]) -> String? {
      var trial = Trial(ExactlyOnce(), cluster)
      var log: [Entry] = []
      for part in parts { log.append(cluster.entry(part, after: log.last)) }
      return trial.see(cluster.applying(0, log))
    }
    let call = Identifier(high: 0, low: 5)
    let bare = Self.put("a", 1, Envelope(correlation: call))
    #expect(trial([.command(2, bare)]) == nil)
    #expect(trial([.command(2, bare), .noop(2), .command(2, bare)]) == "exactly once: a command of g1 ran at 2 and again at 4")
    let open = Command(envelope: Envelope(), body: .openSession(timeToLive: .seconds(60)))
    let inSession = Self.put("a", 1, Envelope(session: 2, sequence: 1, lowestUnacknowledged: 1, correlation: call))
    #expect(trial([.command(2, open), .command(2, inSession), .command(2, inSession)]) == nil)
    let request = Self.put("a", 1, Envelope(request: Identifier(high: 3, low: 3), keepFor: .milliseconds(10)))
    #expect(trial([.command(2, request, at: 1), .command(2, request, at: 9)]) == nil)
    #expect(trial([.command(2, request, at: 1), .command(2, request, at: 20)]) == nil)
    // A request that nobody asked to be remembered is no name.
    let unkept = Self.put("a", 1, Envelope(request: Identifier(high: 3, low: 3)))
    #expect(trial([.command(2, unkept), .command(2, unkept)]) == nil)
  }

  // MARK: Reads

  private func read(_ token: UInt64, _ consistency: ReadConsistency, asOf revision: Revision = .zero) -> Observation {
    let query = RangeQuery(range: .all, revision: revision)
    return .asked(
      node: 0, ClientToken(connection: 1, number: token),
      .read(keyspace: SmallCluster.keyspace, ReadRequest(consistency: consistency, query: .range(query))))
  }

  /// - Parameters, both in milliseconds: what the answer says, and when that began.
  private func answer(_ token: UInt64, _ revision: UInt64, age: Int64?, since: Int64 = 0) -> Observation {
    let header = ReplyHeader(
      keyspace: SmallCluster.keyspace, revision: Revision(revision), node: "node-1", nation: "wales", cluster: .zero,
      term: 1)
    let result = ReadResult(
      value: .range(RangeResult(items: [], more: false, count: 0)),
      staleness: age.map { Staleness(age: .milliseconds($0)) })
    return .replied(
      node: 0, ClientToken(connection: 1, number: token),
      ClientReply(number: token, header: header, body: .read(result)), basis: Moment(nanoseconds: since * 1_000_000))
  }

  @Test("a linearizable answer that misses what was applied before it was asked for breaks stale reads")
  func linearizable() {
    let log = cluster.log(.noop(2), .noop(2))
    var trial = Trial(StaleReads(), cluster)
    #expect(trial.see(cluster.applying(0, log[..<1]), read(1, .linearizable), cluster.applying(0, log[1...])) == nil)
    #expect(trial.see(answer(1, 2, age: nil), read(2, .linearizable), read(3, .linearizable), answer(2, 3, age: nil)) == nil)
    trial.wait(7)
    #expect(
      trial.see(answer(3, 2, age: nil))
        == "stale reads: a linearizable answer shows 2, 3 had been applied when it was asked for 7 ms ago")
    // As of a revision, an answer is as old as it is asked to be.
    #expect(trial.see(read(4, .linearizable, asOf: Revision(2)), answer(4, 2, age: nil)) == nil)
  }

  @Test("a stale answer that is older than it says breaks stale reads")
  func stale() {
    let log = cluster.log(.noop(2), .noop(2))
    let consistency = ReadConsistency.stale(maxAge: .seconds(1), notBefore: .zero)
    var trial = Trial(StaleReads(), cluster)
    trial.wait(10)
    #expect(trial.see(cluster.applying(0, log[..<1])) == nil)
    trial.wait(10)
    #expect(trial.see(cluster.applying(0, log[1...])) == nil)
    trial.wait(10)
    #expect(trial.see(read(1, consistency), answer(1, 2, age: 10, since: 20)) == nil)
    #expect(trial.see(read(2, consistency), answer(2, 1, age: 20, since: 10)) == nil)
    #expect(
      trial.see(read(3, consistency), answer(3, 2, age: 9, since: 21))
        == "stale reads: an answer that shows 2, said to be 9ms old, misses 3")
    #expect(trial.see(read(4, consistency), answer(4, 3, age: nil)) == "stale reads: a stale answer does not say how old it is")
  }

  // MARK: Answers

  private func proposal(_ token: UInt64, _ command: Command) -> Observation {
    .asked(
      node: 0, ClientToken(connection: 1, number: token),
      .propose(keyspace: SmallCluster.keyspace, command: command.bytes))
  }

  private func refusal(_ token: UInt64) -> Observation {
    let header = ReplyHeader(
      keyspace: SmallCluster.keyspace, revision: .zero, node: "node-1", nation: "wales", cluster: .zero, term: 1)
    let failure = Failure(code: .notLeader, outcome: .notApplied, message: "")
    return .replied(
      node: 0, ClientToken(connection: 1, number: token),
      ClientReply(number: token, header: header, body: .failed(failure)), basis: .zero)
  }

  private func learned(_ index: UInt64) -> Observation { .learned(node: 0, group: Self.group, index: LogIndex(index)) }

  @Test("a write whose fate its node knows and does not tell breaks answered when known")
  func answers() {
    let (one, two) = (Self.put("a", 1), Self.put("b", 2))
    let log = cluster.log(.noop(2), .command(2, one), .command(2, two))
    var trial = Trial(AnsweredWhenKnown(), cluster)
    #expect(trial.see(proposal(1, one), proposal(2, two), cluster.submitted(0, log), learned(2)) == nil)
    #expect(trial.see(refusal(1), learned(3)) == nil)
    #expect(
      trial.see(learned(4)) == "answered when known: node 1 has applied 4 of g1 and has not answered the proposal at 4")

    var gone = Trial(AnsweredWhenKnown(), cluster)
    #expect(gone.see(proposal(1, one), proposal(2, two), cluster.submitted(0, log)) == nil)
    #expect(gone.see(.hungUp(node: 0, connection: 1), learned(4)) == nil)
    #expect(gone.see(proposal(1, one), cluster.submitted(0, log), .crashed(node: 0), learned(4)) == nil)
  }

  @Test("a write that is neither refused nor put in the log breaks answered when known")
  func swallowed() {
    var trial = Trial(AnsweredWhenKnown(), cluster)
    #expect(trial.see(proposal(1, Self.put("a", 1)), refusal(1), proposal(2, Self.put("a", 2))) == nil)
    trial.wait(1)
    #expect(trial.see(proposal(3, Self.put("a", 3))) == "answered when known: node 1 neither refused nor wrote what it was asked at 0ms")
  }
}
