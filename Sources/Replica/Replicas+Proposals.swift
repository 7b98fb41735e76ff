import Base
import Model
import Raft
import Wire

extension Replicas {
  mutating func propose(
    _ token: ClientToken, _ keyspace: String, _ bytes: [UInt8], at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = serving(token, keyspace, into: &effects) else { return }
    // First of all: what a deposed leader still waits for is no reason to keep a client that must go elsewhere. One that
    // was removed and never told may wait for ever.
    guard groups[slot].raft.role == .leader else {
      reply(slot, token, failure(slot, .notLeader(hint: groups[slot].raft.leader)), into: &effects)
      return
    }
    guard groups[slot].proposals.count + groups[slot].queuedTokens.count < configuration.proposalsWaiting else {
      reply(slot, token, failure(slot, .overloaded), into: &effects)
      return
    }
    if isStopping {
      reply(
        slot, token,
        Failure(
          code: .unavailable, outcome: .notApplied,
          message: "node \(configuration.node) is stopping; another node is about to lead"),
        into: &effects)
      return
    }
    if disk.isFull {
      reply(
        slot, token,
        Failure(
          code: .diskFull, outcome: .notApplied,
          message: "node \(configuration.node) has no disk space left; another node is about to lead"),
        into: &effects)
      return
    }
    if let refusal = inadmissible(bytes, slot) {
      reply(slot, token, refusal, into: &effects)
      return
    }
    groups[slot].queuedProposals.append(
      Proposal(payload: bytes, wallTime: wallTime, token: UInt64(groups[slot].queuedTokens.count)))
    groups[slot].queuedTokens.append(token)
  }

  /// Why a command must not enter the log; nil when it may.
  private func inadmissible(_ bytes: [UInt8], _ slot: Int) -> Failure? {
    guard bytes.count <= Limits.commandBytesMax else {
      return Failure(
        code: .tooLarge, outcome: .notApplied,
        message: "the command has \(bytes.count) bytes; the limit is \(Limits.commandBytesMax)")
    }
    let command: Command
    do {
      command = try Command(bytes: bytes)
    } catch {
      return Failure(code: .invalidArgument, outcome: .notApplied, message: "the command cannot be read: \(error)")
    }
    do {
      try command.validate()
    } catch {
      return Failure(code: error.isTooLarge ? .tooLarge : .invalidArgument, outcome: .notApplied, message: "\(error)")
    }
    for range in command.touched {
      guard configuration.authorisation.authorise(command.envelope.actor.principal, .write, range) else {
        return Failure(code: .unauthorised, outcome: .notApplied, message: "not allowed to write these keys")
      }
    }
    return refusalForSpace(slot, command)
  }

  mutating func proposeQueued(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard !groups[slot].queuedProposals.isEmpty else { return }
    let proposals = groups[slot].queuedProposals
    groups[slot].queuedProposals.removeAll(keepingCapacity: true)
    step(slot, .propose(proposals), at: now, into: &effects)
    groups[slot].queuedTokens.removeAll(keepingCapacity: true)
  }

  /// The slot of a keyspace that can be served here; else the caller is told why not.
  mutating func serving(_ token: ClientToken, _ keyspace: String, into effects: inout [ReplicaEffect]) -> Int? {
    guard genesis != nil else {
      reply(
        keyspace, token,
        Failure(
          code: .notServing, outcome: .notApplied,
          message: "node \(configuration.node) belongs to no cluster yet: run 'quartet cluster init'"),
        into: &effects)
      return nil
    }
    guard let slot = slot(keyspace: keyspace) else {
      let known = groups.map(\.keyspace).joined(separator: ", ")
      reply(
        keyspace, token,
        Failure(code: .unknownKeyspace, outcome: .notApplied, message: "no such keyspace; there are \(known)"),
        into: &effects)
      return nil
    }
    guard whyNotServing(slot) == nil else {
      refuse(slot, token, into: &effects)
      return nil
    }
    return slot
  }

  func failure(_ slot: Int, _ refusal: Refusal) -> Failure {
    switch refusal {
    case .notLeader(let hint):
      guard let hint, hint != groups[slot].replica, let leader = node(slot, hint) else {
        return Failure(
          code: .unavailable, outcome: .notApplied, message: "no leader is known just now; try again in a moment")
      }
      return Failure(
        code: .notLeader, outcome: .notApplied, message: "the leader is \(leader)", leader: leader.name)
    case .transferring(let target):
      return Failure(
        code: .notLeader, outcome: .notApplied, message: "leadership is being handed over",
        leader: node(slot, target)?.name ?? "")
    case .overloaded:
      return Failure(
        code: .overloaded, outcome: .notApplied, message: "more is under way than can be taken on; try again later")
    case .changeUnderWay:
      return Failure(
        code: .unavailable, outcome: .notApplied, message: "an earlier change of membership is not finished")
    case .illegalChange(let why):
      return Failure(code: .invalidArgument, outcome: .notApplied, message: "not a legal change: \(why)")
    case .unsuitableTarget:
      return Failure(
        code: .invalidArgument, outcome: .notApplied, message: "that node cannot lead now: no voter, or too far behind")
    }
  }

  // MARK: Answers

  func header(_ slot: Int, revision: Revision) -> ReplyHeader {
    ReplyHeader(
      keyspace: groups[slot].keyspace, revision: revision, node: configuration.node.name,
      nation: configuration.nation.description, cluster: genesis?.cluster ?? .zero,
      term: groups[slot].raft.term.rawValue)
  }

  func reply(_ slot: Int, _ token: ClientToken, _ failure: Failure, into effects: inout [ReplicaEffect]) {
    answer(slot, token, revision: groups[slot].revision, .failed(failure), into: &effects)
  }

  func reply(_ keyspace: String, _ token: ClientToken, _ failure: Failure, into effects: inout [ReplicaEffect]) {
    answer(keyspace, token, .failed(failure), into: &effects)
  }

  func answer(
    _ slot: Int, _ token: ClientToken, revision: Revision, _ body: ClientReply.Body,
    into effects: inout [ReplicaEffect]
  ) {
    effects.append(
      .reply(token, ClientReply(number: token.number, header: header(slot, revision: revision), body: body)))
  }

  func answer(_ keyspace: String, _ token: ClientToken, _ body: ClientReply.Body, into effects: inout [ReplicaEffect]) {
    let header = ReplyHeader(
      keyspace: keyspace, revision: .zero, node: configuration.node.name, nation: configuration.nation.description,
      cluster: genesis?.cluster ?? .zero, term: 0)
    effects.append(.reply(token, ClientReply(number: token.number, header: header, body: body)))
  }
}
