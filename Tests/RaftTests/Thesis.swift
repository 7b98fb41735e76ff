/// What the Raft thesis asks for, sentence by sentence in our words, and what shows it.
enum Thesis {
  static let all = figure + safety + time + transfer + membership + clients

  /// Figure 3.1.
  static let figure: [Claim] = [
    Claim(
      "3.1 state", "term, vote and log are durable before anybody is answered", .scenario("vote_is_durable"),
      .scenario("follower_waits_for_disk")),
    Claim("3.1 state", "commit index and what is applied never fall", .walks),
    Claim("3.1 state", "a leader begins with no belief about a follower's match", .scenario("heartbeat_resumes_probe")),
    Claim("3.1 append 1", "an append of an old term is refused", .scenario("old_terms_are_answered")),
    Claim("3.1 append 2", "an append whose previous entry is not there is refused", .scenario("figure_7")),
    Claim(
      "3.1 append 3", "a conflicting entry goes, with all that follow it", .scenario("append_aba"),
      .scenario("minority_leader_is_replaced")),
    Claim(
      "3.1 append 4", "entries that are there already are not appended again", .scenario("old_append_does_not_truncate")
    ),
    Claim(
      "3.1 append 5", "the commit index follows the leader's, up to the last new entry",
      .scenario("commit_only_what_is_verified")),
    Claim("3.1 vote 1", "a request of an old term is refused", .scenario("old_terms_are_answered")),
    Claim("3.1 vote 2", "one vote a term, for a log at least as up to date", .scenario("vote_goes_to_the_longer_log")),
    Claim("3.1 all", "what is committed is applied, in order", .scenario("single_node"), .walks),
    Claim("3.1 all", "a later term makes anybody a follower", .scenario("stuck_candidate_is_freed")),
    Claim(
      "3.1 followers", "a follower answers leaders and candidates, and stands when it hears neither",
      .scenario("election")),
    Claim(
      "3.1 candidates", "a candidate raises its term, votes for itself, asks all, and draws a new time-out",
      .scenario("election"), .scenario("split_vote")),
    Claim("3.1 candidates", "a majority makes it leader", .scenario("election"), .scenario("stale_vote_reply")),
    Claim(
      "3.1 candidates", "the append or heartbeat of a leader makes it a follower",
      .scenario("own_vote_after_lost_election")),
    Claim(
      "3.1 leaders", "heartbeats at once and in every idle period", .scenario("election"), .scenario("check_quorum")),
    Claim("3.1 leaders", "a command is answered when its entry is committed", .scenario("leader_disk_in_parallel")),
    Claim(
      "3.1 leaders", "a follower gets what it lacks from its next index on", .scenario("window"),
      .scenario("laggard_is_served_from_disk")),
    Claim("3.1 leaders", "a refusal makes the leader try earlier", .scenario("conflicts_are_skipped_by_term")),
    Claim(
      "3.1 leaders", "an index commits when a majority matches it in the leader's own term",
      .scenario("older_terms_are_not_counted")),
  ]

  /// 3.6 safety, 3.7 crashes, 3.8 what is durable.
  static let safety: [Claim] = [
    Claim(
      "3.6.1", "only a log with all committed entries wins an election", .scenario("prevote_behind"),
      .scenario("vote_goes_to_the_longer_log"), .walks),
    Claim("3.6.1", "later last term first, then greater length", .scenario("vote_goes_to_the_longer_log")),
    Claim(
      "3.6.2", "entries of earlier terms commit only below one of the own term",
      .scenario("older_terms_are_not_counted")),
    Claim("3.6.3", "leader completeness and state machine safety", .walks),
    Claim(
      "3.7", "requests that were lost or come twice do no harm", .scenario("old_append_does_not_truncate"),
      .scenario("stale_vote_reply"), .walks),
    Claim("3.8", "a vote and a term survive a restart", .scenario("vote_is_durable"), .scenario("everything_restarts")),
    Claim(
      "3.8", "entries count as soon as they are durable, and not before", .scenario("leader_disk_in_parallel"),
      .scenario("single_node")),
    Claim("3.8", "what is committed is found again after all have crashed", .scenario("everything_restarts")),
  ]

