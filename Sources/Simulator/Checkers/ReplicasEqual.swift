import Base
import Model
import Raft
import Replica

/// Replicas are equal at equal indexes: what they computed (the chain of entries, effects and results) and what they hold
/// (the set hash of the live rows) (design §6, "Two digests").
struct ReplicasEqual: Rule {
  static let name = "replicas equal"

  private struct Point: Hashable {
    var chain: Digest
    var set: Digest
  }
  private var points = ByGroup<[UInt64: Point]>([:])

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .applied(let node, let report) = observation else { return nil }
    let point = Point(chain: report.header.chainHead, set: report.header.setHash)
    if let other = points[report.group][report.header.applied] {
      guard other == point else { return "node \(node + 1) differs at \(report.header.applied) of \(report.group)" }
    } else {
      points[report.group][report.header.applied] = point
    }
    return nil
  }
}
