public import Base
import Model
public import QuartetClient

/// What services work with: patients, encounters, dispatch, callbacks, bookings and prescriptions of four nations, over
/// one keyspace each.
///
/// Everything that changes something is an ``EncounterOperation`` given to ``perform(_:as:)``. It has its effect once,
/// however often, from wherever and whenever the same request is sent; an error says whether it was applied.
/// A value: as many copies as there are tasks may use it at once.
public struct EncounterStore<Store: KeyValueStore>: Sendable {
  let stores: [Store]
  let secrets: IndexKeys
  let sealed = SealedKeyspaces()

  /// - Parameters:
  ///   - secrets: the same for every process that works with the store, for ever.
  ///   - keyspace: the store of each nation.
  public init(secrets: IndexKeys = .development, keyspace: (Nation) -> Store) {
    stores = Nation.allCases.map(keyspace)
    self.secrets = secrets
  }

  func store(of nation: Nation) -> Store { stores[Int(nation.rawValue) - 1] }

  /// Carries out an operation once.
  ///
  /// - Throws: ``EncounterError``. After `unknown`, and after anything else that may pass, the same request may be sent
  ///   again: by this process or another, for ever.
  @discardableResult
  public func perform<Work: EncounterOperation>(
    _ operation: Work, as request: Request
  ) async throws(EncounterError) -> Performed<Work.Result> {
    guard let home = operation.home else {
      throw .invalid("id", "the id does not tell where the resource is at home: locate it first")
    }
    guard !request.id.isZero else { throw .invalid("request.id", "a request has a name") }
    let clock = Deadline(request.deadline)
    var performance = Performance(operation, as: request, home: home, secrets: secrets)
    var demand = performance.start()
    while true {
      if case .done(let result) = demand { return try result.get() }
      guard let left = clock.left else { throw performance.expired() }
      switch demand {
      case .done(let result): return try result.get()
      case .read(let questions, let revision):
        do {
          demand = performance.received(try await answers(to: questions, asOf: revision, within: left))
        } catch {
          demand = performance.readFailed(error.message, isDeadline: error.code == .deadlineExceeded)
        }
      case .commit(let nation, let transaction):
        do {
          let reply = try await store(of: nation).transaction(transaction, options: request.options(within: left))
          demand = performance.committed(reply.value, at: reply.revision)
        } catch {
          demand = performance.commitFailed(
            error.outcome, error.message, isDeadline: error.code == .deadlineExceeded)
        }
      case .pause(let tries):
        await Self.pause(tries)
        demand = performance.paused()
      }
    }
  }

  /// Lets others through: longer with each try, and by chance, so that they do not meet again.
  private static func pause(_ tries: Int) async {
    var generator = SystemRandomNumberGenerator()
    let limit = UInt64(500_000) << UInt64(min(tries, 6))
    try? await Swift.Task.sleep(nanoseconds: generator.next(upperBound: limit))
  }

  // MARK: Rows

  /// All at once; in the order of the questions.
  private func answers(
    to questions: [RowQuestion], asOf revision: Revision, within left: Interval
  ) async throws(QuartetError) -> [RowAnswer] {
    if questions.count == 1 { return [try await answer(to: questions[0], asOf: revision, within: left)] }
    let results = await withTaskGroup(of: Answered.self) { group in
      for (place, question) in questions.enumerated() {
        group.addTask { await answered(question, at: place, asOf: revision, within: left) }
      }
      var results = [Swift.Result<RowAnswer, QuartetError>?](repeating: nil, count: questions.count)
      for await answered in group { results[answered.place] = answered.result }
      return results
    }
    var answers: [RowAnswer] = []
    for result in results {
      guard let result else { preconditionFailure("a question was not asked") }
      answers.append(try result.get())
    }
    return answers
  }

  /// One of several questions with its answer: they come in any order.
  private struct Answered: Sendable {
    var place: Int
    var result: Swift.Result<RowAnswer, QuartetError>
  }

  private func answered(
    _ question: RowQuestion, at place: Int, asOf revision: Revision, within left: Interval
  ) async -> Answered {
    do throws(QuartetError) {
      return Answered(place: place, result: .success(try await answer(to: question, asOf: revision, within: left)))
    } catch {
      return Answered(place: place, result: .failure(error))
    }
  }

  private func answer(
    to question: RowQuestion, asOf revision: Revision, within left: Interval
  ) async throws(QuartetError) -> RowAnswer {
    let store = store(of: question.address.nation)
    let key = question.address.key
    switch question.need {
    case .pinned:
      let reply = try await store.get(key, asOf: revision, options: ReadOptions(timeout: left))
      return .row(reply.value, at: reply.revision)
    case .needed, .wished:
      let patience = min(left, Self.patienceElsewhere)
      do {
        let reply = try await store.get(key, options: ReadOptions(timeout: patience))
        return .row(reply.value, at: reply.revision)
      } catch {
        return try await staleAnswer(to: question, after: error, within: patience)
      }
    }
  }

  /// How long an answer of another nation's keyspace is waited for before an older one is taken: a nation that is cut off
  /// must not hold up the others.
  private static var patienceElsewhere: Interval { .milliseconds(1_000) }

  /// What a node of a keyspace without a majority still knows. A row that was there is there; that one is missing proves
  /// nothing.
  private func staleAnswer(
    to question: RowQuestion, after error: QuartetError, within left: Interval
  ) async throws(QuartetError) -> RowAnswer {
    let view = store(of: question.address.nation).stale(maxAge: .seconds(7 * 24 * 3_600))
    let stale = try? await view.get(question.address.key, options: ReadOptions(timeout: left))
    if let stale, stale.staleValue != nil || question.need == .wished { return .row(stale.staleValue, at: stale.revision) }
    guard question.need == .wished else { throw error }
    return .silent
  }
}

extension EncounterStore where Store == Keyspace {
  /// Over a connection to a cluster.
  public init(_ client: QuartetClient, secrets: IndexKeys = .development) {
    self.init(secrets: secrets) { client.keyspace($0.description) }
  }
}

extension Request {
  /// How its transactions are sent. Within the client's session they may be sent again; beyond it the request's own
  /// record makes them happen once, so that the store's memory of requests need not hold them.
  func options(within left: Interval) -> WriteOptions {
    WriteOptions(
      request: id,
      actor: Actor(
        principal: agent.user, onBehalfOf: agent.organisation, role: agent.role, supplier: agent.software),
      correlation: correlation, timeout: left)
  }
}

/// A moment after which nothing is begun.
struct Deadline {
  private let end: ContinuousClock.Instant

  init(_ interval: Interval) { end = ContinuousClock.now + .nanoseconds(max(interval.nanoseconds, 0)) }

  /// What is left; nil when it has passed.
  var left: Interval? {
    let left = end - ContinuousClock.now
    guard left > .zero else { return nil }
    let (seconds, attoseconds) = left.components
    return Interval(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
