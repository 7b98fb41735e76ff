import Base
import Model
import Raft
import Wire

extension Replicas {
  mutating func read(
    _ token: ClientToken, _ keyspace: String, _ request: ReadRequest, at now: Moment,
    into effects: inout [ReplicaEffect]
  ) {
    guard let slot = serving(token, keyspace, into: &effects) else { return }
    guard groups[slot].reads.count < configuration.readsWaiting else {
      reply(slot, token, failure(slot, .overloaded), into: &effects)
      return
    }
    if let refusal = inadmissible(request) {
      reply(slot, token, refusal, into: &effects)
      return
    }
    var pending = ReadTable.Pending(client: token, request: request, arrived: now)
    if case .stale(let maxAge, let notBefore) = request.consistency, let basis = basis(slot, at: now),
      now - basis <= maxAge, groups[slot].revision >= notBefore || groups[slot].reads.defect == .ignoresNotBefore
    {
      pending.basis = basis
      run(slot, pending, into: &effects)
      return
    }
    if groups[slot].reads.defect == .readsWithoutAsking, groups[slot].raft.role == .leader {
      return run(slot, pending, into: &effects)
    }
    groups[slot].reads.queued.append(pending)
  }

  private func inadmissible(_ request: ReadRequest) -> Failure? {
    let range: KeyRange
    switch request.query {
    case .range(let query):
      guard query.limit >= 0 else {
        return Failure(code: .invalidArgument, outcome: .notApplied, message: "a limit cannot be negative")
      }
      range = query.range
    case .history(let key, _, let limit):
      guard limit >= 0 else {
        return Failure(code: .invalidArgument, outcome: .notApplied, message: "a limit cannot be negative")
      }
      range = KeyRange(only: key)
    case .outcome, .sessionOutcome: return nil
    }
    guard range.start.bytes.count <= Limits.keyBytesMax, (range.end?.bytes.count ?? 0) <= Limits.keyBytesMax + 1 else {
      return Failure(
        code: .tooLarge, outcome: .notApplied, message: "a key has at most \(Limits.keyBytesMax) bytes")
    }
    guard configuration.authorisation.authorise("", .read, range) else {
      return Failure(code: .unauthorised, outcome: .notApplied, message: "not allowed to read these keys")
    }
    return nil
  }

  /// The moment as of which this replica's applied state was the newest; nil when nothing vouches for it.
  private func basis(_ slot: Int, at now: Moment) -> Moment? {
    let group = groups[slot]
    if group.raft.role == .leader {
      guard group.applied >= group.raft.commit else { return nil }
      if group.raft.leaseValid(at: now) || group.reads.defect == .claimsFreshness { return now }
      guard let age = group.raft.quorumAge(at: now) else { return nil }
      return now - age
    }
    return group.reads.freshness.basis(applied: group.applied)
  }

  /// Asks once for all reads of the turn.
  mutating func askForQueuedReads(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard !groups[slot].reads.queued.isEmpty else { return }
    let reads = groups[slot].reads.queued
    groups[slot].reads.queued = []
    ask(slot, reads, at: now, into: &effects)
  }

  mutating func ask(
    _ slot: Int, _ reads: [ReadTable.Pending], at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    let nonce = groups[slot].reads.nextNonce(groups[slot].replica, bootCount)
    groups[slot].reads.asked.append((nonce, now, reads))
    step(slot, .read(nonce), at: now, into: &effects)
  }

  mutating func readAnswered(
    _ slot: Int, _ answer: ReadAnswer, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    // A nonce that is not asked (any more) is an answer that came too late: its reads went out under another one.
    guard let question = groups[slot].reads.take(answer.nonce) else { return }
    switch answer.result {
    case .retry:
      groups[slot].reads.retrying += question.reads
    case .index(let index, let byLease):
      let asked = groups[slot].reads.defect == .staleAgeFromReceipt ? now : question.at
      groups[slot].reads.freshness.confirm(index, asked: asked, applied: groups[slot].applied)
      for var read in question.reads {
        read.basis = asked
        read.byLease = byLease
        if groups[slot].applied >= index || groups[slot].reads.defect == .answersBeforeApplied {
          run(slot, read, into: &effects)
        } else {
          groups[slot].reads.waiting.append((index, read))
        }
      }
    }
  }

  mutating func runReady(_ slot: Int, into effects: inout [ReplicaEffect]) {
    for read in groups[slot].reads.takeReady(groups[slot].applied) { run(slot, read, into: &effects) }
  }

