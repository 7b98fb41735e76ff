import Base
import Model
import Wire

/// Sessions, and what answers mean for writes.
extension ClientMachine {
  /// A quarter of its life is left for the difference between the client's time and log time.
  private func isFresh(_ session: Session, at now: Moment) -> Bool {
    now - session.lastUsed < configuration.sessionTimeToLive * 3 / 4
  }

  mutating func enqueue(_ id: CallID, at now: Moment, into effects: inout [ClientEffect]) {
    let slot = calls[id]!.slot!
    guard routes[slot].queue.waiting < configuration.queueMax, routes[slot].queuedBytes < Self.queuedBytesMax else {
      return finish(id, overloaded("writes wait in keyspace '\(routes[slot].keyspace)'"), at: now, into: &effects)
    }
    calls[id]!.place = .queued
    routes[slot].queuedBytes += calls[id]!.weight
    routes[slot].queue.append(id)
    pump(slot, at: now, into: &effects)
  }

  /// Gives waiting writes their place in the session and sends them, as far as there is room.
  mutating func pump(_ slot: Int, at now: Moment, into effects: inout [ClientEffect]) {
    while !routes[slot].queue.isEmpty {
      guard let session = routes[slot].session, session.isBusy || isFresh(session, at: now) else {
        return open(slot, at: now, into: &effects)
      }
      guard session.hasRoom, routes[slot].bytesOut < Self.bytesOutMax,
        routes[slot].stalled.waiting < configuration.queueMax
      else { return }
      guard
        let id = routes[slot].queue.popFirst(where: { id in
          if case .queued? = calls[id]?.place { return true }
          return false
        })
      else { return }
      guard case .write(_, let write) = calls[id]!.body else { preconditionFailure("\(id) is no write") }
      let sequence = routes[slot].session!.take()
      let command = write.command(session: session.id, sequence: sequence, lowestUnacknowledged: session.lowest)
      routes[slot].queuedBytes -= calls[id]!.weight
      calls[id]!.place = .out
      calls[id]!.session = session.id
      calls[id]!.sequence = sequence
      setBytes(of: id, command.bytes)
      sendToLeader(id, at: now, into: &effects)
    }
  }

  // MARK: Sessions

  private mutating func open(_ slot: Int, at now: Moment, into effects: inout [ClientEffect]) {
    guard routes[slot].opening == nil else { return }
    routes[slot].session = nil
    lastOwnCall += 1
    let id = CallID(Self.ownCalls | lastOwnCall)
    routes[slot].opening = id
    // Remembered for a while, so that a repeated try gives the same session and leaves none behind that nobody uses.
    let timeToLive = configuration.sessionTimeToLive
    let write =
      routes[slot].opensUnnamed
      ? Write(.openSession(timeToLive: timeToLive))
      : Write(
        .openSession(timeToLive: timeToLive), request: generator.identifier(),
        keepFor: min(timeToLive, .seconds(60)))
    add(id, .write(keyspace: routes[slot].keyspace, write), configuration.timeout, slot, .named, at: now)
    dispatch(id, at: now, into: &effects)
  }

  /// The call that opens a session has ended.
  mutating func opened(
    _ slot: Int, _ result: Result<ClientReply, CallFailure>, at now: Moment, into effects: inout [ClientEffect]
  ) {
    routes[slot].opening = nil
    switch result {
    case .success(let reply):
      guard let id = sessionID(in: reply) else {
        let failure = CallFailure(
          code: .internal, outcome: .notApplied, message: "a session was asked for and something else given",
          node: reply.header.node)
        return failQueue(slot, failure, at: now, into: &effects)
      }
      routes[slot].session = Session(id: id, at: now)
      routes[slot].opensUnnamed = false
    case .failure(let failure):
      // It may be the memory for requests that is full: a session can be opened without being remembered there.
      if failure.code == .memoryFull, !routes[slot].opensUnnamed {
        routes[slot].opensUnnamed = true
      } else if failure.code != .deadlineExceeded {
        routes[slot].opensUnnamed = false
        failQueue(slot, failure, at: now, into: &effects)
      }
    }
  }

  private func sessionID(in reply: ClientReply) -> UInt64? {
    guard case .applied(let bytes, _) = reply.body, let result = try? CommandResult(bytes: bytes) else { return nil }
    switch result {
    case .session(let id): return id
    case .appliedBefore(let revision, true): return revision.rawValue
    case .appliedBefore, .transaction, .compacted, .sessionClosed, .refused: return nil
    }
  }

  /// Without a session none of the waiting writes can be sent; none was.
  private mutating func failQueue(
    _ slot: Int, _ failure: CallFailure, at now: Moment, into effects: inout [ClientEffect]
  ) {
    var failure = failure
    failure.outcome = .notApplied
    failure.message = "no session could be opened: \(failure.message)"
    for id in routes[slot].queue.takeAll() {
      guard case .queued? = calls[id]?.place else { continue }
      routes[slot].queuedBytes -= calls[id]!.weight
      calls[id]!.place = .out
      finish(id, failure, at: now, into: &effects)
    }
  }

