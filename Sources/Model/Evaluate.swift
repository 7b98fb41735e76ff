public import Base

/// Decides what `command` changes and what its caller is told.
///
/// A pure function of its arguments: no clock, no randomness, no order that differs between processes, so that every
/// replica computes the same bytes (design §6, digest (a)). Total: a command that was never validated gives an answer
/// too. In this order: what has expired at this log time goes; the session and then the request memory say whether the
/// command runs, was answered before, or is refused; then it runs; then its answer is remembered (TH 6.3).
///
/// An answer whose outcome is `notApplied` is final for the name it was sent under: it is remembered like any other, so
/// that a retry after the state has changed is not executed. The refusals that cannot be remembered
/// (``CommandRefusal/sessionWindowFull``, ``CommandRefusal/requestMemoryFull``) have the outcome `unknown` for that
/// reason: the same name may be sent again and runs when there is room.
///
/// - Throws: what `view` throws, and ``Base/StorageError/corrupt(what:)`` when a remembered result cannot be read.
public func evaluate(
  _ command: Command, in context: EvaluationContext, view: some StateView
) throws(StorageError) -> Evaluation {
  var evaluator = Evaluator(command: command, context: context, view: view)
  return try evaluator.run()
}

/// Expired requests, and expired sessions, that one command takes away at most: keeps an entry's work bounded.
let expiredPerCommandMax = 8

/// One command's way through sessions and request memory.
private struct Evaluator<View: StateView> {
  private let command: Command
  private let context: EvaluationContext
  private let view: View
  private var effects: [StateEffect] = []
  /// The command's session as it will stand after the command; nil for none, or none that is alive.
  private var session: SessionHead?
  /// What is remembered under the command's request id, if it has not expired.
  private var earlierRequest: Remembered?
  private var sessionCount: UInt64
  private var rememberedCount: UInt64

  private enum Decision {
    case run
    case answerAgain(Remembered)
    case refuse(CommandRefusal)
  }

  init(command: Command, context: EvaluationContext, view: View) {
    self.command = command
    self.context = context
    self.view = view
    sessionCount = context.header.sessions
    rememberedCount = context.header.remembered
  }

  private var envelope: Envelope { command.envelope }
  private var isNamed: Bool { envelope.session != 0 || !envelope.request.isZero }

  mutating func run() throws(StorageError) -> Evaluation {
    try expireSessions()
    try expireRequests()
    let body = isNamed ? command.bodyDigest : .zero

    switch try decideBySession(body) {
    case .refuse(let refusal):
      return finish(.refused(refusal))
    case .answerAgain(let earlier):
      return try finish(again: earlier)
    case .run:
      break
    }
    switch decideByRequest(body) {
    case .refuse(let refusal):
      if refusal.outcome == .notApplied { rememberInSession(remembered(.refused(refusal), body)) }
      return finish(.refused(refusal))
    case .answerAgain(let earlier):
      rememberInSession(earlier)
      return try finish(again: earlier)
    case .run:
      break
    }
    let result = try runBody()
    if isNamed { remember(remembered(result, body)) }
    return finish(result)
  }

  // MARK: Expiry

  /// A session at the end of its time is gone before its command is looked at, even when more sessions than one command
  /// takes away have expired before it.
  private mutating func expireSessions() throws(StorageError) {
    var expired = try view.expiredSessions(before: context.logTime, limit: expiredPerCommandMax)
    if envelope.session != 0, !expired.contains(envelope.session), let head = try view.session(envelope.session) {
      if head.expires < context.logTime { expired.append(envelope.session) } else { session = head }
    }
    for id in expired {
      effects.append(.removeSession(id: id))
      sessionCount -= 1
    }
  }

  private mutating func expireRequests() throws(StorageError) {
    var expired = try view.expiredRequests(before: context.logTime, limit: expiredPerCommandMax)
    let request = envelope.request
    if !request.isZero, !expired.contains(request), let earlier = try view.remembered(request) {
      if earlier.keepUntil < context.logTime { expired.append(request) } else { earlierRequest = earlier }
    }
    for request in expired {
      effects.append(.forget(request: request))
      rememberedCount -= 1
    }
  }

  // MARK: Whether it runs

  private mutating func decideBySession(_ body: Digest) throws(StorageError) -> Decision {
    guard envelope.session != 0 else { return .run }
    guard var head = session else { return .refuse(.unknownSession) }
    head.lastActive = max(head.lastActive, context.logTime)
    let before = head.lowestUnacknowledged
    // A command cannot acknowledge itself: its own answer is still to be given.
    head.lowestUnacknowledged = max(before, min(envelope.lowestUnacknowledged, envelope.sequence))
    session = head
    if head.lowestUnacknowledged > before {
      effects.append(.forgetInSession(id: envelope.session, below: head.lowestUnacknowledged))
    }

    guard envelope.sequence >= head.lowestUnacknowledged else { return .refuse(.acknowledgedBefore) }
    if envelope.sequence <= head.highest, context.defect != .executesAgain,
      let earlier = try view.sessionResult(envelope.session, sequence: envelope.sequence)
    {
      return earlier.body == body ? .answerAgain(earlier) : .refuse(.requestReused)
    }
    guard envelope.sequence - head.lowestUnacknowledged < UInt64(Limits.sessionWindowMax) else {
      return .refuse(.sessionWindowFull)
    }
    return .run
  }

