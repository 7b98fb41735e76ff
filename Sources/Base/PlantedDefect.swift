/// A bug that the simulator plants to show that it would be found. Each is a mistake that a real store has made. Nothing
/// but the simulator sets one.
public enum PlantedDefect: String, Hashable, Sendable, CaseIterable {
  /// The log device says "durable" before it is.
  case acknowledgesBeforeDurable
  /// Votes are not written.
  case forgetsVotes
  /// The leader counts copies of an entry of an older term (TH figure 3.7).
  case commitsOldTermByCount
  /// A question is asked again under the same nonce (etcd#20418).
  case reusesNonce
  /// Entries are applied that are not durable here.
  case appliesBeforeDurable
  /// A leader answers reads before it has committed an entry of its own term.
  case readsBeforeOwnTerm
  /// A lease counts from the receipt of its acknowledgement.
  case leaseFromReceipt
  /// A restarted voter votes at once.
  case votesRightAfterRestart
  /// Truncates at every append, conflict or not.
  case truncatesAlways
  /// Heartbeats carry the leader's whole commit index, and followers take it without checking that their own entries are
  /// the leader's.
  case commitsUnverified
  /// A voter gives its vote to whoever asks, also a second time in a term.
  case votesTwice
  /// A voter does not ask whether the candidate's log holds what its own does (TH 3.6.1).
  case ignoresLogLength
  /// A leader that told another to campaign in spite of it goes on answering by its lease.
  case keepsLeaseInTransfer
  /// Promises go out before what they promise is durable.
  case promisesBeforeDurable
  /// A read is answered as soon as its index is known, applied or not.
  case answersBeforeApplied
  /// After a pause requests are answered by the clock as it was read before, and before the sockets were drained; and
  /// nobody looks again when the answer leaves.
  case judgesByOldClock
  /// The last entry of each write is not durable.
  case losesLastEntry
  /// A state file says that more would survive than will.
  case overstatesDurable
  /// A state file's header survives without the rows that it describes.
  case splitsHeaderFromRows
  /// Sessions do not survive with the rest of the state file.
  case losesSessions
  /// The age of a stale read counts from the answer's receipt.
  case staleAgeFromReceipt
  /// A client names a command that it sends again in no way, so that no session can tell that it is the same.
  case forgetsSessions

  /// The leader counts its own log as far as it has written it, durable or not.
  case countsOwnUnwritten
  /// Neither terms nor votes are written.
  case forgetsTerms
  /// A write of entries that were replaced meanwhile makes their replacements durable (the ABA race).
  case forgetsReplacedWrites
  /// A voter gives its vote away while it hears a leader.
  case votesAgainstLiveLeader
  /// A probe that was lost is not sent again.
  case forgetsLostProbe
  /// The log is cut below what the state file has applied, durable or not.
  case cutsBeyondDurable
  /// Who proposed an entry is told that it was applied when another stands in its place.
  case answersReplaced
  /// A command is executed again though its session remembers it.
  case executesAgain
  /// Every entry of a batch is evaluated at the log time of the batch's last.
  case stampsByBatch
  /// A leader answers reads at once, as long as it believes that it leads.
  case readsWithoutAsking
  /// A stale read does not look whether the state has reached what its client has seen.
  case ignoresNotBefore
  /// The age of a state is that of the newest answer, reached or not.
  case agesByUnreachedAnswer
  /// A leader says that what it holds is of now, whoever confirms it.
  case claimsFreshness
  /// The boot count is raised in memory alone.
  case forgetsBootCount
  /// A leader that no majority answers goes on leading (check-quorum).
  case leadsUnheard
  /// A lease lasts as long as an election time-out, whatever clocks differ by.
  case leaseWithoutDrift
  /// A leader that steps down says of what is under way that it was not applied.
  case failsWhatIsOpen
  /// A vote is told before it is durable.
  case grantsBeforeDurable
  /// A new leader counts log time from the start of its clock.
  case stampsSinceBoot
  /// A replica campaigns without having asked whether it could win (TH 9.6).
  case campaignsUnasked
  /// A leader that steps down forgets who waits for what it accepted.
  case forgetsWhatIsOpen
  /// What a peer acknowledges while a snapshot is awaited for it does not move what is sent to it next.
  case keepsNextBehindMatch
  /// A leader changes the membership before it has committed an entry of its own term (TH 4.1, corrected in 2015).
  case changesBeforeOwnTerm
  /// A configuration that was truncated goes on counting.
  case keepsTruncatedConfiguration
  /// A leader that is no voter any more counts itself as one.
  case countsItselfThoughRemoved
  /// A joint configuration is left by the leader that made it, or by nobody.
  case leavesOwnJointAlone
  /// A store is let in that holds less than it acknowledged and does not know it (design §6, "Identity").
  case ignoresShrunkLog
  /// A store that was told that it is not what it was goes on acknowledging, and is taken back when it has caught up.
  case believesDisownedStore
  /// A client whose session ended runs a write again in another though a copy of it may have run.
  case renamesInDoubt
  /// A client takes one copy's refusal for all copies' word.
  case believesOneRefusal
  /// A transfer whose target does not take over never ends.
  case neverEndsTransfer
  /// A snapshot brings no configuration.
  case losesSnapshotConfiguration
  /// A replica that does not know that it is a voter refuses to vote (etcd#10998).
  case refusesThoughNotVoter
  /// All replicas wait equally long before they campaign.
  case timesOutAlike
  /// A request's name is forgotten as soon as its answer is given.
  case forgetsRequests
  /// Snapshots hold neither sessions nor remembered requests.
  case exportsWithoutRequests
  /// Log time is what a human's clock shows.
  case stampsByWallTime

  // Of the stores on SQLite, found in profile `disk`:
  /// A sync that failed is asked for again, and believed (fsyncgate).
  case believesRetriedSync
  /// Terms, votes and entries are in the WAL and not synced.
  case commitsUnsynced
  /// What a process before left in a WAL counts as durable because it can be read.
  case believesReadWAL

  // Of what services do, found in profile `encounters`:
  /// The absence of a request's record is no condition of an encounter operation's transaction.
  case forgetsRequestRecords
  /// Nor is it one that resources are as they were read.
  case forgetsResourceVersions
}