  /// Tells the keyspace that nobody will come back for the session's answers. Its time to live does the same, later.
  func giveBackSession(_ slot: Int, at now: Moment, into effects: inout [ClientEffect]) {
    guard let session = routes[slot].session, session.hasRoom, let leader = routes[slot].leader,
      let node = node(named: leader), nodes[node].isUsable
    else { return }
    let command = Command(
      envelope: Envelope(session: session.id, sequence: session.next, lowestUnacknowledged: session.next),
      body: .closeSession)
    let body = ClientRequest.Body.propose(keyspace: routes[slot].keyspace, command: command.bytes)
    effects.append(.send(nodes[node].link, ClientRequest(number: lastNumber + 1 + UInt64(slot), body: body)))
  }

  // MARK: Answers

  mutating func writeAnswered(
    _ id: CallID, _ request: Outstanding, _ reply: ClientReply, at now: Moment, into effects: inout [ClientEffect]
  ) {
    let call = calls[id]!
    let slot = call.slot!
    guard case .failed(let failure) = reply.body else {
      guard case .applied = reply.body else {
        return end(id, .internal, "a node answered a write with something else", at: now, into: &effects)
      }
      if routes[slot].session?.id == call.session { routes[slot].session!.lastUsed = now }
      return finish(id, .success(reply), at: now, into: &effects)
    }
    // Of an unknown session, or a full memory, the log says that this copy did nothing; `unknown` is said for the
    // others.
    let didNothing =
      failure.outcome == .notApplied || failure.code == .unknownSession || failure.code == .memoryFull
    if didNothing { calls[id]!.open -= 1 }
    if didNothing, defect == .believesOneRefusal { calls[id]!.open = calls[id]!.live }
    var heard = CallFailure(
      code: failure.code, outcome: calls[id]!.outcome, message: failure.message, node: reply.header.node)
    calls[id]!.lastRefusal = heard
    switch failure.code {
    case .notLeader, .unavailable, .notServing, .diskFull:
      let hint = failure.leader
      refuted(slot, by: request.node, hint: hint, term: reply.header.term, at: now, into: &effects)
      repeatWrite(id, heard, isHinted: !hint.isEmpty, at: now, into: &effects)
    case .overloaded:
      calls[id]!.overloads += 1
      guard calls[id]!.overloads <= Self.overloadsMax else { return finish(id, heard, at: now, into: &effects) }
      repeatWrite(id, heard, isHinted: false, at: now, into: &effects)
    case .unknownSession where call.naming == .session:
      rename(id, heard, at: now, into: &effects)
    case .acknowledgedBefore:
      heard.outcome = .applied
      finish(id, heard, at: now, into: &effects)
    default:
      // Refusals of the log under a session are remembered there: every copy meets the same one (Model, `evaluate`).
      let isFinal = [.compacted, .futureRevision, .requestReused, .tooLarge].contains(failure.code)
      if isFinal, call.naming == .session { heard.outcome = failure.outcome }
      finish(id, heard, at: now, into: &effects)
    }
  }

  /// Another try, if one is allowed and no other is under way.
  private mutating func repeatWrite(
    _ id: CallID, _ heard: CallFailure, isHinted: Bool, at now: Moment, into effects: inout [ClientEffect]
  ) {
    // It may have been sent on, or ended, while the routes were mended.
    guard let call = calls[id], call.live == 0, call.place == .out else { return }
    guard call.naming != .none || call.open == 0 else { return finish(id, heard, at: now, into: &effects) }
    guard isHinted, call.hops < Self.hopsMax else { return backOff(id, at: now) }
    calls[id]!.hops += 1
    dispatch(id, at: now, into: &effects)
  }

  /// The session is gone. If every copy is known to have done nothing, the write goes on in another session; else
  /// nobody can tell any more what it did, and to run it again would be to run it twice.
  private mutating func rename(
    _ id: CallID, _ heard: CallFailure, at now: Moment, into effects: inout [ClientEffect]
  ) {
    let call = calls[id]!
    let slot = call.slot!
    if routes[slot].session?.id == call.session { routes[slot].session = nil }
    let isKnown = call.open == 0 || defect == .renamesInDoubt
    guard isKnown, call.renamings < Self.renamingsMax else { return finish(id, heard, at: now, into: &effects) }
    if call.place == .stalled { routes[slot].stalled.noteEnded() }
    precondition(call.place != .backingOff, "\(id) was answered while nothing was out")
    calls[id]!.place = .out
    routes[slot].bytesOut -= call.bytes.count
    calls[id]!.bytes = []
    calls[id]!.session = 0
    calls[id]!.sequence = 0
    calls[id]!.renamings += 1
    enqueue(id, at: now, into: &effects)
  }
}
