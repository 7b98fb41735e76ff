import Base
import Model
import Raft
import Replica
import Wire

/// What was observed so far: the common ground on which rules judge. Each rule is asked before an observation becomes a
/// fact.
final class Facts {
  /// True time.
  var now = Moment.zero
  /// By position.
  let nodes: [NodeID]
  let groups: [GroupID]
  let keyspaces: [String: GroupID]
  /// What is on disks.
  private(set) var logs: NodeLogs
  /// What was handed to them, and is in memory.
  private(set) var appended: NodeLogs
  private var committed = ByGroup<CommittedLog?>(nil)
  private var executions = ByGroup<[CommandName: [Execution]]>([:])
  /// By group: the newest entry that the leader of each term committed, ascending by term.
  private var committedIn = ByGroup<[(term: Term, mark: LogMark)]>([])
  /// What each replica was last seen to be since it started.
  private var inspections = ByReplica<ReplicaInspection?>(nil)
  private var harmed = ByReplica(false)
  private var lost: Set<Int> = []

  /// When a command ran.
  struct Execution {
    var revision: Revision
    var logTime: LogTime
    /// A retry after this log time runs again.
    var keepUntil: LogTime
    /// The call whose copy it was; 0: unknown.
    var call: UInt64
    var result: CommandResult
  }

  init(_ genesis: Genesis, nodes: [NodeID]) {
    self.nodes = nodes
    groups = genesis.groups.map(\.group)
    keyspaces = Dictionary(uniqueKeysWithValues: genesis.groups.map { ($0.keyspace, $0.group) })
    var founded = NodeLogs(nodes: nodes)
    for group in genesis.groups { founded.found(group.group, group.configuration) }
    logs = founded
    appended = founded
    for group in genesis.groups { committed[group.group] = CommittedLog(founding: StateHeader(founding: group, of: genesis)) }
  }

  func committed(_ group: GroupID) -> CommittedLog {
    guard let log = committed[group] else { preconditionFailure("\(group) was not founded") }
    return log
  }

  /// When the command of that name ran: once, or again when its name had been forgotten.
  func executions(_ name: CommandName, _ group: GroupID) -> [Execution] { executions[group][name] ?? [] }

  /// What the replica was last seen to be; nil when it was not seen since it started.
  func seen(_ node: Int, _ group: GroupID) -> ReplicaInspection? { inspections[node, group] }

  /// Whether the replica's disk was damaged: what it promised may be gone.
  func isHarmed(_ node: Int, _ group: GroupID) -> Bool { harmed[node, group] }

  /// Whether the node's store is not what it promised to be. What it holds is not known; a leader counts what it
  /// acknowledges until it is found out.
  func isLost(_ node: Int) -> Bool { lost.contains(node) }

  /// The newest entry that a leader of a term before `term` committed.
  func newestCommitted(_ group: GroupID, before term: Term) -> LogMark? {
    var newest: LogMark?
    for known in committedIn[group] where known.term < term && known.mark.index > newest?.index ?? .zero { newest = known.mark }
    return newest
  }

  /// - Returns: entries that are known to be committed from now on.
  func note(_ observation: Observation) -> [Committed] {
    switch observation {
    case .submitted(let node, let group, let persist): appended.write(node, group, persist)
    case .persisted(let node, let group, let persist): logs.write(node, group, persist)
    case .installed(let node, let group, let snapshot):
      logs.install(node, group, snapshot)
      appended.install(node, group, snapshot)
    case .rebuilt(let node, let group, let snapshot):
      logs.rebuild(node, group, snapshot)
      appended.rebuild(node, group, snapshot)
    case .applying(_, let batch): return committed(batch.group).append(batch.entries, at: now)
    case .committed(let group, let entry): noteCommitted(group, entry)
    case .adopted(let node, let group, _, _): harmed[node, group] = false
    case .inspected(let node, let replica):
      if replica.role == .leader, let known = inspections[node, replica.group]?.commit, known != replica.commit,
        let mark = replica.committed
      {
        noteCommitted(replica.group, replica.term, mark)
      }
      inspections[node, replica.group] = replica
    case .crashed(let node):
      inspections.forget(node: node)
      appended.take(node, from: logs, groups)
    case .replaced(let node):
      logs.empty(node, groups)
      appended.empty(node, groups)
    case .lost(let node): lost.insert(node)
    case .restarted(let node, let replicas):
      // Of a damaged log it is known only now what is left.
      for replica in replicas where harmed[node, replica.group] {
        logs.cut(node, replica.group, after: replica.last)
      }
      // A write that was under way when the process ended may have come through.
      appended.take(node, from: logs, groups)
    case .harmed(let node, let group):
      for each in group.map({ [$0] }) ?? groups { harmed[node, each] = true }
    case .mended(let node, let group): harmed[node, group] = false
    case .asked, .elected, .sent, .applied, .stateDurable, .learned, .contested, .clockLeapt, .hungUp, .told, .replied:
      break
    }
    return []
  }

  private func noteCommitted(_ group: GroupID, _ committed: Committed) {
    guard committed.isExecuted, let name = committed.name, let command = committed.command, let result = committed.result
    else { return }
    let execution = Execution(
      revision: committed.revision, logTime: committed.logTime,
      keepUntil: committed.logTime + command.envelope.keepFor, call: command.envelope.correlation.low, result: result)
    executions[group][name, default: []].append(execution)
  }

  private func noteCommitted(_ group: GroupID, _ term: Term, _ mark: LogMark) {
    if let place = committedIn[group].lastIndex(where: { $0.term == term }) {
      committedIn[group][place].mark = mark
    } else {
      committedIn[group].append((term, mark))
    }
  }
}
