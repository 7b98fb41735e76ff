import Base
import Benchmarking
import Network

/// One request on its way.
struct HTTPCall: Sendable {
  enum Failure: Error, Sendable {
    /// No byte of it was sent.
    case notSent(String)
    /// It was sent, and no answer came.
    case lost(String)
  }
  var request: GatewayRequest
  /// How long the node may take; the answer must come a second later at the latest.
  var timeout: Interval
  var deadline: Moment
  var waiter: CheckedContinuation<Result<HTTPAnswer, Failure>, Never>
}

enum HTTPMessage: Sendable {
  case call(HTTPCall)
  case close
}

/// First in, first out; what was taken out gives its room back now and then.
struct Fifo<Element> {
  private var elements: [Element] = []
  private var taken = 0

  var first: Element? { taken < elements.count ? elements[taken] : nil }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func pop() -> Element? {
    guard let element = first else { return nil }
    taken += 1
    if taken == elements.count {
      elements.removeAll(keepingCapacity: true)
      taken = 0
    } else if taken >= 1_024, taken * 2 >= elements.count {
      elements.removeFirst(taken)
      taken = 0
    }
    return element
  }
}

/// The owner of a reactor whose connections each carry one request at a time, as HTTP's users have it. They are spread
/// over all nodes; one that breaks is made anew, to the next node that takes it.
final class HTTPLoop: ReactorHandler {
  private struct Node {
    var address: Address
    var downUntil = Moment.zero
  }

  private struct Lane {
    enum State { case down, connecting, idle, busy }
    var node: Int
    var state = State.down
    var connection: ConnectionID?
    var call: HTTPCall?
    /// When it began to be what it is.
    var since = Moment.zero
    /// Tells entries of the queue of idle lanes that no longer count.
    var turns = 0
  }

  private let reactor: Reactor
  private let mailbox: Mailbox<HTTPMessage>
  private var nodes: [Node]
  private var lanes: [Lane]
  private var byConnection: [ConnectionID: Int] = [:]
  private var idle = Fifo<(lane: Int, turns: Int)>()
  private var waiting = Fifo<HTTPCall>()
  private var messages: [HTTPMessage] = []
  private var nextLook = Moment.zero

  private static let options = ConnectionOptions(outputBytesMax: 64 << 20, inputBytesMax: 128 << 20)
  /// A server gives up connections that rest for a minute; a request that is sent at that moment would be lost.
  private static let restMax = Interval.seconds(30)
  private static let connectMax = Interval.seconds(3)
  /// How long a node that refused is passed over.
  private static let refusedPause = Interval.milliseconds(200)
  private static let look = Interval.milliseconds(50)

  init(_ reactor: Reactor, _ mailbox: Mailbox<HTTPMessage>, nodes: [Address], connections: Int) {
    precondition(!nodes.isEmpty && connections > 0, "\(connections) connections to \(nodes.count) nodes")
    self.reactor = reactor
    self.mailbox = mailbox
    self.nodes = nodes.map { Node(address: $0) }
    lanes = (0..<connections).map { Lane(node: $0 % nodes.count) }
  }

