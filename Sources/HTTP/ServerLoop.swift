import Base
import Network
import Synchronization

/// What other threads tell a server's thread.
final class ServerControl: Sendable {
  private let stopping = Atomic<Bool>(false)
  let waker: Waker
  let answers: Mailbox<Answer>

  init(waking waker: Waker) {
    self.waker = waker
    answers = Mailbox(waking: waker)
  }

  var isStopping: Bool { stopping.load(ordering: .acquiring) }

  func stop() {
    stopping.store(true, ordering: .releasing)
    waker.wake()
  }
}

/// The server's thread: requests out of bytes, answers into bytes, time-outs.
final class ServerLoop: ReactorHandler {
  private let reactor: Reactor
  private let limits: HTTPLimits
  private let control: ServerControl
  private let handler: @Sendable (HTTPRequest, HTTPResponder) -> Void
  private let listener: ListenerID
  private var connections: [ConnectionID: HTTPConnection] = [:]
  private var deadlines = DeadlineQueue()
  private var batch: [Answer] = []
  private var stopsAt: Moment?
  private var date = (second: Int64.min, text: "")

  /// Connections over the limit that are told so; beyond them they are closed without a word.
  private static let refusedMax = 256

  init(
    _ reactor: Reactor, _ listener: ListenerID, _ limits: HTTPLimits, _ control: ServerControl,
    _ handler: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void
  ) {
    self.reactor = reactor
    self.listener = listener
    self.limits = limits
    self.control = control
    self.handler = handler
  }

  // MARK: - What the reactor tells

  func accepted(_ id: ConnectionID, on listener: ListenerID, from peer: Address) {
    guard connections.count < limits.connectionsMax, stopsAt == nil else {
      if reactor.connectionCount <= connections.count + Self.refusedMax {
        let refusal = HTTPRefusal(.serviceUnavailable, "too many connections")
        write(refusal.response, ResponseWriter.Context(keepsAlive: false), to: id)
      }
      return reactor.close(id, afterFlush: reactor.bufferedOutput(of: id) > 0)
    }
    let connection = HTTPConnection(id: id, peer: peer, limits: limits, now: reactor.now)
    connections[id] = connection
    schedule(connection)
  }

  func received(_ id: ConnectionID, bytes: inout InputBuffer) {
    guard let connection = connections[id], !connection.takesNoMore else { return bytes.removeAll() }
    let before = connection.parser.phase
    let taken = takeRequests(connection, &bytes)
    if bytes.isEnded && !connection.isPaused { connection.takesNoMore = true }
    if taken || connection.parser.phase != before || before != .header { connection.waitsSince = reactor.now }
    settle(connection)
  }

  func drained(_ id: ConnectionID) {
    guard let connection = connections[id] else { return }
    resumeIfPossible(connection)
    settle(connection)
  }

  func closed(_ id: ConnectionID, reason: CloseReason) { connections[id] = nil }

  func turn(at now: Moment) -> Moment {
    control.answers.takeAll(into: &batch)
    for answer in batch {
      guard let connection = connections[answer.connection] else { continue }
      connection.answer(answer.sequence, answer.response)
      sendAnswers(connection)
    }
    batch.removeAll(keepingCapacity: true)
    while let (due, id) = deadlines.pop(at: now) {
      guard let connection = connections[id], connection.scheduled == due else { continue }
      connection.scheduled = .never
      if connection.deadline(limits) <= now { expire(connection) }
      schedule(connection)
    }
    let stopDeadline = control.isStopping ? stop(at: now) : .never
    return min(deadlines.next, stopDeadline)
  }

  // MARK: - Requests

  /// Returns whether a request was completed.
  private func takeRequests(_ connection: HTTPConnection, _ bytes: inout InputBuffer) -> Bool {
    var taken = false
    while !connection.takesNoMore {
      guard mayTakeMore(connection) else {
        connection.isPaused = true
        reactor.pauseReading(connection.id)
        return taken
      }
      switch connection.parser.next(from: &bytes) {
      case .needsMore:
        return taken
      case .refused(let refusal):
        refuse(connection, refusal)
      case .request(var request):
        taken = true
        request.peer = connection.peer
        connection.takesNoMore = !request.keepsAlive
        let sequence = connection.append(
          ResponseWriter.Context(
            isHead: request.method == .head, isHTTP11: request.isHTTP11, keepsAlive: request.keepsAlive))
        handler(request, HTTPResponder(control.answers, connection.id, sequence))
      }
    }
    return taken
  }

