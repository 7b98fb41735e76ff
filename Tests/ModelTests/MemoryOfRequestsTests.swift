import Base
import Model
import Testing

@Suite("Sessions")
struct SessionTests {
  @Test("A session's id is the revision that opened it, and its command is remembered until it is acknowledged")
  func lifeOfASession() throws {
    var log = Log()
    let id = try log.openSession()
    #expect(id == 2)
    #expect(log.state.header.sessions == 1)
    let first = try log.run([put("a", "1")], Envelope(session: id, sequence: 1))
    let again = try log.run([put("a", "1")], Envelope(session: id, sequence: 1))
    #expect(again.result == first.result)
    #expect(again.revision == first.revision)
    #expect(again.logTime == first.logTime)
    #expect(!again.changesData)
    try log.run([put("a", "2")], Envelope(session: id, sequence: 2, lowestUnacknowledged: 2))
    #expect(log.state.sessionResult(id, sequence: 1) == nil)
    let late = try log.run([put("a", "1")], Envelope(session: id, sequence: 1))
    #expect(late.result == .refused(.acknowledgedBefore))
    #expect(CommandRefusal.acknowledgedBefore.outcome == .applied)
    #expect(log.state.row(Key("a"))?.version == 2)
  }

  @Test("Commands of a session may arrive in any order, each runs once")
  func outOfOrder() throws {
    var log = Log()
    let id = try log.openSession()
    for sequence: UInt64 in [3, 1, 2, 3, 2, 1] {
      try log.run([put("k\(sequence)", "")], Envelope(session: id, sequence: sequence))
    }
    for sequence in 1...3 { #expect(log.state.row(Key("k\(sequence)"))?.version == 1) }
    #expect(log.state.session(id)?.highest == 3)
  }

  @Test("The same sequence with another body is refused and the first answer stays")
  func reused() throws {
    var log = Log()
    let id = try log.openSession()
    let first = try log.run([put("a", "1")], Envelope(session: id, sequence: 1))
    let other = try log.run([put("a", "2")], Envelope(session: id, sequence: 1))
    #expect(other.result == .refused(.requestReused))
    #expect(!other.changesData)
    #expect(try log.run([put("a", "1")], Envelope(session: id, sequence: 1)).result == first.result)
  }

  @Test("An unknown session is refused with outcome unknown, and nothing is registered")
  func unknown() throws {
    var log = Log()
    let evaluation = try log.run([put("a", "1")], Envelope(session: 77, sequence: 1))
    #expect(evaluation.result == .refused(.unknownSession))
    #expect(evaluation.effects.isEmpty)
    #expect(CommandRefusal.unknownSession.outcome == .unknown)
  }

  @Test("Beyond the window a command is refused as unknown, and the same command runs when the window has moved")
  func window() throws {
    var log = Log()
    let id = try log.openSession()
    let beyond = UInt64(Limits.sessionWindowMax) + 1
    let last = try log.run([put("l", "")], Envelope(session: id, sequence: beyond - 1))
    #expect(last.changesData)
    let refused = try log.run([put("a", "")], Envelope(session: id, sequence: beyond))
    #expect(refused.result == .refused(.sessionWindowFull))
    #expect(!refused.changesData)
    #expect(CommandRefusal.sessionWindowFull.outcome == .unknown)
    #expect(log.state.session(id)?.highest == beyond - 1)
    let moved = try log.run([put("a", "")], Envelope(session: id, sequence: beyond, lowestUnacknowledged: 2))
    #expect(moved.changesData)
  }

  @Test("Acknowledgement only rises, and never covers the command that carries it")
  func acknowledgement() throws {
    var log = Log()
    let id = try log.openSession()
    try log.run([], Envelope(session: id, sequence: 5, lowestUnacknowledged: 4))
    try log.run([], Envelope(session: id, sequence: 6, lowestUnacknowledged: 1))
    #expect(log.state.session(id)?.lowestUnacknowledged == 4)
    let greedy = try log.run([], Envelope(session: id, sequence: 7, lowestUnacknowledged: 1_000))
    #expect(greedy.result == .transaction(TransactionResult(succeeded: true, responses: [])))
    #expect(log.state.session(id)?.lowestUnacknowledged == 7)
    #expect(log.state.sessionResult(id, sequence: 7) != nil)
  }

  @Test("At its last moment a session lives; a nanosecond later it is gone before its own command is looked at")
  func expiryMoment() throws {
    for late in [false, true] {
      var log = Log()
      let id = try log.openSession(timeToLive: .seconds(10))
      log.pass(.seconds(10))
      if late { log.pass(Interval(nanoseconds: 1)) }
      let evaluation = try log.run([put("a", "")], Envelope(session: id, sequence: 1))
      #expect((evaluation.result == .refused(.unknownSession)) == late)
      #expect(evaluation.effects.contains(.removeSession(id: id)) == late)
      #expect(evaluation.effects.count == (late ? 1 : 3))
      #expect(log.state.header.sessions == (late ? 0 : 1))
    }
  }

  @Test("Each command of a session renews it; retries and refusals do too")
  func renewal() throws {
    var log = Log()
    let id = try log.openSession(timeToLive: .seconds(10))
    try log.run([put("a", "")], Envelope(session: id, sequence: 1))
    for _ in 0..<3 {
      log.pass(.seconds(9))
      try log.run([put("a", "")], Envelope(session: id, sequence: 1))
    }
    log.pass(.seconds(9))
    try log.run([put("b", "")], Envelope(session: id, sequence: 1))
    log.pass(.seconds(9))
    #expect(try log.run([put("b", "")], Envelope(session: id, sequence: 2)).changesData)
  }

  @Test("One command takes away at most eight expired sessions, and its own besides")
  func boundedExpiry() throws {
    var log = Log()
    var ids: [UInt64] = []
    for _ in 0..<20 { ids.append(try log.openSession(timeToLive: .seconds(1))) }
    log.pass(.seconds(2))
    let own = try log.run([], Envelope(session: ids[19], sequence: 1))
    #expect(own.effects == (ids[0..<8] + [ids[19]]).map { StateEffect.removeSession(id: $0) })
    #expect(own.result == .refused(.unknownSession))
    #expect(log.state.header.sessions == 11)
    try log.run([])
    try log.run([])
    #expect(log.state.header.sessions == 0)
  }

  @Test("A session too many is refused; one that has expired makes room in the same command")
  func tooMany() throws {
    var header = StateHeader.empty
    header.sessions = UInt64(Limits.sessionsMax) - 1
    var log = Log(header: header)
    _ = try log.openSession(timeToLive: .seconds(1))
    let open = Command(envelope: Envelope(), body: .openSession(timeToLive: .seconds(1)))
    #expect(try log.run(open).result == .refused(.tooManySessions))
    log.pass(.seconds(2))
    #expect(try log.run(open).result == .session(log.revision.rawValue))
    #expect(log.state.header.sessions == UInt64(Limits.sessionsMax))
  }

  @Test("A closed session is unknown, with everything it remembered")
  func close() throws {
    var log = Log()
    let id = try log.openSession()
    try log.run([put("a", "")], Envelope(session: id, sequence: 1))
    let close = Command(envelope: Envelope(session: id, sequence: 2), body: .closeSession)
    #expect(try log.run(close).result == .sessionClosed)
    #expect(log.state.session(id) == nil)
    #expect(log.state.sessionResult(id, sequence: 1) == nil)
    #expect(log.state.header.sessions == 0)
    #expect(try log.run(close).result == .refused(.unknownSession))
    #expect(
      try log.run(Command(envelope: Envelope(), body: .closeSession)).result == .refused(.unknownSession))
  }
}

