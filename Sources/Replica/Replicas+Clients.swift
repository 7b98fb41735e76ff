public import Base
import Model
import Raft
public import Wire

extension Replicas {
  mutating func client(
    _ token: ClientToken, _ body: ClientRequest.Body, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    switch body {
    case .propose(let keyspace, let command): propose(token, keyspace, command, at: now, into: &effects)
    case .read(let keyspace, let request): read(token, keyspace, request, at: now, into: &effects)
    case .cluster: answer("", token, .cluster(clusterMap), into: &effects)
    case .digest(let keyspace, let query): digest(token, keyspace, query, into: &effects)
    case .transfer(let keyspace, let target): transfer(token, keyspace, target, at: now, into: &effects)
    case .hello, .status, .identity, .genesis:
      preconditionFailure("hello, status, identity and genesis are the node's own, not its replicas'")
    }
  }

  mutating func clientGone(_ connection: UInt64) {
    for slot in groups.indices {
      groups[slot].proposals.drop(connection: connection)
      groups[slot].reads.drop(connection: connection)
    }
  }

  /// The routing as this node knows it.
  public var clusterMap: ClusterMap {
    ClusterMap(
      cluster: genesis?.cluster ?? .zero, nodes: configuration.nodes,
      keyspaces: groups.indices.map { slot in
        ClusterMap.Keyspace(
          name: groups[slot].keyspace, group: groups[slot].group,
          leader: groups[slot].raft.leader.flatMap { node(slot, $0)?.name } ?? "",
          term: groups[slot].raft.term.rawValue)
      })
  }

  /// Whether this node can serve linearizable reads and writes of every keyspace: it is in service, and has applied
  /// what it knows to be committed under a leader that it hears.
  public func isReady(at now: Moment) -> Bool {
    guard genesis != nil, !groups.isEmpty, !isStopping else { return false }
    return groups.indices.allSatisfy { slot in
      let group = groups[slot]
      // Under load applying is always a batch or two behind; `/readyz?sync` asks for more.
      return whyNotServing(slot) == nil && group.raft.leader != nil && group.applied + 4_096 >= group.raft.commit
    }
  }

  /// Who refuses this store, and why.
  var disownedText: String { disowning.sorted { $0.node < $1.node }.map(\.reason).joined(separator: "; ") }

  /// Whom replicas that have lost entries must hear before they take part again.
  private var awaitedText: String {
    var names: Set<String> = []
    for slot in groups.indices {
      for replica in groups[slot].raft.awaitedBySurvey { names.insert(node(slot, replica)?.name ?? "replica \(replica)") }
    }
    return names.isEmpty ? "" : "; waits to be told by \(names.sorted().joined(separator: ", ")) what terms there were"
  }

  /// Why the node does not serve; empty when it does.
  public func notServing(at now: Moment) -> String {
    if genesis == nil {
      let refusals = links.refusals.map(\.text).joined(separator: "; ")
      return refusals.isEmpty ? "belongs to no cluster yet" : refusals
    }
    if isForsworn { return disownedText }
    let reasons = groups.indices.compactMap { slot in
      whyNotServing(slot).map { "\(groups[slot].keyspace): \($0)\(cureText(slot))" }
    }
    if !reasons.isEmpty { return reasons.joined(separator: "; ") }
    if !damage.isEmpty, groups.contains(where: { $0.raft.hardState.suspended }) { return damage + awaitedText }
    if disk.isFull { return "no disk space left" }
    if !disowning.isEmpty { return disownedText }
    let others = configuration.nodes.filter { $0.name != configuration.node.name }
    let refusing = others.filter { peer in
      NodeID(peer.name).map { links.outbound(to: $0) == nil && !links.refusal(of: $0).isEmpty } ?? false
    }
    // Refused by so many that the rest is no majority: this store is not what it says it is.
    if refusing.count > others.count / 2 { return links.refusals.map(\.text).joined(separator: "; ") }
    return ""
  }

  /// What is being done about a replica that is out of service.
  private func cureText(_ slot: Int) -> String {
    guard cureFloor(slot) != nil else { return "" }
    guard let receiving = groups[slot].receiving else {
      return groups[slot].raft.leader == nil ? "; to be rebuilt when there is a leader" : "; to be rebuilt from the leader"
    }
    return "; being rebuilt from the leader: \(receiving.written) of \(receiving.description.bytes) bytes"
  }

  // MARK: Digests

  /// Digests that wait for a reader thread: each reads many rows.
  private static let digestJobsMax = 64

  private mutating func digest(
    _ token: ClientToken, _ keyspace: String, _ query: DigestQuery, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(keyspace: keyspace) else {
      _ = serving(token, keyspace, into: &effects)
      return
    }
    guard jobs.count < Self.digestJobsMax else {
      reply(slot, token, failure(slot, .overloaded), into: &effects)
      return
    }
    let job = nextJob
    nextJob += 1
    jobs.append((job, token, keyspace))
    effects.append(.read(ReadJob(id: job, group: groups[slot].group, work: .digest(query))))
  }

  mutating func digestDone(
    _ slot: Int, _ client: ClientToken, _ result: ReadDone.Result, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    switch result {
    case .digest(let digest):
      answer(slot, client, revision: groups[slot].revision, .digest(digest), into: &effects)
      if let damage = digest.damage { foundDamage(slot, damage, at: now, into: &effects) }
    case .failed(let error): reply(slot, client, failure(error), into: &effects)
    case .value: preconditionFailure("a digest job gave a value")
    }
  }

  // MARK: Transfer

  private mutating func transfer(
    _ token: ClientToken, _ keyspace: String, _ target: String, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = serving(token, keyspace, into: &effects) else { return }
    guard groups[slot].raft.role == .leader else {
      reply(slot, token, failure(slot, .notLeader(hint: groups[slot].raft.leader)), into: &effects)
      return
    }
    var replica: ReplicaID?
    if !target.isEmpty {
      guard let node = NodeID(target), let member = groups[slot].raft.configuration.member(on: node) else {
        reply(
          slot, token,
          Failure(code: .invalidArgument, outcome: .notApplied, message: "no member of that name in this keyspace"),
          into: &effects)
        return
      }
      replica = member.replica
    }
    refusal = nil
    step(slot, .transfer(to: replica), at: now, into: &effects)
    if let refusal {
      reply(slot, token, failure(slot, refusal), into: &effects)
      return
    }
    answer(slot, token, revision: groups[slot].revision, .done, into: &effects)
  }
}
