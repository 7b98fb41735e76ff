import Base
import Raft
import Replica
import Storage
import Wire

/// Ends and starts of processes, and what errors of a disk do to them.
extension World {
  /// Streams of the seed's generators for the ends and starts of processes; those of faults are numbers far below.
  private enum Stream {
    static let ends: UInt64 = 1 << 32
    static let starts: UInt64 = 2 << 32
    static let failures: UInt64 = 3 << 32
  }

  /// Of its own for each process, so that a fault that is left out shifts nothing but what it would have done.
  private func generator(_ stream: UInt64, _ node: Int) -> SplitMix64 {
    SplitMix64(seed: options.seed, stream: stream + UInt64(node) << 24 + UInt64(nodes[node].incarnation))
  }

  /// The process of a node goes, in the middle of whatever it was at.
  func endProcess(_ node: Int) {
    guard let disk = nodes[node].sqlite, let plan = disks?.plan else { return nodes[node].end(.powerLoss) }
    var random = generator(Stream.ends, node)
    let end: ProcessEnd = plan.killsProcesses && random.oneIn(3) ? .killed : .powerLoss
    if plan.interruptsWrites, nodes[node].log.isBusy || nodes[node].state.isBusy {
      // Few writes change the disk more often than this; a cut that comes later finds the write done and not answered.
      disk.files.cutPower(at: 1 + random.below(24))
      interruptWrites(node, stateFirst: random.oneIn(2))
      count(.writeInterrupted)
    }
    if end == .killed { count(.killed) }
    endProcess(node, end)
  }

  func endProcess(_ node: Int, _ end: ProcessEnd) {
    let failedSyncs = nodes[node].sqlite?.files.effects.failedSyncs ?? 0
    let syncFailed = end == .stopped && failedSyncs > disks?.counted[node].failedSyncs ?? 0
    if syncFailed || (end == .powerLoss && nodes[node].log.isBusy) { disks?.mayAlarm[node] = true }
    nodes[node].end(end)
    countEffects(node)
    disks?.mayStop[node] = false
    disks?.hungUntil[node] = .zero
  }

  /// What the threads of the process are at goes on until the power goes. Nobody hears of it.
  private func interruptWrites(_ node: Int, stateFirst: Bool) {
    if stateFirst { workOnState(node) }
    if nodes[node].log.isBusy {
      let operations = nodes[node].log.queue.prefix(nodes[node].log.underWay).flatMap(\.operations)
      nodes[node].interrupted = operations
      _ = nodes[node].logWorker?.attempt(operations)
    }
    if !stateFirst { workOnState(node) }
  }

  private func workOnState(_ node: Int) {
    guard nodes[node].state.isBusy, let work = nodes[node].state.queue.first else { return }
    run(work, node)
  }

  private func run(_ work: SimulatedNode.StateDevice.Work, _ node: Int) {
    guard case .operation(let operation) = work else { return }
    if case .apply(let batch) = operation { observe(.applying(node: node, batch)) }
    guard let done = try? nodes[node].worker?.run(operation) else { return }
    switch done {
    case .applied, .durable: observeStateWorked(node, done)
    default: break
    }
  }

  /// A process does what production does after an error of its disk: it says so and stops. Somebody starts it again.
  /// - Parameter stateGoesOn: the state's thread finishes what is queued for it before the files are closed.
  func storageFailed(_ node: Int, _ failure: StorageFailure, stateGoesOn: Bool = true) {
    note("\(nodes[node].id) stops: \(failure.what): \(failure.error)")
    mark(UInt64(node), 0xE)
    guard isExpected(node, failure.error) else {
      violation = violation ?? "disk error: \(nodes[node].id) stops for no fault: \(failure.what): \(failure.error)"
      return
    }
    if stateGoesOn { for waiting in nodes[node].state.queue { run(waiting, node) } }
    observe(.crashed(node: node))
    endProcess(node, .stopped)
    leaders.follow(node, [])
    breakLinks(of: node)
    breakClientConnections(of: node)
    restartLater(node)
  }

  /// Somebody starts the process again, often with the whole machine.
  private func restartLater(_ node: Int) {
    var random = generator(Stream.failures, node)
    if random.oneIn(2) { nodes[node].sqlite?.losePower() }
    countEffects(node)
    queue.schedule(.restart(node: node), at: now + random.interval(.milliseconds(50), .milliseconds(2_000)))
  }

