import Base
import Model
import Raft
import Wire

/// Fixed values of every format. Their bytes stand in `Golden/*.bin`: a difference means that programs and files
/// already out there are no longer understood. A new version of a format gets new samples; the old ones stay readable.
enum Golden {
  struct Sample: Sendable {
    let name: String
    let coder: String
    let bytes: [UInt8]
    /// Whether decoding the bytes gives the value that they were made of.
    let returns: @Sendable ([UInt8]) -> Bool

    init<Form: WireForm & Equatable>(_ name: String, _ value: Form) {
      coder = "\(Form.self)"
      self.name = "\(coder).\(name).v1"
      bytes = value.encoded
      returns = { (try? Form(decoding: $0)) == value }
    }

    init(_ header: FileHeader) {
      coder = "FileHeader"
      name = "FileHeader.\(header.kind).v1"
      bytes = header.encoded
      returns = { (try? FileHeader(decoding: $0, expecting: header.kind)) == header }
    }

    init(_ preamble: ConnectionPreamble) {
      coder = "ConnectionPreamble"
      name = "ConnectionPreamble.\(preamble.role).v1"
      bytes = preamble.encoded
      returns = { (try? ConnectionPreamble(parsing: $0, expecting: preamble.role)) == preamble }
    }
  }

  static let samples: [Sample] = peers + messages + requests + replies + records

  // MARK: the values

