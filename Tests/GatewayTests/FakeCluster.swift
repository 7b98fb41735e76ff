import Base
import Model
import QuartetClient
import Synchronization
import Wire

@testable import Gateway

/// One keyspace, `england`, whose commands the real state machine carries out in memory; pages are as small as a test
/// wants them, and a test can have the next calls fail.
final class FakeCluster: Stores {
  struct Call: Equatable, Sendable {
    enum Kind: Equatable { case read, stale(Interval, notBefore: Revision), write }
    var kind: Kind
    var query: ReadRequest.Query?
    var read: ReadOptions?
    var write: WriteOptions?
  }

  private struct State {
    var memory = MemoryState(header: .empty)
    var index: UInt64 = 1
    var calls: [Call] = []
    var failures: [QuartetError] = []
  }

  static let clusterID = Identifier(high: 0xF0, low: 0x0F)
  static let nodeName = "england-1"

  private let state: Mutex<State>
  /// Keys of one page at most, whatever is asked.
  private let pageKeys: Int
  /// Called before each read, on the caller's task.
  private let beforeRead: @Sendable (FakeCluster) async -> Void

  init(pageKeys: Int = Limits.rangeKeysMax, beforeRead: @escaping @Sendable (FakeCluster) async -> Void = { _ in }) {
    state = Mutex(State())
    self.pageKeys = pageKeys
    self.beforeRead = beforeRead
  }

  var calls: [Call] { state.withLock { $0.calls } }
  func failNext(_ errors: [QuartetError]) { state.withLock { $0.failures = errors } }

  func store(_ keyspace: String) -> any KeyValueStore { FakeStore(cluster: self, name: keyspace) }

  func cluster(timeout: Interval) async throws(QuartetError) -> ClusterMap {
    ClusterMap(
      cluster: Self.clusterID, nodes: [],
      keyspaces: [.init(name: "england", group: GroupID(1), leader: Self.nodeName, term: 7)])
  }

  private func origin(_ revision: Revision) -> Origin {
    Origin(
      keyspace: "england", revision: revision, node: Self.nodeName, nation: "england", cluster: Self.clusterID, term: 7)
  }

  /// Puts a key, behind the gateway's back.
  @discardableResult
  func put(_ key: String, _ value: String) -> Revision {
    let body = CommandBody.transaction(
      Transaction(success: [.put(key: Key(key), value: Value(Array(value.utf8)), wantsPrevious: false)]))
    return state.withLock { Self.execute(Command(envelope: Envelope(), body: body), &$0)?.revision ?? .zero }
  }

  private static func execute(_ command: Command, _ state: inout State) -> Evaluation? {
    state.index += 1
    let time = LogTime(nanoseconds: Int64(state.index) * 1_000_000)
    return try? state.memory.execute(command, index: state.index, term: 7, logTime: time, entryHash: .zero)
  }

  fileprivate func perform(_ call: Call) throws(QuartetError) {
    let failure = state.withLock { state in
      state.calls.append(call)
      return state.failures.isEmpty ? nil : state.failures.removeFirst()
    }
    if let failure { throw failure }
  }

  fileprivate func read(_ query: ReadRequest.Query) async throws(QuartetError) -> (ReadResult.Value, Origin) {
    await beforeRead(self)
    let answer = state.withLock { state -> Result<(ReadResult.Value, Origin), QuartetError> in
      let now = Revision(state.index)
      switch query {
      case .range(let query): return Self.range(query, now, state.memory, pageKeys).map { (.range($0), origin(now)) }
      case .outcome(let request):
        let remembered = state.memory.remembered(request)
        let outcome = remembered.map {
          RequestOutcome.applied(
            revision: $0.revision, succeeded: $0.succeeded, logTime: $0.logTime, result: $0.result)
        }
        return .success((.outcome(outcome ?? .notRemembered), origin(now)))
      case .history, .sessionOutcome:
        return .failure(QuartetError(code: .unsupported, outcome: .notApplied, message: "not asked by the gateway"))
      }
    }
    return try answer.get()
  }

