public import Base
public import Model
import Raft
import Wire

/// All replicas of a node: a value with one entry point. An event goes in with the moment, effects come out.
///
/// The shell calls ``handle(_:at:into:)`` for everything that happened and ``endTurn(at:into:)`` once when a turn has no
/// more to give. Proposals, reads, writes and messages gather within a turn, so that a turn makes one append, one
/// question, one write and one frame for each peer, however much arrived.
public struct Replicas: Sendable {
  var configuration: ReplicaConfiguration
  let store: Identifier
  let bootCount: UInt64
  let nonce: Identifier
  let genesis: Genesis?
  /// Why the store may not vote until caught up; empty when it may.
  let damage: String
  /// Ascending by group.
  var groups: [HostedGroup]
  var ledger: PeerLedger
  /// What is known of peers changes with every acknowledgement; it is written a few times a second at most.
  var isLedgerDue = false
  var links = LinkTable()
  /// Peers that know of this store what it has forgotten: it was wiped, restored from a copy, or runs twice. Until they
  /// take it back its promises are worth nothing, so it neither votes nor campaigns, with whomever it still talks.
  var disowning: [(node: NodeID, reason: String)] = []
  /// A peer has told what cannot be mended while this process lives: the store is not what it was, or is not alone. It
  /// may have voted in a term that it has forgotten, so that even what it hears and acknowledges now would give a deposed
  /// leader a majority: its replicas neither hear nor say anything more (profile core, seeds 2898, 3299, 3360, 4280).
  var isForsworn = false
  var outbox: [(node: NodeID, messages: [GroupMessage])] = []
  var writes: [GroupWrite] = []
  var operations: [LogOperation] = []
  /// What was submitted and is not known durable, oldest first.
  var submitted: [Submission] = []
  var nextSequence: UInt64 = 1
  var nextJob: UInt64 = 1
  var nextTransfer: UInt64
  var jobs: [(id: UInt64, client: ClientToken, keyspace: String)] = []
  var disk = DiskReport(fsyncAge: .zero, isFull: false)
  var space = SpaceTable()
  var isStopping = false
  /// A human's clock, told by the shell each turn; stamped on entries and shown, it orders and expires nothing.
  public var wallTime = WallTime.zero
  var lastHousekeeping: Moment
  var lastFreshness: Moment
  var scratch = Raft.Effects()
  /// Why the last change or transfer that was asked of a group was refused.
  var refusal: Refusal?

  struct Submission: Sendable {
    var sequence: UInt64
    var marks: [(slot: Int, mark: WriteMark)]
    var cuts: [(slot: Int, through: LogIndex)]
    var installs: [Int]
  }

  /// - Parameters:
  ///   - states: the header of each group's state file, ascending by group like `record.groups`.
  ///   - damage: of each state file in the same order, why it could not be opened; empty when all could.
  ///   - seed: draws election time-outs; a node draws it afresh at each start, the simulator from its own seed.
  public init(
    _ record: NodeRecord, states: [StateHeader], damage: [StorageError?] = [],
    configuration: ReplicaConfiguration, seed: UInt64, at now: Moment
  ) {
    precondition(states.count == record.groups.count, "\(states.count) states of \(record.groups.count) groups")
    self.configuration = configuration
    store = record.store
    bootCount = record.bootCount
    nonce = record.nonce
    genesis = record.genesis
    self.damage = record.damage
    ledger = PeerLedger(record.peers)
    var random = SplitMix64(seed: seed)
    nextTransfer = random.next() >> 16
    groups = []
    lastHousekeeping = now
    lastFreshness = now
    if let genesis = record.genesis {
      for (position, group) in record.groups.enumerated() {
        groups.append(
          HostedGroup(
            group, header: states[position], damage: position < damage.count ? damage[position] : nil, genesis: genesis,
            node: configuration.node, bootCount: record.bootCount, seed: random.next(), timing: configuration.timing,
            capacity: configuration.capacity, at: now))
        groups[position].raft.prefer(configuration.preferences.preference(of: groups[position].keyspace))
      }
    }
    for slot in groups.indices { groups[slot].scrub.rest(configuration.scrubPause ?? .zero, at: now) }
    // What is to be written goes out with the first turn.
    var notes: [ReplicaEffect] = []
    for slot in groups.indices where groups[slot].quarantine != nil { step(slot, .suspend(true), at: now, into: &notes) }
  }

