import Base
import Model
import Network
import Raft
import Replica
import Topology
import Wire

/// The reactor's owner: turns bytes into events, effects into bytes and queue entries. It decides nothing about
/// replication; that is ``Replicas``.
final class NodeLoop: ReactorHandler {
  let reactor: Reactor
  let mailbox: Mailbox<ReactorMessage>
  let context: NodeContext
  var replicas: Replicas
  var record: NodeRecord
  var peers: PeerLinks
  var clients = ClientConnections()

  private var inbox: [(LinkID, PeerFrame)] = []
  private var requests: [(ClientToken, ClientRequest.Body)] = []
  var events: [ReplicaEvent] = []
  private var effects: [ReplicaEffect] = []
  private var messages: [ReactorMessage] = []
  private var lastTurn: Moment
  private var lastDisk: Moment
  private var stopBy: Moment?
  var scratch = ByteWriter()
  var isFounding = false
  var waitingForGenesis: [ClientToken] = []
  /// Set when the store failed: the reason, for the supervisor.
  private(set) var failure: String?

  static let clientOptions = ConnectionOptions(outputBytesMax: 64 << 20)
  /// A link whose machine is silent is dialled anew: the kernel alone would go on for minutes after a cut was mended.
  static let peerOptions = ConnectionOptions(outputBytesMax: 64 << 20, unacknowledgedMax: .seconds(2))
  private static let diskInterval = Interval.milliseconds(20)
  /// How long a graceful stop waits for leadership to be taken over.
  private static let stopPatience = Interval.seconds(2)

  init(
    _ reactor: Reactor, _ mailbox: Mailbox<ReactorMessage>, _ context: NodeContext, _ record: NodeRecord,
    _ replicas: Replicas, _ peers: PeerLinks
  ) {
    self.reactor = reactor
    self.mailbox = mailbox
    self.context = context
    self.record = record
    self.replicas = replicas
    self.peers = peers
    lastTurn = Clock.now()
    lastDisk = lastTurn
  }

