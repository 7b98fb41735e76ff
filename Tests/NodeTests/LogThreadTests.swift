import Base
import Model
import Network
import Replica
import Storage
import Testing
import Wire

@testable import Node

@Suite("The log's thread")
struct LogThreadTests {
  /// A store whose log finds no space as often as it is told, and which closes the queue with the first write that
  /// succeeds, so that the thread comes to its end.
  private final class Store: NodeStore, LogStore {
    let memory = MemoryNodeStore()
    let queue: BlockingQueue<LogThread.Request>
    var fullWrites = 0
    var reserveErrors: [StorageError] = []
    var closesWhenFull = false
    private(set) var written = 0
    private(set) var maintained = 0
    private(set) var isReserveHeld = true

    init(_ queue: BlockingQueue<LogThread.Request>) { self.queue = queue }

    var log: any LogStore { self }
    func perform(_ operations: [LogOperation]) throws(StorageError) {
      if fullWrites > 0 {
        fullWrites -= 1
        if closesWhenFull { queue.close() }
        throw .full(what: "a write")
      }
      written += 1
      queue.close()
    }
    func makeReader() throws(StorageError) -> any LogReader { memory.memoryLog.makeReader() }
    var bytesOnDisk: UInt64 { 0 }
    func maintainLog() throws(StorageError) { maintained += 1 }
    func setReserve(_ held: Bool) throws(StorageError) {
      if held, !reserveErrors.isEmpty { throw reserveErrors.removeFirst() }
      isReserveHeld = held
    }

    func openState(_ group: GroupID, file: String) throws(StorageError) -> any StateStore {
      try memory.openState(group, file: file)
    }
    func condemn(_ file: String, reason: String) throws(StorageError) {}
    func createState(_ group: GroupID, file: String, genesis: Genesis) throws(StorageError) {
      try memory.createState(group, file: file, genesis: genesis)
    }
    func readChunk(_ name: String, offset: UInt64, count: Int) throws(StorageError) -> [UInt8] { [] }
    func writeChunk(_ name: String, offset: UInt64, bytes: [UInt8]) throws(StorageError) {}
    func verifySnapshot(_ name: String, _ description: SnapshotDescription) throws(StorageError) {}
    func remove(_ name: String) throws(StorageError) {}
    func removeAllBut(_ names: [String]) throws(StorageError) {}
    func diskUsage() throws(StorageError) -> (free: UInt64, used: UInt64) { (0, 0) }
    func close() {}
  }

  private let queue = BlockingQueue<LogThread.Request>()
  private let store: Store
  private let gauge = DiskGauge()
  private let mailbox: Mailbox<ReactorMessage>

  init() throws {
    store = Store(queue)
    mailbox = Mailbox(waking: try Reactor().waker)
    queue.put(.perform(sequence: 1, []))
  }

  /// The sequences told as durable, and how often a failure was told.
  private func run() -> (done: [UInt64], failures: Int) {
    LogThread(stores: store, queue: queue, mailbox: mailbox, gauge: gauge).run()
    var done: [UInt64] = []
    var failures = 0
    for message in mailbox.takeAll() {
      switch message {
      case .logDone(let sequence): done.append(sequence)
      case .storageFailed: failures += 1
      default: break
      }
    }
    return (done, failures)
  }

  @Test("A write that found space at last is not repeated because there is none for the reserve")
  func reserveIsApartFromTheWrite() {
    store.fullWrites = 2
    store.reserveErrors = [.full(what: "the reserve")]
    let (done, failures) = run()
    #expect(store.written == 1)
    #expect(done == [1])
    #expect(failures == 0)
    #expect(!gauge.isFull)
  }

  @Test("The log gets its reserve also when a state file has found no space before")
  func reserveInSpiteOfAFullState() {
    gauge.setStateFull(true)
    store.fullWrites = 1
    store.reserveErrors = [.full(what: "the reserve")]
    let (done, _) = run()
    #expect(done == [1])
    #expect(!store.isReserveHeld)
    // The state still waits for space.
    #expect(gauge.isFull)
    gauge.setStateFull(false)
    #expect(!gauge.isFull)
  }

  @Test("A stop ends a write that waits for space, without a word that it is durable")
  func stopWhileFull() {
    store.fullWrites = 1_000_000
    store.closesWhenFull = true
    let (done, failures) = run()
    #expect(done == [])
    #expect(failures == 0)
    #expect(store.written == 0)
  }

  @Test("Upkeep comes when the answers are out and nothing waits")
  func upkeep() {
    #expect(run().done == [1])
    #expect(store.maintained == 1)
  }

  @Test("A disk that fails is told, and nothing more is written")
  func failingReserve() {
    store.fullWrites = 1
    store.reserveErrors = [.io(code: 5, what: "the reserve")]
    let (done, failures) = run()
    #expect(done == [1])
    #expect(failures == 1)
  }
}
