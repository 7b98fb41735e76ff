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
  /// Takes the leader's commit index without checking that its own entries are the leader's.
  case commitsUnverified
  /// The age of a stale read counts from the answer's receipt.
  case staleAgeFromReceipt
  /// A command is executed again though its session remembers it.
  case forgetsSessions
}
