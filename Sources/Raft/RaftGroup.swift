public import Base

/// One replica of one Raft group: a value with no I/O, no clock and no randomness of its own.
///
/// The same state, event and moment always give the same state and effects. Whoever drives it owes three things: feed
/// ``Event/tick`` when ``deadline`` has come; carry out ``Effects`` after each step, with the order that its fields ask
/// for; and hand it readings of one monotonic clock.
public struct RaftGroup: Sendable {
  let group: GroupID
  let epoch: UInt32
  /// Another id when the replica was removed and is admitted again; see ``Event/readmitted(as:)``.
  public internal(set) var replica: ReplicaID
  let timing: Timing
  let capacity: Capacity
  var random: SplitMix64
  /// The newest moment seen. An earlier one is read as this one, which can only shorten a lease.
  var clock: Moment

  /// The newest, perhaps not durable yet; whatever promises it waits for the disk.
  public internal(set) var hardState: HardState
  public internal(set) var role: Role = .follower
  /// Whom this replica believes to lead ``term``.
  public internal(set) var leader: ReplicaID?
  /// Entries through here are committed. Invariant: never falls, and never passes the last index.
  public internal(set) var commit: LogIndex
  var log: LogTail
  var configurations: ConfigurationLog
  /// Of the newest appended configuration. Invariant: follows ``configurations``.
  var quorum: Quorum
  var writes = WriteLedger()
  var unwritten = Unwritten()
  /// What was last told as applicable.
  var handedOut: LogIndex

  var electionDeadline: Moment
  /// A restarted voter does not remember whom it heard of, so it votes for nobody before this, or it would help to
  /// elect a second leader within the lease of the first.
  var voteHoldUntil: Moment
  /// When the leader was last heard. Stays when the term changes: a lease does not end by a message of another.
  public internal(set) var lastContactWithLeader: Moment?
  var leaderRound = Round(0)
  var leaderQuorumAge = Self.ageUnknown
  var ballot = Ballot()
  /// Meaningful while `role` is `leader`.
  var lead = Leadership()
  var reads = ReadQueue()
  var fsyncAge = Interval.zero
  /// The last time that this replica set about giving up leadership because of its disk.
  var abdication: Abdication?
  /// Set by ``prefer(_:)`` alone.
  public internal(set) var preference: LeaderPreference?
  var homecoming = Homecoming(pause: .zero)
  /// ``Event/suspend(_:)``; not durable, unlike the one in ``hardState``.
  var isSuspendedByNode = false
  /// Set from the start of a store that had lost something until it knows which terms it may have forgotten.
  var survey: Survey?
  /// The latest term in which it may have promised what it has forgotten; see `escapeDamagedTerm`.
  var damagedTerm: Term?
  /// Whom a transfer ended leadership for, until the next leader is known.
  var handedTo: ReplicaID?
  /// Set by ``plant(_:)`` alone.
  var defect: PlantedDefect?

  /// Stands for "not confirmed yet" where messages carry an age: a year.
  public static let ageUnknown = Interval.seconds(365 * 24 * 3_600)
  /// Numbers of peers beyond this are refused: nothing honest comes near, and arithmetic stays in range.
  static let numberMax: UInt64 = 1 << 62

  /// What this step still has to hand to the disk.
  struct Unwritten: Sendable {
    var hardState = false
    var truncateFrom: LogIndex?
    var appendFrom: LogIndex?
    var isEmpty: Bool { !hardState && truncateFrom == nil && appendFrom == nil }
  }

  /// Starts a replica from what its store holds. It begins as a follower that has heard of nobody.
  public init(_ restored: RestoredState, timing: Timing, capacity: Capacity = Capacity(), at now: Moment) {
    group = restored.group
    epoch = restored.epoch
    replica = restored.replica
    self.timing = timing
    self.capacity = capacity
    random = SplitMix64(seed: restored.seed)
    clock = now
    hardState = restored.hardState
    log = LogTail(
      snapshot: restored.snapshot.mark, tail: restored.tail, trail: restored.trail, applied: restored.applied,
      capacity: capacity)
    commit = log.applied
    handedOut = log.applied
    configurations = ConfigurationLog(
      index: restored.snapshot.configurationIndex, configuration: restored.snapshot.configuration)
    for item in restored.configurations where item.index > configurations.latest.index {
      configurations.append(item.configuration, at: item.index)
    }
    for entry in restored.tail where entry.kind == .configuration && entry.index > configurations.latest.index {
      guard let configuration = Configuration(payloadOf: entry) else {
        preconditionFailure("configuration entry \(entry.id) does not decode")
      }
      configurations.append(configuration, at: entry.index)
    }
    quorum = Quorum(configurations.latest.configuration)
    // A snapshot may have become durable before the term that it brought.
    if hardState.term < log.lastTerm {
      hardState.term = log.lastTerm
      hardState.votedFor = nil
      unwritten.hardState = true
    }
    if hardState.suspended {
      damagedTerm = hardState.term
      survey = Survey(nextQuestion: now)
    }
    // The first start of a node has no earlier life in which it could have promised anything.
    voteHoldUntil = restored.bootCount > 1 ? now + timing.electionMax : now
    electionDeadline = now
    // A sole voter by a committed configuration has nobody to wait for.
    let isAlone = quorum.incoming == [replica] && quorum.outgoing.isEmpty && configurations.latest.index <= commit
    if !isAlone { redrawElectionDeadline() }
    endSurveyWhenAllTold()
  }

