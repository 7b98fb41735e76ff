import Base

/// What only a leader keeps, for one term.
struct Leadership: Sendable {
  /// All other members, and removed ones until they know; sorted by replica id.
  var peers: [Progress] = []
  var rounds = Rounds()
  var nextHeartbeat = Moment.never
  /// The leader's first own entry. Until it is committed the leader knows neither what is committed (TH 3.6.2, 6.4) nor
  /// whether a configuration of another leader is (trap 2).
  var termStart = LogIndex.zero
  /// Bytes of entries that are not committed.
  var uncommittedBytes = 0
  /// When `logTime` was taken, on the leader's own clock.
  var stamped = Moment.zero
  var logTime = LogTime.zero
  var transfer: Transfer?
  /// A peer was told to campaign in spite of this leader. That message may arrive late, so for the rest of the term no
  /// lease holds.
  var leaseForfeited = false

  struct Transfer: Hashable, Sendable {
    var target: ReplicaID
    var deadline: Moment
    var told = false
  }

  func place(of replica: ReplicaID) -> Int? {
    var low = 0
    var high = peers.count
    while low < high {
      let middle = (low + high) / 2
      if peers[middle].replica < replica { low = middle + 1 } else { high = middle }
    }
    return low < peers.count && peers[low].replica == replica ? low : nil
  }

  mutating func start(termStart: LogIndex, uncommittedBytes: Int, logTime: LogTime, at now: Moment) {
    self = Leadership()
    self.termStart = termStart
    self.uncommittedBytes = uncommittedBytes
    self.logTime = logTime
    stamped = now
    nextHeartbeat = now
  }

  /// The log time of an entry made now: it runs with the leader's monotonic clock and never goes back (design §7).
  mutating func stamp(at now: Moment) -> LogTime {
    logTime = logTime + (now - stamped)
    stamped = now
    return logTime
  }
}
