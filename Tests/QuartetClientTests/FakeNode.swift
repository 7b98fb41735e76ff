import Base
import Model
import Network
import QuartetClient
import Raft
import Synchronization
import Wire

/// A node of one, over real sockets: leads every keyspace, keeps puts in memory and remembers sessions' answers. It
/// can be told to hold its answers, to lose them, and to break its connections.
final class FakeNode: Sendable {
  struct Settings: Sendable {
    /// Proposals are executed and their answers kept back.
    var holdsAnswers = false
    /// So many proposals more are executed and their connection broken instead of an answer.
    var answersToLose = 0
    var identity: NodeIdentity
    var rows: [Key: [UInt8]] = [:]
    var executions = 0
    var proposals = 0
    var connections = 0
    var genesisRecords = 0
  }

  let name: String
  let settings: Mutex<Settings>
  let address: String
  private let waker: Waker
  private let thread: WorkerThread

  init(_ name: String = "node-0", nation: Nation = .england, supplier: String = "a") throws {
    self.name = name
    let store = Identifier.random()
    let settings = Settings(
      identity: NodeIdentity(
        node: name, nation: nation.description, supplier: supplier, store: store, bootCount: 1, genesis: []))
    self.settings = Mutex(settings)
    let reactor = try Reactor()
    let (_, bound) = try reactor.listen(
      on: .loopback(port: 0), options: ConnectionOptions(outputBytesMax: 64 << 20))
    address = "\(bound)"
    waker = reactor.waker
    let loop = FakeNodeLoop(reactor)
    let mailbox = loop.mailbox
    self.mailbox = mailbox
    // The loop's owner is set before the thread starts; the thread is stopped and joined before the node goes.
    let box = Box()
    loop.box = box
    thread = try WorkerThread(name: "fake-node") { reactor.run(loop) }
    box.node.withLock { $0 = self }
  }

  private let mailbox: Mailbox<FakeNodeLoop.Order>

  func breakConnections() { mailbox.put(.breakConnections) }
  func releaseAnswers() { mailbox.put(.releaseAnswers) }

  func stop() {
    waker.stop()
    thread.join()
  }

  final class Box: Sendable {
    let node = Mutex<FakeNode?>(nil)
  }
}

final class FakeNodeLoop: ReactorHandler {
  enum Order: Sendable {
    case breakConnections
    case releaseAnswers
  }

  private let reactor: Reactor
  let mailbox: Mailbox<Order>
  var box = FakeNode.Box()
  private var greeted: Set<ConnectionID> = []
  private var connections: [ConnectionID] = []
  private var held: [(ConnectionID, ClientReply)] = []
  private var remembered: [UInt64: ClientReply.Body] = [:]

