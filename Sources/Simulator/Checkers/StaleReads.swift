import Base
import Model
import Raft
import Replica
import Wire

/// An answer is at most as old as it says: a stale one shows everything that was committed `age` ago, a linearizable one
/// everything that was committed when its request arrived (TH 6.4; design §7, "Reads").
struct StaleReads: Rule {
  static let name = "stale reads"

  private enum Question {
    case linearizable(since: LogIndex, at: Moment)
    case stale
    /// As of a revision: its age is its name.
    case past
  }
  private var questions: [[ClientToken: Question]] = []

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .asked(let node, let token, .read(let keyspace, let request)):
      guard let group = facts.keyspaces[keyspace] else { return nil }
      while questions.count <= node { questions.append([:]) }
      questions[node][token] = question(request, facts.committed(group).last, facts.now)
      return nil
    case .replied(let node, let token, let reply, let basis):
      guard node < questions.count, let question = questions[node].removeValue(forKey: token),
        case .read(let result) = reply.body, let group = facts.keyspaces[reply.header.keyspace]
      else { return nil }
      let shown = LogIndex(reply.header.revision.rawValue)
      return problem(question, shown, result.staleness, basis: basis, facts.committed(group), facts.now)
    case .crashed(let node):
      if node < questions.count { questions[node] = [:] }
      return nil
    case .hungUp(let node, let connection):
      if node < questions.count { questions[node] = questions[node].filter { $0.key.connection != connection } }
      return nil
    default: return nil
    }
  }

  private func question(_ request: ReadRequest, _ known: LogIndex, _ now: Moment) -> Question {
    if case .range(let query) = request.query, query.revision > .zero { return .past }
    return request.consistency == .linearizable ? .linearizable(since: known, at: now) : .stale
  }

  private func problem(
    _ question: Question, _ shown: LogIndex, _ staleness: Staleness?, basis: Moment, _ log: CommittedLog, _ now: Moment
  ) -> String? {
    switch question {
    case .past: return nil
    case .linearizable(let since, let at):
      guard shown < since else { return nil }
      return "a linearizable answer shows \(shown), \(since) had been applied when it was asked for "
        + "\((now - at).milliseconds) ms ago"
    case .stale:
      guard let staleness else { return "a stale answer does not say how old it is" }
      let known = log.last(before: basis)
      guard shown < known else { return nil }
      return "an answer that shows \(shown), said to be \(staleness.age) old, misses \(known)"
    }
  }
}
