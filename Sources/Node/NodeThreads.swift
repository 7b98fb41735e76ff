import Base
import Model
import Network
import Raft
import Replica
import Wire

/// What other threads tell the reactor.
enum ReactorMessage: Sendable {
  case logDone(UInt64)
  case stateDone([StateDone])
  case readDone(ReadDone)
  case loaded(GroupID, LogLoad, [Entry]?)
  case logDamaged(GroupID, LogLoad)
  case founded(Founding)
  case foundingFailed(StorageError)
  case status(StatusQuestion)
  case stop
  case storageFailed(StorageFailure)
}

/// Hands something that one thread made to another that owns it from then on.
struct Handover<Value>: @unchecked Sendable {
  // Sendable because the giver keeps no reference: each call site moves the value out of its only variable.
  let value: Value
}

/// What founding made: enough to start the replicas without opening the store again.
struct Founding: Sendable {
  let record: NodeRecord
  let headers: [StateHeader]
  let worker: Handover<StateWorker>
}

/// The thread that makes things durable: whatever was queued while the disk was busy becomes one transaction.
struct LogThread {
  enum Request: Sendable {
    case perform(sequence: UInt64, [LogOperation])
    case found(Genesis, NodeRecord)
  }

  let stores: any NodeStore
  let queue: BlockingQueue<Request>
  let mailbox: Mailbox<ReactorMessage>
  let gauge: DiskGauge

  func run() {
    let worker = LogWorker(stores)
    var batch: [Request] = []
    while queue.takeAll(into: &batch) {
      var operations: [LogOperation] = []
      var last: UInt64?
      for request in batch {
        switch request {
        case .perform(let sequence, let list):
          operations += list
          last = sequence
        case .found(let genesis, let record):
          found(genesis, record)
        }
      }
      guard let last else { continue }
      guard perform(operations, worker) else { return }
      mailbox.put(.logDone(last))
      gauge.beginUpkeep(at: Clock.now())
      let failure = worker.tidy(isIdle: queue.count == 0)
      gauge.endUpkeep()
      if let failure {
        mailbox.put(.storageFailed(failure))
        return
      }
    }
  }

  /// What was accepted stays pending, in order, and is tried again until there is space. False: the disk failed, or the
  /// node stops; then nothing of it is acknowledged.
  private func perform(_ operations: [LogOperation], _ worker: LogWorker) -> Bool {
    while true {
      gauge.begin(at: Clock.now())
      let attempt = worker.attempt(operations)
      if case .failed(let failure) = attempt {
        // The gauge goes on: a write that failed is outstanding until the process is gone.
        mailbox.put(.storageFailed(failure))
        return false
      }
      gauge.end(at: Clock.now())
      if case .noSpace(let wait) = attempt {
        guard !queue.isClosed else { return false }
        gauge.setLogFull(true)
        Pause.microseconds(UInt32(wait.nanoseconds / 1_000))
        continue
      }
      gauge.setLogFull(false)
      return true
    }
  }

  private func found(_ genesis: Genesis, _ record: NodeRecord) {
    do throws(StorageError) {
      for group in genesis.groups {
        try stores.createState(group.group, file: GroupRecord.foundingFile(group), genesis: genesis)
      }
      try stores.log.perform([.genesis(genesis)])
      var founded = record
      founded.genesis = genesis
      founded.groups = genesis.groups.map { GroupRecord(founding: $0, of: genesis) }
      let states = try stores.openStates(of: founded.groups)
      let worker = StateWorker(stores, states: states)
      mailbox.put(
        .founded(
          Founding(record: founded, headers: states.map { $0.store.header }, worker: Handover(value: worker))))
    } catch {
      mailbox.put(.foundingFailed(error))
    }
  }
}

/// The thread that applies committed entries and moves snapshot files.
struct StateThread {
  enum Request: Sendable {
    case operation(StateOperation)
    case begin(Handover<StateWorker>, [GroupID])
    case housekeep
    case close
  }

  let queue: BlockingQueue<Request>
  let mailbox: Mailbox<ReactorMessage>
  let readers: ReaderPool
  let gauge: DiskGauge

  func run() {
    var batch: [Request] = []
    var worker: StateWorker?
    var hasFailed = false
    while queue.takeAll(into: &batch) {
      var done: [StateDone] = []
      for request in batch {
        switch request {
        case .begin(let handed, let groups):
          worker = handed.value
          for group in groups { refreshReaders(handed.value, group, &hasFailed) }
        case .operation(let operation):
          guard let worker, !hasFailed else { continue }
          if let result = run(operation, worker, &hasFailed) { done.append(result) }
          if case .adopt(let group, _) = operation { refreshReaders(worker, group, &hasFailed) }
        case .housekeep: break
        case .close:
          do throws(StorageError) { try worker?.close() } catch {
            mailbox.put(.storageFailed(StorageFailure(error, of: "state file")))
          }
          return
        }
      }
      if !done.isEmpty { mailbox.put(.stateDone(done)) }
      guard let worker, !hasFailed else { continue }
      gauge.beginState(at: Clock.now())
      defer { gauge.endState() }
      do throws(StorageError) {
        let (kept, more) = try worker.housekeep()
        if !kept.isEmpty { mailbox.put(.stateDone(kept)) }
        if more { queue.put(.housekeep) }
      } catch { fail(error, &hasFailed) }
    }
  }

  /// Nothing more is done to any state, and the process stops.
  private func fail(_ error: StorageError, _ hasFailed: inout Bool) {
    hasFailed = true
    mailbox.put(.storageFailed(StorageFailure(error, of: "state file")))
  }

  private func run(_ operation: StateOperation, _ worker: StateWorker, _ hasFailed: inout Bool) -> StateDone? {
    while true {
      if operation.isAwaited { gauge.beginState(at: Clock.now()) }
      defer { gauge.endState() }
      do throws(StorageError) {
        let result = try worker.run(operation)
        gauge.setStateFull(false)
        return result
      } catch {
        guard case .full = error else {
          fail(error, &hasFailed)
          return nil
        }
        // The entries are durable in the log, so they wait in order until there is space, or for the next start.
        gauge.setStateFull(true)
        guard !queue.isClosed else { return nil }
        Pause.microseconds(UInt32(LogWorker.fullRetry.nanoseconds / 1_000))
      }
    }
  }

  private func refreshReaders(_ worker: StateWorker, _ group: GroupID, _ hasFailed: inout Bool) {
    var made: [any StateReader] = []
    do throws(StorageError) {
      if worker.isSound(group) {
        for _ in 0..<readers.threadCount { made.append(try worker.makeReader(group)) }
      }
    } catch {
      made = []
      if error.isFatal {
        fail(error, &hasFailed)
      } else {
        mailbox.put(.stateDone([.failed(group, .storage(error))]))
      }
    }
    readers.replace(group, made)
  }
}

extension StateOperation {
  /// Whether others wait for it, so that its length tells of the disk.
  fileprivate var isAwaited: Bool {
    switch self {
    case .apply, .export, .readChunk, .writeChunk, .checkpoint: true
    case .verify, .adopt, .remove, .condemn: false
    }
  }
}
