import Base
import ClientCore
import Network
import Wire

typealias Waiter = CheckedContinuation<Result<ClientReply, CallFailure>, Never>

/// What callers tell the client's thread.
enum LoopMessage: Sendable {
  case call(CallID, Call, Waiter)
  case cancel(CallID)
  case close
}

/// The owner of the client's reactor: carries events to the machine and its effects to sockets and waiting tasks.
final class ClientLoop: ReactorHandler {
  private let reactor: Reactor
  private let mailbox: Mailbox<LoopMessage>
  private var machine: ClientMachine
  private var waiters: [CallID: Waiter] = [:]
  private var links: [ConnectionID: LinkID] = [:]
  private var connections: [LinkID: ConnectionID] = [:]

  private var messages: [LoopMessage] = []
  private var events: [ClientEvent] = []
  private var effects: [ClientEffect] = []
  private var finished: [(Waiter, Result<ClientReply, CallFailure>)] = []
  private var scratch = ByteWriter()
  private var hasStarted = false

  private static let options = ConnectionOptions(outputBytesMax: 256 << 20)

  init(_ reactor: Reactor, _ mailbox: Mailbox<LoopMessage>, _ machine: ClientMachine) {
    self.reactor = reactor
    self.mailbox = mailbox
    self.machine = machine
  }

  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address) {
    preconditionFailure("a client listens nowhere")
  }

  func connected(_ connection: ConnectionID) {
    guard let link = links[connection] else { return }
    reactor.send(connection, ConnectionPreamble(role: .client).encoded)
    events.append(.connected(link))
  }

  func received(_ connection: ConnectionID, bytes: inout InputBuffer) {
    guard let link = links[connection] else { return bytes.removeAll() }
    do {
      while let payload = try bytes.nextFrame(max: Wire.Frame.maximum) {
        events.append(.received(link, try ClientReply(decoding: payload)))
      }
    } catch {
      // Where the next frame begins is not known any more.
      bytes.removeAll()
      reactor.close(connection)
      forget(connection, "it sent what is no answer: \(error)")
    }
  }

  func closed(_ connection: ConnectionID, reason: CloseReason) { forget(connection, "\(reason)") }

  private func forget(_ connection: ConnectionID, _ reason: String) {
    guard let link = links.removeValue(forKey: connection) else { return }
    connections[link] = nil
    events.append(.closed(link, reason: reason))
  }

  func turn(at now: Moment) -> Moment {
    if !hasStarted {
      hasStarted = true
      machine.handle(.started, at: now, into: &effects)
    }
    for event in events { machine.handle(event, at: now, into: &effects) }
    events.removeAll(keepingCapacity: true)
    // After the sockets: an answer that has come is not overtaken by a deadline or a cancellation.
    if machine.deadline <= now { machine.handle(.tick, at: now, into: &effects) }
    mailbox.takeAll(into: &messages)
    for message in messages {
      switch message {
      case .call(let id, let call, let waiter):
        waiters[id] = waiter
        machine.handle(.call(id, call), at: now, into: &effects)
      case .cancel(let id): machine.handle(.cancel(id), at: now, into: &effects)
      case .close:
        machine.handle(.closing, at: now, into: &effects)
        reactor.stop()
      }
    }
    messages.removeAll(keepingCapacity: true)
    carryOut()
    return machine.deadline
  }

  private func carryOut() {
    for effect in effects {
      switch effect {
      case .connect(let link, let address): connect(link, address)
      case .disconnect(let link):
        if let connection = connections.removeValue(forKey: link) {
          links[connection] = nil
          reactor.close(connection, afterFlush: true)
        }
      case .send(let link, let request):
        guard let connection = connections[link] else { continue }
        scratch.removeAll()
        Wire.Frame.append(request, to: &scratch)
        reactor.send(connection, scratch.bytes)
      case .finish(let id, let result):
        if let waiter = waiters.removeValue(forKey: id) { finished.append((waiter, result)) }
      }
    }
    effects.removeAll(keepingCapacity: true)
    for (waiter, result) in finished { waiter.resume(returning: result) }
    finished.removeAll(keepingCapacity: true)
  }

  private func connect(_ link: LinkID, _ text: String) {
    do {
      let connection = reactor.connect(to: try Address(parsing: text), options: Self.options)
      links[connection] = link
      connections[link] = connection
    } catch {
      // Told at once: there is no socket that could tell it later.
      events.append(.closed(link, reason: "\(error)"))
      reactor.wake()
    }
  }
}
