import Base
import Raft
import Replica
import Wire

/// What a node's effects do to its devices and to the network.
extension World {
  func carryOut(_ node: Int, _ effect: ReplicaEffect) {
    switch effect {
    case .send(let to, let frame):
      observeSent(node, frame)
      guard let link = nodes[node].outbound[to] else { return }
      if nodes[node].isDisowned { watch(node, frame) }
      transmit(frame, from: node, to: link.peer, toIncarnation: link.peerIncarnation, link: link.peerLink)
    case .answer(let link, let frame): answer(node, link, frame)
    case .closeLink(let link): close(node, link)
    case .log(let sequence, let operations): log(node, sequence, operations)
    case .state(let operation):
      probe(node, operation)
      snapshotMoves(node, operation)
      nodes[node].state.queue.append(.operation(operation))
      startStateWork(node)
    case .read(let job):
      queue.schedule(
        .read(node: node, incarnation: nodes[node].incarnation, job), at: now + random.interval(.microseconds(10), plan.readMax))
    case .load(let group, let load):
      meet(nodes[node].replicas?.replica(of: group) == load.peer ? .entriesAppliedFromDisk : .laggardFedFromDisk)
      queue.schedule(
        .load(node: node, incarnation: nodes[node].incarnation, group, load),
        at: now + random.interval(.microseconds(50), plan.readMax))
    case .reply(let token, let reply):
      replyLeaves(node, token, reply)
    case .note(let what): noted(node, what)
    }
  }

  private func noted(_ node: Int, _ what: ReplicaNote) {
    probe(node, what)
    if case .refusedBy(_, let refusal) = what { refused(node, refusal) }
    if case .snapshotInstalled(let group, _) = what {
      nodes[node].receivesSnapshot = false
      stateReplaced(node, group)
    }
    if case .leftService(let group, let reason) = what, !isRotten(node, group), !isDamaged(node, group) {
      violation = violation ?? "service: a replica left: \(nodes[node].id) \(group): \(reason)"
    }
    switch what {
    case .raft(let group, .becameRole(.leader, let term)):
      watchElected(node, group)
      mark(UInt64(node), term.rawValue)
      observeElected(node, group, term)
      if let slot = genesis.groups.firstIndex(where: { $0.group == group }) { elected(node, slot) }
    case .raft(let group, .truncated):
      if let slot = genesis.groups.firstIndex(where: { $0.group == group }) { duelTruncated(node, slot) }
    case .raft(let group, .configurationChanged):
      if let slot = genesis.groups.firstIndex(where: { $0.group == group }) { nodes[node].unseen |= 1 << UInt64(slot) }
    default: break
    }
  }

  // MARK: Log device

  private func log(_ node: Int, _ sequence: UInt64, _ operations: [LogOperation]) {
    observeSubmitted(node, operations)
    nodes[node].log.queue.append((sequence, operations))
    if options.defect == .acknowledgesBeforeDurable {
      queue.schedule(
        .event(node: node, incarnation: nodes[node].incarnation, .logDone(sequence: sequence)),
        at: now + .microseconds(1))
    }
    startLogWrite(node)
  }

  private func startLogWrite(_ node: Int) {
    guard !nodes[node].log.isBusy, !nodes[node].log.queue.isEmpty else { return }
    nodes[node].log.isBusy = true
    nodes[node].log.underWay = nodes[node].log.queue.count
    nodes[node].log.begun = now
    let length = random.interval(plan.fsyncMin, plan.fsyncMax) * nodes[node].diskFactor
    queue.schedule(
      .logWritten(node: node, incarnation: nodes[node].incarnation, count: nodes[node].log.queue.count), at: now + length)
  }

  func logWritten(_ node: Int, _ incarnation: Int, _ count: Int) {
    guard isCurrent(node, incarnation), let worker = nodes[node].logWorker else { return }
    if let later = diskAnswers(node) {
      return queue.schedule(.logWritten(node: node, incarnation: incarnation, count: count), at: later)
    }
    let batch = nodes[node].log.queue.prefix(count)
    let operations = batch.flatMap(\.operations)
    let wasFull = nodes[node].isFull
    switch worker.attempt(operations) {
    case .durable: break
    case .noSpace(let wait):
      reportDisk(node, ifNoLonger: wasFull)
      let again = now + max(wait, .microseconds(100))
      return queue.schedule(.logWritten(node: node, incarnation: incarnation, count: count), at: again)
    case .failed(let failure):
      // It may be durable all the same; nobody is told so.
      nodes[node].interrupted = operations
      return storageFailed(node, failure)
    }
    nodes[node].log.queue.removeFirst(count)
    nodes[node].log.isBusy = false
    reportDisk(node, ifNoLonger: wasFull)
    observePersisted(node, operations)
    if options.defect != .acknowledgesBeforeDurable, let last = batch.last {
      arrive(node, .logDone(sequence: last.sequence))
    }
    // The process may have gone by that.
    guard isCurrent(node, incarnation) else { return }
    if let failure = worker.tidy(isIdle: nodes[node].log.queue.isEmpty) { return storageFailed(node, failure) }
    startLogWrite(node)
    promised(node, operations)
  }

  /// A disk that becomes full, or has space again, is worth a report at once.
  private func reportDisk(_ node: Int, ifNoLonger wasFull: Bool) {
    if nodes[node].isFull != wasFull { reportDisk(node) }
  }