  init(_ reactor: Reactor) {
    self.reactor = reactor
    mailbox = Mailbox(waking: reactor.waker)
  }

  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address) {
    connections.append(connection)
  }

  func closed(_ connection: ConnectionID, reason: CloseReason) {
    greeted.remove(connection)
    connections.removeAll { $0 == connection }
  }

  func turn(at now: Moment) -> Moment {
    for order in mailbox.takeAll() {
      switch order {
      case .breakConnections: connections.forEach { reactor.close($0) }
      case .releaseAnswers:
        for (connection, reply) in held { send(connection, reply) }
        held = []
      }
    }
    return .never
  }

  func received(_ connection: ConnectionID, bytes: inout InputBuffer) {
    guard let node = box.node.withLock({ $0 }) else { return }
    do {
      if !greeted.contains(connection) {
        guard bytes.count >= ConnectionPreamble.byteCount else { return }
        let start = bytes.take(ConnectionPreamble.byteCount)
        guard try ConnectionPreamble(parsing: start, expecting: .client) != nil else { return }
        greeted.insert(connection)
      }
      while let payload = try bytes.nextFrame(max: Wire.Frame.maximum) {
        try serve(connection, try ClientRequest(decoding: payload), node)
      }
    } catch {
      reactor.close(connection)
    }
  }

  private func serve(_ connection: ConnectionID, _ request: ClientRequest, _ node: FakeNode) throws {
    let answer = try node.settings.withLock { settings in try body(request.body, &settings, node) }
    let header = ReplyHeader(
      keyspace: "england", revision: Revision(7), node: node.name, nation: "england",
      cluster: Identifier(high: 3, low: 4), term: 1)
    let reply = ClientReply(number: request.number, header: header, body: answer.body)
    if answer.isLost {
      reactor.close(connection)
    } else if answer.isHeld {
      held.append((connection, reply))
    } else {
      send(connection, reply)
    }
  }

  private func body(
    _ request: ClientRequest.Body, _ settings: inout FakeNode.Settings, _ node: FakeNode
  ) throws -> (body: ClientReply.Body, isHeld: Bool, isLost: Bool) {
    switch request {
    case .hello:
      settings.connections += 1
      return (.hello(version: 1), false, false)
    case .cluster:
      let listed = ClusterMap.Node(
        name: node.name, nation: "england", supplier: "a", client: node.address, peer: "", http: "")
      let keyspace = ClusterMap.Keyspace(name: "england", group: GroupID(2), leader: node.name, term: 1)
      let map = ClusterMap(cluster: Identifier(high: 3, low: 4), nodes: [listed], keyspaces: [keyspace])
      return (.cluster(map), false, false)
    case .identity: return (.identity(settings.identity), false, false)
    case .genesis(let bytes):
      settings.genesisRecords += 1
      settings.identity.genesis = bytes
      return (.done, false, false)
    case .propose(_, let bytes):
      let command = try Command(bytes: bytes)
      settings.proposals += 1
      guard case .transaction(let transaction) = command.body else {
        return (.applied(result: CommandResult.session(55).bytes, logTime: LogTime(nanoseconds: 1)), false, false)
      }
      let body = remembered[command.envelope.sequence] ?? execute(transaction, &settings)
      if command.envelope.session != 0 { remembered[command.envelope.sequence] = body }
      let isLost = settings.answersToLose > 0
      if isLost { settings.answersToLose -= 1 }
      return (body, settings.holdsAnswers, isLost)
    case .read(_, let read):
      guard case .range(let query) = read.query else {
        return (.read(ReadResult(value: .outcome(.notRemembered), staleness: nil)), false, false)
      }
      var isStale = false
      if case .stale = read.consistency { isStale = true }
      let keys = settings.rows.keys.filter { query.range.contains($0) }.sorted()
      let shown = query.limit > 0 ? Array(keys.prefix(query.limit)) : keys
      let items = shown.map { row($0, settings.rows[$0]!) }
      let result = RangeResult(items: items, more: shown.count < keys.count, count: keys.count)
      let staleness = isStale ? Staleness(age: .milliseconds(3)) : nil
      return (.read(ReadResult(value: .range(result), staleness: staleness)), false, false)
    default:
      let failure = Failure(code: .unsupported, outcome: .notApplied, message: "not here")
      return (.failed(failure), false, false)
    }
  }

  private func row(_ key: Key, _ bytes: [UInt8]) -> KeyValue {
    KeyValue(key: key, value: Value(bytes), createRevision: Revision(7), modRevision: Revision(7), version: 1)
  }

  private func execute(_ transaction: Transaction, _ settings: inout FakeNode.Settings) -> ClientReply.Body {
    var responses: [OperationResult] = []
    for operation in transaction.success {
      switch operation {
      case .put(let key, let value, let wantsPrevious):
        responses.append(.put(previous: wantsPrevious ? settings.rows[key].map { row(key, $0) } : nil))
        settings.rows[key] = value.bytes
        settings.executions += 1
      case .delete(let range, _):
        let keys = settings.rows.keys.filter { range.contains($0) }
        for key in keys { settings.rows[key] = nil }
        responses.append(.delete(count: keys.count, previous: []))
      case .range: responses.append(.range(RangeResult(items: [], more: false, count: 0)))
      }
    }
    let result = CommandResult.transaction(TransactionResult(succeeded: true, responses: responses))
    return .applied(result: result.bytes, logTime: LogTime(nanoseconds: 1))
  }

  private func send(_ connection: ConnectionID, _ reply: ClientReply) {
    var writer = ByteWriter()
    Wire.Frame.append(reply, to: &writer)
    reactor.send(connection, writer.bytes)
  }
}
