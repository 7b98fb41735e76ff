import Base
import Gateway
import Glibc
import HTTP
import Model
public import Network
import QuartetClient
import Raft
import Replica
import SQLite
import Storage
import Synchronization
public import Topology
public import Wire

/// Why a node could not start.
public struct NodeStartError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// Where a node keeps its data.
public enum NodeStorage: Hashable, Sendable {
  /// Files in the configured directory.
  case disk
  /// Nothing survives the process: for tests of services.
  case memory
}

/// A running node: its threads, listeners and stores.
public final class NodeServer: Sendable {
  /// Where it listens; ports given as 0 are filled in.
  public let client: Address
  public let peer: Address
  public let http: Address

  private let mailbox: Mailbox<ReactorMessage>
  private let threads: Mutex<[WorkerThread]>
  private let ending: Ending

  /// What the threads leave behind.
  private final class Ending: Sendable {
    let failure = Mutex<String?>(nil)
  }

  private init(
    client: Address, peer: Address, http: Address, mailbox: Mailbox<ReactorMessage>, thread: WorkerThread, ending: Ending
  ) {
    self.client = client
    self.peer = peer
    self.http = http
    self.mailbox = mailbox
    threads = Mutex([thread])
    self.ending = ending
  }

  /// Asks for a graceful stop: leadership is handed over, what was accepted is made durable. Returns at once.
  public func stop() { mailbox.put(.stop) }

  /// Waits until the node has stopped.
  /// - Returns: why it stopped by itself; nil after ``stop()``.
  public func wait() -> String? {
    for thread in threads.withLock({ $0 }) { thread.join() }
    return ending.failure.withLock { $0 }
  }

  /// What the node tells of itself, and whether it is ready to serve every keyspace. `answer` runs on the node's reactor.
  public func status(_ answer: @escaping @Sendable (NodeStatus, Bool) -> Void) {
    mailbox.put(.status(StatusQuestion(answer: answer)))
  }

  /// Opens the store, listens and starts the threads. The node serves when it belongs to a cluster and hears a leader.
  public static func start(_ configuration: NodeConfiguration, storage: NodeStorage = .disk) throws -> NodeServer {
    let log = NodeLog(node: configuration.node.id.name, level: configuration.logLevel)
    var random = SystemRandomNumberGenerator()
    let (record, stores) = try open(configuration, storage, log, &random)
    if !record.damage.isEmpty { log.error("neither votes nor campaigns until caught up: \(record.damage)") }
    var assembly = try Assembly(configuration, log, record, stores, seed: random.next())
    return try assembly.start()
  }

  private static func open(
    _ configuration: NodeConfiguration, _ storage: NodeStorage, _ log: NodeLog,
    _ random: inout SystemRandomNumberGenerator
  ) throws -> (NodeRecord, any NodeStore) {
    switch storage {
    case .memory:
      let store = MemoryNodeStore()
      return (store.open(random: &random), store)
    case .disk:
      var files: any Files =
        configuration.storage.powerLossVFS ? PowerLossFiles(syncIsNoop: Self.syncIsNoop) : PosixFiles()
      if let faultFile = configuration.storage.faultFile {
        log.warning("a drill: the disk fails as \(faultFile) says")
        files = FaultFiles(files, faultFile: faultFile) { log.warning($0) }
      }
      do throws(StorageError) {
        let (record, store) = try SQLiteNodeStore.open(
          directory: configuration.dataDirectory, files: files, random: &random,
          options: SQLiteNodeStore.Options(
            reserveBytes: configuration.storage.reserveBytes, checkpointPages: configuration.storage.checkpointPages,
            walCapBytes: configuration.storage.walCapBytes))
        return (record, store)
      } catch {
        throw NodeStartError("the data directory '\(configuration.dataDirectory)' cannot be used: \(error)")
      }
    }
  }

  /// For the test rig alone: with the power-loss VFS and this in the environment, disks say that they have synced and
  /// have not, and tests of durability must find losses.
  private static var syncIsNoop: Bool { getenv("QUARTET_SYNC_IS_NOOP").map { String(cString: $0) == "1" } ?? false }

  /// A node between opening and running.
  private struct Assembly {
    var context: NodeContext
    let record: NodeRecord
    let stores: any NodeStore
    let reactor: Reactor
    let mailbox: Mailbox<ReactorMessage>
    let clientAddress: Address
    let peerAddress: Address
    let peerListener: ListenerID
    let states: [(group: GroupID, file: String, store: any StateStore)]

    init(
      _ configuration: NodeConfiguration, _ log: NodeLog, _ record: NodeRecord, _ stores: any NodeStore, seed: UInt64
    ) throws {
      reactor = try Reactor()
      mailbox = Mailbox(waking: reactor.waker)
      self.stores = stores
      states = try stores.openStates(of: record.groups)
      var record = record
      try record.completeTails(for: states.map { $0.store.header }, from: stores.log)
      self.record = record
      (_, clientAddress) = try Self.listen(reactor, configuration.node.clientAddress, NodeLoop.clientOptions, "client")
      (peerListener, peerAddress) = try Self.listen(
        reactor, configuration.node.peerAddress, NodeLoop.peerOptions, "peer")
      // Ports given as 0 are known now; clients and peers are told the real ones.
      var configuration = configuration
      configuration.node.clientAddress = clientAddress.description
      configuration.node.peerAddress = peerAddress.description
      context = NodeContext(
        configuration: configuration, log: log, started: Clock.now(), gauge: DiskGauge(), usage: UsageGauge(),
        logQueue: BlockingQueue(), stateQueue: BlockingQueue(),
        readers: ReaderPool(threadCount: configuration.storage.readerThreads, mailbox: mailbox), seed: seed)
    }

