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
  private var durable = DurableLogs()
  /// The newest entry that a leader committed in each of its terms.
  private var committedIn: [GroupID: [(term: Term, mark: LogMark)]] = [:]
  /// Committed entries in order, as they were first applied by anyone.
  private var entries: [GroupID: [Entry]] = [:]
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

  /// Leader completeness (TH figure 3.2): a leader holds what leaders of earlier terms committed.
  func holdsCommitted(_ node: SimulatedNode, _ group: GroupID, _ term: Term) -> String? {
    guard let newest = committedIn[group]?.filter({ $0.term < term }).max(by: { $0.mark.index < $1.mark.index })?.mark,
      let replicas = node.replicas
    else { return nil }
    let last = replicas.lastIndex(of: group) ?? .zero
    // Below the memory tail everything is applied, and judged there.
    let isHeld = replicas.mark(of: group, at: newest.index).map { $0.hash == newest.hash } ?? (last >= newest.index)
    return isHeld ? nil : "leader completeness: \(node.id) leads \(group) in term \(term) without entry \(newest.id)"
  }

  // MARK: Durability of what is promised

  mutating func persisted(_ node: Int, _ operations: [LogOperation]) -> String? {
    for operation in operations {
      switch operation {
      case .write(let writes):
        for write in writes {
          if let hard = write.persist.hardState { hardStates[ReplicaOf(node: node, group: write.group)] = hard }
          if let violation = durable.write(node, write.group, write.persist) { return violation }
        }
      case .install(let group, let description, _): durable.install(node, group, description.mark.mark.index)
      case .cut, .genesis, .peers: break
      }
    }
    return nil
  }

  /// A state file never takes entries that are not durable in the log (design §6, "Durable order").
  mutating func applying(_ node: Int, _ batch: ApplyBatch) -> String? {
    guard let last = batch.entries.last else { return nil }
    let known = durable.last(node, batch.group)
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
      let next = (entries[batch.group]?.last?.index ?? .genesis) + 1
      if entry.index == next { entries[batch.group, default: []].append(entry) }
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
    for replica in nodes[changed].replicas?.inspection(at: now) ?? [] {
      if let violation = committed(nodes[changed], replica, of: nodes.count) { return violation }
      leading[replica.group, default: []].remove(changed)
      if replica.role == .leader {
        leading[replica.group, default: []].insert(changed)
        if let violation = leasesDisjoint(nodes, replica.group, at: now) { return violation }
      }
    }
    return nil
  }

  private mutating func committed(_ node: SimulatedNode, _ replica: ReplicaInspection, of count: Int) -> String? {
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
    guard known != nil, replica.role == .leader else { return nil }
    // Committed is what a majority holds on its disks (TH 3.5); all nodes vote here.
    let holders = durable.holders(of: mark, replica.group, among: count)
    guard holders > count / 2 else {
      return "commitment: \(node.id) commits \(mark.id) of \(replica.group), which \(holders) of \(count) disks hold"
    }
    committedIn[replica.group, default: []].removeAll { $0.term == replica.term }
    committedIn[replica.group, default: []].append((replica.term, mark))
    return nil
  }

  /// While a leader may answer by its lease, nobody else leads in a later term (TH 6.4.1).
  private func leasesDisjoint(_ nodes: [SimulatedNode], _ group: GroupID, at now: Moment) -> String? {
    guard let places = leading[group], places.count > 1 else { return nil }
    let leaders = places.sorted().compactMap { position -> (Int, ReplicaInspection)? in
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

  /// All nodes hold what the committed entries make.
  func judgeContents(nodes: [SimulatedNode], genesis: Genesis) -> String? {
    for group in genesis.groups {
      let replay: Replay
      do throws(ApplyError) { replay = try Replay(entries[group.group] ?? [], group, of: genesis) } catch {
        return "the entries of '\(group.keyspace)' cannot be replayed: \(error)"
      }
      for node in nodes { if let violation = replay.judge(node) { return violation } }
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
