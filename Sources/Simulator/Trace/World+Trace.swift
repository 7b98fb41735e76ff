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
      tell("\(nodes[node].id) <- client \(client) request \(number): \(words.text(asked: current.call))")
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
  func text(asked call: ClientCall) -> String { "call \(call.id) of \(name(call.group)): \(Self.text(call.body))" }
  func text(told call: ClientCall) -> String { "\(text(asked: call)) -> \(Self.text(call.answer))" }

  private static func text(_ body: ClientCall.Body) -> String {
    switch body {
    case .openSession: return "opens a session"
    case .closeSession: return "closes its session"
    case .compact(let revision): return "compacts through \(revision)"
    case .read(let request): return "\(text(request.consistency)) \(text(request.query))"
    case .transaction(let transaction):
      let condition = transaction.compares.map { text($0) }.joined(separator: ", ")
      let success = transaction.success.map { text($0) }.joined(separator: ", ")
      let failure = transaction.failure.isEmpty ? "" : ", else \(transaction.failure.map { text($0) }.joined(separator: ", "))"
      return condition.isEmpty ? success : "if \(condition): \(success)\(failure)"
    }
  }

  private static func text(_ consistency: ReadConsistency) -> String {
    switch consistency {
    case .linearizable: "reads"
    case .stale(let maxAge, let notBefore): "reads, at most \(maxAge) old, not before \(notBefore),"
    }
  }

  private static func text(_ query: ReadRequest.Query) -> String {
    switch query {
    case .range(let query): "\(text(query.range))\(query.revision > .zero ? " as of \(query.revision)" : "")"
    case .history(let key, _, let limit): "\(limit) changes of \(text(key))"
    case .outcome: "what became of a request"
    case .sessionOutcome(let session, let sequence): "what became of \(session).\(sequence)"
    }
  }

  /// Values are numbers of puts, so they name them.
  private static func text(_ operation: Model.Operation) -> String {
    switch operation {
    case .put(let key, let value, _): "\(text(key)) = \(text(value))"
    case .delete(let range, _): "delete \(text(range))"
    case .range(let query): "read \(text(query.range))"
    }
  }

  private static func text(_ compare: Compare) -> String {
    let target =
      switch compare.target {
      case .version(let version): "version \(version)"
      case .createRevision(let revision): "created at \(revision)"
      case .modRevision(let revision): "changed at \(revision)"
      case .value(let digest): "value \(digest.short)"
      }
    return "\(text(compare.key)) \(compare.relation) \(target)"
  }

  private static func text(_ range: KeyRange) -> String {
    range == KeyRange(only: range.start) ? text(range.start) : "from '\(text(range.start))'"
  }

  private static func text(_ key: Key) -> String { String(decoding: key.bytes, as: UTF8.self) }
  private static func text(_ value: Value?) -> String { value.flatMap(Workload.number).map { "#\($0)" } ?? "nothing" }

  private static func text(_ answer: ClientCall.Answer) -> String {
    switch answer {
    case .applied(let result, let revision): "\(result.succeeded ? "done" : "condition failed") at \(revision)"
    case .appliedUnseen: "done, and forgotten what it gave"
    case .read(.range(let page), let revision):
      "\(page.items.map { "\(text($0.key)) = \(text($0.value))" }.joined(separator: ", ")) at \(revision)"
    case .read(_, let revision): "answered at \(revision)"
    case .notApplied: "not applied"
    case .unknown: "unknown"
    case .unread: "not read"
    }
  }
}