  /// When ``ReplicaEvent/tick`` is due next.
  public var deadline: Moment {
    var earliest = lastHousekeeping + housekeepingInterval
    for slot in groups.indices { earliest = min(earliest, groups[slot].due, groups[slot].restEnds) }
    return earliest
  }

  private var housekeepingInterval: Interval {
    groups.indices.contains { !groups[$0].reads.isIdle } ? .milliseconds(20) : .milliseconds(100)
  }

  /// Takes in one event.
  public mutating func handle(_ event: ReplicaEvent, at now: Moment, into effects: inout [ReplicaEffect]) {
    switch event {
    case .tick: tick(at: now, into: &effects)
    case .greeted(let link, let hello): greeted(link, hello, at: now, into: &effects)
    case .welcomed(let link, let hello): welcomed(link, hello, at: now, into: &effects)
    case .refused(let node, let refusal): refused(by: node, refusal, at: now, into: &effects)
    case .linkClosed(let link): links.close(link)
    case .received(let link, let frame): received(link, frame, at: now, into: &effects)
    case .client(let token, let body): client(token, body, at: now, into: &effects)
    case .clientGone(let connection): clientGone(connection)
    case .logDone(let sequence): logDone(sequence, at: now, into: &effects)
    case .stateDone(let done): stateDone(done, at: now, into: &effects)
    case .readDone(let done): readDone(done, at: now, into: &effects)
    case .loaded(let group, let load, let entries): loaded(group, load, entries, at: now, into: &effects)
    case .logDamaged(let group, let load): logDamaged(group, load, at: now, into: &effects)
    case .disk(let report): diskReport(report, at: now, into: &effects)
    case .stopping: stopping(at: now, into: &effects)
    case .changeMembership(let group, let configuration):
      changeMembership(group, configuration, at: now, into: &effects)
    }
  }

  /// Hands out what the turn gathered.
  public mutating func endTurn(at now: Moment, into effects: inout [ReplicaEffect]) {
    for slot in groups.indices {
      proposeQueued(slot, at: now, into: &effects)
      askForQueuedReads(slot, at: now, into: &effects)
    }
    submitWrites(into: &effects)
    for slot in groups.indices { applyMore(slot, at: now, into: &effects) }
    for (node, messages) in outbox { effects.append(.send(node, .messages(messages))) }
    outbox.removeAll(keepingCapacity: true)
  }

  // MARK: Steps

  /// Steps one group and carries out what comes of it. Never called from within itself: what a step causes is data.
  mutating func step(_ slot: Int, _ event: Event, at now: Moment, into effects: inout [ReplicaEffect]) {
    step(slot, event, at: now)
    var outcome = Raft.Effects()
    swap(&outcome, &scratch)
    absorb(slot, &outcome, at: now, into: &effects)
    outcome.removeAll()
    swap(&outcome, &scratch)
  }

  private mutating func step(_ slot: Int, _ event: Event, at now: Moment) {
    groups[slot].due = groups[slot].raft.step(event, at: now, into: &scratch)
  }

