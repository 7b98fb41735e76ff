import Base
import Wire

/// Who leads each keyspace, as far as the client knows, and what is sent there.
extension ClientMachine {
  private static let refutedFor = Interval.milliseconds(500)

  /// A node says that `leader` leads in `term`. What is older than the present belief, or was refuted, is passed
  /// over.
  /// - Parameter isMap: In one term there is one leader, and maps name that one; a hint may name the node to which
  ///   leadership is only being handed over.
  mutating func believe(
    _ slot: Int, _ leader: String, _ term: UInt64, isMap: Bool, at now: Moment, into effects: inout [ClientEffect]
  ) {
    guard !leader.isEmpty, term >= routes[slot].term else { return }
    if let present = routes[slot].leader, term == routes[slot].term {
      guard isMap, present != leader else { return }
    }
    if let refuted = routes[slot].refuted, refuted.name == leader, term <= refuted.term, now < refuted.until { return }
    adopt(slot, leader, term, at: now, into: &effects)
  }

  private mutating func adopt(
    _ slot: Int, _ leader: String, _ term: UInt64, at now: Moment, into effects: inout [ClientEffect]
  ) {
    let before = routes[slot].leader
    routes[slot].leader = leader
    routes[slot].term = term
    routes[slot].refuted = nil
    if before != leader {
      beginEpoch(slot)
      if let before, let node = node(named: before) { reroute(slot, from: node, at: now, into: &effects) }
    }
    releaseStalled(slot, at: now, into: &effects)
  }

  /// The believed leader, or a node that was taken for it, says that it is not, and perhaps who is.
  mutating func refuted(
    _ slot: Int, by node: Int, hint: String, term: UInt64, at now: Moment, into effects: inout [ClientEffect]
  ) {
    let name = nodes[node].name
    guard routes[slot].leader == name else {
      return believe(slot, hint, term, isMap: false, at: now, into: &effects)
    }
    let known = max(term, routes[slot].term)
    let before = routes[slot].refuted
    let refutation = (name: name, term: known, until: now + Self.refutedFor)
    // While leadership is handed over, the one node names the other and the other the one: they are not followed in circles.
    let isCircle = before.map { $0.name == hint && known <= $0.term && now < $0.until } ?? false
    if !hint.isEmpty, hint != name, !isCircle {
      adopt(slot, hint, known, at: now, into: &effects)
      routes[slot].refuted = refutation
      return
    }
    routes[slot].leader = nil
    routes[slot].refuted = refutation
    beginEpoch(slot)
  }

  /// What was sent to the leader before is no longer waited for as its answer.
  mutating func beginEpoch(_ slot: Int) {
    routes[slot].epoch += 1
    routes[slot].waitingWrites = 0
  }

  /// Sends again what waits at a deposed leader, under the same name; the first answer that tells counts. What is on its
  /// way to the new leader already is not sent there once more, or copies would beget copies.
  private mutating func reroute(_ slot: Int, from node: Int, at now: Moment, into effects: inout [ClientEffect]) {
    var isThere: Set<CallID> = []
    if let target = routes[slot].leader.flatMap({ self.node(named: $0) }) {
      for number in nodes[target].sent {
        if case .call(let id)? = outstanding[number]?.purpose { isThere.insert(id) }
      }
    }
    for number in nodes[node].sent {
      guard case .call(let id)? = outstanding[number]?.purpose, let call = calls[id], call.slot == slot, call.isWrite,
        call.naming != .none, call.place == .out, isThere.insert(id).inserted
      else { continue }
      sendToLeader(id, at: now, into: &effects)
    }
  }

  // MARK: Sending

  mutating func sendToLeader(_ id: CallID, at now: Moment, into effects: inout [ClientEffect]) {
    let slot = calls[id]!.slot!
    if let leader = routes[slot].leader, let node = node(named: leader), nodes[node].isUsable {
      return transmit(id, to: node, at: now, into: &effects)
    }
    guard routes[slot].stalled.waiting < configuration.queueMax else {
      return finish(id, stalledTooMany(id), at: now, into: &effects)
    }
    calls[id]!.place = .stalled
    routes[slot].stalled.append(id)
    pollIfNeeded(at: now, into: &effects)
  }

