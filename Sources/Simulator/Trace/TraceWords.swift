import Base
import Raft
import Replica
import Wire

/// How a trace names things: terms, indexes, names and counts; never a key, a value or another payload, and nothing that
/// differs between two runs of a seed.
struct TraceWords {
  private let keyspaces: [(group: GroupID, name: String)]

  init(_ genesis: Genesis) { keyspaces = genesis.groups.map { ($0.group, $0.keyspace) } }

  func name(_ group: GroupID) -> String {
    keyspaces.first { $0.group == group }?.name ?? group.description
  }

  /// Virtual time in seconds to the microsecond, in a column of its own.
  static func stamp(_ time: Interval) -> String {
    let microseconds = time.nanoseconds / 1_000
    let fraction = String(microseconds % 1_000_000)
    let seconds = String(microseconds / 1_000_000)
    return "[" + String(repeating: " ", count: max(4 - seconds.utf8.count, 0)) + seconds + "."
      + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction + "]"
  }

  // MARK: Between nodes

  func text(_ frame: PeerFrame) -> String {
    switch frame {
    case .hello(let hello): "hello, boot \(hello.bootCount)" + ends(hello)
    case .welcome(let hello): "welcome, boot \(hello.bootCount)" + ends(hello)
    case .refused(let refusal): "refused: \(text(refusal))"
    case .messages(let messages): messages.map { "\(name($0.group)) \(text($0.message))" }.joined(separator: "; ")
    case .snapshot(let frame): "\(name(frame.group)) snapshot \(frame.transfer) \(text(frame.body))"
    case .digests(let reports):
      reports.map { "\(name($0.group)) digests at \($0.index) \($0.chainHead.short) \($0.setHash.short)" }
        .joined(separator: "; ")
    case .space(let report): "space, \(report.free) bytes free\(report.isLow ? ", low" : "")"
    }
  }

  private func ends(_ hello: PeerHello) -> String {
    hello.logs.map { " \(name($0.group)) through \($0.last)\($0.isSuspended ? " suspended" : "")" }.joined()
  }

  func text(_ refusal: PeerRefusal) -> String {
    switch refusal {
    case .version: "another protocol"
    case .otherCluster: "another cluster"
    case .otherEpoch(let epoch): "epoch \(epoch)"
    case .notAMember: "no member"
    case .wrongCallee(let node): "this is \(node)"
    case .otherStore: "another store under this name"
    case .olderBoot(let seen): "boot \(seen) was seen"
    case .doubled: "a second process of this store"
    case .logShrank(let group, let acknowledged, let last):
      "\(name(group)) acknowledged \(acknowledged), holds \(last)"
    case .noGenesis: "no genesis"
    }
  }

  func text(_ message: Message) -> String { "t\(message.term) \(Self.text(message.body))" }

  private static func text(_ body: Message.Body) -> String {
    switch body {
    case .preVote(let request): "pre-vote, last \(request.last)"
    case .preVoteReply(let reply): "pre-vote of t\(reply.requestTerm) \(reply.granted ? "granted" : "refused")"
    case .vote(let request): "vote\(request.isTransfer ? " by transfer" : ""), last \(request.last)"
    case .voteReply(let reply): "vote of t\(reply.requestTerm) \(reply.granted ? "granted" : "refused")"
    case .append(let request):
      "append \(range(request.entries)) after \(request.previous), commit \(request.commit), round \(request.round.rawValue)"
    case .appendReply(let reply): "append \(text(reply.result)), round \(reply.round.rawValue)"
    case .heartbeat(let beat): "heartbeat, commit \(beat.commit), round \(beat.round.rawValue)"
    case .heartbeatReply(let reply):
      "heartbeat heard, round \(reply.round.rawValue)\(reply.isSuspended ? ", suspended" : "")"
    case .readIndex(let nonce): "read index \(text(nonce))?"
    case .readIndexReply(let reply): "read index \(text(reply.nonce)): \(reply.index.map(\.description) ?? "ask again")"
    case .timeoutNow: "campaign now"
    }
  }

  private static func range(_ entries: [Entry]) -> String {
    guard let first = entries.first, let last = entries.last else { return "nothing" }
    return first.index == last.index ? "\(first.id)" : "\(first.id)..\(last.id)"
  }

  private static func text(_ result: AppendReply.Result) -> String {
    switch result {
    case .matched(let index): "matched \(index)"
    case .rejected(let previous, let hint, let last): "rejected after \(previous), hint \(hint), last \(last)"
    case .hashDiffers(let index): "hash differs at \(index)"
    }
  }

  private static func text(_ nonce: ReadNonce) -> String { "\(nonce.replica).\(nonce.bootCount).\(nonce.counter)" }

  private func text(_ body: SnapshotFrame.Body) -> String {
    switch body {
    case .offer(let description): "offered at \(description.mark.mark), \(description.bytes) bytes"
    case .chunk(let offset, let bytes): "chunk at \(offset), \(bytes.count) bytes"
    case .received(let offset): "received below \(offset)"
    case .installed(let index): "installed at \(index)"
    case .failed: "failed"
    case .wanted(let index): "wanted at \(index) or later"
    }
  }

  // MARK: Devices

  func text(_ operations: [LogOperation]) -> String { operations.map(text).joined(separator: "; ") }

