import Base
import JSON
import Model

/// One request on its way: what it needs next, until it is done. A value without clock, randomness, input or output, so
/// that the simulator runs what services run.
///
/// 1. The operation decides; rows that it lacks are read. What only an earlier try can have written is not read on the
///    first try, but made a condition.
/// 2. A refusal is given only on rows of one revision: they are read once more as of one, and it decides again.
/// 3. Numbers registered elsewhere are claimed there, once the decision is known to succeed.
/// 4. The transaction is sent. If a row has changed meanwhile, it begins again with fresh rows; the failed transaction
///    brings back the request's record, should the request have been carried out by somebody else.
/// 5. An unknown outcome is resolved by the request's record: it is there, or the transaction is tried again, which it can
///    be without harm as the record's absence is one of its conditions.
struct Performance<Work: EncounterOperation>: Sendable {
  enum Demand: Sendable {
    /// Read these rows; the pinned ones as of the revision, zero meaning now. Answer with ``Performance/received(_:)``.
    case read([RowQuestion], asOf: Revision)
    /// Send this transaction to the keyspace. Answer with ``Performance/committed(_:at:)`` or
    /// ``Performance/commitFailed(_:_:)``.
    case commit(Nation, Transaction)
    /// Others write the same rows: let some time pass, growing with the number, and call ``Performance/paused()``.
    case pause(Int)
    case done(Swift.Result<Performed<Work.Result>, EncounterError>)
  }

  private enum Phase {
    case deciding
    /// Reads everything at one revision before a refusal is given; nil until it is chosen.
    case checking(Revision?)
    case readingClaims([Claim])
    case claiming([Claim])
    case committing
    /// The transaction's fate is open: looks for the record.
    case resolving
  }

  private let work: Work
  private let arguments: Digest
  private var view: DecisionView
  private var phase = Phase.deciding
  private var decision: Decision?
  private var asked: [RowQuestion] = []
  private var claimed: [Claim] = []
  private var mayBeApplied = false
  private var tries = 0
  /// Rows to be read again, all as of one revision, for a refusal.
  private var rest: [Key] = []

  private struct Decision: Sendable {
    var transaction: Transaction
    var claims: [Claim]
    var result: Work.Result
  }

  private enum Verdict {
    case decided(Decision)
    case repeated(RequestRecord)
  }

  init(_ work: Work, as request: Request, home: Nation, secrets: IndexKeys) {
    self.work = work
    arguments = ArgumentDigest.of(work)
    view = DecisionView(request, home: home, secrets: secrets, isFirstTry: true)
  }

  private var recordKey: Key { Keys.request(view.request.id) }

  // MARK: Events

  mutating func start() -> Demand { decide() }

  /// - Parameter answers: in the order of the questions.
  mutating func received(_ answers: [RowAnswer]) -> Demand {
    precondition(answers.count == asked.count, "\(answers.count) answers to \(asked.count) questions")
    switch phase {
    case .deciding:
      learn(answers)
      return decide()
    case .checking(let revision):
      learn(answers)
      guard revision == nil else { return decide() }
      guard case .row(_, let at)? = answers.first else { return decide() }
      phase = .checking(at)
      return ask(rest.map { RowQuestion(RowAddress(view.home, $0), .pinned) })
    case .readingClaims(let claims): return judge(claims, answers)
    case .resolving:
      guard case .row(let row?, _)? = answers.first else { return again() }
      return end(recorded: row.value?.bytes ?? [], isRepeat: false)
    case .claiming, .committing: preconditionFailure("rows came for a transaction")
    }
  }

  /// Rows could not be read.
  mutating func readFailed(_ message: String, isDeadline: Bool) -> Demand { fail(message, isDeadline: isDeadline) }

  mutating func committed(_ result: TransactionResult, at revision: Revision) -> Demand {
    switch phase {
    case .claiming(let claims):
      guard result.succeeded else { return readClaims(claims) }
      return settle(claims)
    case .committing:
      guard result.succeeded, let decision else {
        if case .range(let found)? = result.responses.first, let row = found.items.first {
          return end(recorded: row.value?.bytes ?? [], isRepeat: !mayBeApplied)
        }
        return again()
      }
      return .done(
        .success(Performed(decision.result, nation: view.home, revision: revision, isRepeat: false)))
    case .deciding, .checking, .readingClaims, .resolving: preconditionFailure("an answer to no transaction")
    }
  }

