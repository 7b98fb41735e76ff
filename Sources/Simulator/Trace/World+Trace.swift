import Base
import Model
import Raft
import Replica
import Wire

/// One line for each thing that happens.
extension World {
  func note(_ text: @autoclosure () -> String) {
    let fault = injections.undescribed
    guard options.tracing || fault != nil else { return }
    let text = text()
    injections.describe(text)
    if options.tracing { tell(fault.map { "fault \($0): \(text)" } ?? text) }
  }

  private func tell(_ text: String) {
    let line = "\(TraceWords.stamp(lived)) \(text)"
    if let onLine { onLine(line) } else { trace.append(line) }
  }

  /// Tells of what is about to happen. Ticks and dials are left out: what comes of them is told.
  func traceHappening(_ happening: Happening) {
    guard options.tracing else { return }
    switch happening {
    case .frame(let from, _, let to, let toIncarnation, _, let frame):
      let isLost = !isCurrent(to, toIncarnation) || network.isCut(from: from, to: to)
      tell("\(nodes[to].id) <- \(nodes[from].id)\(isLost ? " (lost)" : "") \(words.text(frame))")
    case .event(let node, let incarnation, .linkClosed) where isCurrent(node, incarnation):
      tell("\(nodes[node].id) lost a link")
    case .event(let node, let incarnation, .clientGone(let connection)) where isCurrent(node, incarnation):
      tell("\(nodes[node].id) lost client connection \(connection)")
    case .logWritten(let node, let incarnation, let count) where isCurrent(node, incarnation):
      let last = nodes[node].log.queue.prefix(count).last?.sequence ?? 0
      tell("\(nodes[node].id) write \(last) is durable")
    case .stateWorked(let node, let incarnation) where isCurrent(node, incarnation):
      guard case .operation(let operation)? = nodes[node].state.queue.first, let text = words.text(operation) else {
        return
      }
      tell("\(nodes[node].id) \(text)")
    case .load(let node, let incarnation, let group, let load) where isCurrent(node, incarnation):
      tell("\(nodes[node].id) loads \(words.name(group)) \(load.from)..\(load.through) for replica \(load.peer)")
    case .request(let client, let number, let node):
      guard let current = clients[client].current else { return }
      tell("\(nodes[node].id) <- client \(client) request \(number): \(TraceWords.text(current.intent))")
    case .clientRequest(let id, let request):
      guard let connection = connections[id] else { return }
      tell(
        "\(nodes[connection.node].id) <- client \(connection.client) request \(id).\(request.number): "
          + TraceWords.text(request.body))
    case .clientConnectionBreaks(let id):
      guard let connection = connections[id] else { return }
      tell("client \(connection.client) loses connection \(id) to \(nodes[connection.node].id)")
    default: break
    }
  }

  /// Tells of what a node wants done. Messages are told of when they arrive.
  func traceEffect(_ node: Int, _ effect: ReplicaEffect) {
    guard options.tracing else { return }
    switch effect {
    case .log(let sequence, let operations): tell("\(nodes[node].id) write \(sequence): \(words.text(operations))")
    case .reply(let token, let reply):
      tell("\(nodes[node].id) answers \(Self.text(token)): \(TraceWords.text(reply.body)) at \(reply.header.revision)")
    case .note(let what): tell("\(nodes[node].id) \(words.text(what))")
    case .send, .answer, .closeLink, .state, .read, .load: break
    }
  }

  private static func text(_ token: ClientToken) -> String {
    token.connection < firstConnection
      ? "client \(token.connection) request \(token.number)" : "request \(token.connection).\(token.number)"
  }

  func traceFault(_ kind: FaultKind, _ frame: PeerFrame, from: Int, to: Int) {
    guard options.tracing else { return }
    tell("\(kind.rawValue): \(nodes[from].id) -> \(nodes[to].id) \(words.text(frame))")
  }
}

extension TraceWords {
  static func text(_ intent: SimulatedClient.Current.Intent) -> String {
    switch intent {
    case .open: "opens a session"
    case .write(let kind, let key): "key \(key) \(text(kind))"
    case .read(let key): "key \(key) read"
    case .stale(let key, let maxAge, let notBefore): "key \(key) read at most \(maxAge) old, not before \(notBefore)"
    }
  }

  /// Values are numbers of operations, so they name them.
  static func text(_ kind: Operation.Kind) -> String {
    switch kind {
    case .write(let number): "write #\(number)"
    case .swap(let expected, let new): "swap \(expected.map { "#\($0)" } ?? "nothing") for #\(new)"
    case .read: "read"
    }
  }

  static func text(_ answer: Operation.Answer) -> String {
    switch answer {
    case .written: "written"
    case .swapped(let succeeded): succeeded ? "swapped" : "not swapped"
    case .value(let number): number.map { "#\($0)" } ?? "nothing"
    case .notApplied: "not applied"
    case .unknown: "unknown"
    }
  }
}
