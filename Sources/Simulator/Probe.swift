/// A rare situation in which programs go wrong. Runs that never met one have proved nothing about it, so each is counted
/// and a report names those that were never met (FoundationDB's `CODE_PROBE`).
public enum Probe: String, Hashable, Sendable, CaseIterable {
  // Leadership.
  /// A candidate won while another replica held itself for the leader of an earlier term.
  case electedBesideLeader
  case leaderUnheard, leaderRemoved
  case transferSucceeded, transferFailed, transferRefused, abdicated
  // Logs.
  case entriesTruncated, hintUsed, laggardFedFromDisk, entriesAppliedFromDisk, logCut, tailFull, peerLostEntries
  case damageHealed
  // Membership.
  case jointLeft, jointLeftByAnother, configurationRolledBack
  case changeUnderWay, voterNotCaughtUp, changeIllegal, readmitted
  // Snapshots.
  case snapshotInstalled, snapshotAmongAppends, snapshotNotNeeded, crashWhileInstalling
  // Reads.
  case leaseRanOut, tooStale
  // Answers.
  case fateToldLateApplied, fateToldLateNotApplied, fateUnseen
  case sessionUnknown, acknowledgedBefore, appliedBefore, overloaded, diskFull, spaceShort
  case outcomeAsked, retriedElsewhere
  // States.
  case digestsCompared, leftService, inDoubt, rebuilt
  // Stores that are not what they were, by the reason of the refusal.
  case refusedOtherStore, refusedOlderBoot, refusedDoubled, refusedShrunkLog, refusedNoMember, refusedNoGenesis
  // Time.
  /// A machine booted with a clock that shows less than before; a leader halted its clock, or leapt.
  case clockBeganEarlier, leaderClockHalted, leapWithLeader

  /// Whether worlds of a profile can meet it.
  public func occurs(in profile: SimulationProfile) -> Bool {
    switch self {
    // A store that holds less than it acknowledged and knows it was read from a damaged disk; one that does not know it
    // (restored from a backup) is refused before anything of it counts.
    case .peerLostEntries, .damageHealed: profile == .disk
    default: true
    }
  }
}
