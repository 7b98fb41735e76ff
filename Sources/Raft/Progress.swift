public import Base

/// What a leader knows of one peer, for one term.
///
/// Invariant: `match < next`; while probing at most one append is outstanding; what is in flight lies above `match`.
public struct Progress: Hashable, Sendable {
  public enum State: String, Hashable, Sendable {
    /// The leader does not know where the logs agree: one append at a time until an answer or a heartbeat's reply.
    case probe
    /// The logs agree through `next - 1` as far as the leader knows: appends are pipelined.
    case replicate
    /// What the peer needs is no longer in the log: waits for a snapshot to arrive.
    case snapshot
  }

  /// An append without an answer.
  struct InFlight: Hashable, Sendable {
    var last: LogIndex
    var bytes: Int
    var round: Round
  }

  public let replica: ReplicaID
  public internal(set) var state: State = .probe
  /// The peer's log equals the leader's through here, durably, as the peer said in this term.
  public internal(set) var match: LogIndex = .zero
  /// The first entry that was not sent.
  public internal(set) var next: LogIndex
  /// When the peer last answered anything in this term.
  public internal(set) var lastContact: Moment?
  /// How long the peer's oldest write to disk was outstanding when it last answered.
  public internal(set) var fsyncAge: Interval = .zero
  /// Since when nothing has spoken against handing leadership to the peer; see `RaftGroup.watchPreferred`.
  var wellSince: Moment?
  /// The peer said with its last heartbeat that it may not lead.
  public internal(set) var isSuspended = false
  /// The peer lost what it had acknowledged and has not caught up since: it is not counted.
  public var isLost: Bool { match < mustReach }

  /// When it entered the leader's table; until it answered, this stands for the last contact, so that a leader gives a
  /// new peer the time of one election before it misses it.
  let since: Moment
  var inFlight: [InFlight] = []
  var bytesInFlight = 0
  /// Only while probing: the round in which the probe was sent; nil when one may be sent.
  var probed: Round?
  /// Entries are being read from the disk for this peer.
  var loading: LogLoad?
  /// What was read for it and not sent yet.
  var loaded: [Entry] = []
  var acknowledged = Round(0)
  /// The newest round when `match` was last raised. An answer to a later round was given *after* that acknowledgement,
  /// so a shorter log in it is a loss and not a late message.
  var matchedAt = Round(0)
  /// Acknowledgements of rounds up to here were given before the peer lost something: they are void.
  var lostAt = Round(0)
  var mustReach: LogIndex = .zero
  /// The commit index that was sent last.
  var toldCommit: LogIndex = .zero
  /// When it was last asked how far its log agrees, apart from the appends that it needs anyway.
  var verifiedAt: Moment
  /// The configuration without this peer: it is told until it knows, so that it does not stand for election for ever
  /// (TH 4.2.3). nil for a member.
  var removed: Removal?

  struct Removal: Hashable, Sendable {
    var index: LogIndex
    var until: Moment
  }

  init(replica: ReplicaID, next: LogIndex, at now: Moment) {
    self.replica = replica
    self.next = next
    since = now
    verifiedAt = now
  }

  /// What counts towards commitment.
  var countedMatch: LogIndex { isLost ? .zero : match }
  var contact: Moment { lastContact ?? since }
  func canPipeline(within capacity: Capacity) -> Bool {
    inFlight.count < capacity.appendsInFlight && bytesInFlight < capacity.appendBytesInFlight
  }

  mutating func sent(through last: LogIndex, bytes: Int, round: Round) {
    inFlight.append(InFlight(last: last, bytes: bytes, round: round))
    bytesInFlight += bytes
    next = last + 1
  }

  /// Takes an acknowledgement through `index`; `logStart` is where the leader's own log begins.
  mutating func matched(
    _ index: LogIndex, reply round: Round, newest: Round, logStart: LogIndex, defect: PlantedDefect?
  ) {
    guard round > lostAt || lostAt == Round(0) else { return }
    if index > match {
      match = index
      matchedAt = newest
      // Also while a snapshot is awaited, when appends from before come through after all.
      if defect != .keepsNextBehindMatch { next = max(next, match + 1) }
    }
    switch state {
    case .probe where index >= match:
      state = .replicate
      next = match + 1
    case .snapshot where match >= logStart:
      state = .replicate
      next = match + 1
    default: break
    }
    free(through: match)
    probed = nil
  }

  /// Looks again for the place where the logs agree, first just before `next`.
  mutating func probe(from next: LogIndex) {
    state = .probe
    self.next = max(next, match + 1)
    probed = nil
    loading = nil
    loaded = []
    inFlight.removeAll(keepingCapacity: true)
    bytesInFlight = 0
  }

  mutating func awaitSnapshot() {
    probe(from: next)
    state = .snapshot
  }

  /// The peer holds less than it acknowledged.
  mutating func lost(newest: Round) {
    mustReach = max(mustReach, match)
    lostAt = newest
    match = .zero
  }

  private mutating func free(through index: LogIndex) {
    var freed = 0
    while freed < inFlight.count && inFlight[freed].last <= index {
      bytesInFlight -= inFlight[freed].bytes
      freed += 1
    }
    if freed > 0 { inFlight.removeFirst(freed) }
  }
}
