import Base
import Raft
import Replica

/// What was observed so far: the common ground on which rules judge. Each rule is asked before an observation becomes a
/// fact.
final class Facts {
  /// True time.
  var now = Moment.zero
  /// How many nodes there are; all of them vote in every group.
  let nodes: Int
  private(set) var logs = DurableLogs()
  private var committed = ByGroup(CommittedLog())
  /// By group: the newest entry that the leader of each term committed, ascending by term.
  private var committedIn = ByGroup<[(term: Term, mark: LogMark)]>([])
  /// The commit index of each replica since it started.
  private var commits = ByReplica<LogIndex?>(nil)

  init(nodes: Int) { self.nodes = nodes }

  func committed(_ group: GroupID) -> CommittedLog { committed[group] }

  /// What the replica was last seen to take for committed; nil when it was not seen since it started.
  func commit(_ node: Int, _ group: GroupID) -> LogIndex? { commits[node, group] }

  /// The newest entry that a leader of a term before `term` committed.
  func newestCommitted(_ group: GroupID, before term: Term) -> LogMark? {
    committedIn[group].lazy.filter { $0.term < term }.map(\.mark).max { $0.index < $1.index }
  }

  func note(_ observation: Observation) {
    switch observation {
    case .persisted(let node, let group, let persist): logs.write(node, group, persist)
    case .installed(let node, let group, let index): logs.install(node, group, index)
    case .applying(_, let batch): committed[batch.group].append(batch.entries)
    case .inspected(let node, let replica):
      if replica.role == .leader, let known = commits[node, replica.group], known != replica.commit,
        let mark = replica.committed
      {
        noteCommitted(replica.group, replica.term, mark)
      }
      commits[node, replica.group] = replica.commit
    case .crashed(let node): commits.forget(node: node)
    case .elected, .applied, .contested, .restarted, .replied: break
    }
  }

  private func noteCommitted(_ group: GroupID, _ term: Term, _ mark: LogMark) {
    if let place = committedIn[group].lastIndex(where: { $0.term == term }) {
      committedIn[group][place].mark = mark
    } else {
      committedIn[group].append((term, mark))
    }
  }
}