  private func mayTakeMore(_ connection: HTTPConnection) -> Bool {
    connection.pending.count < limits.pipelinedMax && reactor.bufferedOutput(of: connection.id) <= limits.outputBytesLow
  }

  private func resumeIfPossible(_ connection: HTTPConnection) {
    guard connection.isPaused, mayTakeMore(connection) else { return }
    connection.isPaused = false
    connection.waitsSince = reactor.now
    reactor.resumeReading(connection.id)
  }

  private func refuse(_ connection: HTTPConnection, _ refusal: HTTPRefusal) {
    connection.takesNoMore = true
    _ = connection.append(ResponseWriter.Context(keepsAlive: false), response: refusal.response)
  }

  // MARK: - Answers

  private func sendAnswers(_ connection: HTTPConnection) {
    while let (context, response) = connection.takeAnswered() {
      var context = context
      let isLast = connection.takesNoMore && connection.pending.isEmpty
      let closes =
        response.closesConnection || !context.keepsAlive || isLast
        || response.headers.tokens(of: "connection").contains("close")
      context.keepsAlive = !closes
      write(response, context, to: connection.id)
      if closes {
        connection.takesNoMore = true
        connection.dropPending()
      }
      if connection.pending.isEmpty && connection.parser.phase == .idle { connection.waitsSince = reactor.now }
    }
    resumeIfPossible(connection)
    settle(connection, sends: false)
  }

  private func write(_ response: HTTPResponse, _ context: ResponseWriter.Context, to id: ConnectionID) {
    let date = dateText()
    reactor.withOutput(of: id) { ResponseWriter.append(response, context, date: date, to: &$0) }
  }

  private func dateText() -> String {
    let now = Clock.wall()
    let second = now.milliseconds / 1_000
    if date.second != second { date = (second, HTTPDate.text(now)) }
    return date.text
  }

  /// Does what the connection's state asks for after any change.
  private func settle(_ connection: HTTPConnection, sends: Bool = true) {
    if sends, connection.pending.first?.response != nil { return sendAnswers(connection) }
    if connection.takesNoMore {
      reactor.pauseReading(connection.id)
      if connection.pending.isEmpty {
        connections[connection.id] = nil
        return reactor.close(connection.id, afterFlush: true)
      }
    } else if connection.parser.wantsContinue && connection.pending.isEmpty {
      reactor.send(connection.id, ResponseWriter.continueLine)
      connection.parser.continueWasSent()
      connection.waitsSince = reactor.now
    }
    schedule(connection)
  }

  // MARK: - Time

  private func schedule(_ connection: HTTPConnection) {
    let due = connection.deadline(limits)
    guard due < connection.scheduled else { return }
    connection.scheduled = due
    deadlines.push(due, connection.id)
  }

  private func expire(_ connection: HTTPConnection) {
    let waiting = reactor.bufferedOutput(of: connection.id)
    if connection.isPaused || connection.parser.phase == .idle {
      if waiting > 0 && waiting != connection.outputSeen {
        // The peer reads, if slowly.
        connection.outputSeen = waiting
        connection.waitsSince = reactor.now
      } else {
        connections[connection.id] = nil
        reactor.close(connection.id, afterFlush: waiting == 0)
      }
    } else {
      refuse(connection, HTTPRefusal(.requestTimeout, "the request did not arrive in time"))
      settle(connection)
    }
  }

  /// Ends what is idle at once, the rest with its last answer, everything at the time-out.
  private func stop(at now: Moment) -> Moment {
    let until = stopsAt ?? now + limits.stopTimeout
    if stopsAt == nil {
      stopsAt = until
      reactor.close(listener)
      for connection in Array(connections.values) {
        connection.takesNoMore = true
        if connection.pending.isEmpty && reactor.bufferedOutput(of: connection.id) == 0 {
          connections[connection.id] = nil
          reactor.close(connection.id)
        } else {
          settle(connection)
        }
      }
    }
    if reactor.connectionCount == 0 || now >= until { control.waker.stop() }
    return until
  }
}
