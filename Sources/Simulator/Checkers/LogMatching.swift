import Base
import Raft

/// Entries of one index and term are the same everywhere, and so is everything before them, which their hashes cover
/// (TH figure 3.2, Log Matching; TLA+ `LogMatchingInv`).
struct LogMatching: Rule {
  static let name = "log matching"

  /// By index: the hash of the entry of each term that was written there.
  private var hashes = ByGroup<[[(term: Term, hash: Digest)]]>([])

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .persisted(_, let group, let persist) = observation else { return nil }
    for entry in persist.entries {
      let place = Int(entry.index.rawValue)
      while hashes[group].count <= place { hashes[group].append([]) }
      if let known = hashes[group][place].first(where: { $0.term == entry.term }) {
        guard known.hash == entry.hash else { return "two entries \(entry.id) of \(group), or two logs before them" }
      } else {
        hashes[group][place].append((entry.term, entry.hash))
      }
    }
    return nil
  }
}
