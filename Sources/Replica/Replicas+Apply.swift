import Base
import Model
import Raft
import Wire

extension Replicas {
  /// Bytes of entries in one batch: large enough to share a commit, small enough to answer soon.
  private static let batchBytes = 4 << 20

  /// Gives the state thread everything that gathered while it was busy, or while nobody waited for it.
  mutating func applyMore(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    let restEnds = groups[slot].restEnds
    groups[slot].restEnds = .never
    guard !groups[slot].isApplying, !groups[slot].isLoadingToApply, !groups[slot].isInstalling,
      groups[slot].quarantine == nil, applicable(slot) > groups[slot].applied
    else { return }
    let from = groups[slot].applied + 1
    let through = applicable(slot)
    if !groups[slot].isAwaited, through - from < configuration.followerRestEntries,
      groups[slot].gatheredBytes < Self.batchBytes / 4 * 3
    {
      let end = min(restEnds, now + configuration.followerRest)
      guard end <= now else { return groups[slot].restEnds = end }
    }
    let entries = groups[slot].raft.entries(from: from, through: through, bytesMax: Self.batchBytes)
    // What did not fit does not rest.
    if entries.last?.index == through { groups[slot].gatheredBytes = 0 }
    guard let first = entries.first, first.index == from else {
      groups[slot].isLoadingToApply = true
      let load = LogLoad(peer: groups[slot].replica, from: from, through: through, bytesMax: Self.batchBytes)
      effects.append(.load(groups[slot].group, load))
      return
    }
    apply(slot, entries, into: &effects)
  }

  private func applicable(_ slot: Int) -> LogIndex {
    groups[slot].reads.defect == .appliesBeforeDurable ? groups[slot].raft.commit : groups[slot].applicable
  }

  private mutating func apply(_ slot: Int, _ entries: [Entry], into effects: inout [ReplicaEffect]) {
    groups[slot].isApplying = true
    effects.append(
      .state(
        .apply(ApplyBatch(group: groups[slot].group, entries: entries, resultsFrom: groups[slot].proposals.first))))
  }