  /// Whether an error of the disk comes of a fault that was injected.
  private func isExpected(_ node: Int, _ error: StorageError) -> Bool {
    guard let disks else { return false }
    switch error {
    case .io: return disks.mayStop[node] || disks.guardian.isDamaged(node)
    case .corrupt, .unknownFormat: return disks.guardian.isDamaged(node)
    case .full: return nodes[node].disk.isFull
    case .locked, .compacted: return false
    }
  }

  func restart(_ node: Int) {
    guard !nodes[node].isUp, !nodes[node].isGone, !isLeft(node) else { return }
    armStart(node)
    do throws(StorageError) {
      try start(node)
      nodes[node].sqlite?.files.keepPower()
      judgeDamageFound(node)
      observeInterrupted(node)
      observeRestarted(node)
    } catch {
      couldNotStart(node, error)
    }
  }

  /// The write to the log that was under way when the process before ended is on the disk, if that explains what is there
  /// and nothing else does.
  private func observeInterrupted(_ node: Int) {
    let operations = nodes[node].interrupted
    nodes[node].interrupted = []
    guard !operations.isEmpty, let replicas = nodes[node].replicas else { return }
    func explains(_ logs: NodeLogs, _ group: GroupID) -> Bool {
      let known = logs[node, group]
      guard let last = replicas.lastIndex(of: group), last == known.last else { return false }
      guard let mark = replicas.mark(of: group, at: last), let expected = known.mark(at: last) else { return true }
      return mark.hash == expected.hash
    }
    let before = checks.facts.logs
    var after = before
    for operation in operations {
      switch operation {
      case .write(let writes): for write in writes { after.write(node, write.group, write.persist) }
      case .install(let group, let description, _): after.install(node, group, description.mark)
      case .rebuild(let group, let description, _): after.rebuild(node, group, description.mark)
      case .cut, .genesis, .peers: break
      }
    }
    // All of it, or nothing: it was one transaction.
    let cameThrough = genesis.groups.contains { !explains(before, $0.group) && explains(after, $0.group) }
    if cameThrough { observePersisted(node, operations) }
  }

  /// A store that takes itself for damaged keeps its replica from voting: not without a reason.
  private func judgeDamageFound(_ node: Int) {
    defer { disks?.mayAlarm[node] = false }
    let found = nodes[node].damageFound
    if !found.isEmpty { note("\(nodes[node].id) finds damage: \(found)") }
    if !found.isEmpty, !(disks?.guardian.isDamaged(node) ?? false), !mayTakeForDamage(node) {
      violation = violation ?? "false alarm: \(nodes[node].id) finds damage where there was no fault: \(found)"
    }
    for (group, error) in nodes[node].statesDamaged {
      note("\(nodes[node].id) finds its state of \(group) damaged: \(error)")
      guard !isDamaged(node, group), !isRotten(node, group), !nodes[node].isImposter else { continue }
      violation = violation ?? "false alarm: \(nodes[node].id) finds its state of \(group) damaged: \(error)"
    }
  }

  private func armStart(_ node: Int) {
    guard let plan = disks?.plan, plan.interruptsStarts, !isHealing, !isHeld else { return }
    var random = generator(Stream.starts, node)
    guard random.oneIn(5) else { return }
    nodes[node].sqlite?.files.cutPower(at: 1 + random.below(40))
  }

  private func couldNotStart(_ node: Int, _ error: StorageError) {
    let lostPower = nodes[node].sqlite.map { !$0.files.isPowered } ?? false
    note("\(nodes[node].id) \(lostPower ? "loses its power while it starts" : "cannot start: \(error)")")
    mark(UInt64(node), 0xF)
    let isExpected = lostPower || isExpected(node, error)
    endProcess(node, lostPower ? .powerLoss : .stopped)
    guard isExpected else {
      violation = violation ?? "start: \(nodes[node].id) cannot start: \(error)"
      return
    }
    switch error {
    case .corrupt where !lostPower, .unknownFormat where !lostPower:
      // Nothing mends it: an administrator would remove the node.
      survival.lose(node)
      nodes[node].isGone = true
    default:
      if lostPower { count(.startInterrupted) }
      restartLater(node)
    }
  }
}