  // MARK: Connections

  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address) {
    if listener == peers.listener {
      peers.accepted(connection)
    } else {
      guard clients.count < context.configuration.service.maxConnections else {
        reactor.close(connection)
        return
      }
      clients.accepted(connection)
    }
  }

  func connected(_ connection: ConnectionID) {
    guard let callee = peers.connected(connection) else { return }
    scratch.removeAll()
    scratch.raw(ConnectionPreamble(role: .peer).encoded)
    Wire.Frame.append(PeerFrame.hello(replicas.hello(to: callee)), to: &scratch)
    reactor.send(connection, scratch.bytes)
  }

  func received(_ connection: ConnectionID, bytes: inout InputBuffer) {
    do {
      if peers.owns(connection) {
        try receivedFromPeer(connection, &bytes)
      } else {
        try receivedFromClient(connection, &bytes)
      }
    } catch {
      context.log.warning("\(connection) is closed: \(error)")
      bytes.removeAll()
      reactor.close(connection, afterFlush: true)
    }
  }

  private func receivedFromPeer(_ connection: ConnectionID, _ bytes: inout InputBuffer) throws {
    if peers.awaitsPreamble(connection) {
      guard try takePreamble(&bytes, .peer) else { return }
      peers.passedPreamble(connection)
    }
    while let payload = try bytes.nextFrame(max: Wire.Frame.maximum) {
      inbox.append((peers.link(connection), try PeerFrame(decoding: payload)))
    }
  }

  private func receivedFromClient(_ connection: ConnectionID, _ bytes: inout InputBuffer) throws {
    if clients.awaitsPreamble(connection) {
      guard try takePreamble(&bytes, .client) else { return }
      clients.passedPreamble(connection)
    }
    while let payload = try bytes.nextFrame(max: Wire.Frame.maximum) {
      let request = try ClientRequest(decoding: payload)
      requests.append((ClientToken(connection: clients.number(connection), number: request.number), request.body))
    }
  }

  private func takePreamble(_ bytes: inout InputBuffer, _ role: ConnectionPreamble.Role) throws -> Bool {
    var start: [UInt8] = []
    for position in 0..<min(bytes.count, ConnectionPreamble.byteCount) { start.append(bytes[position]) }
    guard try ConnectionPreamble(parsing: start, expecting: role) != nil else { return false }
    bytes.consume(ConnectionPreamble.byteCount)
    return true
  }

  func closed(_ connection: ConnectionID, reason: CloseReason) {
    if peers.owns(connection) {
      events.append(.linkClosed(peers.link(connection)))
      if let node = peers.closed(connection, at: reactor.now) { context.log.debug("link to \(node) is down: \(reason)") }
    } else if let number = clients.closed(connection) {
      events.append(.clientGone(connection: number))
    }
  }

  // MARK: Turns

  func turn(at now: Moment) -> Moment {
    replicas.wallTime = Clock.wall()
    // A turn that comes later than a heartbeat was held up: what peers said meanwhile is heard before anything is judged.
    let isLate = now - lastTurn > context.configuration.raft.heartbeat
    lastTurn = now
    if isLate { handlePeerFrames(at: now) }
    if now >= replicas.deadline { replicas.handle(.tick, at: now, into: &effects) }
    handleMessages(at: now)
    for event in events { replicas.handle(event, at: now, into: &effects) }
    events.removeAll(keepingCapacity: true)
    handlePeerFrames(at: now)
    for (token, body) in requests { handle(token, body, at: now) }
    requests.removeAll(keepingCapacity: true)
    reportDisk(at: now)
    replicas.endTurn(at: now, into: &effects)
    carryOut(at: now)
    peers.dial(reactor, options: Self.peerOptions, at: now)
    stopIfDone(at: now)
    return min(replicas.deadline, min(peers.nextDial, now + Self.diskInterval * 5))
  }

  private func handlePeerFrames(at now: Moment) {
    for (link, frame) in inbox {
      switch frame {
      case .hello(let hello): replicas.handle(.greeted(link, hello), at: now, into: &effects)
      case .welcome(let hello):
        peers.welcomed(link)
        replicas.handle(.welcomed(link, hello), at: now, into: &effects)
      case .refused(let refusal):
        if let node = peers.refused(link, at: now) {
          replicas.handle(.refused(node: node, refusal), at: now, into: &effects)
        }
      case .messages, .snapshot, .digests, .space: replicas.handle(.received(link, frame), at: now, into: &effects)
      }
    }
    inbox.removeAll(keepingCapacity: true)
  }

  private func handleMessages(at now: Moment) {
    mailbox.takeAll(into: &messages)
    for message in messages {
      switch message {
      case .logDone(let sequence): replicas.handle(.logDone(sequence: sequence), at: now, into: &effects)
      case .stateDone(let list): for done in list { replicas.handle(.stateDone(done), at: now, into: &effects) }
      case .readDone(let done): replicas.handle(.readDone(done), at: now, into: &effects)
      case .loaded(let group, let load, let entries):
        replicas.handle(.loaded(group, load, entries), at: now, into: &effects)
      case .logDamaged(let group, let load):
        replicas.handle(.logDamaged(group, load), at: now, into: &effects)
      case .founded(let founding): founded(founding, at: now)
      case .foundingFailed(let error): fail("the cluster's genesis could not be stored: \(error)")
      case .status(let question): question.answer(status(at: now), replicas.isReady(at: now))
      case .stop:
        stopBy = now + Self.stopPatience
        replicas.handle(.stopping, at: now, into: &effects)
      case .storageFailed(let failure): fail("\(failure.what): \(failure.error)")
      }
    }
    messages.removeAll(keepingCapacity: true)
  }

  private func reportDisk(at now: Moment) {
    guard now - lastDisk >= Self.diskInterval else { return }
    lastDisk = now
    let report = DiskReport(
      fsyncAge: context.gauge.age(at: now), isFull: context.gauge.isFull, free: context.usage.latest().free)
    replicas.handle(.disk(report), at: now, into: &effects)
  }

  /// EIO, a failed fsync, a short write: the process says so and stops. What is on disk is judged at the next start.
  private func fail(_ reason: String) {
    guard failure == nil else { return }
    failure = reason
    context.log.error("stopping: \(reason)")
    reactor.stop()
  }

  private func stopIfDone(at now: Moment) {
    guard let stopBy, replicas.hasHandedOver && !replicas.owesAnswers || now >= stopBy else { return }
    reactor.stop()
  }

  // MARK: Effects

  private func carryOut(at now: Moment) {
    for effect in effects {
      switch effect {
      case .send(let node, let frame): send(frame, to: node)
      case .answer(let link, let frame):
        scratch.removeAll()
        Wire.Frame.append(frame, to: &scratch)
        if let connection = peers.connection(link) { reactor.send(connection, scratch.bytes) }
      case .closeLink(let link):
        if let connection = peers.connection(link) { reactor.close(connection, afterFlush: true) }
      case .log(let sequence, let operations):
        context.logQueue.put(.perform(sequence: sequence, operations))
      case .state(let operation): context.stateQueue.put(.operation(operation))
      case .read(let job): context.readers.queue.put(.read(job))
      case .load(let group, let load): context.readers.queue.put(.load(group, load))
      case .reply(let token, let reply): self.reply(token, reply)
      case .note(let note): context.log.note(note)
      }
    }
    effects.removeAll(keepingCapacity: true)
  }

  private func send(_ frame: PeerFrame, to node: NodeID) {
    guard let connection = peers.outbound(to: node) else { return }
    scratch.removeAll()
    if case .messages(let messages) = frame {
      PeerFrame.appendFrames(of: messages, to: &scratch)
    } else {
      Wire.Frame.append(frame, to: &scratch)
    }
    reactor.send(connection, scratch.bytes)
  }

  func reply(_ token: ClientToken, _ reply: ClientReply) {
    guard let connection = clients.connection(token.connection) else { return }
    scratch.removeAll()
    Wire.Frame.append(reply, to: &scratch)
    reactor.send(connection, scratch.bytes)
  }

  private func handle(_ token: ClientToken, _ body: ClientRequest.Body, at now: Moment) {
    switch body {
    case .hello, .status, .identity, .genesis: answerOwn(token, body, at: now)
    default: replicas.handle(.client(token, body), at: now, into: &effects)
    }
  }
}
