import Base
import Model
import Raft
import Wire

/// Makes random values within the limits of their formats, the smallest and greatest among them.
struct Maker {
  var random: SplitMix64
  /// Everything as small as it can be: what the smallest sizes of list elements are checked with.
  var smallest = false

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func flag() -> Bool { smallest ? false : random.oneIn(2) }
  mutating func below(_ bound: Int) -> Int { smallest ? 0 : random.below(bound) }

  mutating func counter() -> UInt64 {
    switch below(4) {
    case 0: 0
    case 1: random.next() & 0xFFFF
    case 2: random.next() >> 2
    default: Bounds.counterMax
    }
  }

  mutating func u32() -> UInt32 { smallest ? 0 : UInt32(truncatingIfNeeded: random.next()) }
  mutating func u16() -> UInt16 { UInt16(truncatingIfNeeded: u32()) }
  mutating func replica() -> ReplicaID { ReplicaID(max(1, counter())) }
  mutating func group() -> GroupID { GroupID(u32()) }
  mutating func index() -> LogIndex { LogIndex(counter()) }
  mutating func term() -> Term { Term(counter()) }
  mutating func revision() -> Revision { Revision(counter()) }
  mutating func round() -> Round { Round(counter()) }
  mutating func identifier() -> Identifier { random.identifier() }
  mutating func digest() -> Digest { Digest(random.next(), random.next(), random.next(), random.next()) }
  mutating func id() -> EntryID { EntryID(index: index(), term: term()) }
  mutating func logTime() -> LogTime { LogTime(nanoseconds: Int64(counter() & 0xFFF_FFFF_FFFF)) }

  mutating func interval() -> Interval {
    below(5) == 1 ? Bounds.intervalMax : Interval(nanoseconds: Int64(counter() & 0xFFF_FFFF_FFFF))
  }