  private static func range(
    _ query: RangeQuery, _ now: Revision, _ memory: MemoryState, _ pageKeys: Int
  ) -> Result<RangeResult, QuartetError> {
    let asOf = query.revision == .zero ? nil : query.revision
    if let asOf, asOf > now { return .failure(.refused(.futureRevision(now))) }
    if let asOf, asOf < memory.header.compacted { return .failure(.refused(.compacted(memory.header.compacted))) }
    let count = memory.count(query.range, asOf: asOf)
    guard !query.countOnly else { return .success(RangeResult(items: [], more: false, count: count)) }
    let limit = min(query.limit == 0 ? .max : query.limit, pageKeys)
    let items = memory.rows(
      query.range, asOf: asOf, limit: limit, keysOnly: query.keysOnly, reverse: query.reverse)
    return .success(RangeResult(items: items, more: count > items.count, count: count))
  }

  fileprivate func write(_ body: CommandBody, _ options: WriteOptions) throws(QuartetError) -> Reply<CommandResult> {
    let envelope = Envelope(
      request: options.request, keepFor: options.keepFor, actor: options.actor, correlation: options.correlation)
    let evaluation = state.withLock { Self.execute(Command(envelope: envelope, body: body), &$0) }
    guard let evaluation else {
      throw QuartetError(code: .internal, outcome: .unknown, message: "the state is damaged")
    }
    if case .refused(let refusal) = evaluation.result { throw .refused(refusal) }
    return Reply(evaluation.result, origin: origin(evaluation.revision), logTime: evaluation.logTime)
  }
}

private struct FakeStore: KeyValueStore {
  let cluster: FakeCluster
  let name: String

  private func check() throws(QuartetError) {
    guard name == "england" else {
      throw QuartetError(code: .unknownKeyspace, outcome: .notApplied, message: "there is no such keyspace")
    }
  }

  func read(_ query: ReadRequest.Query, options: ReadOptions) async throws(QuartetError) -> Reply<ReadResult.Value> {
    try check()
    try cluster.perform(FakeCluster.Call(kind: .read, query: query, read: options))
    let (value, origin) = try await cluster.read(query)
    return Reply(value, origin: origin)
  }

  func readStale(
    _ query: ReadRequest.Query, within bound: StaleBound, options: ReadOptions
  ) async throws(QuartetError) -> StaleReply<ReadResult.Value> {
    try check()
    try cluster.perform(
      FakeCluster.Call(kind: .stale(bound.maxAge, notBefore: bound.notBefore), query: query, read: options))
    let (value, origin) = try await cluster.read(query)
    return StaleReply(value, origin: origin, age: .milliseconds(42))
  }

  func write(_ command: CommandBody, options: WriteOptions) async throws(QuartetError) -> Reply<CommandResult> {
    try check()
    try cluster.perform(FakeCluster.Call(kind: .write, write: options))
    return try cluster.write(command, options)
  }
}

extension QuartetError {
  /// As a node words the state machine's refusals.
  static func refused(_ refusal: CommandRefusal) -> QuartetError {
    let code: Code =
      switch refusal {
      case .unknownSession: .unknownSession
      case .acknowledgedBefore: .acknowledgedBefore
      case .sessionWindowFull, .tooManySessions, .requestMemoryFull: .memoryFull
      case .requestReused: .requestReused
      case .compacted: .compacted
      case .futureRevision: .futureRevision
      case .tooManyKeys, .resultTooLarge: .tooLarge
      }
    return QuartetError(code: code, outcome: refusal.outcome, message: "refused")
  }
}

extension StateHeader {
  static let empty = StateHeader(
    applied: 1, appliedTerm: 1, base: 0, logTime: .zero, compacted: .zero, chainHead: .zero, setHash: .zero,
    liveKeys: 0, liveBytes: 0, sessions: 0, remembered: 0, featureLevel: 1, configuration: [], configurationIndex: 1,
    entryHash: .zero)
}