  /// The transaction has no result: it was not applied, or nobody knows.
  mutating func commitFailed(_ outcome: Outcome, _ message: String, isDeadline: Bool) -> Demand {
    switch phase {
    case .claiming(let claims):
      // A claim does no harm twice: what stands there is read.
      return outcome == .notApplied ? fail(message, isDeadline: isDeadline) : readClaims(claims)
    case .committing:
      guard outcome != .notApplied else { return fail(message, isDeadline: isDeadline) }
      mayBeApplied = true
      phase = .resolving
      return ask([RowQuestion(RowAddress(view.home, recordKey), .pinned)])
    case .deciding, .checking, .readingClaims, .resolving: preconditionFailure("an answer to no transaction")
    }
  }

  mutating func paused() -> Demand { decide() }

  /// The time is over. What the caller may assume is still told truly.
  func expired() -> EncounterError {
    EncounterError(
      .deadline, "the deadline passed; the same request may be sent again",
      outcome: mayBeApplied ? .unknown : .notApplied)
  }

  // MARK: Deciding

  private mutating func decide() -> Demand {
    var run = view
    do {
      switch try verdict(&run) {
      case .repeated(let record): return end(record, isRepeat: !mayBeApplied)
      case .decided(let decision):
        view = run
        self.decision = decision
        return settle(decision.claims)
      }
    } catch {
      switch error {
      case .incomplete:
        view = run.again(isFirstTry: run.isFirstTry, keepingRows: true)
        return ask(run.wanted)
      case .refused(let error): return refuse(error, after: run)
      }
    }
  }

  private func verdict(_ view: inout DecisionView) throws(DecisionStop) -> Verdict {
    if let bytes = try view.fresh(recordKey) {
      guard let record = RequestRecord(bytes, request: view.request.id, home: view.home) else {
        throw .refused(.damaged("a request's record cannot be read"))
      }
      return .repeated(record)
    }
    let result = try work.decide(&view)
    let writes = try view.writeStaged()
    let sealed = try seal(&view)
    let record = RequestRecord(
      request: view.request.id, operation: Work.name, arguments: arguments, result: result.recorded, writes: writes,
      agent: view.request.agent, correlation: view.request.correlation, at: view.request.at, patient: view.patient,
      encounter: view.encounter)
    view.put(recordKey, record.bytes)
    if let patient = view.patient { view.put(Keys.audit(patient, view.at, view.request.id), []) }
    let transaction = Transaction(
      compares: view.compares + sealed, success: view.operations,
      failure: [.range(RangeQuery(range: KeyRange(only: recordKey), limit: 1))])
    try Self.check(transaction)
    return .decided(Decision(transaction: transaction, claims: view.claims, result: result))
  }

  /// Sees to it that the keyspace's rows were made with these index keys. On the first try, where nothing is claimed
  /// elsewhere, it is a condition of the transaction and costs no read.
  private func seal(_ view: inout DecisionView) throws(DecisionStop) -> [Compare] {
    let seal = view.secrets.seal
    if view.isFirstTry, view.claims.isEmpty {
      return [Compare(key: Keys.indexKeys, relation: .equal, target: .value(Digest(of: seal)))]
    }
    switch try view.readRow(Keys.indexKeys) {
    case nil: view.put(Keys.indexKeys, seal)
    case seal: break
    default: throw .refused(.wrongIndexKeys(view.home))
    }
    return []
  }

  private static func check(_ transaction: Transaction) throws(DecisionStop) {
    let limit = Limits.transactionOperationsMax
    guard transaction.compares.count <= limit, transaction.success.count <= limit else {
      throw .refused(
        EncounterError(
          .tooMuch,
          "it takes \(max(transaction.compares.count, transaction.success.count)) rows; one transaction takes \(limit):"
            + " divide it"))
    }
    var bytes = 0
    for case .put(let key, let value, _) in transaction.success { bytes += key.bytes.count + value.bytes.count + 64 }
    guard bytes <= Limits.transactionBytesMax - 65_536 else {
      throw .refused(EncounterError(.tooMuch, "it takes \(bytes) bytes: divide it"))
    }
  }

  /// Begins anew with fresh rows.
  private mutating func again() -> Demand {
    tries += 1
    view = view.again(isFirstTry: false, keepingRows: false)
    phase = .deciding
    return tries > 1 ? .pause(tries) : decide()
  }