  // MARK: Sockets

  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address) {
    preconditionFailure("a client listens nowhere")
  }

  func connected(_ connection: ConnectionID) {
    guard let lane = byConnection[connection] else { return }
    rest(lane)
  }

  func received(_ connection: ConnectionID, bytes: inout InputBuffer) {
    guard let lane = byConnection[connection], lanes[lane].state == .busy else {
      // An answer to nothing that was asked.
      bytes.removeAll()
      return reactor.close(connection)
    }
    do {
      guard let answer = try bytes.withSpan({ span throws(HTTPAnswer.Malformed) in try HTTPAnswer(span) }) else {
        return
      }
      bytes.consume(answer.length)
      finish(lane, .success(answer))
      guard answer.keepsAlive, bytes.isEmpty else {
        bytes.removeAll()
        return drop(lane)
      }
      rest(lane)
    } catch {
      bytes.removeAll()
      finish(lane, .failure(.lost("the answer cannot be read: \(error)")))
      drop(lane)
    }
  }

  func closed(_ connection: ConnectionID, reason: CloseReason) {
    guard let lane = byConnection.removeValue(forKey: connection) else { return }
    if case .connectFailed = reason { nodes[lanes[lane].node].downUntil = reactor.now + Self.refusedPause }
    lanes[lane].connection = nil
    lanes[lane].state = .down
    finish(lane, .failure(.lost("\(reason)")))
    if reason != .stopped { connect(lane) }
  }

  // MARK: Lanes

  /// To the next node that has not refused lately; without one the lane is looked at again later.
  private func connect(_ lane: Int) {
    for step in 0..<nodes.count {
      let node = (lanes[lane].node + step) % nodes.count
      guard nodes[node].downUntil <= reactor.now else { continue }
      let connection = reactor.connect(to: nodes[node].address, options: Self.options)
      byConnection[connection] = lane
      lanes[lane].node = node
      lanes[lane].connection = connection
      lanes[lane].state = .connecting
      lanes[lane].since = reactor.now
      return
    }
  }

  /// Closes a lane's connection and makes it anew. What it carried has been finished.
  private func drop(_ lane: Int) {
    if let connection = lanes[lane].connection {
      byConnection[connection] = nil
      reactor.close(connection)
    }
    lanes[lane].connection = nil
    lanes[lane].state = .down
    connect(lane)
  }

  private func rest(_ lane: Int) {
    lanes[lane].state = .idle
    lanes[lane].since = reactor.now
    lanes[lane].turns += 1
    idle.append((lane, lanes[lane].turns))
  }

  private func finish(_ lane: Int, _ result: Result<HTTPAnswer, HTTPCall.Failure>) {
    guard let call = lanes[lane].call else { return }
    lanes[lane].call = nil
    call.waiter.resume(returning: result)
  }

  /// The connection that has rested longest, so that all nodes get their share.
  private func takeIdle() -> Int? {
    while let entry = idle.pop() {
      guard lanes[entry.lane].state == .idle, lanes[entry.lane].turns == entry.turns else { continue }
      if lanes[entry.lane].since + Self.restMax > reactor.now { return entry.lane }
      drop(entry.lane)
    }
    return nil
  }

  private func dispatch() {
    while waiting.first != nil, let lane = takeIdle(), let call = waiting.pop() {
      guard let connection = lanes[lane].connection else { preconditionFailure("an idle lane without a connection") }
      lanes[lane].call = call
      lanes[lane].state = .busy
      lanes[lane].since = reactor.now
      let host = nodes[lanes[lane].node].address.description
      reactor.withOutput(of: connection) { call.request.append(to: &$0, host: host, timeout: call.timeout) }
    }
  }

  // MARK: Turns

  func turn(at now: Moment) -> Moment {
    mailbox.takeAll(into: &messages)
    for message in messages {
      switch message {
      case .call(let call): waiting.append(call)
      case .close: reactor.stop()
      }
    }
    messages.removeAll(keepingCapacity: true)
    if now >= nextLook {
      nextLook = now + Self.look
      lookAround(now)
    }
    dispatch()
    return nextLook
  }

  /// What only time tells: who takes too long, and who may be tried again.
  private func lookAround(_ now: Moment) {
    for lane in lanes.indices {
      switch lanes[lane].state {
      case .down: connect(lane)
      case .connecting:
        guard lanes[lane].since + Self.connectMax <= now else { continue }
        nodes[lanes[lane].node].downUntil = now + Self.refusedPause
        drop(lane)
      case .busy:
        guard let call = lanes[lane].call, call.deadline + .seconds(1) <= now else { continue }
        finish(lane, .failure(.lost("no answer in time")))
        drop(lane)
      case .idle: break
      }
    }
    // All calls have much the same patience, so the first of them is the first to lose it.
    while let call = waiting.first, call.deadline <= now {
      _ = waiting.pop()
      call.waiter.resume(returning: .failure(.notSent("no connection was free in time")))
    }
  }

  /// After the reactor's end: nobody is left waiting.
  func abandon() {
    mailbox.takeAll(into: &messages)
    for case .call(let call) in messages { waiting.append(call) }
    while let call = waiting.pop() { call.waiter.resume(returning: .failure(.notSent("the client is closed"))) }
  }
}