@Suite("Request memory")
struct RequestMemoryTests {
  let id = Identifier(high: 1, low: 2)

  @Test("A request is answered the same for as long as it asked, from any session or none, and runs anew after that")
  func keptFor() throws {
    var log = Log()
    let session = try log.openSession(timeToLive: .seconds(1_000))
    let first = try log.run([put("a", "1")], Envelope(request: id, keepFor: .seconds(5)))
    log.pass(.seconds(5))
    let other = Envelope(request: id, keepFor: .seconds(5), session: session, sequence: 1)
    for envelope in [Envelope(request: id, keepFor: .seconds(5)), other, Envelope(request: id)] {
      let again = try log.run([put("a", "1")], envelope)
      #expect(again.result == first.result)
      #expect(again.revision == first.revision)
      #expect(!again.changesData)
    }
    log.pass(Interval(nanoseconds: 1))
    let anew = try log.run([put("a", "1")], Envelope(request: id, keepFor: .seconds(5)))
    #expect(anew.changesData)
    #expect(log.state.header.remembered == 1)
    // The session has learnt the answer from the request memory and outlives it.
    #expect(try log.run([put("a", "1")], other).revision == first.revision)
  }

  @Test("The same request id with another body is refused")
  func reused() throws {
    var log = Log()
    try log.run([put("a", "1")], Envelope(request: id, keepFor: .seconds(5)))
    let other = try log.run([put("a", "2")], Envelope(request: id, keepFor: .seconds(5)))
    #expect(other.result == .refused(.requestReused))
    #expect(other.effects.isEmpty)
  }

  @Test("A request id without keepFor is carried and not remembered")
  func notKept() throws {
    var log = Log()
    let evaluation = try log.run([put("a", "1")], Envelope(request: id))
    #expect(evaluation.effects.count == 1)
    #expect(log.state.header.remembered == 0)
  }

