import Base
public import Model
public import QuartetClient
import Synchronization
public import Wire

/// A keyspace without any node: the production state machine over rows in memory, at once and in this process. For tests
/// of what is built on ``QuartetClient/KeyValueStore``; what can go wrong on the way is put in by ``intercept(_:)``.
public final class MemoryKeyspace: KeyValueStore {
  /// What is about to happen.
  public enum Call: Sendable {
    case read(ReadRequest.Query)
    case write(CommandBody)
  }

  /// What becomes of a call.
  public enum Fate: Sendable {
    case normal
    /// It has no effect, and the caller learns that.
    case refused
    /// It has no effect, and the caller does not know.
    case lost
    /// It has its effect, and the caller does not know. A read is refused.
    case answerLost
  }

  public let name: String
  private let state: Mutex<MemoryState>
  private let hook = Mutex<(@Sendable (Call) async -> Fate)?>(nil)
  private let calls = Atomic<Int>(0)

  public init(_ name: String) {
    self.name = name
    let header = StateHeader(
      applied: 1, appliedTerm: 1, base: 0, logTime: .zero, compacted: .zero, chainHead: .zero, setHash: .zero,
      liveKeys: 0, liveBytes: 0, sessions: 0, remembered: 0, featureLevel: 1, configuration: [], configurationIndex: 1,
      entryHash: .zero)
    state = Mutex(MemoryState(header: header))
  }

  /// Asks `hook` before each call what becomes of it; the hook may itself use the store, as another client would between
  /// this one's calls. Nil: everything is well.
  public func intercept(_ hook: (@Sendable (Call) async -> Fate)?) { self.hook.withLock { $0 = hook } }

  /// Reads and writes so far.
  public var callCount: Int { calls.load(ordering: .relaxed) }

  /// Every live row, in key order, past every rule: what a checker is shown.
  public var rows: [KeyValue] {
    state.withLock { $0.rows(.all, asOf: nil, limit: .max, keysOnly: false, reverse: false) }
  }

  /// Puts or deletes rows past every rule: the damage that a checker is to find.
  public func damage(_ operations: [Operation]) {
    _ = try? execute(.transaction(Transaction(success: operations)), WriteOptions())
  }

  // MARK: KeyValueStore

  public func read(
    _ query: ReadRequest.Query, options: ReadOptions
  ) async throws(QuartetError) -> Reply<ReadResult.Value> {
    switch await fate(of: .read(query)) {
    case .normal: break
    case .refused, .lost, .answerLost: throw unavailable(.notApplied)
    }
    return try answer(query)
  }

  public func readStale(
    _ query: ReadRequest.Query, within bound: StaleBound, options: ReadOptions
  ) async throws(QuartetError) -> StaleReply<ReadResult.Value> {
    let reply = try await read(query, options: options)
    return StaleReply(reply.value, origin: reply.origin, age: .zero)
  }

  public func write(
    _ command: CommandBody, options: WriteOptions
  ) async throws(QuartetError) -> Reply<CommandResult> {
    switch await fate(of: .write(command)) {
    case .normal: return try execute(command, options)
    case .refused: throw unavailable(.notApplied)
    case .lost: throw unavailable(.unknown)
    case .answerLost:
      _ = try execute(command, options)
      throw unavailable(.unknown)
    }
  }

  private func fate(of call: Call) async -> Fate {
    calls.wrappingAdd(1, ordering: .relaxed)
    guard let hook = hook.withLock({ $0 }) else { return .normal }
    return await hook(call)
  }

  private func unavailable(_ outcome: Outcome) -> QuartetError {
    QuartetError(code: .unavailable, outcome: outcome, message: "no answer, as the test wants it")
  }

  // MARK: The state

  private func origin(_ revision: UInt64) -> Origin {
    Origin(
      keyspace: name, revision: Revision(revision), node: "memory", nation: name, cluster: .zero, term: 1)
  }

  private func execute(_ body: CommandBody, _ options: WriteOptions) throws(QuartetError) -> Reply<CommandResult> {
    let command = Command(
      envelope: Envelope(
        request: options.request, keepFor: options.keepFor, actor: options.actor, correlation: options.correlation),
      body: body)
    do {
      try command.validate()
    } catch {
      throw QuartetError(code: .invalidArgument, outcome: .notApplied, message: "\(error)")
    }
    let result = state.withLock { memory in
      let index = memory.header.applied + 1
      let logTime = LogTime(nanoseconds: Int64(index) * 1_000_000)
      return try? memory.execute(command, index: index, term: 1, logTime: logTime, entryHash: .zero)
    }
    guard let evaluation = result else { preconditionFailure("rows in memory cannot be read") }
    let reply = Reply(
      evaluation.result, origin: origin(evaluation.revision.rawValue), logTime: evaluation.logTime)
    guard case .refused(let refusal) = evaluation.result else { return reply }
    throw QuartetError(code: .invalidArgument, outcome: refusal.outcome, message: "\(refusal)")
  }

  private func answer(_ query: ReadRequest.Query) throws(QuartetError) -> Reply<ReadResult.Value> {
    guard case .range(let range) = query else {
      throw QuartetError(code: .unsupported, outcome: .notApplied, message: "a keyspace in memory answers ranges alone")
    }
    let (answer, applied) = state.withLock { memory in
      let newest = memory.header.applied
      let answer = try? range.answer(newest: Revision(newest), compacted: memory.header.compacted, view: memory)
      return (answer, newest)
    }
    switch answer {
    case .rows(let rows)?: return Reply(.range(rows), origin: origin(applied))
    case .refused(let refusal)?:
      throw QuartetError(code: .compacted, outcome: .notApplied, message: "\(refusal)")
    case nil: preconditionFailure("rows in memory cannot be read")
    }
  }
}
