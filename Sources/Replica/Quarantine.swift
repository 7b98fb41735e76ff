import Base

/// Why a replica takes no part, and what would mend it.
struct Quarantine: Sendable {
  var reason: String
  var cure: Cure
  /// The state file is marked, so that a restart does not put it in service.
  var isCondemned = false

  enum Cure: Sendable, Equatable {
    /// A snapshot of a healthy leader. What is wrong here lies at or below `floor`, so an older one would not do.
    case snapshot(floor: LogIndex)
    /// Nothing that the replicas could do among themselves: nobody can tell whose state is right, or a newer program is
    /// needed.
    case none
  }
}

/// When a replica may ask for its state anew. A rebuild costs the leader a copy of the whole state, and the network its
/// transfer, so a disk that goes on rotting is rebuilt less and less often.
struct RebuildPace: Sendable {
  /// The asking itself is one small message; it may be lost, or the leader not be ready.
  static let askEvery = Interval.seconds(1)
  static let pauseMin = Interval.seconds(10)
  static let pauseMax = Interval.seconds(3_600)
  /// A replica that has been well for so long starts over with the shortest pause.
  static let calm = Interval.seconds(24 * 3_600)

  /// Rebuilds that came to their end since the start of the process.
  private(set) var count: UInt64 = 0
  private var notBefore = Moment.zero
  private var pause = Self.pauseMin
  private var spentAt: Moment?

  func mayAsk(at now: Moment) -> Bool { now >= notBefore }
  mutating func asked(at now: Moment) { notBefore = max(notBefore, now + Self.askEvery) }

  /// The state is in force; should it be found wrong again, that will take its time.
  mutating func done(at now: Moment) {
    count += 1
    spend(at: now)
  }

  /// What was sent was not what had been announced: the file is damaged at the sender, or on this disk again.
  mutating func spoilt(at now: Moment) { spend(at: now) }

  private mutating func spend(at now: Moment) {
    if let spentAt, now - spentAt > Self.calm { pause = Self.pauseMin }
    spentAt = now
    notBefore = max(notBefore, now + pause)
    pause = min(pause * 2, Self.pauseMax)
  }
}

/// Peers of a leader that have asked for their state anew and are not known to have it.
struct SickList: Sendable {
  private var asked: [(replica: ReplicaID, at: Moment)] = []
  /// Who has not been heard of for so long is gone rather than sick.
  private static let memory = Interval.seconds(600)

  mutating func heard(_ replica: ReplicaID, at now: Moment) {
    asked.removeAll { $0.replica == replica || now - $0.at > Self.memory }
    asked.append((replica, now))
  }

  /// A sign of life of one that is on the list.
  mutating func refresh(_ replica: ReplicaID, at now: Moment) {
    if asked.contains(where: { $0.replica == replica }) { heard(replica, at: now) }
  }

  mutating func recovered(_ replica: ReplicaID) { asked.removeAll { $0.replica == replica } }
  mutating func removeAll() { asked = [] }
  var isEmpty: Bool { asked.isEmpty }

  func contains(_ replica: ReplicaID) -> Bool { asked.contains { $0.replica == replica } }

  /// Whether those that are not on the list are a majority of `voters`.
  func leavesMajority(of voters: [ReplicaID]) -> Bool {
    voters.count { !contains($0) } > voters.count / 2
  }
}