  @Test("A refusal is remembered: a retry after the state has changed is not executed")
  func refusalIsFinal() throws {
    var log = Log()
    let future = [put("a", "1"), range("", revision: Revision(3))]
    let session = try log.openSession()
    for envelope in [
      Envelope(request: id, keepFor: .seconds(5)), Envelope(session: session, sequence: 1),
    ] {
      let operations = future + [range("", revision: Revision(log.revision.rawValue + 5))]
      let first = try log.run(operations, envelope)
      guard case .refused(let refusal) = first.result else { throw Unexpected() }
      #expect(refusal.outcome == .notApplied)
      for _ in 0..<8 { try log.run([put("z", "")]) }
      let again = try log.run(operations, envelope)
      #expect(again.result == first.result)
      #expect(!again.changesData)
    }
    #expect(log.state.row(Key("a")) == nil)
  }

  @Test("A compare that failed is remembered as failed")
  func failedCompare() throws {
    var log = Log()
    let compare = Compare(key: Key("z"), relation: .greater, target: .version(0))
    let command = Command(
      envelope: Envelope(request: id, keepFor: .seconds(5)),
      body: .transaction(Transaction(compares: [compare], success: [put("a", "1")])))
    let first = try log.run(command)
    try log.run([put("z", "")])
    #expect(try log.run(command).result == first.result)
    #expect(log.state.remembered(id)?.succeeded == false)
    #expect(log.state.row(Key("a")) == nil)
  }

  @Test("A full memory refuses with outcome unknown, and the same request runs when there is room")
  func full() throws {
    var header = StateHeader.empty
    header.remembered = UInt64(Limits.rememberedRequestsMax) - 1
    var log = Log(header: header)
    try log.run([], Envelope(request: Identifier(high: 9, low: 9), keepFor: .seconds(1)))
    let refused = try log.run([put("a", "")], Envelope(request: id, keepFor: .seconds(1)))
    #expect(refused.result == .refused(.requestMemoryFull))
    #expect(refused.effects.isEmpty)
    #expect(CommandRefusal.requestMemoryFull.outcome == .unknown)
    log.pass(.seconds(2))
    let room = try log.run([put("a", "")], Envelope(request: id, keepFor: .seconds(1)))
    #expect(room.changesData)
    #expect(log.state.header.remembered == UInt64(Limits.rememberedRequestsMax))
  }

  @Test("Of a result too long to be remembered a retry is told where it was applied")
  func longResult() throws {
    var log = Log()
    let session = try log.openSession()
    try log.run([.put(key: Key("a"), value: Value([UInt8](repeating: 1, count: 5_000)), wantsPrevious: false)])
    let envelope = Envelope(request: id, keepFor: .seconds(1), session: session, sequence: 1)
    let first = try log.run([get("a"), put("b", "")], envelope)
    #expect(first.responses.count == 2)
    for again in [envelope, Envelope(request: id)] {
      let answer = try log.run([get("a"), put("b", "")], again)
      #expect(answer.result == .appliedBefore(revision: first.revision, succeeded: true))
      #expect(!answer.changesData)
    }
  }

  @Test("One command forgets at most eight expired requests, and its own besides, and counts what it remembers anew")
  func boundedExpiry() throws {
    var log = Log()
    for number in 0..<20 {
      try log.run([], Envelope(request: Identifier(high: 0, low: UInt64(number + 1)), keepFor: .seconds(1)))
    }
    log.pass(.seconds(2))
    let own = Identifier(high: 0, low: 20)
    let evaluation = try log.run([put("a", "")], Envelope(request: own, keepFor: .seconds(1)))
    #expect(evaluation.effects.prefix(9) == ((1...8).map { Identifier(high: 0, low: $0) } + [own]).map {
      StateEffect.forget(request: $0)
    }[...])
    #expect(evaluation.changesData)
    #expect(log.state.header.remembered == 12)
    try log.run([])
    try log.run([])
    #expect(log.state.header.remembered == 1)
  }

  @Test("Opening a session under a request id gives the same session to every retry")
  func openOnce() throws {
    var log = Log()
    let open = Command(
      envelope: Envelope(request: id, keepFor: .seconds(5)), body: .openSession(timeToLive: .seconds(5)))
    let first = try log.run(open)
    #expect(try log.run(open).result == first.result)
    #expect(log.state.header.sessions == 1)
  }

  @Test("A request id already used by another body is refused for good in the session that tried it")
  func reusedInSession() throws {
    var log = Log()
    let session = try log.openSession(timeToLive: .seconds(100))
    try log.run([put("a", "1")], Envelope(request: id, keepFor: .seconds(1)))
    let other = Envelope(request: id, keepFor: .seconds(1), session: session, sequence: 1)
    #expect(try log.run([put("a", "2")], other).result == .refused(.requestReused))
    log.pass(.seconds(2))
    #expect(try log.run([put("a", "2")], other).result == .refused(.requestReused))
    #expect(log.state.row(Key("a"))?.version == 1)
  }
}
