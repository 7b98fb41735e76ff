import Base
import Raft
import Replica
import Storage
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
      nodes[node].stateQueue.append(operation)
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
    if case .leftService(let group, let reason) = what, !isRotten(node, group) {
      violation = violation ?? "service: a replica left: \(nodes[node].id) \(group): \(reason)"
    }
    switch what {
    case .raft(let group, .becameRole(.leader, let term)):
      watchElected(node, group)
      mark(UInt64(node), term.rawValue)
      observeElected(node, group, term)
    case .raft(let group, .configurationChanged): 
      if let slot = genesis.groups.firstIndex(where: { $0.group == group }) { nodes[node].unseen |= 1 << UInt64(slot) }
    default: break
    }
  }

  // MARK: Log device

  private func log(_ node: Int, _ sequence: UInt64, _ operations: [LogOperation]) {
    observeSubmitted(node, operations)
    nodes[node].logQueue.append((sequence, operations))
    if options.defect == .acknowledgesBeforeDurable {
      queue.schedule(
        .event(node: node, incarnation: nodes[node].incarnation, .logDone(sequence: sequence)),
        at: now + .microseconds(1))
    }
    startLogWrite(node)
  }

  private func startLogWrite(_ node: Int) {
    guard !nodes[node].logBusy, !nodes[node].logQueue.isEmpty else { return }
    nodes[node].logBusy = true
    nodes[node].logBegun = now
    let length = random.interval(plan.fsyncMin, plan.fsyncMax) * nodes[node].diskFactor
    queue.schedule(
      .logWritten(node: node, incarnation: nodes[node].incarnation, count: nodes[node].logQueue.count), at: now + length)
  }

  func logWritten(_ node: Int, _ incarnation: Int, _ count: Int) {
    guard isCurrent(node, incarnation) else { return }
    let batch = nodes[node].logQueue.prefix(count)
    let operations = batch.flatMap(\.operations)
    do throws(StorageError) {
      try nodes[node].store.log.perform(operations)
    } catch .full {
      // What was accepted stays pending, in order, and is tried again.
      setFull(node, true)
      return queue.schedule(
        .logWritten(node: node, incarnation: incarnation, count: count), at: now + .milliseconds(20))
    } catch {
      violation = violation ?? "log device: the log of \(nodes[node].id) failed: \(error)"
      return
    }
    nodes[node].logQueue.removeFirst(count)
    nodes[node].logBusy = false
    setFull(node, false)
    observePersisted(node, operations)
    if options.defect != .acknowledgesBeforeDurable, let last = batch.last {
      arrive(node, .logDone(sequence: last.sequence))
    }
    startLogWrite(node)
    promised(node, operations)
  }

  private func setFull(_ node: Int, _ isFull: Bool) {
    guard nodes[node].isFull != isFull else { return }
    nodes[node].isFull = isFull
    reportDisk(node)
  }

  /// Every now and then the shell tells what it sees of its disk.
  func reportDisk(_ node: Int, _ incarnation: Int) {
    guard isCurrent(node, incarnation) else { return }
    queue.schedule(.diskReport(node: node, incarnation: incarnation), at: now + .milliseconds(250))
    reportDisk(node)
  }

  private func reportDisk(_ node: Int) {
    let age = nodes[node].logBusy ? now - nodes[node].logBegun : .zero
    arrive(node, .disk(DiskReport(fsyncAge: age, isFull: nodes[node].isFull)))
  }

  // MARK: State device

  private func startStateWork(_ node: Int) {
    guard !nodes[node].stateBusy, !nodes[node].stateQueue.isEmpty else { return }
    nodes[node].stateBusy = true
    let length = random.interval(.microseconds(20), plan.applyMax) * nodes[node].diskFactor
    queue.schedule(.stateWorked(node: node, incarnation: nodes[node].incarnation), at: now + length)
  }

  func stateWorked(_ node: Int, _ incarnation: Int) {
    guard isCurrent(node, incarnation), let worker = nodes[node].worker, !nodes[node].stateQueue.isEmpty else { return }
    let operation = nodes[node].stateQueue.removeFirst()
    nodes[node].stateBusy = false
    if case .apply(let batch) = operation { observe(.applying(node: node, batch)) }
    do throws(StorageError) {
      let done = try worker.run(operation)
      if case .adopt(let group, _) = operation, worker.isSound(group) {
        nodes[node].readers[group] = try worker.makeReader(group)
      }
      if let done { stateDone(node, done) }
      // The process may have gone by that.
      guard isCurrent(node, incarnation) else { return }
      let (kept, _) = try worker.housekeep()
      for done in kept { stateDone(node, done) }
    } catch {
      violation = violation ?? "state device: the state of \(nodes[node].id) failed: \(error)"
    }
    // A worker with housekeeping left (an export) is driven on by its own queue's next turn.
    if nodes[node].stateQueue.isEmpty, worker.hasHousekeeping { nodes[node].stateQueue.append(.remove(name: "")) }
    startStateWork(node)
  }

  private func stateDone(_ node: Int, _ done: StateDone) {
    observeStateWorked(node, done)
    arrive(node, .stateDone(done))
  }

  func read(_ node: Int, _ incarnation: Int, _ job: ReadJob) {
    guard isCurrent(node, incarnation), let reader = nodes[node].readers[job.group] else { return }
    let result: ReadDone.Result
    do throws(ReadError) {
      switch job.work {
      case .query(let query):
        let (value, revision) = try reader.answer(query)
        result = .value(value, revision)
      case .digest(let query): result = .digest(try reader.digest(query))
      }
    } catch {
      result = .failed(error)
    }
    arrive(node, .readDone(ReadDone(id: job.id, group: job.group, result: result)))
  }

  func load(_ node: Int, _ incarnation: Int, _ group: GroupID, _ load: LogLoad) {
    guard isCurrent(node, incarnation) else { return }
    do throws(StorageError) {
      let reader = try nodes[node].store.log.makeReader()
      let entries = try reader.entries(group, from: load.from, through: load.through, bytesMax: load.bytesMax)
      arrive(node, .loaded(group, load, entries))
    } catch .compacted {
      arrive(node, .loaded(group, load, nil))
    } catch .corrupt {
      arrive(node, .logDamaged(group, load))
    } catch {
      violation = violation ?? "log device: the log of \(nodes[node].id) cannot be read: \(error)"
    }
  }
}