  private func text(_ operation: LogOperation) -> String {
    switch operation {
    case .write(let writes): writes.map(text).joined(separator: "; ")
    case .cut(let group, let through): "\(name(group)) cut through \(through)"
    case .install(let group, let description, _): "\(name(group)) snapshot in force at \(description.mark.mark)"
    case .rebuild(let group, let description, _): "\(name(group)) state rebuilt at \(description.mark.mark)"
    case .genesis: "genesis"
    case .peers: "what is known of peers"
    }
  }

  private func text(_ write: GroupWrite) -> String {
    var parts: [String] = []
    if let hard = write.persist.hardState {
      parts.append("t\(hard.term) vote \(hard.votedFor?.description ?? "none")\(hard.suspended ? " suspended" : "")")
    }
    if let from = write.persist.truncateFrom { parts.append("truncated from \(from)") }
    if !write.persist.entries.isEmpty { parts.append(Self.range(write.persist.entries)) }
    return "\(name(write.group)) \(parts.joined(separator: " "))"
  }

  func text(_ operation: StateOperation) -> String? {
    switch operation {
    case .apply(let batch):
      "applies \(name(batch.group)) \(Self.range(batch.entries))"
    case .export(let group, _): "exports \(name(group))"
    case .verify(let group, let transfer, _, let description):
      "verifies \(name(group)) snapshot \(transfer) at \(description.mark.mark)"
    case .adopt(let group, _): "adopts the snapshot of \(name(group))"
    case .checkpoint(let group): "checkpoints \(name(group))"
    case .condemn(let group, _): "condemns the state of \(name(group))"
    case .readChunk, .writeChunk, .remove: nil
    }
  }

  // MARK: Notes

  func text(_ note: ReplicaNote) -> String {
    switch note {
    case .raft(let group, let note): "\(name(group)) \(Self.text(note))"
    case .peerRefused(let node, let refusal): "refuses \(node): \(text(refusal))"
    case .refusedBy(let node, let refusal): "is refused by \(node): \(text(refusal))"
    case .leftService(let group, let reason): "\(name(group)) left service: \(reason)"
    case .inDoubt(let group): "\(name(group)) is in doubt"
    case .rebuilding(let group, let peer): "\(name(group)) rebuilds \(peer.map { "\($0)" } ?? "nobody")"
    case .rebuilt(let group, let index): "\(name(group)) was rebuilt at \(index)"
    case .snapshotSent(let group, let to, let index): "\(name(group)) snapshot at \(index) is with \(to)"
    case .snapshotInstalled(let group, let index): "\(name(group)) snapshot at \(index) installed"
    case .snapshotNotNeeded(let group): "\(name(group)) snapshot dropped, for the log came"
    case .leaseRanOut(let group): "\(name(group)) lease ran out before the answer"
    case .fateTold(let group, let wasApplied): "\(name(group)) tells of a write of earlier: \(wasApplied ? "" : "not ")applied"
    case .allReplicasHandedOver: "handed over everything"
    case .membershipRefused(let group, let refusal): "\(name(group)) membership refused: \(refusal)"
    case .readmitted(let group, let replica): "\(name(group)) is replica \(replica) from now on"
    }
  }

  private static func text(_ note: Note) -> String {
    switch note {
    case .becameRole(let role, let term): "is \(role.rawValue) in t\(term)"
    case .leaderChanged(let leader, let term):
      leader.map { "follows replica \($0) in t\(term)" } ?? "knows no leader in t\(term)"
    case .truncated(let index): "truncated from \(index)"
    case .peerLost(let replica, let acknowledged, let last):
      "replica \(replica) acknowledged \(acknowledged) and holds \(last)"
    case .hashDiffers(let replica, let index): "differs from replica \(replica) at \(index)"
    case .configurationChanged(let index): "goes by the configuration at \(index)"
    case .transferEnded(let succeeded): "transfer \(succeeded ? "succeeded" : "failed")"
    case .leftJoint(let index): "leaves the joint configuration of \(index)"
    case .lostQuorum(let term): "is answered by no majority in t\(term)"
    case .abdicated(let replica): "hands over to replica \(replica), for its disk hangs"
    case .skippedBack(let replica, let entries): "goes \(entries) entries further back for replica \(replica)"
    case .tailFull: "has too much uncommitted"
    case .resumedVoting: "votes again"
    }
  }

  // MARK: Clients

  static func text(_ request: ClientRequest.Body) -> String {
    switch request {
    case .hello: "hello"
    case .propose(let keyspace, let command): "\(keyspace) command of \(command.count) bytes"
    case .read(let keyspace, let request):
      switch request.consistency {
      case .linearizable: "\(keyspace) read"
      case .stale(let maxAge, let notBefore): "\(keyspace) read at most \(maxAge) old, not before \(notBefore)"
      }
    case .cluster: "the cluster's map?"
    case .status: "status?"
    case .identity: "identity?"
    case .genesis: "genesis"
    case .digest(let keyspace, _): "\(keyspace) digest?"
    case .transfer(let keyspace, let to): "\(keyspace) transfer to \(to.isEmpty ? "the best" : to)"
    }
  }

  static func text(_ reply: ClientReply.Body) -> String {
    switch reply {
    case .hello: "hello"
    case .applied: "applied"
    case .read(let result): result.staleness.map { "read, \($0.age) old" } ?? "read"
    case .cluster: "the cluster's map"
    case .status: "status"
    case .identity: "identity"
    case .done: "done"
    case .digest: "digest"
    case .failed(let failure):
      "\(failure.code), \(failure.outcome)\(failure.leader.isEmpty ? "" : ", ask \(failure.leader)")"
    }
  }
}
