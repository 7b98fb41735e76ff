import Base
import Model
import Raft
import Replica
import Wire

/// All rules that a world is held to, and what it counts for its report.
struct Checks {
  var faults = [Int](repeating: 0, count: FaultKind.allCases.count)
  var acknowledgedWrites = 0
  var answeredReads = 0
  var unknownOutcomes = 0
  var finished: Set<Int> = []

  let facts: Facts
  private var elections = ElectionSafety()
  private var completeness = LeaderCompleteness()
  private var matching = LogMatching()
  private var order = LogOrder()
  private var safety = StateMachineSafety()
  private var commitment = Commitment()
  private var configurations = OneConfiguration()
  private var durableOrder = DurableOrder()
  private var termAndVote = TermAndVote()
  private var commits = MonotoneCommit()
  private var applied = MonotoneApplied()
  private var promises = DurablePromises()
  private var asking = AskedBefore()
  private var leases = LeasesDisjoint()
  private var logTime: LogTimeNeverAhead
  private var equality = ReplicasEqual()
  private var snapshots = SnapshotEqualsReplay()
  private var exactlyOnce = ExactlyOnce()
  private var staleReads = StaleReads()
  private var answers = AnsweredWhenKnown()
  private var durability = Durability()
  private var outcomes = Outcomes()
  private var monotonicReads = MonotonicReads()
  private var calls = ByGroup<[ClientCall]>([])

  /// - Parameter fastestClock: parts per million by which the fastest clock runs fast.
  init(_ genesis: Genesis, nodes: [NodeID], fastestClock: Int64) {
    facts = Facts(genesis, nodes: nodes)
    logTime = LogTimeNeverAhead(fastestClock: fastestClock)
  }

  /// - Returns: which rule the observation breaks, and how: "rule: what happened".
  mutating func observe(_ observation: Observation, at now: Moment) -> String? {
    facts.now = now
    var broken = judge(observation)
    if case .told(let call) = observation { note(call) }
    let committed = facts.note(observation)
    guard case .applying(_, let batch) = observation else { return broken }
    for entry in committed { broken = broken ?? observe(.committed(group: batch.group, entry), at: now) }
    return broken
  }

  /// What a store applies that is not what it was is not judged, but it is committed: others have made it so.
  mutating func observeApplying(byLost node: Int, _ batch: ApplyBatch, at now: Moment) -> String? {
    facts.now = now
    var broken: String?
    for entry in facts.note(.applying(node: node, batch)) {
      broken = broken ?? observe(.committed(group: batch.group, entry), at: now)
    }
    return broken
  }

  private mutating func judge(_ observation: Observation) -> String? {
    switch observation {
    case .asked: staleReads.observe(observation, facts) ?? answers.observe(observation, facts)
    case .elected:
      elections.observe(observation, facts) ?? completeness.observe(observation, facts)
        ?? logTime.observe(observation, facts)
    case .submitted:
      logTime.observe(observation, facts) ?? configurations.observe(observation, facts)
        ?? answers.observe(observation, facts)
    case .sent: promises.observe(observation, facts) ?? asking.observe(observation, facts)
    case .persisted:
      termAndVote.observe(observation, facts) ?? order.observe(observation, facts)
        ?? matching.observe(observation, facts) ?? promises.observe(observation, facts)
    case .applying:
      durableOrder.observe(observation, facts) ?? safety.observe(observation, facts)
        ?? applied.observe(observation, facts)
    case .committed: exactlyOnce.observe(observation, facts) ?? outcomes.observe(observation, facts)
    case .told:
      durability.observe(observation, facts) ?? outcomes.observe(observation, facts)
        ?? monotonicReads.observe(observation, facts)
    case .applied: equality.observe(observation, facts) ?? applied.observe(observation, facts)
    case .adopted: snapshots.observe(observation, facts) ?? applied.observe(observation, facts)
    case .stateDurable: applied.observe(observation, facts)
    case .learned: answers.observe(observation, facts)
    case .inspected:
      commits.observe(observation, facts) ?? commitment.observe(observation, facts)
        ?? completeness.observe(observation, facts) ?? configurations.observe(observation, facts)
    case .contested: leases.observe(observation, facts)
    case .crashed:
      logTime.observe(observation, facts) ?? staleReads.observe(observation, facts)
        ?? answers.observe(observation, facts)
    case .restarted:
      termAndVote.observe(observation, facts) ?? order.observe(observation, facts)
        ?? durableOrder.observe(observation, facts) ?? applied.observe(observation, facts)
        ?? commits.observe(observation, facts) ?? promises.observe(observation, facts)
    case .replaced:
      termAndVote.observe(observation, facts) ?? applied.observe(observation, facts)
        ?? promises.observe(observation, facts)
    case .hungUp, .replied: staleReads.observe(observation, facts) ?? answers.observe(observation, facts)
    case .clockLeapt: logTime.observe(observation, facts)
    case .installed, .rebuilt, .harmed, .mended, .lost: nil
    }
  }

  // MARK: At the end

  private mutating func note(_ call: ClientCall) {
    calls[call.group].append(call)
    switch call.answer {
    case .applied(.transaction(let result), _): if result.succeeded { acknowledgedWrites += 1 }
    case .applied(.compacted, _): acknowledgedWrites += 1
    case .read: answeredReads += 1
    case .unknown: unknownOutcomes += 1
    case .applied, .appliedUnseen, .notApplied, .unread: break
    }
  }

  /// What clients were told is linearizable, over all keys and for each key.
  func judgeHistories(keys: [Key]) -> String? {
    for group in facts.groups {
      var settled: [ClientCall] = []
      var searched: [ClientCall] = []
      for call in calls[group] {
        let placed = call.isRead ? [call] : call.settled(by: facts.executions(call.name, group))
        settled += placed
        searched.append(call)
        // Copies that ran once more are calls of their own.
        if placed.count > 1 { searched += placed[1...] }
      }
      if let broken = Transactions.check(settled) { return "\(Transactions.name): in \(group) \(broken)" }
      if let broken = KeyHistories(searched, keys: keys, number: Workload.number).problem() {
        return "\(Linearizability.name): in \(group) \(broken)"
      }
    }
    return nil
  }

  /// All nodes hold what the committed entries make, all of them.
  func judgeContents(
    nodes: [SimulatedNode], genesis: Genesis, isMember: (SimulatedNode, GroupID) -> Bool
  ) -> String? {
    for group in genesis.groups {
      let last = facts.committed(group.group).last
      // What may still be damaged may be unreadable; what is read of it is judged when it is applied and adopted.
      for node in nodes where isMember(node, group.group) && !node.damaged.contains(group.group) {
        guard let reader = node.readers[group.group], let header = try? reader.header() else {
          return "\(node.id) has no state of '\(group.keyspace)'"
        }
        guard header.applied == last.rawValue else {
          return "durability: \(node.id) holds '\(group.keyspace)' through \(header.applied) of \(last)"
        }
        let different = SnapshotEqualsReplay.problem(node.position, group.group, header, reader, facts)
        if let different { return "\(SnapshotEqualsReplay.name): \(different)" }
      }
    }
    return nil
  }
}