  private mutating func absorb(
    _ slot: Int, _ outcome: inout Raft.Effects, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    if let persist = outcome.persist {
      groups[slot].lastMark = persist.mark
      for entry in persist.entries { groups[slot].gatheredBytes += entry.payload.count }
      writes.append(GroupWrite(group: groups[slot].group, persist: persist))
    }
    for message in outcome.sends { post(slot, message) }
    for message in outcome.sendsAfterPersist {
      if groups[slot].durableMark >= groups[slot].lastMark || groups[slot].reads.defect == .promisesBeforeDurable {
        post(slot, message)
      } else {
        groups[slot].hold(message)
      }
    }
    if let applicable = outcome.applicable { groups[slot].applicable = max(groups[slot].applicable, applicable) }
    for accepted in outcome.accepted {
      let client = groups[slot].queuedTokens[Int(accepted.token)]
      groups[slot].proposals.insert(accepted.id, client)
    }
    for refused in outcome.refused {
      guard let token = refused.token else {
        refusal = refused.reason
        continue
      }
      reply(slot, groups[slot].queuedTokens[Int(token)], failure(slot, refused.reason), into: &effects)
    }
    for load in outcome.loads { effects.append(.load(groups[slot].group, load)) }
    for answer in outcome.reads { readAnswered(slot, answer, at: now, into: &effects) }
    for peer in outcome.snapshotsNeeded { snapshotNeeded(slot, peer, at: now, into: &effects) }
    for note in outcome.notes { noted(slot, note, at: now, into: &effects) }
  }

  private mutating func noted(_ slot: Int, _ note: Note, at now: Moment, into effects: inout [ReplicaEffect]) {
    effects.append(.note(.raft(groups[slot].group, note)))
    switch note {
    case .becameRole(.follower, _) where groups[slot].proposals.defect == .failsWhatIsOpen:
      for client in groups[slot].proposals.abandon() { settle(slot, client, .replaced, into: &effects) }
    case .becameRole(.follower, _) where groups[slot].proposals.defect == .forgetsWhatIsOpen:
      _ = groups[slot].proposals.abandon()
    case .leaderChanged(.some, _):
      groups[slot].reads.queued += groups[slot].reads.retrying
      groups[slot].reads.retrying = []
    case .configurationChanged: groups[slot].configurationChanged()
    default: break
    }
    // What an earlier leadership knew of the others' states is old.
    if case .becameRole(.leader, _) = note { groups[slot].sick.removeAll() }
  }

  /// Puts a message where the end of the turn collects it. A replica talks to itself without the network.
  mutating func post(_ slot: Int, _ message: Message) {
    guard !isForsworn, let node = node(slot, message.to) else { return }
    let groupMessage = GroupMessage(group: groups[slot].group, message: message)
    if let position = outbox.firstIndex(where: { $0.node == node }) {
      outbox[position].messages.append(groupMessage)
    } else {
      outbox.append((node, [groupMessage]))
    }
  }

  func node(_ slot: Int, _ replica: ReplicaID) -> NodeID? {
    groups[slot].address(of: replica)
  }

  func slot(_ group: GroupID) -> Int? { groups.firstIndex { $0.group == group } }
  func slot(keyspace: String) -> Int? { groups.firstIndex { $0.keyspace == keyspace } }

  // MARK: Writes

  private mutating func submitWrites(into effects: inout [ReplicaEffect]) {
    guard !writes.isEmpty || !operations.isEmpty else { return }
    // Worth no fsync of its own: it travels with the next write.
    if isLedgerDue, let records = ledger.takeChanges() {
      isLedgerDue = false
      operations.append(.peers(records))
    }
    var submission = Submission(sequence: nextSequence, marks: [], cuts: [], installs: [])
    var list: [LogOperation] = []
    if !writes.isEmpty {
      for write in writes {
        guard let slot = slot(write.group) else { continue }
        submission.marks.append((slot, write.persist.mark))
      }
      list.append(.write(writes))
      writes.removeAll(keepingCapacity: true)
    }
    for operation in operations {
      switch operation {
      case .cut(let group, let through): if let slot = slot(group) { submission.cuts.append((slot, through)) }
      case .install(let group, _, _), .rebuild(let group, _, _):
        if let slot = slot(group) { submission.installs.append(slot) }
      case .write, .genesis, .peers: break
      }
    }
    list += operations
    operations.removeAll(keepingCapacity: true)
    submitted.append(submission)
    effects.append(.log(sequence: nextSequence, list))
    nextSequence += 1
  }

