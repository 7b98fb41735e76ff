import Base

/// The 38 known ways to get Raft and what stands on it wrong, and what keeps each from happening here.
enum Traps {
  static let all: [Claim] = [
    Claim(
      "1", "an entry of an older term is committed by counting it", .scenario("older_terms_are_not_counted"), .walks,
      .planted(.commitsOldTermByCount)),
    Claim(
      "2", "membership changes before an entry of the leader's own term is committed",
      .scenario("change_needs_own_term"),
      .planted(.changesBeforeOwnTerm)),
    Claim(
      "3", "configurations take effect on append at some replicas and on apply at others",
      .impossible("on append only; apply does not exist in this target"), .scenario("leader_removes_itself")),
    Claim("4", "a truncated configuration goes on counting", .scenario("change_is_rolled_back"),
      .planted(.keepsTruncatedConfiguration)),
    Claim("5", "a removed leader counts itself", .scenario("leader_removes_itself"),
      .planted(.countsItselfThoughRemoved)),
    Claim(
      "6", "a removed replica disturbs the others for ever", .scenario("removed_node_is_told"),
      .scenario("stuck_candidate_is_freed")),
    Claim("7", "one of two members is removed while it is down", .scenario("two_members_replace_one")),
    Claim(
      "8", "a replica id is used again after its disk is lost", .scenario("damaged_store_waits_for_a_new_leader"),
      .elsewhere("identity: store ids, boot counts and nonces in the handshake"), .planted(.forgetsBootCount),
      .planted(.ignoresShrunkLog)),
    Claim(
      "9", "a vote is told before it is durable", .scenario("vote_is_durable"), .scenario("election"),
      .planted(.forgetsVotes), .planted(.forgetsTerms), .planted(.promisesBeforeDurable),
      .planted(.grantsBeforeDurable)),
    Claim(
      "10", "an append is acknowledged before it is durable", .scenario("follower_waits_for_disk"),
      .scenario("single_node"), .planted(.acknowledgesBeforeDurable), .planted(.losesLastEntry),
      .planted(.countsOwnUnwritten)),
    Claim(
      "11", "a write of replaced entries acknowledges their replacements", .scenario("append_aba"), .walks,
      .planted(.forgetsReplacedWrites)),
    Claim(
      "12", "an answer of an earlier term or role counts", .scenario("stale_vote_reply"),
      .scenario("own_vote_after_lost_election"), .scenario("old_terms_are_answered")),
    Claim(
      "13", "a follower commits what was not verified", .scenario("commit_only_what_is_verified"),
      .planted(.commitsUnverified)),
    Claim(
      "14", "an old append takes entries away", .scenario("old_append_does_not_truncate"), .planted(.truncatesAlways)),
    Claim(
      "15", "pre-votes raise terms or get stuck between terms", .scenario("prevote_terms"),
      .scenario("prevote_behind"), .scenario("figure_7")),
    Claim(
      "16", "an isolated leader lives on; a one-way link makes leaders change", .scenario("check_quorum"),
      .scenario("one_way_links"), .scenario("votes_refused_while_leader_lives"), .planted(.leadsUnheard),
      .planted(.campaignsUnasked)),
    Claim(
      "17", "a read is answered before the leader's first own commit", .scenario("read_waits_for_own_term"),
      .planted(.readsBeforeOwnTerm)),
    Claim(
      "18", "a question is asked again under its nonce and takes an old answer", .scenario("read_at_follower"),
      .planted(.reusesNonce)),
    Claim(
      "19", "a lease outlives what it rests on", .scenario("lease_counts_from_sending"),
      .scenario("lease_ends_before_a_transfer"), .scenario("restarted_voter_waits"),
      .elsewhere("the answer's second look at the lease: replica issue"), .planted(.leaseFromReceipt),
      .planted(.keepsLeaseInTransfer), .planted(.judgesByOldClock), .planted(.votesRightAfterRestart),
      .planted(.votesAgainstLiveLeader), .planted(.readsWithoutAsking), .planted(.leaseWithoutDrift)),
    Claim(
      "20", "a transfer goes to a laggard, never ends, or loses proposals", .scenario("transfer"),
      .scenario("transfer_times_out"), .scenario("transfer_target_is_removed"), .scenario("suspended_leader_gives_up"),
      .scenario("transfer_avoids_the_suspended")),
    Claim(
      "21", "a snapshot takes a replica back, or loses the configuration", .scenario("snapshot_keeps_what_follows"),
      .scenario("snapshot_over_conflicting_log"), .scenario("new_replica_gets_a_snapshot"),
      .scenario("snapshot_brings_its_term"), .walks),
    Claim(
      "22", "the log is cut under a follower that is catching up", .scenario("slow_follower_after_compaction"),
      .scenario("laggard_is_served_from_disk"),
      .scenario("old_appends_arrive_before_the_snapshot"), .planted(.keepsNextBehindMatch)),
    Claim("23", "a promoted learner that does not know refuses to vote", .scenario("promoted_learner_votes")),
    Claim(
      "24", "a joint configuration is left twice, or never after a change of leader", .scenario("joint_change"),
      .scenario("joint_leader_change"), .scenario("election_in_joint"), .scenario("removal_that_is_not_committed"),
      .planted(.leavesOwnJointAlone)),
    Claim("25", "the uncommitted tail grows without bound", .scenario("overload")),
    Claim(
      "26", "a conflict is walked back entry by entry", .scenario("conflicts_are_skipped_by_term"),
      .scenario("figure_7")),
    Claim(
      "27", "a probe that was lost is never repeated", .scenario("heartbeat_resumes_probe"),
      .planted(.forgetsLostProbe)),
    Claim("28", "an idle follower hears of a commit late", .scenario("commit_is_told_when_idle")),
    Claim(
      "29", "sessions expire by a local clock", .scenario("log_time"), .elsewhere("sessions: model issue"),
      .planted(.stampsSinceBoot), .planted(.stampsByWallTime)),
    Claim(
      "30", "replicas evaluate an entry differently", .elsewhere("model issue, digests: storage issue"),
      .planted(.stampsByBatch)),
    Claim(
      "31", "a torn tail and damage in the middle are treated alike",
      .scenario("damaged_store_waits_for_a_new_leader"), .scenario("forgotten_terms_are_asked_for"),
      .elsewhere("the scan of the log on disk: storage issue")),
    Claim(
      "32", "what is applied lies beyond the log", .elsewhere("storage issue: refused at start"),
      .test("A restart from any cut of the log between disk and memory knows the same terms and configurations"),
      .planted(.appliesBeforeDurable), .planted(.overstatesDurable), .planted(.splitsHeaderFromRows),
      .planted(.cutsBeyondDurable)),
    Claim("33", "a refused request for a vote puts off the own campaign", .scenario("refused_vote_keeps_the_timer")),
    Claim("34", "a time-out is drawn once and ties repeat", .scenario("split_vote")),
    Claim(
      "35", "a preference in votes costs an election",
      .impossible("votes know no preference; leadership moves by transfer alone"),
      .scenario("leadership_comes_home"), .scenario("vote_goes_to_the_longer_log"), .planted(.ignoresLogLength)),
    Claim(
      "36", "a further rule of commitment stalls it", .impossible("there is none besides the quorum's"),
      .test("Joint halves agree only where both do")),
    Claim(
      "37", "a deposed leader answers for proposals whose fate it does not know",
      .scenario("minority_leader_is_replaced"), .elsewhere("answers to clients: replica issue"),
      .planted(.answersReplaced), .planted(.failsWhatIsOpen), .planted(.forgetsWhatIsOpen)),
    Claim(
      "38", "state outside the snapshot is lost on installation", .scenario("new_replica_gets_a_snapshot"),
      .elsewhere("watches and leases issue, snapshots: storage issue"), .planted(.losesSessions),
      .planted(.exportsWithoutRequests)),
  ]
}
