import Base

/// While a leader may answer by its lease, nobody else leads in a later term (TH 6.4.1; design §5).
struct LeasesDisjoint: Rule {
  static let name = "leases disjoint"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .contested(let group, let leaders) = observation else { return nil }
    for holder in leaders where holder.hasLease {
      if let later = leaders.first(where: { $0.term > holder.term }) {
        return "node \(holder.node + 1) has a lease of \(group), node \(later.node + 1) leads it in a later term"
      }
    }
    return nil
  }
}