  static let id = Identifier(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
  static let otherID = Identifier(high: 0xFEDC_BA98_7654_3210, low: 0x0123_4567_89AB_CDEF)
  static let digest = Digest(
    0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F, 0x1011_1213_1415_1617, 0x1819_1A1B_1C1D_1E1F)
  static let england = NodeID("england-1")!
  static let wales = NodeID("wales-1")!
  static let entryID = EntryID(index: LogIndex(41), term: Term(6))

  static let configuration = Configuration(
    members: [
      Member(
        replica: ReplicaID(1), node: england, store: id, role: .voter, nation: .england, supplier: "arden",
        labels: [Member.Label(name: "building", value: "leeds-2")]),
      Member(
        replica: ReplicaID(2), node: wales, store: otherID, role: .witness, nation: .wales, supplier: "borders"),
    ], outgoing: [ReplicaID(1)])

  static func entry(_ index: UInt64, _ kind: EntryKind, _ payload: [UInt8]) -> Entry {
    Entry(
      header: EntryHeader(
        epoch: 3, group: GroupID(2), term: Term(7), index: LogIndex(index), kind: kind,
        logTime: LogTime(nanoseconds: 5_000_000_000), wallTime: WallTime(milliseconds: 1_767_225_600_000),
        previousHash: digest, featureLevel: 1, evaluationVersion: 1), payload: payload)
  }

  static let hello = PeerHello(
    versions: 1...2, featureLevel: 1, cluster: id, epoch: 3, node: england, store: otherID, bootCount: 9, nonce: id,
    callee: wales,
    logs: [
      PeerHello.LogEnd(group: GroupID(1), last: entryID),
      PeerHello.LogEnd(group: GroupID(2), last: EntryID(index: LogIndex(1), term: Term(0))),
    ])

  static let snapshot = SnapshotDescription(
    mark: SnapshotMark(
      mark: LogMark(index: LogIndex(100), term: Term(6), hash: digest, logTime: LogTime(nanoseconds: 77)),
      configuration: configuration, configurationIndex: LogIndex(12)),
    base: 1_000, chainHead: digest, setHash: .zero, featureLevel: 1, kind: .file, bytes: 1 << 33, fileDigest: digest)

  static let nodes = [
    ClusterMap.Node(
      name: "england-1", nation: "england", supplier: "arden", client: "198.51.100.1:4001", peer: "198.51.100.1:4000",
      http: "198.51.100.1:4002"),
    ClusterMap.Node(
      name: "wales-1", nation: "wales", supplier: "borders", client: "[2001:db8::1]:4001", peer: "[2001:db8::1]:4000",
      http: ""),
  ]

  static let genesis = Genesis(
    cluster: id, epoch: 1, createdAt: WallTime(milliseconds: 1_767_225_600_000), featureLevel: 1, nodes: nodes,
    groups: [
      Genesis.Group(
        keyspace: "system", group: GroupID(1), configuration: Configuration(members: configuration.members)),
      Genesis.Group(
        keyspace: "wales", group: GroupID(2), configuration: Configuration(members: [configuration.members[1]])),
    ])

  static let identity = NodeIdentity(
    node: "england-1", nation: "england", supplier: "arden", store: id, bootCount: 9, genesis: genesis.encoded)

  // MARK: between nodes

  private static let peers: [Sample] = [
    Sample("hello", PeerFrame.hello(hello)),
    Sample("welcome", PeerFrame.welcome(hello)),
    Sample("refused-version", PeerFrame.refused(.version(2...5))),
    Sample("refused-otherCluster", PeerFrame.refused(.otherCluster(id))),
    Sample("refused-otherEpoch", PeerFrame.refused(.otherEpoch(4))),
    Sample("refused-notAMember", PeerFrame.refused(.notAMember)),
    Sample("refused-wrongCallee", PeerFrame.refused(.wrongCallee(wales))),
    Sample("refused-otherStore", PeerFrame.refused(.otherStore(bound: otherID))),
    Sample("refused-olderBoot", PeerFrame.refused(.olderBoot(seen: 10))),
    Sample("refused-doubled", PeerFrame.refused(.doubled)),
    Sample(
      "refused-logShrank",
      PeerFrame.refused(.logShrank(group: GroupID(2), acknowledged: LogIndex(50), last: LogIndex(40)))),
    Sample("refused-noGenesis", PeerFrame.refused(.noGenesis)),
    snapshotFrame("offer", .offer(snapshot)),
    snapshotFrame("chunk", .chunk(offset: 262_144, bytes: [1, 2, 3])),
    snapshotFrame("received", .received(offset: 262_147)),
    snapshotFrame("installed", .installed(LogIndex(100))),
    snapshotFrame("failed", .failed),
    snapshotFrame("wanted", .wanted(atLeast: LogIndex(41))),
    Sample(
      "digests",
      PeerFrame.digests([
        DigestReport(group: GroupID(2), index: LogIndex(1_024), chainHead: digest, setHash: .zero)
      ])),
    Sample("space", PeerFrame.space(SpaceReport(free: 1 << 27, isLow: true))),
  ]

  private static func snapshotFrame(_ name: String, _ body: SnapshotFrame.Body) -> Sample {
    Sample(
      "snapshot-\(name)",
      PeerFrame.snapshot(
        SnapshotFrame(group: GroupID(2), from: ReplicaID(1), to: ReplicaID(3), transfer: 0xABCD, body: body)))
  }

  private static let messages: [Sample] = [
    Sample("messages-none", PeerFrame.messages([])),
    message("preVote", .preVote(VoteRequest(last: entryID, isTransfer: false))),
    message("preVoteReply", .preVoteReply(VoteReply(granted: true, requestTerm: Term(8)))),
    message("vote", .vote(VoteRequest(last: entryID, isTransfer: true))),
    message("voteReply", .voteReply(VoteReply(granted: false, requestTerm: Term(8)))),
    message(
      "append",
      .append(
        AppendRequest(
          previous: entryID, previousHash: digest,
          entries: [
            entry(42, .noop, []), entry(43, .command, [9, 8, 7]), entry(44, .configuration, configuration.bytes),
          ],
          commit: LogIndex(40), round: Round(5)))),
    message("appendReply-matched", appendReply(.matched(LogIndex(44)))),
    message(
      "appendReply-rejected",
      appendReply(.rejected(previous: LogIndex(41), hint: entryID, last: LogIndex(45)))),
    message("appendReply-hashDiffers", appendReply(.hashDiffers(at: LogIndex(41)))),
    message(
      "heartbeat",
      .heartbeat(Heartbeat(commit: LogIndex(44), round: Round(6), quorumAge: .milliseconds(12)))),
    message("heartbeatReply", .heartbeatReply(HeartbeatReply(round: Round(6), fsyncAge: .zero, isSuspended: true))),
    message("readIndex", .readIndex(nonce)),
    message(
      "readIndexReply",
      .readIndexReply(ReadIndexReply(nonce: nonce, index: LogIndex(44), quorumAge: .milliseconds(3)))),
    message("readIndexReply-none", .readIndexReply(ReadIndexReply(nonce: nonce, index: nil, quorumAge: .zero))),
    message("timeoutNow", .timeoutNow),
  ]

  private static let nonce = ReadNonce(replica: ReplicaID(3), bootCount: 9, counter: 1_000)

  private static func appendReply(_ result: AppendReply.Result) -> Message.Body {
    .appendReply(AppendReply(round: Round(5), result: result, fsyncAge: .microseconds(900)))
  }

  private static func message(_ name: String, _ body: Message.Body) -> Sample {
    Sample(
      "messages-\(name)",
      PeerFrame.messages([
        GroupMessage(
          group: GroupID(2), message: Message(from: ReplicaID(1), to: ReplicaID(3), term: Term(7), body: body))
      ]))
  }

  // MARK: on disk

  private static let records: [Sample] = [
    Sample("two-nodes", genesis),
    Sample("before-genesis", NodeIdentity(
      node: "wales-1", nation: "wales", supplier: "borders", store: id, bootCount: 1, genesis: [])),
    Sample("file", snapshot),
    Sample("command", StoredEntry(entry(42, .command, [1, 2, 3, 4]))),
    Sample(
      "voted",
      HardStateRecord(
        group: GroupID(2), state: HardState(term: Term(7), votedFor: ReplicaID(3), suspended: false))),
    Sample(
      "suspended",
      HardStateRecord(group: GroupID(2), state: HardState(term: Term(7), votedFor: nil, suspended: true))),
    Sample(
      "two-groups",
      PeerRecord(
        store: id, bootCount: 9, nonce: otherID,
        acknowledged: [
          GroupIndex(group: GroupID(1), index: LogIndex(5)), GroupIndex(group: GroupID(2), index: LogIndex(44)),
        ])),
    Sample(FileHeader(kind: .identity, epoch: 1, featureLevel: 1, payload: identity.encoded)),
    Sample(FileHeader(kind: .snapshot, epoch: 1, featureLevel: 1, payload: snapshot.encoded)),
    Sample(FileHeader(kind: .reserve, epoch: 0, featureLevel: 1, payload: [])),
    Sample(ConnectionPreamble(role: .peer)),
    Sample(ConnectionPreamble(role: .client)),
  ]
}

/// Sixteen bytes a line, in hexadecimal.
func hexDump(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef")
  var text = ""
  for (place, byte) in bytes.enumerated() {
    if place > 0 { text += place % 16 == 0 ? "\n" : " " }
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return text
}