  mutating func loaded(
    _ group: GroupID, _ load: LogLoad, _ entries: [Entry]?, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group) else { return }
    guard load.peer == groups[slot].replica else {
      step(slot, entries.map { .loaded(load, $0) } ?? .loadCompacted(load), at: now, into: &effects)
      return
    }
    guard groups[slot].isLoadingToApply else { return }
    groups[slot].isLoadingToApply = false
    // A snapshot may have been adopted while the disk was read.
    guard groups[slot].applied + 1 == load.from, !groups[slot].isApplying, !groups[slot].isInstalling else { return }
    guard let entries, entries.first?.index == load.from else {
      leaveService(
        slot, "entry \(load.from), which is committed, is not in its log", condemning: false, at: now, into: &effects)
      return
    }
    apply(slot, entries, into: &effects)
  }

  /// Entries of this node's log are not what was written. They are committed, or they would be in memory; a snapshot that
  /// holds them takes their place. Until then the replica makes no promise for them.
  mutating func logDamaged(
    _ group: GroupID, _ load: LogLoad, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group) else { return }
    if load.peer == groups[slot].replica { groups[slot].isLoadingToApply = false }
    // A snapshot may have replaced them meanwhile.
    guard load.through >= groups[slot].raft.firstIndex else { return }
    leaveService(
      slot, "its log is damaged between entries \(load.from) and \(load.through)", .snapshot(floor: load.through),
      condemning: false, at: now, into: &effects)
  }

  mutating func stateDone(_ done: StateDone, at now: Moment, into effects: inout [ReplicaEffect]) {
    switch done {
    case .applied(let report): applied(report, at: now, into: &effects)
    case .durable(let group, let index):
      guard let slot = slot(group) else { return }
      groups[slot].isCheckpointing = false
      groups[slot].stateDurable = max(groups[slot].stateDurable, index)
    case .failed(let group, let error): stateFailed(group, error, at: now, into: &effects)
    case .exported(let group, let snapshot): exported(group, snapshot, at: now, into: &effects)
    case .exportFailed(let group, let error): exportFailed(group, error, at: now, into: &effects)
    case .chunkRead(let group, let transfer, let offset, let bytes):
      chunkRead(group, transfer, offset, bytes, into: &effects)
    case .chunkWritten(let group, let transfer, let end):
      chunkWritten(group, transfer, end, at: now, into: &effects)
    case .verified(let group, let transfer, let isGood):
      verified(group, transfer, isGood, at: now, into: &effects)
    case .adopted(let group, let header): adopted(group, header, at: now, into: &effects)
    }
  }

  private mutating func stateFailed(
    _ group: GroupID, _ error: ApplyError, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group) else { return }
    groups[slot].isApplying = false
    if groups[slot].receiving?.phase == .adopting {
      // The file is in force all the same; another one must follow it.
      groups[slot].receiving = nil
      groups[slot].rebuilds.spoilt(at: now)
    }
    switch error {
    case .storage(.corrupt(let what)): foundDamage(slot, "\(what)", at: now, into: &effects)
    case .storage(let error):
      leaveService(slot, "its state file failed: \(error)", .none, condemning: false, at: now, into: &effects)
    case .unknownCommand(let index):
      leaveService(
        slot, "entry \(index) was written by a newer program; install the newer version on this node", .none,
        condemning: false, at: now, into: &effects)
    case .brokenChain(let index):
      leaveService(
        slot, "entry \(index) does not follow what was applied: log and state file differ", at: now, into: &effects)
    }
    updateSuspension(slot, at: now, into: &effects)
  }

  private mutating func applied(_ report: ApplyReport, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard let slot = slot(report.group) else { return }
    groups[slot].isApplying = false
    groups[slot].header = report.header
    groups[slot].raft.markApplied(min(groups[slot].applied, groups[slot].applicable))
    for (client, fate) in groups[slot].proposals.settle(through: groups[slot].applied, results: report.results) {
      settle(slot, client, fate, into: &effects)
    }
    runReady(slot, into: &effects)
    guard !report.digests.isEmpty, !isForsworn else { return }
    for digest in report.digests {
      groups[slot].digests.record(
        digest.index, from: groups[slot].replica, chain: digest.chainHead, set: digest.setHash)
    }
    let reports = report.digests.map {
      DigestReport(group: report.group, index: $0.index, chainHead: $0.chainHead, setHash: $0.setHash)
    }
    for member in groups[slot].raft.configuration.members where member.replica != groups[slot].replica {
      effects.append(.send(member.node, .digests(reports)))
    }
    judgeDigests(slot, at: now, into: &effects)
  }

  mutating func settle(
    _ slot: Int, _ client: ClientToken, _ fate: ProposalTable.Fate, into effects: inout [ReplicaEffect]
  ) {
    if groups[slot].raft.role != .leader {
      if case .applied = fate { effects.append(.note(.fateTold(groups[slot].group, wasApplied: true))) }
      if case .replaced = fate { effects.append(.note(.fateTold(groups[slot].group, wasApplied: false))) }
    }
    switch fate {
    case .applied(let applied):
      if case .refused(let refusal) = applied.result {
        answer(slot, client, revision: applied.revision, .failed(failure(refusal)), into: &effects)
      } else {
        answer(
          slot, client, revision: applied.revision, .applied(result: applied.result.bytes, logTime: applied.logTime),
          into: &effects)
      }
    case .replaced:
      reply(
        slot, client,
        Failure(
          code: .unavailable, outcome: .notApplied,
          message: "leadership changed before the write was safe; it was not applied",
          leader: groups[slot].raft.leader.flatMap { node(slot, $0)?.name } ?? ""),
        into: &effects)
    case .unseen:
      reply(
        slot, client,
        Failure(
          code: .unavailable, outcome: .unknown,
          message: "this node caught up by snapshot and did not see the write's fate; ask for its outcome"),
        into: &effects)
    }
  }

  /// The log may tell what became of a write long before it is applied: a disk that hangs makes nothing durable and
  /// applies nothing. What was replaced is answered at once. What was committed is not: only its evaluation tells the
  /// result, and a client that is in a session has it from the new leader, under the same name.
  mutating func tellReplaced(_ slot: Int, into effects: inout [ReplicaEffect]) {
    guard groups[slot].proposals.count > 0, groups[slot].raft.role != .leader,
      groups[slot].raft.commit > groups[slot].applied
    else { return }
    let raft = groups[slot].raft
    for client in groups[slot].proposals.takeReplaced(through: raft.commit, term: { raft.term(at: $0) }) {
      settle(slot, client, .replaced, into: &effects)
    }
  }

  private func failure(_ refusal: CommandRefusal) -> Failure {
    let (code, message): (FailureCode, String) =
      switch refusal {
      case .unknownSession:
        (.unknownSession, "the session has expired or was never opened here; open another one")
      case .acknowledgedBefore: (.acknowledgedBefore, "the request was applied and acknowledged before")
      case .sessionWindowFull:
        (.memoryFull, "more than \(Limits.sessionWindowMax) requests of the session are without acknowledgement")
      case .tooManySessions: (.memoryFull, "the keyspace has its \(Limits.sessionsMax) sessions; close some")
      case .requestReused: (.requestReused, "the request id was used before with another body")
      case .requestMemoryFull: (.memoryFull, "the memory for request ids is full; some must expire first")
      case .compacted(let oldest): (.compacted, "that revision is compacted; the oldest that can be read is \(oldest)")
      case .futureRevision(let newest): (.futureRevision, "that revision is not reached; the newest is \(newest)")
      case .tooManyKeys:
        (.tooLarge, "a range delete touches at most \(Limits.rangeDeleteKeysMax) keys; delete in parts")
      case .resultTooLarge: (.tooLarge, "the transaction's result is larger than \(Limits.rangeBytesMax) bytes")
      }
    return Failure(code: code, outcome: refusal.outcome, message: message)
  }

  /// Lets the log forget what the state file has made durable and nobody is likely to ask for.
  mutating func cutLog(_ slot: Int, into effects: inout [ReplicaEffect]) {
    guard !groups[slot].isCutting, !groups[slot].isInstalling, groups[slot].quarantine == nil else { return }
    let retained = configuration.retainedEntries
    // Small writes can fill the log long before they fill the state file's WAL.
    if !groups[slot].isCheckpointing, groups[slot].applied > groups[slot].stateDurable,
      groups[slot].applied - groups[slot].stateDurable >= max(retained / 2, 64)
    {
      groups[slot].isCheckpointing = true
      effects.append(.state(.checkpoint(groups[slot].group)))
    }
    let durable = groups[slot].reads.defect == .cutsBeyondDurable ? groups[slot].applied : groups[slot].stateDurable
    guard durable.rawValue > retained else { return }
    var through = durable - retained
    // A follower that restores a snapshot needs the log from there on, else it would need the next one (trap 22).
    if let sending = groups[slot].sending?.index { through = min(through, sending) }
    let first = groups[slot].raft.firstIndex
    // Small cuts are not worth a write.
    guard through > first, through - first >= max(retained / 8, 64) else { return }
    groups[slot].isCutting = true
    operations.append(.cut(groups[slot].group, through: through))
  }
}
