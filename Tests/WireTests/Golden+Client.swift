import Base
import Model
import Raft
import Wire

extension Golden {
  static let requests: [Sample] = [
    request("hello", .hello(ClientHello(versions: 1...2, name: "dispatch desk"))),
    request("propose", .propose(keyspace: "wales", command: [1, 2, 3])),
    request(
      "read-range",
      .read(
        keyspace: "wales",
        ReadRequest(
          consistency: .linearizable,
          query: .range(
            RangeQuery(
              range: KeyRange(prefix: Key("en/")), revision: Revision(44), limit: 100, keysOnly: true, reverse: true)
          )))),
    request(
      "read-history",
      .read(
        keyspace: "wales",
        ReadRequest(
          consistency: .stale(maxAge: .seconds(2), notBefore: Revision(40)),
          query: .history(Key("en/1"), before: Revision(99), limit: 10)))),
    request(
      "read-outcome",
      .read(keyspace: "wales", ReadRequest(consistency: .linearizable, query: .outcome(id)))),
    request(
      "read-sessionOutcome",
      .read(
        keyspace: "wales",
        ReadRequest(consistency: .linearizable, query: .sessionOutcome(session: 12, sequence: 3)))),
    request("cluster", .cluster),
    request("status", .status),
    request("identity", .identity),
    request("genesis", .genesis(genesis.encoded)),
    request(
      "digest",
      .digest(
        keyspace: "wales", DigestQuery(revision: Revision(44), range: .all, limit: 1_000, perRow: true))),
    request("transfer", .transfer(keyspace: "wales", to: "wales-1")),
  ]

  private static func request(_ name: String, _ body: ClientRequest.Body) -> Sample {
    Sample(name, ClientRequest(number: 0x0102_0304_0506_0708, body: body))
  }

  private static let row = KeyValue(
    key: Key("en/1"), value: Value(Array("open".utf8)), createRevision: Revision(40), modRevision: Revision(44),
    version: 3)
  private static let bare = KeyValue(
    key: Key("en/2"), value: nil, createRevision: Revision(40), modRevision: Revision(45), version: 0)

  static let replies: [Sample] = [
    reply("hello", .hello(version: 1)),
    reply("applied", .applied(result: [4, 5, 6], logTime: LogTime(nanoseconds: 5_000_000_000))),
    reply(
      "read-range",
      .read(
        ReadResult(
          value: .range(RangeResult(items: [row, bare], more: true, count: 7)),
          staleness: Staleness(age: .milliseconds(40))))),
    reply(
      "read-history",
      .read(
        ReadResult(
          value: .history(
            [HistoryItem(item: bare, isDeletion: true), HistoryItem(item: row, isDeletion: false)], more: false),
          staleness: nil))),
    reply(
      "read-outcome",
      .read(
        ReadResult(
          value: .outcome(
            .applied(
              revision: Revision(44), succeeded: true, logTime: LogTime(nanoseconds: 5), result: [4, 5, 6])),
          staleness: nil))),
    reply("read-notRemembered", .read(ReadResult(value: .outcome(.notRemembered), staleness: nil))),
    reply(
      "cluster",
      .cluster(
        ClusterMap(
          cluster: id, nodes: nodes,
          keyspaces: [ClusterMap.Keyspace(name: "wales", group: GroupID(2), leader: "wales-1", term: 7)]))),
    reply("status", .status(status)),
    reply("identity", .identity(identity)),
    reply("done", .done),
    reply(
      "digest",
      .digest(
        DigestResult(
          setHash: digest, rows: 2, next: Key("en/3"), members: [DigestResult.Member(key: digest, member: .zero)],
          damaged: [digest], error: "page 7 is malformed"))),
    reply(
      "failed",
      .failed(
        Failure(
          code: .notLeader, outcome: .notApplied, message: "wales-1 leads this keyspace: ask there",
          leader: "wales-1"))),
  ]

  private static func reply(_ name: String, _ body: ClientReply.Body) -> Sample {
    let header = ReplyHeader(
      keyspace: "wales", revision: Revision(44), node: "wales-1", nation: "wales", cluster: id, term: 7)
    return Sample(name, ClientReply(number: 0x0102_0304_0506_0708, header: header, body: body))
  }

  private static let status = NodeStatus(
    node: "wales-1", nation: "wales", supplier: "borders", version: "0.1.0", store: otherID, cluster: id, bootCount: 9,
    pid: 4_321, uptime: .seconds(86_400), memory: 1 << 27, diskFree: 1 << 36, diskUsed: 1 << 30, isLowOnSpace: true,
    fsyncAge: .microseconds(100), fsyncWorst: .milliseconds(9), sqliteVersion: "3.40.1", hasWALResetFix: false,
    notServing: "",
    peers: [
      NodeStatus.Peer(node: "england-1", isConnected: true, refusal: "", roundTrip: .milliseconds(8))
    ],
    groups: [
      NodeStatus.Group(
        keyspace: "wales", group: GroupID(2), replica: ReplicaID(3), role: "leader", leader: "wales-1", term: 7,
        commit: 44, applied: 43, lastIndex: 45, firstIndex: 2, durableIndex: 44, base: 0, compacted: 10, liveKeys: 5,
        sessions: 1, chainHead: digest, setHash: digest, lastContact: .milliseconds(12),
        followers: [
          NodeStatus.Follower(
            node: "england-1", match: 44, lag: 1, lastContact: .milliseconds(12), fsyncAge: .zero, state: "replicate")
        ], lag: 1, voters: ["england-1", "wales-1"], outgoing: [], quarantine: "one row", received: 4_096,
        receiving: 1 << 30, rebuilds: 2, scrubs: 77, preferred: ["england-1"], notHome: "it was away")
    ])
}
