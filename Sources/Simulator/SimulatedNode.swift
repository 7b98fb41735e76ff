import Base
import Model
import Raft
import Replica
import SQLite
import Wire

/// One node of the world: the production replicas over the stores of a disk, and devices that take virtual time.
final class SimulatedNode {
  let position: Int
  let id: NodeID
  let nation: Nation
  let supplier: String
  var disk: any NodeDisk
  /// Its store is not what it promised to be; it was told so; its process will not be started again.
  var isImposter = false
  var isDisowned = false
  /// It was told so for good: it has nothing more to say.
  var isForsworn = false
  var isGone = false
  /// Raised at every end of a process: what was scheduled for an earlier one is void.
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
  /// Those of the process that runs.
  var stores: (any NodeStore)?
  var replicas: Replicas?
  var logWorker: LogWorker?
  var worker: StateWorker?
  var readers: [GroupID: any StateReader] = [:]
  var logReader: (any LogReader)?
  /// Reads that last.
  var heldReaders: [Connection] = []
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

  var log = LogDevice()
  var state = StateDevice()
  var diskFactor: Int64 = 1
  /// Its disk has little room left.
  var isLow = false

  /// Links: by peer, the ids of this node's outbound end and the peer's inbound end.
  var outbound: [NodeID: (link: LinkID, peerLink: LinkID, peer: Int, peerIncarnation: Int)] = [:]
  /// When it next dials whom it has no link to.
  var nextDial = Moment.never
  /// Whose inbound end a link of this node is.
  var inbound: [LinkID: Int] = [:]

  var isUp: Bool { replicas != nil }
  /// What the process that runs has found wrong with its log, and with which state files; empty when nothing.
  var damageFound = ""
  var statesDamaged: [(group: GroupID, error: StorageError)] = []
  /// Groups whose copy here was damaged and was not seen to be whole again.
  var damaged: Set<GroupID> = []
  /// What was being written to the log when the process ended: all of it is durable, or nothing.
  var interrupted: [LogOperation] = []
  /// nil: its stores are in memory.
  var sqlite: SQLiteNodeDisk? { disk as? SQLiteNodeDisk }
  /// A write waits for space.
  var isFull: Bool { logWorker?.isFull ?? false || state.isFull }

  /// What the log's thread is at.
  struct LogDevice {
    var queue: [(sequence: UInt64, operations: [LogOperation])] = []
    var isBusy = false
    /// Submissions that the write under way covers.
    var underWay = 0
    var begun = Moment.zero
  }

  /// What the state's thread is at.
  struct StateDevice {
    enum Work {
      case operation(StateOperation)
      /// Only what waits for a quiet moment.
      case housekeeping
    }
    var queue: [Work] = []
    var isBusy = false
    var isFull = false
  }

  init(position: Int, id: NodeID, nation: Nation, supplier: String, disk: any NodeDisk) {
    self.position = position
    self.id = id
    self.nation = nation
    self.supplier = supplier
    self.disk = disk
  }

  /// Starts a process as the production node starts. When that fails the process is there all the same, and must end.
  func start(_ configuration: ReplicaConfiguration, random: inout SplitMix64, at now: Moment) throws(StorageError) {
    var (record, stores) = try disk.open(random: &random)
    self.stores = stores
    damageFound = record.damage
    let states = try stores.openStates(of: record.groups)
    statesDamaged = states.compactMap { state in state.store.damage.map { (state.group, $0) } }
    let headers = states.map { $0.store.header }
    try record.completeTails(for: headers, from: stores.log)
    let made = StateWorker(stores, states: states)
    worker = made
    for group in record.groups where made.isSound(group.group) {
      readers[group.group] = try made.makeReader(group.group)
    }
    logReader = try stores.log.makeReader()
    logWorker = LogWorker(stores)
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

  func letReadersGo() {
    for reader in heldReaders { reader.close() }
    heldReaders = []
  }

  /// The process is gone, and with it whatever it kept in memory.
  func end(_ end: ProcessEnd) {
    incarnation += 1
    replicas = nil
    pulses = []
    unseen = 0
    configurations = SimulatedTopology.keyspaces.map { _ in .zero }
    interruption = nil
    isDisowned = false
    isForsworn = false
    unfinished = []
    receivesSnapshot = false
    appendedWhileReceiving = []
    sendsSnapshot = false
    pausedUntil = nil
    backlog = []
    nextTick = .never
    log = LogDevice()
    state = StateDevice()
    outbound = [:]
    inbound = [:]
    disk.end(end) {
      readers = [:]
      letReadersGo()
      logReader = nil
      logWorker = nil
      // What production's threads do on their way out; an error there ends nothing that has not ended. Memory that dies
      // does nothing more; files are let go of in any case, on a disk that has no power.
      if end == .stopped || sqlite != nil {
        try? worker?.close()
        stores?.close()
      }
      worker = nil
      stores = nil
    }
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
