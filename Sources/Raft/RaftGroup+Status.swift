public import Base

/// What whoever drives a group may ask.
extension RaftGroup {
  public var term: Term { hardState.term }
  public var lastIndex: LogIndex { log.lastIndex }
  /// The log is on this node's disk through here, as it stands now.
  public var durableIndex: LogIndex { log.durable }
  /// The first index of the log on disk.
  public var firstIndex: LogIndex { log.start + 1 }
  /// What ``markApplied(_:)`` was last told.
  public var appliedIndex: LogIndex { log.applied }
  /// The newest write handed out, and the newest known to be durable.
  public var newestMark: WriteMark { writes.newest }
  public var durableMark: WriteMark { writes.durable }

  /// The newest appended configuration: the one that counts (TH 4.1).
  public var configuration: Configuration { configurations.latest.configuration }
  /// The index of its entry.
  public var configurationIndex: LogIndex { configurations.latest.index }
  /// The index of the newest configuration that is committed.
  public var committedConfigurationIndex: LogIndex { configurations.inForce(at: commit)?.index ?? .zero }
  /// The configuration in force at `index` and the index of its entry, for a snapshot there; nil below the log's start.
  public func configuration(at index: LogIndex) -> (index: LogIndex, configuration: Configuration)? {
    configurations.inForce(at: index).map { ($0.index, $0.configuration) }
  }

  /// What the leader knows of its peers, sorted by replica id; empty at others.
  public var progress: [Progress] { role == .leader ? lead.peers : [] }
  public func progress(of peer: ReplicaID) -> Progress? {
    guard role == .leader, let place = lead.place(of: peer) else { return nil }
    return lead.peers[place]
  }

  /// Whether this leader has committed an entry of its own term: before that it neither reads nor changes membership.
  public var hasCommittedInTerm: Bool { role == .leader && commit >= lead.termStart }
  /// Whom this leader is handing over to.
  public var transferTarget: ReplicaID? { role == .leader ? lead.transfer?.target : nil }
  /// The moment at which ``Event/tick`` is due next.
  public var deadline: Moment {
    if role == .leader {
      return min(lead.nextHeartbeat, lead.transfer?.deadline ?? .never)
    }
    let election = survey?.nextQuestion ?? (mayCampaign ? electionDeadline : .never)
    guard let oldest = reads.forwarded.first else { return election }
    return min(election, oldest.sent + timing.electionMin)
  }

  /// Entries in memory from `from` through `through`, within `bytesMax` but at least one; empty when `from` is not in
  /// memory (then they are on disk, or nowhere).
  public func entries(from: LogIndex, through: LogIndex, bytesMax: Int) -> [Entry] {
    log.slice(from: from, through: through, bytesMax: bytesMax, countMax: .max)
  }

  /// The mark of an entry in memory, or of the place before the first of them when it is known.
  public func mark(at index: LogIndex) -> LogMark? { log.mark(at: index) }

  /// The term of the entry at `index`, anywhere in the log; nil outside it. With the index of a proposal it tells its
  /// fate: another term at that index means that it was replaced.
  public func term(at index: LogIndex) -> Term? { log.term(at: index) }

  /// Whether the log holds the entry of `mark`, perhaps not durably yet: then everything before it is here as well, and
  /// a snapshot there could bring nothing new.
  public func holds(_ mark: LogMark) -> Bool {
    log.term(at: mark.index) == mark.term && (log.hash(at: mark.index) ?? mark.hash) == mark.hash
  }
}
