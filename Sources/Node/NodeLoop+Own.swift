import Base
import Network
import Raft
import Replica
import Topology
import Wire

/// What the node itself is asked, apart from its replicas.
extension NodeLoop {
  func answerOwn(_ token: ClientToken, _ body: ClientRequest.Body, at now: Moment) {
    switch body {
    case .hello(let hello): greet(token, hello)
    case .status: answer(token, .status(status(at: now)))
    case .identity: answer(token, .identity(identity))
    case .genesis(let bytes): found(token, bytes)
    default: preconditionFailure("a request for the replicas")
    }
  }

  func answer(_ token: ClientToken, _ body: ClientReply.Body) {
    let header = ReplyHeader(
      keyspace: "", revision: .zero, node: context.configuration.node.id.name,
      nation: context.configuration.node.nation.description, cluster: record.genesis?.cluster ?? .zero, term: 0)
    reply(token, ClientReply(number: token.number, header: header, body: body))
  }

  private func refuse(_ token: ClientToken, _ code: FailureCode, _ message: String) {
    answer(token, .failed(Failure(code: code, outcome: .notApplied, message: message)))
  }

  private func greet(_ token: ClientToken, _ hello: ClientHello) {
    guard hello.versions.contains(Versions.protocolRange.upperBound) else {
      let range = Versions.protocolRange
      refuse(
        token, .unsupported,
        "this node speaks protocol versions \(range.lowerBound) to \(range.upperBound), the client "
          + "\(hello.versions.lowerBound) to \(hello.versions.upperBound): upgrade the older of the two")
      return
    }
    answer(token, .hello(version: Versions.protocolRange.upperBound))
  }

  private var identity: NodeIdentity {
    let node = context.configuration.node
    return NodeIdentity(
      node: node.id.name, nation: node.nation.description, supplier: node.supplier.description, store: record.store,
      bootCount: record.bootCount, genesis: record.genesis?.encoded ?? [])
  }

  /// Takes a genesis record that names this node with this store; an equal one again is fine.
  private func found(_ token: ClientToken, _ bytes: [UInt8]) {
    let genesis: Genesis
    do {
      genesis = try Genesis(decoding: bytes)
      try genesis.validate()
    } catch {
      refuse(token, .invalidArgument, "the genesis record cannot be read: \(error)")
      return
    }
    if let own = record.genesis {
      if own == genesis {
        answer(token, .done)
      } else {
        refuse(token, .invalidArgument, "this node belongs to cluster \(own.cluster) already")
      }
      return
    }
    let node = context.configuration.node.id
    for group in genesis.groups {
      guard let member = group.configuration.member(on: node) else {
        refuse(token, .invalidArgument, "the genesis record does not name node \(node) in '\(group.keyspace)'")
        return
      }
      guard member.store == record.store else {
        refuse(
          token, .invalidArgument,
          "the genesis record binds node \(node) to store \(member.store), this one is \(record.store): it was "
            + "wiped or replaced, and joins only as a new member")
        return
      }
    }
    guard !isFounding else {
      refuse(token, .unavailable, "genesis is being stored; ask again in a moment")
      return
    }
    isFounding = true
    waitingForGenesis.append(token)
    context.logQueue.put(.found(genesis, record))
  }

  func founded(_ founding: Founding, at now: Moment) {
    isFounding = false
    record = founding.record
    replicas = context.makeReplicas(founding.record, founding.headers, at: now)
    let groups = founding.record.groups.map(\.group)
    context.stateQueue.put(.begin(founding.worker, groups))
    peers.dropAll(reactor)
    for token in waitingForGenesis { answer(token, .done) }
    waitingForGenesis = []
    context.log.info("belongs to cluster \(record.genesis?.cluster ?? .zero) from now on")
  }

  func status(at now: Moment) -> NodeStatus {
    let node = context.configuration.node
    let usage = context.usage.latest()
    return NodeStatus(
      node: node.id.name, nation: node.nation.description, supplier: node.supplier.description,
      version: Versions.program, store: record.store, cluster: record.genesis?.cluster ?? .zero,
      bootCount: record.bootCount, pid: context.processID, uptime: now - context.started, memory: usage.memory,
      diskFree: usage.free ?? 0, diskUsed: usage.used,
      isLowOnSpace: replicas.isLowOnSpace, fsyncAge: context.gauge.age(at: now),
      fsyncWorst: context.gauge.worst(at: now), sqliteVersion: context.sqliteVersion,
      hasWALResetFix: context.hasWALResetFix, notServing: replicas.notServing(at: now),
      peers: replicas.peerStatus(at: now), groups: replicas.groupStatus(at: now))
  }
}
