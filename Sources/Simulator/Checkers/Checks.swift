import Base
import Model
import Raft
import Replica
import Storage
import Wire

/// The rules that a world is held to while it runs. Each names where it comes from.
struct Checks {
  var faults = [Int](repeating: 0, count: FaultKind.allCases.count)
  var acknowledgedWrites = 0
  var answeredReads = 0
  var unknownOutcomes = 0
  var finished: Set<Int> = []

  private var leaders: [TermOf: Int] = [:]
  private var applied: [IndexOf: Digest] = [:]
  private var states: [IndexOf: StatePoint] = [:]
  private var durable: [ReplicaOf: LogIndex] = [:]
  private var hardStates: [ReplicaOf: HardState] = [:]
  private var commits: [ReplicaOf: LogIndex] = [:]
  private var committedEntries: [IndexOf: Digest] = [:]
  private var leading: [GroupID: Set<Int>] = [:]
  private var histories: [String: [Operation]] = [:]
  private var acknowledgements: [String: [(revision: Revision, at: Moment)]] = [:]
  private var finalReads: [String: Int] = [:]

  private struct TermOf: Hashable { var group: GroupID; var term: Term }
  private struct IndexOf: Hashable { var group: GroupID; var index: LogIndex }
  private struct ReplicaOf: Hashable { var node: Int; var group: GroupID }
  private struct StatePoint: Hashable { var chain: Digest; var set: Digest }

  // MARK: Election safety (TH figure 3.2): at most one leader in a term.

  mutating func elected(_ node: Int, _ group: GroupID, _ term: Term) -> String? {
    let key = TermOf(group: group, term: term)
    if let other = leaders[key], other != node {
      return "election safety: nodes \(other + 1) and \(node + 1) both lead \(group) in term \(term)"
    }
    leaders[key] = node
    return nil
  }

  // MARK: Durability of what is promised

  mutating func persisted(_ node: Int, _ operations: [LogOperation]) {
    for operation in operations {
      switch operation {
      case .write(let writes):
        for write in writes {
          let key = ReplicaOf(node: node, group: write.group)
          if let hard = write.persist.hardState { hardStates[key] = hard }
          if let truncated = write.persist.truncateFrom { durable[key] = truncated - 1 }
          if let last = write.persist.entries.last { durable[key] = last.index }
        }
      case .install(let group, let description, _):
        durable[ReplicaOf(node: node, group: group)] = description.mark.mark.index
      case .cut, .genesis, .peers: break
      }
    }
  }

  /// A state file never takes entries that are not durable in the log (design §6, "Durable order").
  mutating func applying(_ node: Int, _ batch: ApplyBatch) -> String? {
    guard let last = batch.entries.last else { return nil }
    let known = durable[ReplicaOf(node: node, group: batch.group)] ?? .genesis
    if last.index > known {
      return "durable order: node \(node + 1) applies entry \(last.index) of \(batch.group), durable is \(known)"
    }
    for entry in batch.entries {
      let key = IndexOf(group: batch.group, index: entry.index)
      // State machine safety (TH figure 3.2): no two replicas apply different entries at one index.
      if let other = applied[key], other != entry.hash {
        return "state machine safety: two entries were applied at \(entry.index) of \(batch.group)"
      }
      applied[key] = entry.hash
    }
    return nil
  }

  /// Replicas are equal at equal indexes.
  mutating func applied(_ node: Int, _ report: ApplyReport) -> String? {
    let key = IndexOf(group: report.group, index: LogIndex(report.header.applied))
    let point = StatePoint(chain: report.header.chainHead, set: report.header.setHash)
    if let other = states[key], other != point {
      return "replicas equal: node \(node + 1) differs at \(key.index) of \(report.group)"
    }
    states[key] = point
    return nil
  }

  mutating func installed(_ node: Int, _ group: GroupID, _ header: StateHeader) {
    durable[ReplicaOf(node: node, group: group)] = max(
      durable[ReplicaOf(node: node, group: group)] ?? .genesis, LogIndex(header.applied))
  }

  // MARK: Memory of a replica (TH figure 3.1)

  mutating func crashed(_ node: Int) {
    // What was committed stays committed; what a restarted replica knows of it may be less at first.
    for key in commits.keys.filter({ $0.node == node }) { commits[key] = nil }
  }

  /// Term and vote never go back over a restart.
  func restarted(_ node: SimulatedNode) -> String? {
    for (key, known) in hardStates.filter({ $0.key.node == node.position }).sorted(by: { $0.key.group < $1.key.group }) {
      guard let now = node.replicas?.hardState(of: key.group) else { continue }
      if now.term < known.term || (now.term == known.term && known.votedFor != nil && now.votedFor != known.votedFor) {
        return "term and vote: \(node.id) went back from term \(known.term) to \(now.term) in \(key.group)"
      }
    }
    return nil
  }

  /// Judges the replicas of the node that just did something.
  mutating func inspect(_ nodes: [SimulatedNode], changed: Int, at now: Moment) -> String? {
    guard let replicas = nodes[changed].replicas else { return nil }
    for replica in replicas.inspection(at: now) {
      if let violation = committed(nodes[changed], replica) { return violation }
      leading[replica.group, default: []].remove(changed)
      if replica.role == .leader {
        leading[replica.group, default: []].insert(changed)
        if let violation = leasesDisjoint(nodes, replica.group, at: now) { return violation }
      }
    }
    return nil
  }