  /// Advances by one event. Runs to the end: it cannot suspend and cannot fail. `effects` must have been emptied.
  /// - Returns: ``deadline``, for who would otherwise ask for it after every step: that copies the whole group.
  @discardableResult
  public mutating func step(_ event: Event, at now: Moment, into effects: inout Effects) -> Moment {
    precondition(effects.persist == nil, "the previous step's effects were not taken")
    clock = max(clock, now)
    switch event {
    case .tick: tick(into: &effects)
    case .received(let message): receive(message, into: &effects)
    case .propose(let proposals): propose(proposals, into: &effects)
    case .persisted(let mark): persisted(mark, into: &effects)
    case .read(let nonce): read(nonce, into: &effects)
    case .loaded(let load, let entries): loaded(load, entries)
    case .loadCompacted(let load): loadCompacted(load, into: &effects)
    case .installed(let mark): installed(mark, into: &effects)
    case .cut(let index): cut(through: index)
    case .snapshotSent(let peer, let index): snapshotSent(to: peer, index)
    case .change(let configuration): change(configuration, into: &effects)
    case .transfer(let target): transfer(to: target, into: &effects)
    case .fsyncAge(let age):
      fsyncAge = age
      abdicateWhenDiskHangs(into: &effects)
    case .suspend(let suspended): suspend(suspended, into: &effects)
    case .readmitted(let replica): readmit(as: replica, into: &effects)
    }
    settle(into: &effects)
    checkInvariants()
    return deadline
  }

  /// The state file holds entries through `index`: memory may forget what is also durable. Never lowers anything.
  public mutating func markApplied(_ index: LogIndex) {
    precondition(index <= handedOut, "applied \(index), handed out \(handedOut)")
    if index > log.applied { log.markApplied(index) }
  }

  /// Makes the group wrong in one way, so that a checker can show that it notices. For the simulator alone.
  package mutating func plant(_ defect: PlantedDefect) {
    self.defect = defect
    if defect == .votesRightAfterRestart { voteHoldUntil = clock }
  }

  private mutating func tick(into effects: inout Effects) {
    if role == .leader {
      tickAsLeader(into: &effects)
    } else {
      expireForwardedReads(into: &effects)
      tickSurvey(into: &effects)
      guard mayCampaign && clock >= electionDeadline else { return }
      // No vote of its own could become durable, so it would only stand in the way of those that can lead.
      if defect == .campaignsUnasked { return campaign(isTransfer: false, into: &effects) }
      if diskHangs { redrawElectionDeadline() } else { startPreVote(into: &effects) }
    }
  }

  /// What follows from the event, in this order: what became committed, what that allows, what goes to the disk, and what
  /// goes to the peers in parallel with it.
  private mutating func settle(into effects: inout Effects) {
    if role == .leader {
      advanceCommit(into: &effects)
      leaveJointWhenCommitted(into: &effects)
    }
    resumeVotingWhenCaughtUp(into: &effects)
    let applicable = min(commit, log.durable)
    if applicable > handedOut {
      handedOut = applicable
      effects.applicable = applicable
    }
    let written = flush(into: &effects)
    if role == .leader {
      replicate(sharing: written, into: &effects)
      advanceTransfer(into: &effects)
      stepDownWhenRemoved(into: &effects)
    }
  }

  /// Hands out one write for everything that changed; returns its entries, which appends may share.
  private mutating func flush(into effects: inout Effects) -> [Entry] {
    guard !unwritten.isEmpty else { return [] }
    var entries: [Entry] = []
    if let from = unwritten.appendFrom {
      entries = log.slice(from: from, through: log.lastIndex, bytesMax: .max, countMax: .max)
    }
    let mark = writes.begin(last: log.lastIndex)
    effects.persist = Persist(
      mark: mark, hardState: unwritten.hardState ? hardState : nil, truncateFrom: unwritten.truncateFrom,
      entries: entries)
    unwritten = Unwritten()
    if role == .candidate && ballot.durableWith == nil { ballot.durableWith = mark }
    return entries
  }

  private mutating func persisted(_ mark: WriteMark, into effects: inout Effects) {
    if let last = writes.finish(through: mark) { log.markDurable(defect == nil ? last : min(last, log.lastIndex)) }
    countOwnVote(into: &effects)
  }

  /// Appends one entry of this leader or of the leader that this replica follows.
  mutating func appendToLog(_ entry: Entry, into effects: inout Effects) {
    log.append(entry)
    unwritten.appendFrom = min(unwritten.appendFrom ?? entry.index, entry.index)
    guard entry.kind == .configuration else { return }
    guard let configuration = Configuration(payloadOf: entry) else {
      preconditionFailure("configuration entry \(entry.id) was not validated")
    }
    configurations.append(configuration, at: entry.index)
    configurationChanged(into: &effects)
  }

  /// Removes entries that the leader contradicts, with the configurations among them (trap 4).
  mutating func truncateLog(from index: LogIndex, into effects: inout Effects) {
    precondition(index > commit, "truncation from \(index), commit is \(commit)")
    precondition(role == .follower, "a \(role.rawValue) truncates its log")
    log.truncate(from: index)
    if defect != .forgetsReplacedWrites { writes.truncate(from: index) }
    if let from = unwritten.appendFrom, from >= index { unwritten.appendFrom = nil }
    unwritten.truncateFrom = min(unwritten.truncateFrom ?? index, index)
    effects.notes.append(.truncated(from: index))
    if configurations.truncate(from: index), defect != .keepsTruncatedConfiguration { configurationChanged(into: &effects) }
  }

  func message(to peer: ReplicaID, _ body: Message.Body) -> Message {
    Message(from: replica, to: peer, term: hardState.term, body: body)
  }
}

extension Configuration {
  /// The configuration in an entry's payload; nil when the bytes are not one.
  init?(payloadOf entry: Entry) {
    var reader = ByteReader(entry.payload)
    do {
      try self.init(from: &reader)
      try reader.finish()
    } catch {
      return nil
    }
  }
}
