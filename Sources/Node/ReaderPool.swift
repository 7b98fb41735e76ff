import Base
import Network
import Raft
import Replica
import Synchronization
import Wire

/// Threads that read: queries of clients, digests, and entries for laggards. Never the reactor, never the applier.
final class ReaderPool: Sendable {
  enum Request: Sendable {
    case read(ReadJob)
    case load(GroupID, LogLoad)
  }

  private struct Slot: @unchecked Sendable {
    // Sendable because each reader is taken out and used by exactly one thread: the one whose number it was made for.
    var generation: UInt64
    var readers: [any StateReader]
  }

  let threadCount: Int
  let queue = BlockingQueue<Request>()
  private let mailbox: Mailbox<ReactorMessage>
  private let slots = Mutex<[GroupID: Slot]>([:])

  init(threadCount: Int, mailbox: Mailbox<ReactorMessage>) {
    self.threadCount = threadCount
    self.mailbox = mailbox
  }

  /// Puts readers of a state file that was just opened in place of the old ones.
  func replace(_ group: GroupID, _ readers: [any StateReader]) {
    let slot = Slot(generation: 0, readers: readers)
    slots.withLock { slots in
      let generation = (slots[group]?.generation ?? 0) + 1
      slots[group] = Slot(generation: generation, readers: slot.readers)
    }
  }

  /// The body of reader thread `number`.
  func run(_ number: Int, log: any LogReader) {
    var mine: [GroupID: (generation: UInt64, reader: any StateReader)] = [:]
    while let request = queue.takeFirst() {
      switch request {
      case .load(let group, let load): mailbox.put(self.load(group, load, log))
      case .read(let job):
        let current = slots.withLock { slots -> (UInt64, Slot)? in slots[job.group].map { ($0.generation, $0) } }
        guard let current, number < current.1.readers.count else {
          mine[job.group] = nil
          mailbox.put(done(job, .failed(.storage(.corrupt(what: "there is no state file to read")))))
          continue
        }
        if mine[job.group]?.generation != current.0 { mine[job.group] = (current.0, current.1.readers[number]) }
        guard let reader = mine[job.group]?.reader else { continue }
        mailbox.put(done(job, answer(job.work, reader)))
      }
    }
  }

  /// EIO on a reader's thread is as much the end of the process as on any other.
  private func done(_ job: ReadJob, _ result: ReadDone.Result) -> ReactorMessage {
    if case .failed(.storage(let error)) = result, error.isFatal { return .storageFailed(StorageFailure(error, of: "state file")) }
    return .readDone(ReadDone(id: job.id, group: job.group, result: result))
  }

  private func answer(_ work: ReadJob.Work, _ reader: any StateReader) -> ReadDone.Result {
    do throws(ReadError) {
      switch work {
      case .query(let query):
        let (value, revision) = try reader.answer(query)
        return .value(value, revision)
      case .digest(let query): return .digest(try reader.digest(query))
      }
    } catch {
      return .failed(error)
    }
  }

  private func load(_ group: GroupID, _ load: LogLoad, _ log: any LogReader) -> ReactorMessage {
    do throws(StorageError) {
      let entries = try log.entries(group, from: load.from, through: load.through, bytesMax: load.bytesMax)
      return .loaded(group, load, entries)
    } catch .compacted {
      return .loaded(group, load, nil)
    } catch .corrupt {
      return .logDamaged(group, load)
    } catch {
      return .storageFailed(StorageFailure(error, of: "raft.db"))
    }
  }
}