    private static func listen(
      _ reactor: Reactor, _ text: String, _ options: ConnectionOptions, _ what: String
    ) throws -> (ListenerID, Address) {
      let address = try Address(parsing: text)
      guard address.isLoopback else {
        throw NodeStartError(
          "the \(what) address \(text) is not on loopback: without TLS a node listens at 127.0.0.1 or [::1] only")
      }
      do {
        return try reactor.listen(on: address, options: options)
      } catch {
        throw NodeStartError("cannot listen at \(text) for the \(what) address: \(error); is another node running there?")
      }
    }

    mutating func start() throws -> NodeServer {
      let gateway = try startGateway()
      context.configuration.node.httpAddress = gateway.address.description
      let peers = try context.configuration.peers.map { (node: $0.id, address: try Address(parsing: $0.peerAddress)) }
      for (group, file, store) in states {
        if let damage = store.damage { context.log.error("\(group) starts out of service, \(file): \(damage)") }
      }
      let replicas = context.makeReplicas(record, states.map(\.store), at: Clock.now())
      let loop = NodeLoop(
        reactor, mailbox, context, record, replicas, PeerLinks(listener: peerListener, peers: peers))
      let workers = try startWorkers()
      let ending = Ending()
      let handed = Handover(value: loop)
      let context = context
      let stores = Handover(value: stores)
      let thread = try WorkerThread(name: "reactor") {
        let loop = handed.value
        loop.reactor.run(loop)
        gateway.server.stop()
        gateway.client.close()
        context.logQueue.close()
        context.stateQueue.put(.close)
        context.stateQueue.close()
        context.readers.queue.close()
        for worker in workers { worker.join() }
        stores.value.close()
        ending.failure.withLock { $0 = loop.failure }
        context.log.info("stopped")
      }
      context.log.info(
        "version \(Versions.program) started, boot \(record.bootCount), store \(record.store), client \(clientAddress), "
          + "peer \(peerAddress), http \(gateway.address)")
      return NodeServer(
        client: clientAddress, peer: peerAddress, http: gateway.address, mailbox: mailbox, thread: thread, ending: ending)
    }

    private func startWorkers() throws -> [WorkerThread] {
      var workers: [WorkerThread] = []
      let logThread = Handover(
        value: LogThread(stores: stores, queue: context.logQueue, mailbox: mailbox, gauge: context.gauge))
      workers.append(try WorkerThread(name: "log") { logThread.value.run() })
      let stateThread = Handover(
        value: StateThread(queue: context.stateQueue, mailbox: mailbox, readers: context.readers, gauge: context.gauge))
      workers.append(try WorkerThread(name: "state") { stateThread.value.run() })
      for number in 0..<context.readers.threadCount {
        let reader = Handover(value: try stores.log.makeReader())
        let pool = context.readers
        workers.append(try WorkerThread(name: "reader-\(number)") { pool.run(number, log: reader.value) })
      }
      if record.genesis != nil {
        let worker = StateWorker(stores, states: states)
        context.stateQueue.put(.begin(Handover(value: worker), record.groups.map(\.group)))
      }
      workers.append(try startUsageThread())
      return workers
    }

    private func startUsageThread() throws -> WorkerThread {
      let usage = context.usage
      let stores = Handover(value: stores)
      let waker = reactor.waker
      return try WorkerThread(name: "usage") {
        while !waker.isStopping {
          var latest = UsageGauge.Usage()
          latest.memory = UsageGauge.residentBytes()
          if let disk = try? stores.value.diskUsage() {
            latest.free = disk.free
            latest.used = disk.used
          }
          usage.store(latest)
          Pause.untilStopping(waker, for: .seconds(1))
        }
      }
    }

    private func startGateway() throws -> (server: HTTPServer, client: QuartetClient, address: Address) {
      let configuration = context.configuration
      let client = try QuartetClient(
        nodes: [clientAddress.description] + configuration.peers.map(\.clientAddress),
        options: QuartetClient.Options(
          name: "gateway of \(configuration.node.id)", preferredNode: configuration.node.id.name))
      let mailbox = mailbox
      let gateway = Gateway(client: client, node: configuration.node.id.name) { answer in
        mailbox.put(.status(StatusQuestion(answer: answer)))
      }
      var limits = HTTPLimits()
      limits.headerBytesMax = configuration.service.httpHeaderBytesMax
      limits.bodyBytesMax = configuration.service.httpBodyBytesMax
      limits.idleTimeout = configuration.service.httpIdle
      let text = configuration.node.httpAddress
      let server = HTTPServer(address: try Address(parsing: text), limits: limits) { request, responder in
        gateway.handle(request, responder)
      }
      do {
        return (server, client, try server.start())
      } catch {
        throw NodeStartError("cannot listen at \(text) for HTTP: \(error); is another node running there?")
      }
    }
  }
}

/// A question to the reactor that is answered there.
struct StatusQuestion: Sendable {
  let answer: @Sendable (NodeStatus, Bool) -> Void
}
