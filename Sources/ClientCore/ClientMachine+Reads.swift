import Base
import Wire

/// Reads, and other questions to nodes.
extension ClientMachine {
  private static let avoidanceMin = Interval.milliseconds(50)
  private static let avoidanceMax = Interval.seconds(1)

  mutating func sendRead(
    _ id: CallID, _ request: ReadRequest, at now: Moment, into effects: inout [ClientEffect]
  ) {
    if let node = candidate(for: calls[id]!, request, at: now) {
      return transmit(id, to: node, at: now, into: &effects)
    }
    guard nodes.contains(where: \.isUsable) else { return park(id, at: now, into: &effects) }
    backOff(id, at: now)
  }

  /// The best node that has not failed the call: first those that are well, then the preferred one, then by nation,
  /// then, for a linearizable read, the leader, which need not ask anybody.
  func candidate(for call: PendingCall, _ request: ReadRequest, at now: Moment) -> Int? {
    let leader = call.slot.flatMap { routes[$0].leader }
    var best: (node: Int, cost: Int)?
    for offset in nodes.indices {
      let node = (offset + preference) % nodes.count
      guard nodes[node].isUsable, !call.hasTried(node) else { continue }
      var cost = nodes[node].isSuspect || now < nodes[node].avoidUntil ? 4 : 0
      if !configuration.preferredNode.isEmpty, nodes[node].name != configuration.preferredNode { cost += 3 }
      if !configuration.nation.isEmpty, nodes[node].nation != configuration.nation { cost += 2 }
      if request.consistency == .linearizable, nodes[node].name != leader { cost += 1 }
      if best.map({ cost < $0.cost }) ?? true { best = (node, cost) }
    }
    return best?.node
  }

  /// To one node, or to any.
  mutating func sendPinned(
    _ id: CallID, to target: Call.NodeTarget, at now: Moment, into effects: inout [ClientEffect]
  ) {
    let node: Int?
    switch target {
    case .named(let name):
      node = self.node(named: name)
      if node == nil, !cluster.isZero, !nodes.contains(where: { $0.name.isEmpty && !$0.isRetired }) {
        let known = nodes.filter { !$0.isRetired && !$0.isForeign }.map(\.name).joined(separator: ", ")
        return end(id, .invalidArgument, "no node '\(name)'; there are \(known)", at: now, into: &effects)
      }
    case .address(let address): node = self.node(at: address, at: now, into: &effects)
    case .any:
      let call = calls[id]!
      node =
        nodes.indices.first { nodes[$0].isUsable && !nodes[$0].isSuspect && !call.hasTried($0) }
        ?? nodes.indices.first { nodes[$0].isUsable }
    case .leader: preconditionFailure("leaders are found elsewhere")
    }
    guard let node, nodes[node].state == .ready, !nodes[node].isRetired else {
      return park(id, at: now, into: &effects)
    }
    transmit(id, to: node, at: now, into: &effects)
  }

  // MARK: Answers

  mutating func answered(
    _ id: CallID, _ request: Outstanding, _ reply: ClientReply, at now: Moment, into effects: inout [ClientEffect]
  ) {
    if request.epoch > 0 || calls[id]?.isWrite == true { noteWriteAnswered(id, request, reply, at: now) }
    guard calls[id] != nil else { return }
    calls[id]!.live -= 1
    switch calls[id]!.body {
    case .write: writeAnswered(id, request, reply, at: now, into: &effects)
    case .read(_, let read, let node):
      guard case .failed(let failure) = reply.body else {
        noteRead(calls[id]!, read, request.node, at: now)
        return finish(id, .success(reply), at: now, into: &effects)
      }
      readRefused(id, read, isPinned: node != nil, request, failure, reply, at: now, into: &effects)
    case .ask(_, let target):
      guard case .failed(let failure) = reply.body else { return finish(id, .success(reply), at: now, into: &effects) }
      askRefused(id, target, request, failure, reply, at: now, into: &effects)
    }
  }

  /// The leader is alive: it answers writes.
  private mutating func noteWriteAnswered(
    _ id: CallID, _ request: Outstanding, _ reply: ClientReply, at now: Moment
  ) {
    guard let slot = calls[id]?.slot ?? slots[reply.header.keyspace], routes[slot].epoch == request.epoch,
      routes[slot].waitingWrites > 0
    else { return }
    routes[slot].waitingWrites -= 1
    routes[slot].quietSince = now
  }

  private mutating func readRefused(
    _ id: CallID, _ read: ReadRequest, isPinned: Bool, _ request: Outstanding, _ failure: Failure,
    _ reply: ClientReply, at now: Moment, into effects: inout [ClientEffect]
  ) {
    let heard = CallFailure(
      code: failure.code, outcome: .notApplied, message: failure.message, node: reply.header.node)
    calls[id]!.lastRefusal = heard
    calls[id]!.noteTried(request.node)
    let isStale = read.consistency != .linearizable
    switch failure.code {
    case .notLeader, .unavailable, .notServing, .internal:
      avoid(request.node, at: now)
      guard calls[id]!.live == 0 else { return }
      if isPinned { return backOff(id, at: now) }
      dispatch(id, at: now, into: &effects)
    case .overloaded:
      calls[id]!.overloads += 1
      guard calls[id]!.live == 0 else { return }
      guard calls[id]!.overloads <= Self.overloadsMax else { return finish(id, heard, at: now, into: &effects) }
      backOff(id, at: now)
    case .tooStale where isStale, .futureRevision where isStale:
      guard calls[id]!.live == 0 else { return }
      // Another node may be further on; when none is, waiting is for the caller to decide.
      guard !isPinned, candidate(for: calls[id]!, read, at: now) != nil else {
        return finish(id, heard, at: now, into: &effects)
      }
      dispatch(id, at: now, into: &effects)
    default:
      finish(id, heard, at: now, into: &effects)
    }
  }

  /// Learns from an answer whom to ask next time.
  private mutating func noteRead(_ call: PendingCall, _ read: ReadRequest, _ node: Int, at now: Moment) {
    if call.hedges > 0, !call.hasTried(node) {
      for slow in nodes.indices where call.hasTried(slow) { avoid(slow, at: now) }
    }
    guard read.consistency == .linearizable else { return }
    nodes[node].avoidance = .zero
    nodes[node].avoidUntil = .zero
  }

  private mutating func avoid(_ node: Int, at now: Moment) {
    let doubled = max(nodes[node].avoidance * 2, Self.avoidanceMin)
    nodes[node].avoidance = min(doubled, Self.avoidanceMax)
    nodes[node].avoidUntil = now + nodes[node].avoidance
  }

  private mutating func askRefused(
    _ id: CallID, _ target: Call.NodeTarget, _ request: Outstanding, _ failure: Failure, _ reply: ClientReply,
    at now: Moment, into effects: inout [ClientEffect]
  ) {
    if failure.outcome == .notApplied { calls[id]!.open -= 1 }
    let heard = CallFailure(
      code: failure.code, outcome: calls[id]!.outcome, message: failure.message, node: reply.header.node)
    calls[id]!.lastRefusal = heard
    calls[id]!.noteTried(request.node)
    switch (failure.code, target) {
    case (.notLeader, .leader), (.unavailable, .leader):
      let slot = calls[id]!.slot!
      refuted(slot, by: request.node, hint: failure.leader, term: reply.header.term, at: now, into: &effects)
      if calls[id]?.place == .out { backOff(id, at: now) }
    case (.unavailable, _), (.overloaded, _): backOff(id, at: now)
    default: finish(id, heard, at: now, into: &effects)
    }
  }
}
