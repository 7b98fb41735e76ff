import Base
import Raft

/// Entries of one index and term are the same everywhere, and so is everything before them, which their hashes cover
/// (TH figure 3.2, Log Matching; TLA+ `LogMatchingInv`).
struct LogMatching: Rule {
  static let name = "log matching"

  private var hashes = ByGroup<[EntryID: Digest]>([:])

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .persisted(_, let group, let persist) = observation else { return nil }
    for entry in persist.entries {
      if let other = hashes[group][entry.id] {
        guard other == entry.hash else { return "two entries \(entry.id) of \(group), or two logs before them" }
      } else {
        hashes[group][entry.id] = entry.hash
      }
    }
    return nil
  }
}

/// A node's log has no gaps: each entry is written right after the one before it (design §6, "Durable order").
struct LogOrder: Rule {
  static let name = "log order"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .persisted(let node, let group, let persist) = observation else { return nil }
    let base = facts.logs.base(node, group)
    var last = facts.logs.last(node, group)
    if let from = persist.truncateFrom, from <= last { last = max(base, from - 1) }
    for entry in persist.entries where entry.index > base {
      guard entry.index == last + 1 else { return "node \(node + 1) writes entry \(entry.index) of \(group) after \(last)" }
      last = entry.index
    }
    return nil
  }
}
