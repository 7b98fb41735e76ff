import Base
import Model
import Testing

@Suite("Evaluation under random commands")
struct DifferentialTests {
  @Test("Every answer and every state is that of the naive model", arguments: 1...12)
  func agreesWithNaiveModel(_ seed: Int) throws {
    var commands = RandomCommands(seed: UInt64(seed))
    var log = Log()
    var naive = NaiveModel()
    var kinds = Set<String>()
    for _ in 0..<2_500 {
      let revision = log.revision.rawValue + 1
      let command = commands.next(revision)
      log.pass(Interval(nanoseconds: Int64(commands.random.below(4))))
      let setHash = log.state.header.setHash
      let evaluation = try log.run(command)
      let (result, told) = naive.run(command, Revision(revision), log.now)
      commands.learn(result)
      guard evaluation.result == result, evaluation.revision == told else {
        Issue.record("seed \(seed), revision \(revision): \(evaluation.result) is not \(result)")
        return
      }
      if case .refused(let refusal) = result {
        kinds.insert("\(refusal)".prefix { $0 != "(" }.description)
        guard !evaluation.changesData, log.state.header.setHash == setHash else {
          Issue.record("seed \(seed), revision \(revision): refused and changed")
          return
        }
      }
      if revision % 50 == 0, let difference = difference(log, naive, &commands) {
        Issue.record("seed \(seed), revision \(revision): \(difference)")
        return
      }
    }
    #expect(difference(log, naive, &commands) == nil)
    let met: Set = ["compacted", "futureRevision", "unknownSession", "acknowledgedBefore", "requestReused"]
    #expect(met.isSubset(of: kinds))
  }

  private func difference(_ log: Log, _ naive: NaiveModel, _ commands: inout RandomCommands) -> String? {
    let state = log.state
    let header = state.header
    let live = naive.live(.all)
    if state.rows(.all, asOf: nil, limit: .max, keysOnly: false, reverse: false) != live { return "live rows" }
    if header.liveKeys != UInt64(live.count) { return "live keys" }
    let bytes = live.reduce(0) { $0 + $1.key.bytes.count + ($1.value?.bytes.count ?? 0) }
    if header.liveBytes != UInt64(bytes) { return "live bytes" }
    if header.setHash != state.recomputedSetHash() { return "set hash" }
    if header.compacted != naive.compacted { return "compacted" }
    for key in naive.histories.keys.sorted() {
      let history = state.history(key).reversed().map { NaiveModel.Row($0) }
      if history.map(\.text) != naive.histories[key]?.map(\.text) { return "history" }
      if state.head(key)?.version != naive.live(KeyRange(only: key)).first?.version { return "head" }
    }
    let past = Revision(max(naive.compacted.rawValue, UInt64(commands.random.below(Int(header.applied)))))
    let range = commands.range()
    let then = state.rows(range, asOf: past, limit: .max, keysOnly: false, reverse: true)
    if then != naive.live(range, asOf: past).reversed() { return "rows as of \(past)" }
    if state.count(range, asOf: past) != then.count { return "count as of \(past)" }
    return nil
  }

  /// A log of random commands with random steps of time.
  private func history(_ seed: UInt64, _ count: Int) throws -> [(command: Command, time: LogTime)] {
    var commands = RandomCommands(seed: seed)
    var log = Log()
    return try (0..<count).map { _ in
      let command = commands.next(log.revision.rawValue + 1)
      log.pass(Interval(nanoseconds: Int64(commands.random.below(4))))
      commands.learn(try log.run(command).result)
      return (command, log.now)
    }
  }

  @Test("The same log gives the same digests and bytes, also through a snapshot and through encoded commands")
  func deterministic() throws {
    let history = try history(77, 3_000)
    var first = Log()
    var second = Log()
    for (position, (command, time)) in history.enumerated() {
      first.now = time
      second.now = time
      let evaluation = try first.run(command)
      guard try second.run(Command(bytes: command.bytes)) == evaluation else {
        Issue.record("entry \(position) evaluated differently")
        return
      }
      if position % 500 == 0 { second = Log(try MemoryState(snapshot: second.state.snapshotBytes)) }
    }
    #expect(first.state.header.bytes == second.state.header.bytes)
    #expect(first.state.snapshotBytes == second.state.snapshotBytes)
    #expect(first.state.header.chainHead != .zero)
  }

