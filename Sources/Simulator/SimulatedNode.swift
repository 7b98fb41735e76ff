import Base
import Model
import Raft
import Replica
import Storage
import Wire

/// One node of the world: the production replicas over memory stores, and devices that take virtual time.
final class SimulatedNode {
  let position: Int
  let id: NodeID
  let nation: Nation
  let supplier: String
  var store: MemoryNodeStore
  /// Its store is not what it promised to be; it was told so; its process will not be started again.
  var isImposter = false
  var isDisowned = false
  var isGone = false
  /// Raised at every crash: what was scheduled for an earlier one is void.
  var incarnation = 0
  /// Raised when the machine boots.
  var boot = 0
  var clock = NodeClock(at: .zero, reading: .zero)
  /// Milliseconds by which a human's clock is off.
  var wallSkew: Int64 = 0
  var clockIsLeftAloneUntil = Moment.zero
  var interruption: Interruption?
  /// What the last turn decided and a paused process has not done yet.
  var unfinished: [ReplicaEffect] = []
  /// What the clock showed in the last turn.
  private(set) var turnReading = Moment.zero
  /// A snapshot is on its way to here, or from here.
  var receivesSnapshot = false
  var sendsSnapshot = false
  /// A snapshot is in force, and its file not opened yet.
  var isInstalling = false
  /// Groups of which entries came while a snapshot did.
  var appendedWhileReceiving: Set<GroupID> = []
  var replicas: Replicas?
  var worker: StateWorker?
  var readers: [GroupID: any StateReader] = [:]
  var pausedUntil: Moment?
  var pausedAt = Moment.zero
  /// What arrived while the process was paused, in order.
  var backlog: [ReplicaEvent] = []
  var nextTick = Moment.never
  /// As of the last turn.
  private(set) var pulses: [ReplicaPulse] = []
  /// By group: the index of the configuration in force, as far as notes have told.
  var configurations = SimulatedTopology.keyspaces.map { _ in LogIndex.zero }
  /// Groups that are not what they were, and were not looked at since: a bit for each.
  var unseen: UInt64 = 0

  /// The log device: what is queued, and what the write under way covers.
  var logQueue: [(sequence: UInt64, operations: [LogOperation])] = []
  var logBusy = false
  var logBegun = Moment.zero
  /// A write is waiting for space.
  var isFull = false
  var stateQueue: [StateOperation] = []
  var stateBusy = false
  var diskFactor: Int64 = 1

  /// Links: by peer, the ids of this node's outbound end and the peer's inbound end.
  var outbound: [NodeID: (link: LinkID, peerLink: LinkID, peer: Int, peerIncarnation: Int)] = [:]
  /// When it next dials whom it has no link to.
  var nextDial = Moment.never
  /// Whose inbound end a link of this node is.
  var inbound: [LinkID: Int] = [:]

  var isUp: Bool { replicas != nil }

  init(position: Int, id: NodeID, nation: Nation, supplier: String, store: MemoryNodeStore) {
    self.position = position
    self.id = id
    self.nation = nation
    self.supplier = supplier
    self.store = store
  }

  func start(_ configuration: ReplicaConfiguration, random: inout SplitMix64, at now: Moment) throws(StorageError) {
    var record = store.open(random: &random)
    let states = try store.openStates(of: record.groups)
    let headers = states.map { $0.store.header }
    try record.completeTails(for: headers, from: store.log)
    let made = StateWorker(store, states: states)
    for group in record.groups where made.isSound(group.group) {
      readers[group.group] = try made.makeReader(group.group)
    }
    worker = made
    replicas = Replicas(
      record, states: headers, damage: states.map(\.store.damage), configuration: configuration, seed: random.next(), at: now)
  }

  /// What a turn of the process left behind, besides its effects.
  struct Turn {
    /// When it wants to be told that time has passed.
    var deadline: Moment
    /// Whose role, term or commit index is another one: a bit for each group, the first the lowest.
    var moved: UInt64
  }

  /// One turn of the process; nil when there is none.
  func turn(
    _ event: ReplicaEvent, at reading: Moment, _ wallTime: WallTime, into effects: inout [ReplicaEffect]
  ) -> Turn? {
    turnReading = reading
    return replicas?.turn(event, at: reading, wallTime, &pulses, into: &effects)
  }

  func turn(
    _ events: [ReplicaEvent], at reading: Moment, _ wallTime: WallTime, into effects: inout [ReplicaEffect]
  ) -> Turn? {
    turnReading = reading
    return replicas?.turn(events, at: reading, wallTime, &pulses, into: &effects)
  }

  var deadline: Moment? { replicas?.readDeadline() }
  func inspection(of slot: Int) -> ReplicaInspection? { replicas?.inspect(slot) }
  func holdsLease(_ group: GroupID, at now: Moment) -> Bool { replicas?.readLease(group, at: now) ?? false }

  /// The process is gone, and with it everything that was not durable.
  func crash() {
    incarnation += 1
    replicas = nil
    pulses = []
    unseen = 0
    configurations = SimulatedTopology.keyspaces.map { _ in .zero }
    interruption = nil
    isDisowned = false
    unfinished = []
    receivesSnapshot = false
    appendedWhileReceiving = []
    sendsSnapshot = false
    worker = nil
    readers = [:]
    pausedUntil = nil
    backlog = []
    nextTick = .never
    logQueue = []
    logBusy = false
    isFull = false
    stateQueue = []
    stateBusy = false
    outbound = [:]
    inbound = [:]
    store.powerLoss()
  }
}

extension Replicas {
  fileprivate mutating func turn(
    _ event: ReplicaEvent, at now: Moment, _ wallTime: WallTime, _ pulses: inout [ReplicaPulse],
    into effects: inout [ReplicaEffect]
  ) -> SimulatedNode.Turn {
    self.wallTime = wallTime
    handle(event, at: now, into: &effects)
    return endTurn(at: now, &pulses, into: &effects)
  }

  fileprivate mutating func turn(
    _ events: [ReplicaEvent], at now: Moment, _ wallTime: WallTime, _ pulses: inout [ReplicaPulse],
    into effects: inout [ReplicaEffect]
  ) -> SimulatedNode.Turn {
    self.wallTime = wallTime
    for event in events { handle(event, at: now, into: &effects) }
    return endTurn(at: now, &pulses, into: &effects)
  }

  private mutating func endTurn(
    at now: Moment, _ pulses: inout [ReplicaPulse], into effects: inout [ReplicaEffect]
  ) -> SimulatedNode.Turn {
    endTurn(at: now, into: &effects)
    return SimulatedNode.Turn(deadline: deadline, moved: takePulses(into: &pulses))
  }

  /// Mutating, so that asking an object's property does not copy all of it.
  fileprivate mutating func readDeadline() -> Moment { deadline }
  fileprivate mutating func inspect(_ slot: Int) -> ReplicaInspection { inspection(of: slot) }
  fileprivate mutating func readLease(_ group: GroupID, at now: Moment) -> Bool { holdsLease(group, at: now) }
}
