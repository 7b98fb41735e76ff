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
  let store: MemoryNodeStore
  /// Raised at every crash: what was scheduled for an earlier one is void.
  var incarnation = 0
  var replicas: Replicas?
  var worker: StateWorker?
  var readers: [GroupID: any StateReader] = [:]
  var pausedUntil: Moment?
  /// What arrived while the process was paused, in order.
  var backlog: [ReplicaEvent] = []
  var nextTick = Moment.never

  /// The log device: what is queued, and what the write under way covers.
  var logQueue: [(sequence: UInt64, operations: [LogOperation])] = []
  var logBusy = false
  var stateQueue: [StateOperation] = []
  var stateBusy = false
  var diskFactor: Int64 = 1

  /// Links: by peer, the ids of this node's outbound end and the peer's inbound end.
  var outbound: [NodeID: (link: LinkID, peerLink: LinkID, peerIncarnation: Int)] = [:]
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
    let reader = try store.log.makeReader()
    var states: [(group: GroupID, file: String, store: any StateStore)] = []
    for slot in record.groups.indices {
      let group = record.groups[slot]
      states.append((group.group, group.stateFile, try store.openState(group.group, file: group.stateFile)))
      try record.groups[slot].extendTail(from: LogIndex(states[slot].store.header.applied), reader)
    }
    let headers = states.map { $0.store.header }
    let made = StateWorker(store, states: states)
    for group in record.groups { readers[group.group] = try made.makeReader(group.group) }
    worker = made
    replicas = Replicas(record, states: headers, configuration: configuration, seed: random.next(), at: now)
  }

  /// The process is gone, and with it everything that was not durable.
  func crash() {
    incarnation += 1
    replicas = nil
    worker = nil
    readers = [:]
    pausedUntil = nil
    backlog = []
    nextTick = .never
    logQueue = []
    logBusy = false
    stateQueue = []
    stateBusy = false
    outbound = [:]
    inbound = [:]
    store.powerLoss()
  }
}
