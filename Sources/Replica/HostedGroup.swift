import Base
import Model
import Raft
import Wire

/// One group on this node: its consensus, and what waits on it.
struct HostedGroup {
  let group: GroupID
  let keyspace: String
  var replica: ReplicaID
  var raft: RaftGroup
  /// Its ``RaftGroup/deadline`` as of the last step: the busiest question of a turn must not cost a copy of the group.
  var due = Moment.zero
  /// Where each member of the newest configuration stands.
  private(set) var places: [(replica: ReplicaID, node: NodeID)] = []
  /// Replicas that spoke, and from where, while the newest configuration named them nowhere. Who leads may be somebody
  /// whom a change here removes that never was committed, and must be answered.
  private var strangers: [(replica: ReplicaID, node: NodeID)] = []
  /// As of the last batch applied.
  var header: StateHeader
  var stateFile: String
  /// Entries through here are committed and durable in `raft.db`.
  var applicable: LogIndex
  /// When entries are to be applied that a follower lets gather; `.never`: none gather.
  var restEnds = Moment.never
  /// Bytes that were appended since entries were last applied.
  var gatheredBytes = 0
  /// A batch is with the state thread; the next one gathers meanwhile.
  var isApplying = false
  /// Entries to apply are being read from disk: they are below the memory tail.
  var isLoadingToApply = false
  /// The state through here survives a loss of power.
  var stateDurable: LogIndex
  var isCutting = false
  /// The state thread was asked for a checkpoint.
  var isCheckpointing = false

  var queuedProposals: [Proposal] = []
  var queuedTokens: [ClientToken] = []
  var proposals = ProposalTable()
  var reads = ReadTable()

  /// The newest mark handed out, and the newest that is durable.
  var lastMark = WriteMark(0)
  var durableMark = WriteMark(0)
  /// Promises that wait for their mark.
  var held: [(mark: WriteMark, message: Message)] = []

  var sending: SnapshotSending?
  var receiving: SnapshotReceiving?
  var digests = DigestLedger()
  /// Set while it takes no part.
  var quarantine: Quarantine?
  var rebuilds = RebuildPace()
  /// At a leader: who cannot vouch for its state.
  var sick = SickList()
  var doubt: Doubt?
  var scrub = Scrub()

  /// Replicas differ, and nobody knows yet whose state is right.
  struct Doubt: Sendable {
    var since: Moment
    /// Nobody has told for so long that callers are not served any more.
    var isInForce = false
  }

  /// Why it takes no part; empty when it does.
  var outOfService: String { quarantine?.reason ?? "" }

  var applied: LogIndex { LogIndex(header.applied) }
  var revision: Revision { Revision(header.applied + header.base) }
  /// Between the durable change of files and the state's opening, appends of the old log must not be accepted.
  var isInstalling: Bool { receiving?.isInstalling ?? false }

  /// - Parameter damage: why the state file could not be opened; nil when it could.
  init(
    _ record: GroupRecord, header: StateHeader, damage: StorageError? = nil, genesis: Genesis, node: NodeID,
    bootCount: UInt64, seed: UInt64, timing: Timing, capacity: Capacity, at now: Moment
  ) {
    group = record.group
    keyspace = genesis.groups.first { $0.group == record.group }?.keyspace ?? ""
    let latest = record.tail.last(where: { $0.kind == .configuration }).flatMap { try? Configuration(bytes: $0.payload) }
      ?? record.configurations.last?.configuration ?? record.snapshot.configuration
    replica = (latest.member(on: node) ?? record.snapshot.configuration.member(on: node))?.replica ?? ReplicaID(0)
    self.header = header
    stateFile = record.stateFile
    applicable = LogIndex(header.applied)
    // The log is cut only below what was durable; of the rest the state store tells when it knows.
    stateDurable = record.snapshot.mark.index
    // A replica whose files do not belong together takes no part; its group must still be a value that can be asked.
    let (first, last) = (record.snapshot.mark.index.rawValue, record.last.index.rawValue)
    var hardState = record.hardState
    // What the state took from the log and the log no longer has was acknowledged.
    if header.applied > last { hardState.suspended = true }
    // A log that ends before what the state took from it may hold, below that end, entries that others have replaced: what
    // it lost was what replaced them. None of it is known to be committed.
    let applied = header.applied > last ? first : max(header.applied, first)
    raft = RaftGroup(
      RestoredState(
        group: record.group, epoch: genesis.epoch, replica: replica, hardState: hardState,
        snapshot: record.snapshot, tail: record.tail, trail: record.trail, configurations: record.configurations,
        applied: LogIndex(applied), bootCount: bootCount, seed: seed),
      timing: timing, capacity: capacity, at: now)
    due = raft.deadline
    configurationChanged()
    if let damage {
      quarantine = Quarantine(reason: "its state file cannot be read: \(damage)", cure: .snapshot(floor: .zero))
    } else if header.applied < first || header.applied > last {
      quarantine = Quarantine(
        reason: "its state file holds the log through \(header.applied), its log runs from \(first) to \(last): they do "
          + "not belong together", cure: .snapshot(floor: .zero))
    }
  }

  /// Whether somebody waits for what is applied: clients of a leader or of a read here, or of a write that was proposed
  /// here; without a leader, the one that this replica may become.
  var isAwaited: Bool {
    raft.role == .leader || raft.leader == nil || !reads.isIdle || proposals.count > 0
  }

  /// Keeps a promise until the newest write is durable. An acknowledgement that says the same as one that waits takes its
  /// place: a disk that hangs for hours must not fill the memory with them.
  mutating func hold(_ message: Message) {
    if case .appendReply(let reply) = message.body,
      let place = held.lastIndex(where: { $0.message.to == message.to }), held[place].message.term == message.term,
      held[place].mark == lastMark, case .appendReply(let before) = held[place].message.body,
      before.result == reply.result
    {
      held[place].message = message
    } else {
      held.append((lastMark, message))
    }
  }

  /// The newest configuration is another one.
  mutating func configurationChanged() { places = raft.configuration.members.map { ($0.replica, $0.node) } }

  /// Where a replica stands, by the newest configuration.
  func node(of replica: ReplicaID) -> NodeID? { places.first { $0.replica == replica }?.node }

  /// Where messages to a replica go: also to those that the newest configuration does not name.
  func address(of replica: ReplicaID) -> NodeID? {
    node(of: replica) ?? strangers.first { $0.replica == replica }?.node
  }

  /// A replica has spoken from `node`.
  mutating func heard(_ replica: ReplicaID, from node: NodeID) {
    guard self.node(of: replica) == nil else { return }
    if let first = strangers.first, first.replica == replica, first.node == node { return }
    strangers.removeAll { $0.replica == replica }
    strangers.insert((replica, node), at: 0)
    if strangers.count > Self.strangersMax { strangers.removeLast() }
  }

  private static let strangersMax = 16

  /// The last durable entry, for handshakes.
  var logEnd: PeerHello.LogEnd {
    let last = raft.durableIndex
    return PeerHello.LogEnd(
      group: group, last: EntryID(index: last, term: raft.term(at: last) ?? .zero),
      isSuspended: raft.hardState.suspended)
  }
}

extension Configuration {
  init(bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    self = try Configuration(from: &reader)
    try reader.finish()
  }
}