  @Test("A copy of the contents stays as it was while the state goes on")
  func copies() throws {
    let history = try history(78, 600)
    var log = Log()
    for (command, time) in history.prefix(300) {
      log.now = time
      try log.run(command)
    }
    let bytes = log.state.snapshotBytes
    let copy = log.state.contents
    for (command, time) in history.dropFirst(300) {
      log.now = time
      try log.run(command)
    }
    #expect(copy.snapshotBytes == bytes)
    #expect(log.state.snapshotBytes != bytes)
  }

  @Test(
    "A named command has one effect and one answer, however often and wherever later it is repeated", arguments: 1...8)
  func exactlyOnce(_ seed: Int) throws {
    var commands = RandomCommands(seed: UInt64(seed) + 1_000)
    var log = Log()
    /// Runs at each place the command if it comes for the first time there, else nothing.
    var once = Log()
    var answers: [(command: Command, first: Evaluation)] = []
    var nextSequence: UInt64 = 1
    let session = try log.openSession(timeToLive: Limits.keepForMax)
    _ = try once.openSession(timeToLive: Limits.keepForMax)
    var repeated = 0
    for step in 0..<1_500 {
      log.pass(Interval(nanoseconds: Int64(commands.random.below(10))))
      once.now = log.now
      if !answers.isEmpty, commands.random.oneIn(2) {
        let (command, first) = answers[commands.random.below(answers.count)]
        let again = try log.run(command)
        try once.run([])
        repeated += 1
        let expected =
          first.result.bytes.count <= Limits.rememberedResultBytesMax
          ? first.result : .appliedBefore(revision: first.revision, succeeded: first.result.succeeded)
        guard again.result == expected, again.revision == first.revision, !again.changesData else {
          Issue.record("seed \(seed), step \(step): a retry was answered or executed differently")
          return
        }
      } else {
        var envelope = Envelope()
        if commands.random.oneIn(2) {
          (envelope.session, envelope.sequence) = (session, nextSequence)
          nextSequence += 1
        }
        if envelope.session == 0 || commands.random.oneIn(3) {
          (envelope.request, envelope.keepFor) = (commands.random.identifier(), Limits.keepForMax)
        }
        let revision = log.revision.rawValue + 1
        var body = commands.body(revision)
        while body == .closeSession { body = commands.body(revision) }
        let command = Command(envelope: envelope, body: body)
        let first = try log.run(command)
        answers.append((command, first))
        guard try once.run(command).result == first.result else {
          Issue.record("seed \(seed), step \(step): a copy before has left a trace")
          return
        }
      }
    }
    #expect(repeated > 500)
    let rows = log.state.changes(after: .zero, limit: .max)
    #expect(rows == once.state.changes(after: .zero, limit: .max))
    #expect(log.state.header.setHash == once.state.header.setHash)
    #expect(log.state.header.remembered == once.state.header.remembered)
  }

  @Test("An answer 'not applied' is final for its name while it is remembered", arguments: 1...8)
  func notAppliedIsFinal(_ seed: Int) throws {
    var commands = RandomCommands(seed: UInt64(seed) + 2_000)
    var log = Log()
    let session = try log.openSession(timeToLive: Limits.keepForMax)
    var refused: [Command] = []
    for sequence in 1...800 {
      let envelope = Envelope(
        request: commands.random.oneIn(2) ? commands.random.identifier() : .zero, session: session,
        sequence: UInt64(sequence))
      let command = Command(envelope: envelope, body: commands.body(log.revision.rawValue + 1))
      guard command.body != .closeSession else { continue }
      if case .refused(let refusal) = try log.run(command).result, refusal.outcome == .notApplied {
        refused.append(command)
      }
    }
    #expect(refused.count > 10)
    var executed = 0
    for command in refused {
      for _ in 0..<3 { try log.run([put("filler", "")]) }
      let again = try log.run(command)
      if again.changesData { executed += 1 }
      guard case .refused = again.result else {
        executed += 1
        continue
      }
    }
    #expect(executed == 0)
  }
}

extension NaiveModel.Row {
  init(_ row: StateRow) {
    self.init(revision: row.revision, value: row.value, create: row.createRevision, version: row.version)
  }
  var text: String { "\(revision) \(value?.digest.short ?? "-") \(create) \(version)" }
}