  /// Every now and then the shell tells what it sees of its disk.
  func reportDisk(_ node: Int, _ incarnation: Int) {
    guard isCurrent(node, incarnation) else { return }
    queue.schedule(.diskReport(node: node, incarnation: incarnation), at: now + .milliseconds(250))
    reportDisk(node)
  }

  private func reportDisk(_ node: Int) {
    let age = nodes[node].log.isBusy ? now - nodes[node].log.begun : .zero
    let free: UInt64 = nodes[node].isLow ? 0 : World.lowSpaceBytes * 2
    arrive(node, .disk(DiskReport(fsyncAge: age, isFull: nodes[node].isFull, free: free)))
  }

  // MARK: State device

  private func startStateWork(_ node: Int) {
    guard !nodes[node].state.isBusy, !nodes[node].state.queue.isEmpty else { return }
    nodes[node].state.isBusy = true
    let length = random.interval(.microseconds(20), plan.applyMax) * nodes[node].diskFactor
    queue.schedule(.stateWorked(node: node, incarnation: nodes[node].incarnation), at: now + length)
  }

  func stateWorked(_ node: Int, _ incarnation: Int) {
    guard isCurrent(node, incarnation), let worker = nodes[node].worker, let work = nodes[node].state.queue.first else {
      return
    }
    if let later = diskAnswers(node) {
      return queue.schedule(.stateWorked(node: node, incarnation: incarnation), at: later)
    }
    let done: StateDone?
    do throws(StorageError) {
      done = if case .operation(let operation) = work { try run(operation, worker, node) } else { nil }
    } catch {
      guard case .full = error else { return stateFailed(node, error) }
      // Nothing of the operation holds, and it is tried again.
      let wasFull = nodes[node].isFull
      nodes[node].state.isFull = true
      reportDisk(node, ifNoLonger: wasFull)
      return queue.schedule(.stateWorked(node: node, incarnation: incarnation), at: now + LogWorker.fullRetry)
    }
    nodes[node].state.isFull = false
    nodes[node].state.queue.removeFirst()
    nodes[node].state.isBusy = false
    if let done { stateDone(node, done) }
    // The process may have gone by that.
    guard isCurrent(node, incarnation) else { return }
    do throws(StorageError) {
      let (kept, more) = try worker.housekeep()
      for done in kept { stateDone(node, done) }
      guard isCurrent(node, incarnation) else { return }
      if more, nodes[node].state.queue.isEmpty { nodes[node].state.queue.append(.housekeeping) }
      startStateWork(node)
    } catch {
      stateFailed(node, error)
    }
  }

  private func stateFailed(_ node: Int, _ error: StorageError) {
    storageFailed(node, StorageFailure(error, of: "state file"), stateGoesOn: false)
  }

  private func run(_ operation: StateOperation, _ worker: StateWorker, _ node: Int) throws(StorageError) -> StateDone? {
    if case .apply(let batch) = operation { observe(.applying(node: node, batch)) }
    let done = try worker.run(operation)
    guard case .adopt(let group, _) = operation else { return done }
    nodes[node].readers[group] = nil
    do throws(StorageError) {
      if worker.isSound(group) { nodes[node].readers[group] = try worker.makeReader(group) }
    } catch {
      if error.isFatal { throw error }
      return .failed(group, .storage(error))
    }
    return done
  }

  private func stateDone(_ node: Int, _ done: StateDone) {
    observeStateWorked(node, done)
    arrive(node, .stateDone(done))
  }

  func read(_ node: Int, _ incarnation: Int, _ job: ReadJob) {
    guard isCurrent(node, incarnation) else { return }
    if let later = diskAnswers(node) {
      return queue.schedule(.read(node: node, incarnation: incarnation, job), at: later)
    }
    let result = answer(job, of: node)
    // EIO on a reader's thread is as much the end of the process as on any other.
    if case .failed(.storage(let error)) = result, error.isFatal {
      return storageFailed(node, StorageFailure(error, of: "state file"))
    }
    arrive(node, .readDone(ReadDone(id: job.id, group: job.group, result: result)))
  }

  private func answer(_ job: ReadJob, of node: Int) -> ReadDone.Result {
    guard let reader = nodes[node].readers[job.group] else {
      return .failed(.storage(.corrupt(what: "there is no state file to read")))
    }
    do throws(ReadError) {
      switch job.work {
      case .query(let query):
        let (value, revision) = try reader.answer(query)
        return .value(value, revision)
      case .digest(let query): return .digest(try reader.digest(query))
      }
    } catch {
      return .failed(error)
    }
  }

  func load(_ node: Int, _ incarnation: Int, _ group: GroupID, _ load: LogLoad) {
    guard isCurrent(node, incarnation) else { return }
    if let later = diskAnswers(node) {
      return queue.schedule(.load(node: node, incarnation: incarnation, group, load), at: later)
    }
    switch self.load(load, group, of: node) {
    case .success(let entries): arrive(node, .loaded(group, load, entries))
    case .failure(.corrupt): arrive(node, .logDamaged(group, load))
    case .failure(let error): storageFailed(node, StorageFailure(error, of: "raft.db"))
    }
  }

  /// nil: the log begins later.
  private func load(_ load: LogLoad, _ group: GroupID, of node: Int) -> Result<[Entry]?, StorageError> {
    guard let reader = nodes[node].logReader else { return .success(nil) }
    do throws(StorageError) {
      return .success(try reader.entries(group, from: load.from, through: load.through, bytesMax: load.bytesMax))
    } catch .compacted {
      return .success(nil)
    } catch {
      return .failure(error)
    }
  }
}
