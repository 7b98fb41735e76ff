public import Base

/// What a replica that has lost entries asks before it takes part again.
///
/// It may have lost the terms that it had entered since, with votes that it gave and entries that it acknowledged in
/// them. Were it to hear a leader of an earlier term, it would be a majority's last voice for one whom it has helped to
/// depose: that leader would answer old values by its lease, and commit what the new one replaces. Whoever asks for a vote
/// has entered that term durably first, and so has whoever leads: so no term that was forgotten is later than the latest
/// that any other voter is in. The replica waits until every one of them has told, and takes all terms through the latest
/// for lost. A majority is not enough: the one that was voted for may be outside.
///
/// The question is a pre-vote that nobody grants: each answer carries its sender's term, and nobody remembers it.
struct Survey: Hashable, Sendable {
  /// Who has told since this start.
  var told: [ReplicaID] = []
  var nextQuestion: Moment
}

extension RaftGroup {
  /// Voters that have yet to tell their terms before this replica hears anybody; empty when it does.
  public var awaitedBySurvey: [ReplicaID] {
    guard let survey else { return [] }
    var awaited: [ReplicaID] = []
    quorum.forEachVoter { voter in
      if voter != replica, !survey.told.contains(voter) { awaited.append(voter) }
    }
    return awaited
  }

  mutating func tickSurvey(into effects: inout Effects) {
    guard let due = survey?.nextQuestion, clock >= due else { return }
    survey?.nextQuestion = clock + timing.electionMin
    // By what is left of its log it is no member, and has no name to ask by until a leader gives it one.
    guard replica != ReplicaID(0) else { return }
    let request = VoteRequest(last: EntryID(index: .genesis, term: .zero), isTransfer: false)
    for voter in awaitedBySurvey { effects.sends.append(message(to: voter, .preVote(request))) }
  }

  /// `voter` has told its term, which is entered by now if it is later.
  mutating func surveyed(_ voter: ReplicaID) {
    guard let told = survey?.told, !told.contains(voter) else { return }
    survey?.told.append(voter)
    endSurveyWhenAllTold()
  }

  /// Also after a change of configuration: somebody may not have to be heard any more.
  mutating func endSurveyWhenAllTold() {
    guard survey != nil, awaitedBySurvey.isEmpty else { return }
    survey = nil
    damagedTerm = hardState.term
  }
}
