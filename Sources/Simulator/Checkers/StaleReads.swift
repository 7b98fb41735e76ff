import Base
import Raft
import Wire

/// A stale answer is at most as old as it says: it shows every write that was acknowledged before then (design §7,
/// "Reads").
struct StaleReads {
  static let name = "stale reads"

  private var acknowledged: [String: [(revision: Revision, at: Moment)]] = [:]

  /// A write of `revision` was known to its client at `moment`.
  mutating func acknowledge(_ keyspace: String, _ revision: Revision, at moment: Moment) {
    acknowledged[keyspace, default: []].append((revision, moment))
  }

  func judge(_ reply: ClientReply, basis: Moment, at now: Moment) -> String? {
    guard case .read(let result) = reply.body, let staleness = result.staleness else { return nil }
    for (revision, moment) in (acknowledged[reply.header.keyspace] ?? []).reversed() where moment <= basis {
      guard revision > reply.header.revision else { continue }
      return "\(Self.name): an answer of revision \(reply.header.revision), said to be \(staleness.age) old, misses "
        + "\(revision), acknowledged \((now - moment).milliseconds) ms before"
    }
    return nil
  }
}