  private func stalledTooMany(_ id: CallID) -> CallFailure {
    var failure = overloaded("writes that wait for a leader")
    failure.outcome = calls[id]!.outcome
    return failure
  }

  mutating func releaseStalled(_ slot: Int, at now: Moment, into effects: inout [ClientEffect]) {
    guard !routes[slot].stalled.isEmpty, let leader = routes[slot].leader, let node = node(named: leader),
      nodes[node].isUsable
    else { return }
    for id in routes[slot].stalled.takeAll() {
      guard case .stalled? = calls[id]?.place else { continue }
      calls[id]!.place = .out
      sendToLeader(id, at: now, into: &effects)
    }
  }

  // MARK: Asking who leads

  /// While calls wait for a leader, or a leader is silent, another node is asked for the map every now and then.
  mutating func pollIfNeeded(at now: Moment, into effects: inout [ClientEffect]) {
    guard !isPolling else { return }
    let doubted = routes.filter { $0.isDoubted(at: now, after: configuration.doubtAfter) }.compactMap(\.leader)
    guard !doubted.isEmpty || routes.contains(where: { !$0.stalled.isEmpty }) else { return }
    isPolling = true
    agenda.add(.poll, at: now + configuration.pollInterval)
    let asked = nodes.indices.filter { nodes[$0].isUsable && !nodes[$0].isAskedForMap }
    // A silent leader is asked only where there is nobody else.
    let others = asked.filter { !doubted.contains(nodes[$0].name) }
    guard let node = pick(others.isEmpty ? asked : others) else { return }
    askForMap(node, at: now, into: &effects)
  }

  private mutating func pick(_ candidates: [Int]) -> Int? {
    guard !candidates.isEmpty else { return nil }
    pollCursor += 1
    return candidates[pollCursor % candidates.count]
  }

  // MARK: Watching

  /// Looks at what waits on a connection: every poll interval while anything does.
  mutating func watch(_ node: Int, at now: Moment, into effects: inout [ClientEffect]) {
    nodes[node].isWatched = false
    guard nodes[node].state == .ready, nodes[node].live > 0 else { return }
    nodes[node].isWatched = true
    agenda.add(.watch(node: node), at: now + configuration.pollInterval)
    let waiting = nodes[node].sent.filter { outstanding[$0] != nil }
    nodes[node].sent = waiting
    guard let oldest = waiting.first.flatMap({ outstanding[$0]?.sentAt }) else { return }

    let silence = now - max(nodes[node].lastHeard, oldest)
    if silence >= configuration.deadAfter {
      return drop(node, "silent for \(silence)", at: now, into: &effects)
    }
    // Asks for a sign of life: a request may wait for a majority on a node that is well.
    if silence >= configuration.doubtAfter { askForMap(node, at: now, into: &effects) }
    if silence >= configuration.hedgeAfter { nodes[node].isSuspect = true }
    hedge(waiting, on: node, at: now, into: &effects)
    pollIfNeeded(at: now, into: &effects)
  }

  /// Asks another node what the one asked last has not answered for long: two may hang at once, so the copy may need a
  /// copy.
  private mutating func hedge(
    _ waiting: [UInt64], on node: Int, at now: Moment, into effects: inout [ClientEffect]
  ) {
    for number in waiting {
      guard let request = outstanding[number], now - request.sentAt >= configuration.hedgeAfter else { return }
      guard case .call(let id) = request.purpose, let call = calls[id], call.newest == number,
        case .read(_, let read, nil) = call.body
      else { continue }
      // Where everything is slow, second copies would only make it slower: without silence few are sent.
      guard nodes[node].isSuspect || hedges < Self.hedgesMax else { continue }
      calls[id]!.noteTried(node)
      guard let other = candidate(for: calls[id]!, read, at: now) else { continue }
      calls[id]!.hedges += 1
      hedges += 1
      transmit(id, to: other, at: now, into: &effects)
    }
  }
}
