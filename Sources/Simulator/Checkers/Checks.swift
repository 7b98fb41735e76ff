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
  private var finalReads: [String: Int] = [:]

  let facts: Facts
  private var elections = ElectionSafety()
  private var completeness = LeaderCompleteness()
  private var matching = LogMatching()
  private var order = LogOrder()
  private var safety = StateMachineSafety()
  private var commitment = Commitment()
  private var durableOrder = DurableOrder()
  private var termAndVote = TermAndVote()
  private var commits = MonotoneCommit()
  private var leases = LeasesDisjoint()
  private var equality = ReplicasEqual()
  private var staleReads = StaleReads()
  private var histories = Histories()
  /// Who was last seen to lead each group.
  private var leading = ByGroup<Set<Int>>([])

  init(nodes: Int) { facts = Facts(nodes: nodes) }

  /// - Returns: which rule the observation breaks, and how: "rule: what happened".
  mutating func observe(_ observation: Observation, at now: Moment) -> String? {
    facts.now = now
    defer { facts.note(observation) }
    switch observation {
    case .elected: return elections.observe(observation, facts) ?? completeness.observe(observation, facts)
    case .persisted:
      return termAndVote.observe(observation, facts) ?? order.observe(observation, facts)
        ?? matching.observe(observation, facts)
    case .applying: return durableOrder.observe(observation, facts) ?? safety.observe(observation, facts)
    case .applied: return equality.observe(observation, facts)
    case .inspected:
      return commits.observe(observation, facts) ?? commitment.observe(observation, facts)
        ?? completeness.observe(observation, facts)
    case .contested: return leases.observe(observation, facts)
    case .restarted: return termAndVote.observe(observation, facts)
    case .replied(_, let reply, let basis): return staleReads.judge(reply, basis: basis, at: now)
    case .crashed, .installed: return nil
    }
  }

  /// Judges the replicas of the node that just did something.
  mutating func inspect(_ nodes: [SimulatedNode], changed: Int, at now: Moment) -> String? {
    for replica in nodes[changed].replicas?.inspection(at: nodes[changed].clock.reading(at: now)) ?? [] {
      if let violation = observe(.inspected(node: changed, replica), at: now) { return violation }
      guard replica.role == .leader else {
        leading[replica.group].remove(changed)
        continue
      }
      leading[replica.group].insert(changed)
      guard leading[replica.group].count > 1 else { continue }
      let leaders = leading[replica.group].sorted().compactMap { position -> Observation.Leader? in
        nodes[position].replicas?.inspection(at: nodes[position].clock.reading(at: now))
          .first { $0.group == replica.group }
          .map { Observation.Leader(node: position, term: $0.term, hasLease: $0.hasLease) }
      }
      if let violation = observe(.contested(group: replica.group, leaders), at: now) { return violation }
    }
    return nil
  }

  // MARK: What clients are told

  mutating func record(_ keyspace: String, _ operation: Operation) {
    histories.record(keyspace, operation)
    if operation.answer == .written || operation.answer == .swapped(true) { acknowledgedWrites += 1 }
  }

  /// A write of `revision` was known to its client at `moment`.
  mutating func acknowledged(_ keyspace: String, _ revision: Revision, at moment: Moment) {
    staleReads.acknowledge(keyspace, revision, at: moment)
  }

  /// The next key that somebody must read at the end, of those in `keyspace`.
  mutating func nextFinalRead(_ client: Int, keyspace: String) -> Int? {
    let next = finalReads[keyspace] ?? 0
    guard next < World.keysPerGroup else { return nil }
    finalReads[keyspace] = next + 1
    return next
  }

  // MARK: At the end

  func judgeHistories(nodes: [SimulatedNode], genesis: Genesis) -> String? {
    histories.judge(nodes: nodes, genesis: genesis)
  }

  /// All nodes hold what the committed entries make.
  func judgeContents(nodes: [SimulatedNode], genesis: Genesis) -> String? {
    for group in genesis.groups {
      let replay: SnapshotEqualsReplay
      do throws(ApplyError) {
        replay = try SnapshotEqualsReplay(facts.committed(group.group).entries, group, of: genesis)
      } catch {
        return "the entries of '\(group.keyspace)' cannot be replayed: \(error)"
      }
      for node in nodes { if let violation = replay.judge(node) { return violation } }
    }
    return nil
  }
}
