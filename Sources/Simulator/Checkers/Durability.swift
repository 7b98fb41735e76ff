import Base
import Model
import Wire

/// No acknowledged write is lost: what a client was told to be applied stands among the committed entries, at the revision
/// that it was told (the first promise of the store; design §7, "Writes are acknowledged only when durable on a majority").
/// That committed entries stay, and that states hold them, other rules see to.
struct Durability: Rule {
  static let name = "durability"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .told(let call) = observation, !call.isRead else { return nil }
    switch call.answer {
    case .applied(_, let revision):
      let applied = facts.executions(call.name, call.group).map(\.revision)
      guard !applied.contains(revision) else { return nil }
      return "call \(call.id) was acknowledged at \(revision) of \(call.group), and was applied at \(applied)"
    case .appliedUnseen:
      return facts.executions(call.name, call.group).isEmpty
        ? "call \(call.id) is said to be applied in \(call.group), and nobody applied it" : nil
    case .read, .notApplied, .unknown, .unread: return nil
    }
  }
}
