import Base
import Model
import Network
import Raft
import Replica
import Storage
import Testing
import Wire

@testable import Node

@Suite("The threads that read")
struct ReaderPoolTests {
  /// Fails every read in one way.
  private final class Broken: StateReader, LogReader {
    let error: StorageError
    init(_ error: StorageError) { self.error = error }
    func header() throws(ReadError) -> StateHeader { throw .storage(error) }
    func answer(_ query: ReadRequest.Query) throws(ReadError) -> (value: ReadResult.Value, revision: Revision) {
      throw .storage(error)
    }
    func digest(_ query: DigestQuery) throws(ReadError) -> DigestResult { throw .storage(error) }
    func entries(
      _ group: GroupID, from: LogIndex, through: LogIndex, bytesMax: Int
    ) throws(StorageError) -> [Entry] { throw error }
  }

  private let group = GroupID(1)
  private let mailbox: Mailbox<ReactorMessage>

  init() throws { mailbox = Mailbox(waking: try Reactor().waker) }

  /// What the reactor hears of one read, and of one load from the log, with a disk that fails with `error`.
  private func messages(_ error: StorageError, hasState: Bool = true) -> [ReactorMessage] {
    let pool = ReaderPool(threadCount: 1, mailbox: mailbox)
    pool.replace(group, hasState ? [Broken(error)] : [])
    pool.queue.put(.read(ReadJob(id: 7, group: group, work: .query(.outcome(.zero)))))
    pool.queue.put(
      .load(group, LogLoad(peer: ReplicaID(1), from: LogIndex(2), through: LogIndex(3), bytesMax: 1)))
    pool.queue.close()
    pool.run(0, log: Broken(error))
    return mailbox.takeAll()
  }

  @Test("A disk that fails ends the process, whichever thread meets it")
  func failing() {
    let heard = messages(.io(code: 5, what: "a read"))
    #expect(heard.count == 2)
    for message in heard {
      guard case .storageFailed(let failure) = message else { return #expect(Bool(false), "\(message)") }
      #expect(failure.error == .io(code: 5, what: "a read"))
    }
  }

  @Test("Damage is told to the replica that it concerns")
  func damaged() {
    let heard = messages(.corrupt(what: "a row"))
    guard heard.count == 2, case .readDone(let done) = heard[0], case .logDamaged(let group, _) = heard[1] else {
      return #expect(Bool(false), "\(heard)")
    }
    #expect(done.id == 7 && done.result == .failed(.storage(.corrupt(what: "a row"))))
    #expect(group == self.group)
  }

  @Test("A state that did not open is read by nobody")
  func unopened() {
    let heard = messages(.corrupt(what: "a row"), hasState: false)
    guard case .readDone(let done) = heard.first, case .failed(.storage(.corrupt)) = done.result else {
      return #expect(Bool(false), "\(heard)")
    }
  }
}
