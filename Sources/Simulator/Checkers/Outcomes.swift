import Base
import Model
import Raft
import Wire

/// What is said of a write's fate is true for ever: a call that was told "not applied" never takes effect, and
/// `outcome(of:)` answers from what the log holds (design §7, "Every failure says which of three holds", "Exactly once").
struct Outcomes: Rule {
  static let name = "outcome"

  /// Calls that were told that they had no effect.
  private var denied: Set<UInt64> = []

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .committed(let group, let committed):
      guard committed.isExecuted, let call = committed.command?.envelope.correlation.low, denied.contains(call) else {
        return nil
      }
      return "call \(call) was told that it had no effect, and ran at \(committed.revision) of \(group)"
    case .told(let call):
      if call.answer == .notApplied { return denied(call, facts) }
      guard case .read(let request) = call.body, case .outcome(let asked) = request.query,
        case .read(.outcome(let outcome), let revision) = call.answer
      else { return nil }
      return problem(asked, outcome, at: revision, call.group, facts)
    default: return nil
    }
  }

  private mutating func denied(_ call: ClientCall, _ facts: Facts) -> String? {
    denied.insert(call.id)
    guard let execution = facts.executions(call.name, call.group).first(where: { $0.call == call.id }) else { return nil }
    return "call \(call.id) is told that it had no effect, and ran at \(execution.revision) of \(call.group)"
  }

  private func problem(
    _ request: Identifier, _ outcome: RequestOutcome, at revision: Revision, _ group: GroupID, _ facts: Facts
  ) -> String? {
    let execution = facts.executions(.request(request), group).last { $0.revision <= revision }
    switch outcome {
    case .applied(let at, let succeeded, let logTime, let bytes):
      guard let execution, execution.revision == at else {
        return "a request is said to have run at \(at) of \(group), and ran \(execution.map { "at \($0.revision)" } ?? "never")"
      }
      guard execution.result.succeeded == succeeded, execution.logTime == logTime,
        bytes.isEmpty || bytes == execution.result.bytes
      else { return "a request that ran at \(at) of \(group) is said to have given something else" }
      return nil
    case .notRemembered:
      guard let execution, let known = facts.committed(group).header(at: LogIndex(revision.rawValue)), execution.keepUntil >= known.logTime
      else { return nil }
      return "a request that ran at \(execution.revision) of \(group) is not remembered at \(revision)"
    }
  }
}