  private mutating func refuse(_ error: EncounterError, after run: DecisionView) -> Demand {
    if case .checking(.some) = phase {
      var error = error
      if mayBeApplied, error.outcome == .notApplied { error.outcome = .unknown }
      return .done(.failure(error))
    }
    rest = run.pinned.filter { $0 != recordKey }
    view = run.again(isFirstTry: false, keepingRows: false)
    phase = .checking(nil)
    return ask([RowQuestion(RowAddress(view.home, recordKey), .pinned)])
  }

  private mutating func ask(_ questions: [RowQuestion]) -> Demand {
    var revision = Revision.zero
    if case .checking(let chosen?) = phase { revision = chosen }
    asked = questions
    guard !questions.isEmpty else { return decide() }
    return .read(questions, asOf: revision)
  }

  private mutating func learn(_ answers: [RowAnswer]) {
    var next = view.again(isFirstTry: view.isFirstTry, keepingRows: true)
    for (question, answer) in zip(asked, answers) { next.learn(question.address, answer) }
    view = next
  }

  // MARK: Claims

  private mutating func settle(_ claims: [Claim]) -> Demand {
    let open = claims.filter { !claimed.contains($0) }
    guard !open.isEmpty else { return send() }
    return readClaims(open)
  }

  private mutating func readClaims(_ claims: [Claim]) -> Demand {
    phase = .readingClaims(claims)
    let registries = Nation.allCases.filter { nation in claims.contains { $0.nation == nation } }
    return ask(
      claims.map { RowQuestion(RowAddress($0.nation, $0.key), .pinned) }
        + registries.map { RowQuestion(RowAddress($0, Keys.indexKeys), .pinned) })
  }

  private mutating func judge(_ claims: [Claim], _ answers: [RowAnswer]) -> Demand {
    for (question, answer) in zip(asked, answers).dropFirst(claims.count) {
      guard case .row(let row?, _) = answer else { continue }
      guard row.value?.bytes == view.secrets.seal else {
        return .done(.failure(.wrongIndexKeys(question.address.nation)))
      }
    }
    var open: [Claim] = []
    for (claim, answer) in zip(claims, answers) {
      guard case .row(let row?, _) = answer else {
        open.append(claim)
        continue
      }
      guard let found = ClaimRow(row.value?.bytes ?? []) else {
        return .done(.failure(.damaged("a registry's row cannot be read")))
      }
      guard found.owner == claim.owner else { return .done(.failure(.taken(claim.rule, by: found.owner))) }
      claimed.append(claim)
    }
    guard let nation = open.first?.nation else { return settle(decision?.claims ?? []) }
    let batch = open.filter { $0.nation == nation }
    phase = .claiming(decision?.claims.filter { !claimed.contains($0) } ?? [])
    var puts: [Operation] = []
    for claim in batch {
      let row = ClaimRow(owner: claim.owner, home: view.home, request: view.request.id, at: view.at)
      puts.append(.put(key: claim.key, value: Value(row.bytes), wantsPrevious: false))
    }
    return .commit(
      nation,
      Transaction(
        compares: batch.map { Compare(key: $0.key, relation: .equal, target: .modRevision(.zero)) }, success: puts))
  }

  // MARK: Sending

  private mutating func send() -> Demand {
    guard let decision else { preconditionFailure("nothing was decided") }
    phase = .committing
    return .commit(view.home, decision.transaction)
  }

  // MARK: Ends

  private func end(recorded bytes: [UInt8], isRepeat: Bool) -> Demand {
    guard let record = RequestRecord(bytes, request: view.request.id, home: view.home) else {
      return .done(.failure(.damaged("a request's record cannot be read")))
    }
    return end(record, isRepeat: isRepeat)
  }

  private func end(_ record: RequestRecord, isRepeat: Bool) -> Demand {
    guard record.operation == Work.name, record.arguments == arguments else {
      return .done(
        .failure(
          EncounterError(
            .requestReused, "the request id was used before for `\(record.operation)` with other arguments")))
    }
    guard let result = Work.Result(recorded: record.result, home: view.home) else {
      return .done(.failure(.damaged("a request's record cannot be read")))
    }
    return .done(.success(Performed(result, nation: view.home, revision: nil, isRepeat: isRepeat)))
  }

  private func fail(_ message: String, isDeadline: Bool) -> Demand {
    .done(
      .failure(
        EncounterError(
          isDeadline ? .deadline : .unavailable, "\(message); the same request may be sent again",
          outcome: mayBeApplied ? .unknown : .notApplied)))
  }
}