  private mutating func committed(_ node: SimulatedNode, _ replica: ReplicaInspection) -> String? {
    let key = ReplicaOf(node: node.position, group: replica.group)
    let known = commits[key]
    guard known != replica.commit else { return nil }
    commits[key] = replica.commit
    // Commit indexes only rise.
    if let known, replica.commit < known {
      return "monotone commit: \(node.id) went back from \(known) to \(replica.commit) in \(replica.group)"
    }
    guard let mark = replica.committed else { return nil }
    // A leader counts copies only of entries of its own term (TH 3.6.2).
    if known != nil, replica.role == .leader, mark.term != replica.term {
      return "commitment: \(node.id) commits \(mark) of \(replica.group) by its copies, in term \(replica.term)"
    }
    // What is committed at an index is the same everywhere and for ever (TH 3.6.3).
    let index = IndexOf(group: replica.group, index: mark.index)
    if let other = committedEntries[index], other != mark.hash {
      return "leader completeness: two entries were committed at \(mark.index) of \(replica.group)"
    }
    committedEntries[index] = mark.hash
    return nil
  }

  /// While a leader may answer by its lease, nobody else leads in a later term (TH 6.4.1).
  private func leasesDisjoint(_ nodes: [SimulatedNode], _ group: GroupID, at now: Moment) -> String? {
    let leaders = (leading[group] ?? []).sorted().compactMap { position -> (Int, ReplicaInspection)? in
      guard let found = nodes[position].replicas?.inspection(at: now).first(where: { $0.group == group }) else { return nil }
      return (position, found)
    }
    for (position, holder) in leaders where holder.hasLease {
      if let (other, _) = leaders.first(where: { $0.0 != position && $0.1.term > holder.term }) {
        return "leases disjoint: node \(position + 1) has a lease of \(group), node \(other + 1) leads it in a later term"
      }
    }
    return nil
  }

  // MARK: What clients are told

  mutating func record(_ keyspace: String, _ operation: Operation) {
    histories[keyspace, default: []].append(operation)
    if operation.answer == .written || operation.answer == .swapped(true) { acknowledgedWrites += 1 }
  }

  /// A write of `revision` was known to its client at `moment`.
  mutating func acknowledged(_ keyspace: String, _ revision: Revision, at moment: Moment) {
    acknowledgements[keyspace, default: []].append((revision, moment))
  }

  /// A stale answer is at most as old as it says (design §7): it shows every write that was acknowledged before then.
  func leaves(_ reply: ClientReply, keyspace: String, at now: Moment) -> String? {
    guard case .read(let result) = reply.body, let staleness = result.staleness else { return nil }
    let basis = now - staleness.age
    for (revision, moment) in (acknowledgements[keyspace] ?? []).reversed() where moment <= basis {
      guard revision > reply.header.revision else { continue }
      return "stale reads: an answer of revision \(reply.header.revision), said to be \(staleness.age) old, misses "
        + "\(revision), acknowledged \((now - moment).milliseconds) ms before"
    }
    return nil
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
    for group in genesis.groups {
      let history = histories[group.keyspace] ?? []
      for key in 0..<World.keysPerGroup {
        let operations = history.filter { $0.key == key }
        if case .violated(let prefix) = Linearizability.check(operations) {
          return "linearizability of '\(group.keyspace)' key \(key): no order explains \(prefix.suffix(8))"
        }
        if let violation = judgeEffects(operations, key, group, nodes) { return violation }
      }
    }
    return nil
  }

  /// Exactly once: every value stands in the key's history at most once, and once if its write was acknowledged.
  private func judgeEffects(
    _ operations: [Operation], _ key: Int, _ group: Genesis.Group, _ nodes: [SimulatedNode]
  ) -> String? {
    guard let reader = nodes[0].readers[group.group] else { return nil }
    var times: [UInt64: Int] = [:]
    do throws(ReadError) {
      let (value, _) = try reader.answer(.history(SimulatedClient.key(key), before: .zero, limit: Limits.rangeKeysMax))
      guard case .history(let items, _) = value else { return nil }
      for item in items {
        if let number = SimulatedClient.number(item.item.value) { times[number, default: 0] += 1 }
      }
    } catch {
      return "the history of '\(group.keyspace)' cannot be read: \(error)"
    }
    for operation in operations {
      let (number, isAcknowledged): (UInt64, Bool) =
        switch (operation.kind, operation.answer) {
        case (.write(let number), let answer): (number, answer == .written)
        case (.swap(_, let number), let answer): (number, answer == .swapped(true))
        case (.read, _): (0, false)
        }
      guard number != 0 else { continue }
      let found = times[number] ?? 0
      if found > 1 { return "exactly once: value \(number) was put \(found) times in '\(group.keyspace)' key \(key)" }
      if isAcknowledged, found == 0 { return "durability: value \(number), acknowledged, is not in '\(group.keyspace)' key \(key)" }
      if operation.answer == .notApplied || operation.answer == .swapped(false), found > 0 {
        return "outcome: value \(number) is there though its write was said to have had no effect"
      }
    }
    return nil
  }
}