  private func decideByRequest(_ body: Digest) -> Decision {
    guard !envelope.request.isZero else { return .run }
    if let earlierRequest {
      return earlierRequest.body == body ? .answerAgain(earlierRequest) : .refuse(.requestReused)
    }
    guard envelope.keepFor <= .zero || rememberedCount < UInt64(Limits.rememberedRequestsMax) else {
      return .refuse(.requestMemoryFull)
    }
    return .run
  }

  // MARK: Running

  private mutating func runBody() throws(StorageError) -> CommandResult {
    switch command.body {
    case .transaction(let transaction):
      var run = TransactionRun(context: context, view: view)
      let result = try run.run(transaction)
      effects.append(contentsOf: run.effects)
      return result
    case .compact(let revision):
      guard revision < context.revision else { return .refused(.futureRevision(context.newestReadable)) }
      guard revision > context.header.compacted else { return .refused(.compacted(context.header.compacted)) }
      effects.append(.compact(revision))
      return .compacted
    case .openSession(let timeToLive):
      guard sessionCount < UInt64(Limits.sessionsMax) else { return .refused(.tooManySessions) }
      let head = SessionHead(
        timeToLive: max(timeToLive, .zero), lastActive: context.logTime, lowestUnacknowledged: 1, highest: 0)
      effects.append(.putSession(id: context.revision.rawValue, head))
      return .session(context.revision.rawValue)
    case .closeSession:
      guard session != nil else { return .refused(.unknownSession) }
      effects.append(.removeSession(id: envelope.session))
      session = nil
      return .sessionClosed
    }
  }

  // MARK: Remembering

  private func remembered(_ result: CommandResult, _ body: Digest) -> Remembered {
    let bytes = result.bytes
    return Remembered(
      body: body, revision: context.revision, logTime: context.logTime,
      keepUntil: context.logTime.saturating(adding: envelope.keepFor),
      result: bytes.count <= Limits.rememberedResultBytesMax ? bytes : [], succeeded: result.succeeded)
  }

  private mutating func remember(_ remembered: Remembered) {
    rememberInSession(remembered)
    guard !envelope.request.isZero, envelope.keepFor > .zero, context.defect != .forgetsRequests else { return }
    effects.append(.remember(request: envelope.request, remembered))
  }

  /// Does nothing without a session, or when the command has closed it.
  private mutating func rememberInSession(_ remembered: Remembered) {
    guard var head = session else { return }
    head.highest = max(head.highest, envelope.sequence)
    session = head
    effects.append(.rememberInSession(id: envelope.session, sequence: envelope.sequence, remembered))
  }

  private mutating func finish(_ result: CommandResult) -> Evaluation {
    finish(result, at: context.revision, context.logTime)
  }

  private mutating func finish(again earlier: Remembered) throws(StorageError) -> Evaluation {
    finish(try earlier.answer(), at: earlier.revision, earlier.logTime)
  }

  private mutating func finish(_ result: CommandResult, at revision: Revision, _ logTime: LogTime) -> Evaluation {
    if let session { effects.append(.putSession(id: envelope.session, session)) }
    return Evaluation(effects: effects, result: result, revision: revision, logTime: logTime)
  }
}

extension EvaluationContext {
  /// The newest revision that a command at this place can name: it cannot name its own.
  var newestReadable: Revision { Revision(revision.rawValue - min(revision.rawValue, 1)) }
}

extension SessionHead {
  /// The session is gone once the group's log time has passed this.
  public var expires: LogTime { lastActive.saturating(adding: timeToLive) }
}

extension Remembered {
  /// What a retry is told: the answer of the first time, or of one too long to be kept that it was applied.
  ///
  /// - Throws: ``Base/StorageError/corrupt(what:)`` when the remembered bytes are not a result.
  public func answer() throws(StorageError) -> CommandResult {
    guard !result.isEmpty else { return .appliedBefore(revision: revision, succeeded: succeeded) }
    do {
      return try CommandResult(bytes: result)
    } catch {
      throw .corrupt(what: "remembered result")
    }
  }
}

extension CommandResult {
  /// Whether it did what was asked: of a transaction, whether its compares held.
  public var succeeded: Bool {
    switch self {
    case .transaction(let result): result.succeeded
    case .compacted, .session, .sessionClosed: true
    case .refused: false
    case .appliedBefore(_, let succeeded): succeeded
    }
  }
}

extension LogTime {
  /// The later time, or the latest there is: a command that was never validated may ask for any length.
  func saturating(adding interval: Interval) -> LogTime {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(max(interval.nanoseconds, 0))
    return LogTime(nanoseconds: overflow ? .max : sum)
  }
}
