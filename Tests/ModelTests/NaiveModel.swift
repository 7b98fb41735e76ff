import Base
import Model

/// A second implementation of what commands mean, for comparison: full histories in a dictionary, sorted when asked,
/// whole copies to undo, bodies compared instead of digests. Slow, and as plain as the rules.
struct NaiveModel {
  struct Row {
    var revision: Revision
    var value: Value?
    var create: Revision
    var version: UInt64
  }

  struct Answer {
    var body: CommandBody
    var result: CommandResult
    var revision: Revision

    /// What a retry at `later` is told.
    func again(_ body: CommandBody, _ later: Revision) -> (CommandResult, Revision) {
      guard body == self.body else { return (.refused(.requestReused), later) }
      guard result.bytes.count > Limits.rememberedResultBytesMax else { return (result, revision) }
      return (.appliedBefore(revision: revision, succeeded: result.succeeded), revision)
    }
  }

  struct Session {
    var timeToLive: Interval
    var lastActive: LogTime
    var low: UInt64 = 1
    var answers: [UInt64: Answer] = [:]
  }

  var histories: [Key: [Row]] = [:]
  var compacted = Revision.zero
  var sessions: [UInt64: Session] = [:]
  var requests: [Identifier: (answer: Answer, until: LogTime)] = [:]

  // MARK: Reading

  func live(_ range: KeyRange, asOf revision: Revision? = nil) -> [KeyValue] {
    histories.keys.filter(range.contains).sorted().compactMap { key in
      let history = histories[key] ?? []
      let row = revision.map { revision in history.last { $0.revision <= revision } } ?? history.last
      guard let row, let value = row.value else { return nil }
      return KeyValue(
        key: key, value: value, createRevision: row.create, modRevision: row.revision, version: row.version)
    }
  }

  // MARK: Commands

  mutating func run(_ command: Command, _ revision: Revision, _ now: LogTime) -> (CommandResult, Revision) {
    sessions = sessions.filter { $0.value.lastActive + $0.value.timeToLive >= now }
    requests = requests.filter { $0.value.until >= now }
    let envelope = command.envelope
    if envelope.session != 0 {
      guard var session = sessions[envelope.session] else { return (.refused(.unknownSession), revision) }
      session.lastActive = now
      session.low = max(session.low, min(envelope.lowestUnacknowledged, envelope.sequence))
      let low = session.low
      session.answers = session.answers.filter { $0.key >= low }
      sessions[envelope.session] = session
      if envelope.sequence < low { return (.refused(.acknowledgedBefore), revision) }
      if let answer = session.answers[envelope.sequence] { return answer.again(command.body, revision) }
      if envelope.sequence >= low + UInt64(Limits.sessionWindowMax) { return (.refused(.sessionWindowFull), revision) }
    }
    if let answer = requests[envelope.request]?.answer {
      let (result, told) = answer.again(command.body, revision)
      sessions[envelope.session]?.answers[envelope.sequence] =
        answer.body == command.body ? answer : Answer(body: command.body, result: result, revision: revision)
      return (result, told)
    }

    let result = runBody(command, revision, now)
    let answer = Answer(body: command.body, result: result, revision: revision)
    sessions[envelope.session]?.answers[envelope.sequence] = answer
    if !envelope.request.isZero, envelope.keepFor > .zero {
      requests[envelope.request] = (answer, now + envelope.keepFor)
    }
    return (result, revision)
  }

  private mutating func runBody(_ command: Command, _ revision: Revision, _ now: LogTime) -> CommandResult {
    switch command.body {
    case .transaction(let transaction):
      let before = histories
      let result = run(transaction, revision)
      if case .refused = result { histories = before }
      return result
    case .compact(let target):
      if target >= revision { return .refused(.futureRevision(Revision(revision.rawValue - 1))) }
      if target <= compacted { return .refused(.compacted(compacted)) }
      compacted = target
      for key in histories.keys.sorted() {
        let history = histories[key] ?? []
        let newest = history.lastIndex { $0.revision <= target }
        let kept = history.enumerated().filter { position, row in
          row.revision > target || (position == newest && row.value != nil)
        }
        histories[key] = kept.isEmpty ? nil : kept.map(\.element)
      }
      return .compacted
    case .openSession(let timeToLive):
      sessions[revision.rawValue] = Session(timeToLive: timeToLive, lastActive: now)
      return .session(revision.rawValue)
    case .closeSession:
      guard sessions.removeValue(forKey: command.envelope.session) != nil else { return .refused(.unknownSession) }
      return .sessionClosed
    }
  }

  private mutating func run(_ transaction: Transaction, _ revision: Revision) -> CommandResult {
    let holds = transaction.compares.allSatisfy { compare in
      self.holds(compare, live(KeyRange(only: compare.key)).first)
    }
    var responses: [OperationResult] = []
    for operation in holds ? transaction.success : transaction.failure {
      switch operation {
      case .put(let key, let value, let wantsPrevious):
        let before = live(KeyRange(only: key)).first
        histories[key, default: []].append(
          Row(
            revision: revision, value: value, create: before?.createRevision ?? revision,
            version: (before?.version ?? 0) + 1))
        responses.append(.put(previous: wantsPrevious ? before : nil))
      case .delete(let range, let wantsPrevious):
        let rows = live(range)
        for row in rows {
          histories[row.key]?.append(Row(revision: revision, value: nil, create: .zero, version: 0))
        }
        responses.append(.delete(count: rows.count, previous: wantsPrevious ? rows : []))
      case .range(let query):
        if query.revision != .zero {
          if query.revision >= revision { return .refused(.futureRevision(Revision(revision.rawValue - 1))) }
          if query.revision < compacted { return .refused(.compacted(compacted)) }
        }
        responses.append(.range(answer(query)))
      }
    }
    return .transaction(TransactionResult(succeeded: holds, responses: responses))
  }

  private func answer(_ query: RangeQuery) -> RangeResult {
    var rows = live(query.range, asOf: query.revision == .zero ? nil : query.revision)
    let count = rows.count
    if query.countOnly { return RangeResult(items: [], more: false, count: count) }
    if query.reverse { rows.reverse() }
    if query.limit > 0 { rows = Array(rows.prefix(query.limit)) }
    if query.keysOnly { for index in rows.indices { rows[index].value = nil } }
    return RangeResult(items: rows, more: rows.count < count, count: count)
  }

  private func holds(_ compare: Compare, _ row: KeyValue?) -> Bool {
    func ordered(_ left: UInt64, _ right: UInt64) -> Bool {
      switch compare.relation {
      case .equal: left == right
      case .greater: left > right
      case .less: left < right
      case .notEqual: left != right
      }
    }
    switch compare.target {
    case .version(let version): return ordered(row?.version ?? 0, version)
    case .createRevision(let revision): return ordered(row?.createRevision.rawValue ?? 0, revision.rawValue)
    case .modRevision(let revision): return ordered(row?.modRevision.rawValue ?? 0, revision.rawValue)
    case .value(let digest):
      guard let row else { return false }
      if compare.relation == .equal { return row.value?.digest == digest }
      return compare.relation == .notEqual && row.value?.digest != digest
    }
  }
}
