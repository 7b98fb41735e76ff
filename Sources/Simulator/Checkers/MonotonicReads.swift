import Base
import Model
import Wire

/// A client that says what it has seen is shown nothing older, whichever node it asks (TH 6.4.1; design §7, `notBefore`).
struct MonotonicReads: Rule {
  static let name = "monotonic reads"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .told(let call) = observation, case .read(let request) = call.body,
      case .stale(_, let notBefore) = request.consistency, case .read(_, let revision) = call.answer
    else { return nil }
    if case .range(let query) = request.query, query.revision > .zero {
      return revision == query.revision ? nil : "client \(call.client) asked for \(query.revision) and was shown \(revision)"
    }
    return revision >= notBefore ? nil : "client \(call.client) had seen \(notBefore) and was shown \(revision)"
  }
}