  mutating func bytes(_ limit: Int = 40) -> [UInt8] {
    let count = below(limit + 1)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  mutating func text(_ limit: Int = 20) -> String {
    let letters: [Character] = ["a", "Z", "7", "-", " ", "é", "Ŵ", "\u{1F691}", "e\u{301}", "\0"]
    var text = ""
    for _ in 0..<below(limit / 4) { text.append(letters[below(letters.count)]) }
    return text
  }

  mutating func node() -> NodeID {
    let letters = Array("abcxyz0129-")
    var name = "n"
    for _ in 0..<below(12) { name.append(letters[below(letters.count)]) }
    return NodeID(name)!
  }

  mutating func key() -> Key { Key([UInt8(truncatingIfNeeded: random.next())] + bytes()) }
  mutating func list<Element>(_ limit: Int = 4, _ make: (inout Maker) -> Element) -> [Element] {
    let count = below(limit)
    return (0..<count).map { _ in make(&self) }
  }

  /// Groups for a list that has to ascend.
  mutating func groups() -> [GroupID] {
    Array(Set(list { $0.group() })).sorted()
  }

  mutating func versions() -> ClosedRange<UInt16> {
    let low = max(1, u16())
    return low...max(low, u16())
  }

  mutating func configuration() -> Configuration {
    var members: [Member] = []
    for place in 0...UInt64(below(4)) {
      let labels = list(3) { Member.Label(name: $0.text(), value: $0.text()) }
      let role: MemberRole = place == 0 ? .voter : [.voter, .learner, .witness][below(3)]
      members.append(
        Member(
          replica: ReplicaID(place * 3 + 1), node: node(), store: identifier(), role: role,
          nation: Nation.allCases[below(4)], supplier: text(), labels: labels))
    }
    return Configuration(members: members, outgoing: flag() ? members.map(\.replica) : [])
  }

  mutating func entry(group: GroupID, after previous: EntryID, at time: LogTime) -> Entry {
    Entry(
      header: EntryHeader(
        epoch: u32(), group: group, term: previous.term, index: previous.index + 1,
        kind: EntryKind.allCases[below(3)], logTime: time + Interval(nanoseconds: Int64(below(9))),
        wallTime: WallTime(milliseconds: Int64(truncatingIfNeeded: random.next())), previousHash: digest(),
        featureLevel: u16(), evaluationVersion: u16()), payload: bytes())
  }

  mutating func append(group: GroupID) -> AppendRequest {
    let previous = EntryID(index: LogIndex(counter() & 0xFFFF_FFFF), term: term())
    var entries: [Entry] = []
    for _ in 0..<below(4) {
      entries.append(
        entry(group: group, after: entries.last?.id ?? previous, at: entries.last?.header.logTime ?? logTime()))
    }
    return AppendRequest(
      previous: previous, previousHash: digest(), entries: entries, commit: index(), round: round())
  }

  mutating func storedEntry() -> StoredEntry {
    StoredEntry(entry(group: group(), after: EntryID(index: LogIndex(7), term: term()), at: logTime()))
  }

  mutating func nonce() -> ReadNonce {
    ReadNonce(replica: replica(), bootCount: counter(), counter: counter())
  }

  mutating func message() -> GroupMessage {
    let group = group()
    let body: Message.Body
    switch random.below(11) {
    case 0: body = .preVote(VoteRequest(last: id(), isTransfer: flag()))
    case 1: body = .preVoteReply(VoteReply(granted: flag(), requestTerm: term()))
    case 2: body = .vote(VoteRequest(last: id(), isTransfer: flag()))
    case 3: body = .voteReply(VoteReply(granted: flag(), requestTerm: term()))
    case 4, 5: body = .append(append(group: group))
    case 6: body = .appendReply(appendReply())
    case 7: body = .heartbeat(Heartbeat(commit: index(), round: round(), quorumAge: interval()))
    case 8: body = .heartbeatReply(HeartbeatReply(round: round(), fsyncAge: interval(), isSuspended: flag()))
    case 9:
      body = flag() ? .readIndex(nonce()) : .timeoutNow
    default:
      body = .readIndexReply(
        ReadIndexReply(nonce: nonce(), index: flag() ? index() : nil, quorumAge: interval()))
    }
    return GroupMessage(group: group, message: Message(from: replica(), to: replica(), term: term(), body: body))
  }

  mutating func appendReply() -> AppendReply {
    let result: AppendReply.Result
    switch below(3) {
    case 0: result = .matched(index())
    case 1: result = .rejected(previous: index(), hint: id(), last: index())
    default: result = .hashDiffers(at: index())
    }
    return AppendReply(round: round(), result: result, fsyncAge: interval())
  }

  mutating func hello() -> PeerHello {
    var logs: [PeerHello.LogEnd] = []
    for group in groups() { logs.append(PeerHello.LogEnd(group: group, last: id())) }
    return PeerHello(
      versions: versions(), featureLevel: u16(), cluster: identifier(), epoch: u32(), node: node(),
      store: identifier(), bootCount: counter(), nonce: identifier(), callee: node(), logs: logs)
  }

  mutating func refusal() -> PeerRefusal {
    switch random.below(10) {
    case 0: .version(versions())
    case 1: .otherCluster(identifier())
    case 2: .otherEpoch(u32())
    case 3: .notAMember
    case 4: .wrongCallee(node())
    case 5: .otherStore(bound: identifier())
    case 6: .olderBoot(seen: counter())
    case 7: .doubled
    case 8: .logShrank(group: group(), acknowledged: index(), last: index())
    default: .noGenesis
    }
  }

  mutating func snapshot() -> SnapshotDescription {
    let index = index()
    return SnapshotDescription(
      mark: SnapshotMark(
        mark: LogMark(index: index, term: term(), hash: digest(), logTime: logTime()),
        configuration: configuration(), configurationIndex: LogIndex(index.rawValue / 2)),
      base: counter(), chainHead: digest(), setHash: digest(), featureLevel: u16(), kind: .file, bytes: counter(),
      fileDigest: digest())
  }

  mutating func snapshotFrame() -> SnapshotFrame {
    let body: SnapshotFrame.Body
    switch random.below(6) {
    case 0: body = .offer(snapshot())
    case 1: body = .chunk(offset: counter(), bytes: bytes())
    case 2: body = .received(offset: counter())
    case 3: body = .installed(index())
    case 4: body = .wanted(atLeast: index())
    default: body = .failed
    }
    return SnapshotFrame(group: group(), from: replica(), to: replica(), transfer: random.next(), body: body)
  }

  mutating func peerFrame() -> PeerFrame {
    switch random.below(8) {
    case 0: .hello(hello())
    case 1: .welcome(hello())
    case 2: .refused(refusal())
    case 3: .snapshot(snapshotFrame())
    case 4:
      .digests(
        list { DigestReport(group: $0.group(), index: $0.index(), chainHead: $0.digest(), setHash: $0.digest()) })
    case 5: .space(SpaceReport(free: counter(), isLow: flag()))
    default: .messages(list { $0.message() })
    }
  }

  mutating func hardState() -> HardStateRecord {
    HardStateRecord(
      group: group(), state: HardState(term: term(), votedFor: flag() ? replica() : nil, suspended: flag()))
  }

  mutating func peerRecord() -> PeerRecord {
    var acknowledged: [GroupIndex] = []
    for group in groups() { acknowledged.append(GroupIndex(group: group, index: index())) }
    return PeerRecord(store: identifier(), bootCount: counter(), nonce: identifier(), acknowledged: acknowledged)
  }

  mutating func fileHeader() -> FileHeader {
    FileHeader(
      kind: FileHeader.Kind.allCases[below(3)], epoch: u32(), featureLevel: UInt16(below(2)), payload: bytes())
  }
}