  private mutating func run(_ slot: Int, _ read: ReadTable.Pending, into effects: inout [ReplicaEffect]) {
    let job = nextJob
    nextJob += 1
    groups[slot].reads.running.append((job, read))
    effects.append(.read(ReadJob(id: job, group: groups[slot].group, work: .query(read.request.query))))
  }

  mutating func readDone(_ done: ReadDone, at now: Moment, into effects: inout [ReplicaEffect]) {
    if let position = jobs.firstIndex(where: { $0.id == done.id }) {
      let job = jobs.remove(at: position)
      if let slot = slot(done.group) { digestDone(slot, job.client, done.result, at: now, into: &effects) }
      return
    }
    if let slot = slot(done.group), groups[slot].scrub.job == done.id {
      return scrubbed(slot, done.result, at: now, into: &effects)
    }
    guard let slot = slot(done.group), let read = groups[slot].reads.takeRunning(done.id) else { return }
    switch done.result {
    case .failed(.storage(.corrupt(let what))):
      foundDamage(slot, "\(what)", at: now, into: &effects)
      refuse(slot, read.client, into: &effects)
    case .failed(let error):
      reply(slot, read.client, failure(error), into: &effects)
    case .value(let value, let revision):
      finish(slot, read, value, revision, at: now, into: &effects)
    case .digest:
      preconditionFailure("job \(done.id) was a query")
    }
  }

  /// The last look before the answer leaves: a process that was paused since the read began must not vouch for it.
  private mutating func finish(
    _ slot: Int, _ read: ReadTable.Pending, _ value: ReadResult.Value, _ revision: Revision, at now: Moment,
    into effects: inout [ReplicaEffect]
  ) {
    guard whyNotServing(slot) == nil else {
      refuse(slot, read.client, into: &effects)
      return
    }
    switch read.request.consistency {
    case .linearizable:
      if read.byLease, !groups[slot].raft.leaseValid(at: now), groups[slot].reads.defect != .judgesByOldClock {
        effects.append(.note(.leaseRanOut(groups[slot].group)))
        groups[slot].reads.queued.append(read)
        return
      }
      answer(slot, read.client, revision: revision, .read(ReadResult(value: value, staleness: nil)), into: &effects)
    case .stale(let maxAge, let notBefore):
      let age = now - read.basis
      guard age <= maxAge, revision >= notBefore || groups[slot].reads.defect == .ignoresNotBefore else {
        groups[slot].reads.queued.append(read)
        return
      }
      answer(
        slot, read.client, revision: revision,
        .read(ReadResult(value: value, staleness: Staleness(age: age))), into: &effects)
    }
  }

  func failure(_ error: ReadError) -> Failure {
    switch error {
    // The state's writer needed the room that the read held for long; another node may have more.
    case .storage(.locked):
      Failure(
        code: .unavailable, outcome: .notApplied, message: "node \(configuration.node) had to stop the read; try again")
    case .storage(let error):
      Failure(code: .internal, outcome: .notApplied, message: "node \(configuration.node) cannot read: \(error)")
    case .compacted(let oldest):
      Failure(
        code: .compacted, outcome: .notApplied,
        message: "that revision is compacted; the oldest that can be read is \(oldest)")
    case .futureRevision(let newest):
      Failure(
        code: .futureRevision, outcome: .notApplied, message: "that revision is not reached; the newest is \(newest)")
    }
  }

  /// Sends again what was told to ask again, and refuses what has waited too long.
  mutating func retryReads(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard !groups[slot].reads.isIdle else { return }
    groups[slot].reads.giveUpQuestions(at: now, limit: configuration.timing.electionMin / 2)
    for read in groups[slot].reads.takeOverdue(at: now, limit: configuration.readWaitMax) {
      reply(slot, read.client, overdue(slot, read, at: now), into: &effects)
    }
    let retrying = groups[slot].reads.retrying
    groups[slot].reads.retrying = []
    if !retrying.isEmpty { ask(slot, retrying, at: now, into: &effects) }
  }

  private func overdue(_ slot: Int, _ read: ReadTable.Pending, at now: Moment) -> Failure {
    guard read.mayBeStale else {
      return Failure(
        code: .unavailable, outcome: .notApplied,
        message: "no leader with a majority answered within \(configuration.readWaitMax)")
    }
    let age = basis(slot, at: now).map { "\((now - $0).milliseconds) ms old" } ?? "of unknown age"
    return Failure(
      code: .tooStale, outcome: .notApplied,
      message: "the newest state here is \(age), and no leader answered: allow a greater age, or ask another node")
  }
}