  /// 3.9 timing.
  static let time: [Claim] = [
    Claim("3.9", "safety never depends on time: messages may be late without bound", .walks),
    Claim("3.9", "time-outs are drawn from a range, so that ties end", .scenario("split_vote")),
  ]

  /// 3.10 leadership transfer.
  static let transfer: [Claim] = [
    Claim("3.10", "the prior leader stops accepting requests", .scenario("transfer")),
    Claim("3.10", "it brings the target's log up to its own", .scenario("transfer")),
    Claim("3.10", "the target campaigns at once", .scenario("transfer")),
    Claim("3.10", "a transfer that takes an election time-out is given up", .scenario("transfer_times_out")),
  ]

  /// 4 membership.
  static let membership: [Claim] = [
    Claim(
      "4.1", "one voter at a time keeps majorities overlapping", .test("Two configurations one voter apart"),
      .scenario("illegal_changes")),
    Claim(
      "4.1", "a configuration counts as soon as it is in the log", .scenario("change_is_rolled_back"),
      .scenario("leader_removes_itself")),
    Claim("4.1", "the next change waits for the last", .scenario("change_needs_own_term")),
    Claim("4.1 (2015)", "and for an entry of the leader's own term", .scenario("change_needs_own_term")),
    Claim("4.1", "a configuration goes back when its entry is removed", .scenario("change_is_rolled_back")),
    Claim(
      "4.1", "votes and appends are accepted from replicas outside the own configuration",
      .scenario("promoted_learner_votes"), .scenario("new_replica_gets_a_snapshot")),
    Claim("4.2.1", "a new server is caught up before it votes", .scenario("learner_is_caught_up_first")),
    Claim(
      "4.2.2", "a removed leader steps down when its removal is committed, and does not count itself",
      .scenario("leader_removes_itself")),
    Claim(
      "4.2.2", "a server outside its newest configuration still stands while that is not committed",
      .scenario("removal_that_is_not_committed")),
    Claim(
      "4.2.3", "a removed server cannot disturb those that hear a leader", .scenario("removed_node_is_told"),
      .scenario("votes_refused_while_leader_lives")),
    Claim("4.2.3", "a transfer is exempt from that", .scenario("restarted_voter_waits"), .scenario("transfer")),
    Claim("4.3", "entries go to all servers of both configurations", .scenario("joint_change")),
    Claim("4.3", "any server of either may lead", .scenario("joint_leader_change")),
    Claim(
      "4.3", "elections and commitment need both majorities", .scenario("joint_leader_change"),
      .scenario("joint_commit_needs_both_halves"), .test("Joint halves agree only where both do")),
    Claim(
      "4.3", "the new configuration follows once the joint one is committed", .scenario("joint_change"),
      .scenario("election_in_joint")),
  ]

  /// 6.3 and 6.4 clients.
  static let clients: [Claim] = [
    Claim(
      "6.3", "commands are executed once; sessions are replicated and expire by the log", .elsewhere("model issue"),
      .scenario("log_time")),
    Claim(
      "6.4 1", "a leader reads only after an entry of its own term is committed", .scenario("read_waits_for_own_term")),
    Claim("6.4 2", "the read index is the commit index when the read was asked", .scenario("read_by_round")),
    Claim(
      "6.4 3", "a round of heartbeats that began later confirms leadership; reads share it", .scenario("read_by_round"),
      .scenario("joint_commit_needs_both_halves")),
    Claim("6.4 4", "the state machine reaches the read index before the answer", .elsewhere("replica issue")),
    Claim("6.4", "a follower asks the leader for the index", .scenario("read_at_follower")),
    Claim("6.4.1", "a lease counts from the start of the round, less drift", .scenario("lease_counts_from_sending")),
    Claim("6.4.1", "a lease ends before a transfer begins", .scenario("lease_ends_before_a_transfer")),
  ]
}
