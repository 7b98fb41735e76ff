import Base
import Model

/// A command runs once, however often it stands in the log: by its request id as long as that is remembered, else by its
/// session (TH 6.3; design §7, "Exactly once").
struct ExactlyOnce: Rule {
  static let name = "exactly once"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .committed(let group, let committed) = observation, committed.isExecuted, let name = committed.name,
      let first = facts.executions(name, group).last
    else { return nil }
    if case .request = name, first.keepUntil < committed.logTime { return nil }
    return "a command of \(group) ran at \(first.revision) and again at \(committed.revision)"
  }
}
