import Base
import Model
import Raft
import Replica

/// A replica's state is what the committed entries make: what it computed (the chain of entries, effects and results), what
/// it holds (the set hash of the live rows), and every count beside them (design §6, "Two digests").
struct ReplicasEqual: Rule {
  static let name = "replicas equal"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .applied(let node, let report) = observation, !facts.isHarmed(node, report.group),
      let header = facts.committed(report.group).header(at: LogIndex(report.header.applied)), header != report.header
    else { return nil }
    return "node \(node + 1) differs at \(report.header.applied) of \(report.group): \(header.difference(report.header))"
  }
}

extension StateHeader {
  /// What differs, for people.
  func difference(_ other: StateHeader) -> String {
    var parts: [String] = []
    func compare<Part: Equatable>(_ name: String, _ part: (StateHeader) -> Part, shows: Bool = true) {
      guard part(self) != part(other) else { return }
      parts.append(shows ? "\(name) \(part(self)) and \(part(other))" : name)
    }
    compare("applied", \.applied)
    compare("term", \.appliedTerm)
    compare("log time", \.logTime)
    compare("compaction", \.compacted)
    compare("live keys", \.liveKeys)
    compare("live bytes", \.liveBytes)
    compare("sessions", \.sessions)
    compare("requests", \.remembered)
    compare("configuration", \.configurationIndex)
    compare("entry", \.entryHash, shows: false)
    compare("chain", \.chainHead, shows: false)
    compare("set hash", \.setHash, shows: false)
    return parts.isEmpty ? "in something else" : parts.joined(separator: ", ")
  }
}