  private mutating func logDone(_ sequence: UInt64, at now: Moment, into effects: inout [ReplicaEffect]) {
    while let first = submitted.first, first.sequence <= sequence {
      submitted.removeFirst()
      for (slot, mark) in first.marks {
        groups[slot].durableMark = max(groups[slot].durableMark, mark)
        releaseHeld(slot)
        step(slot, .persisted(mark), at: now, into: &effects)
      }
      for (slot, through) in first.cuts {
        groups[slot].isCutting = false
        step(slot, .cut(through), at: now, into: &effects)
      }
      for slot in first.installs { installedInLog(slot, into: &effects) }
    }
  }

  private mutating func releaseHeld(_ slot: Int) {
    let durable = groups[slot].durableMark
    guard let first = groups[slot].held.first, first.mark <= durable else { return }
    let count = groups[slot].held.prefix { $0.mark <= durable }.count
    let released = groups[slot].held.prefix(count).map(\.message)
    groups[slot].held.removeFirst(count)
    for message in released { post(slot, message) }
  }

  // MARK: Time

  private mutating func tick(at now: Moment, into effects: inout [ReplicaEffect]) {
    for slot in groups.indices where groups[slot].due <= now { step(slot, .tick, at: now, into: &effects) }
    guard now - lastHousekeeping >= housekeepingInterval else { return }
    lastHousekeeping = now
    for slot in groups.indices {
      retryReads(slot, at: now, into: &effects)
      pressSnapshots(slot, at: now, into: &effects)
      noteAcknowledgements(slot)
      tellReplaced(slot, into: &effects)
      weighDoubt(slot, at: now, into: &effects)
      askForRebuild(slot, at: now, into: &effects)
      scrub(slot, at: now, into: &effects)
      cutLog(slot, into: &effects)
    }
    isLedgerDue = true
    guard now - lastFreshness >= configuration.freshnessInterval else { return }
    lastFreshness = now
    tellSpace(into: &effects)
    for slot in groups.indices where groups[slot].raft.role == .follower && groups[slot].raft.leader != nil {
      ask(slot, [], at: now, into: &effects)
    }
  }

  private mutating func diskReport(_ report: DiskReport, at now: Moment, into effects: inout [ReplicaEffect]) {
    let wasFull = disk.isFull
    disk = report
    sawSpace(report.free, into: &effects)
    for slot in groups.indices {
      step(slot, .fsyncAge(report.fsyncAge), at: now, into: &effects)
      if report.isFull != wasFull { updateSuspension(slot, at: now, into: &effects) }
    }
  }

  /// Whether the replica may vote, campaign and lead: any one reason against it is enough, and the end of one leaves the
  /// others.
  mutating func updateSuspension(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    let isSuspended =
      disk.isFull || groups[slot].isInstalling || groups[slot].quarantine != nil || !disowning.isEmpty
    step(slot, .suspend(isSuspended), at: now, into: &effects)
  }

  private mutating func stopping(at now: Moment, into effects: inout [ReplicaEffect]) {
    isStopping = true
    for slot in groups.indices where groups[slot].raft.role == .leader {
      step(slot, .transfer(to: nil), at: now, into: &effects)
    }
  }

  /// Whether a stopping node leads nothing any more that it could hand over.
  public var hasHandedOver: Bool {
    !groups.contains { $0.raft.role == .leader && $0.raft.configuration.incoming.count > 1 }
  }

  /// Whether callers wait to learn what became of their writes: a stopping node stays for them if it can.
  public var owesAnswers: Bool { groups.contains { $0.proposals.count > 0 } }
}
