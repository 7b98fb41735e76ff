import Base
import Model
import Raft
import Wire

extension Maker {
  mutating func range() -> KeyRange {
    KeyRange(start: flag() ? key() : Key([]), end: flag() ? key() : nil)
  }

  mutating func query() -> RangeQuery {
    RangeQuery(
      range: range(), revision: revision(), limit: below(Bounds.queryLimitMax), keysOnly: flag(), countOnly: flag(),
      reverse: flag())
  }

  mutating func value() -> Value {
    flag()
      ? Value(bytes())
      : Value(
        format: UInt8(below(256)), codec: UInt8(below(256)), keyID: u32(), digest: digest(), bytes: bytes())
  }

  mutating func row() -> KeyValue {
    KeyValue(
      key: key(), value: flag() ? value() : nil, createRevision: revision(), modRevision: revision(),
      version: counter())
  }

  mutating func historyItem() -> HistoryItem {
    guard flag() else { return HistoryItem(item: row(), isDeletion: false) }
    return HistoryItem(
      item: KeyValue(key: key(), value: nil, createRevision: revision(), modRevision: revision(), version: 0),
      isDeletion: true)
  }

  mutating func request() -> ClientRequest {
    let body: ClientRequest.Body
    switch random.below(11) {
    case 0: body = .hello(ClientHello(versions: versions(), name: text()))
    case 1: body = .propose(keyspace: text(), command: bytes())
    case 2: body = .cluster
    case 3: body = .status
    case 4: body = .identity
    case 5: body = .genesis(bytes())
    case 6:
      body = .digest(
        keyspace: text(),
        DigestQuery(revision: revision(), range: range(), limit: below(Bounds.queryLimitMax), perRow: flag()))
    case 7: body = .transfer(keyspace: text(), to: text())
    default: body = .read(keyspace: text(), read())
    }
    return ClientRequest(number: random.next(), body: body)
  }

  mutating func read() -> ReadRequest {
    let query: ReadRequest.Query
    switch random.below(4) {
    case 0: query = .range(self.query())
    case 1: query = .history(key(), before: revision(), limit: below(Bounds.queryLimitMax))
    case 2: query = .outcome(identifier())
    default: query = .sessionOutcome(session: counter(), sequence: counter())
    }
    return ReadRequest(
      consistency: flag() ? .linearizable : .stale(maxAge: interval(), notBefore: revision()), query: query)
  }

  mutating func readResult() -> ReadResult {
    let value: ReadResult.Value
    switch random.below(4) {
    case 0:
      value = .range(RangeResult(items: list { $0.row() }, more: flag(), count: below(1 << 40)))
    case 1: value = .history(list { $0.historyItem() }, more: flag())
    case 2:
      value = .outcome(
        .applied(revision: revision(), succeeded: flag(), logTime: logTime(), result: bytes()))
    default: value = .outcome(.notRemembered)
    }
    return ReadResult(value: value, staleness: flag() ? Staleness(age: interval()) : nil)
  }

  mutating func reply() -> ClientReply {
    let body: ClientReply.Body
    switch random.below(10) {
    case 0: body = .hello(version: u16())
    case 1: body = .applied(result: bytes(), logTime: logTime())
    case 2: body = .cluster(clusterMap())
    case 3: body = .status(status())
    case 4: body = .identity(identity())
    case 5: body = .done
    case 6: body = .digest(digestResult())
    case 7:
      body = .failed(
        Failure(
          code: FailureCode.allCases[below(FailureCode.allCases.count)],
          outcome: Outcome.allCases[below(Outcome.allCases.count)], message: text(), leader: text()))
    default: body = .read(readResult())
    }
    return ClientReply(number: random.next(), header: replyHeader(), body: body)
  }

  mutating func replyHeader() -> ReplyHeader {
    ReplyHeader(
      keyspace: text(), revision: revision(), node: text(), nation: text(), cluster: identifier(), term: counter())
  }

  mutating func digestResult() -> DigestResult {
    DigestResult(
      setHash: digest(), rows: counter(), next: flag() ? key() : nil,
      members: list { DigestResult.Member(key: $0.digest(), member: $0.digest()) }, damaged: list { $0.digest() },
      error: text())
  }

  mutating func clusterNode() -> ClusterMap.Node {
    ClusterMap.Node(
      name: text(), nation: text(), supplier: text(), client: text(), peer: text(), http: text())
  }

  mutating func clusterMap() -> ClusterMap {
    ClusterMap(
      cluster: identifier(), nodes: list { $0.clusterNode() },
      keyspaces: list {
        ClusterMap.Keyspace(name: $0.text(), group: $0.group(), leader: $0.text(), term: $0.counter())
      })
  }

  mutating func identity() -> NodeIdentity {
    NodeIdentity(
      node: text(), nation: text(), supplier: text(), store: identifier(), bootCount: counter(), genesis: bytes())
  }

  mutating func follower() -> NodeStatus.Follower {
    NodeStatus.Follower(
      node: text(), match: counter(), lag: counter(), lastContact: interval(), fsyncAge: interval(), state: text())
  }

  mutating func groupStatus() -> NodeStatus.Group {
    NodeStatus.Group(
      keyspace: text(), group: group(), replica: ReplicaID(counter()), role: text(), leader: text(), term: counter(),
      commit: counter(), applied: counter(), lastIndex: counter(), firstIndex: counter(), durableIndex: counter(),
      base: counter(), compacted: counter(), liveKeys: counter(), sessions: counter(), chainHead: digest(),
      setHash: digest(), lastContact: interval(), followers: list { $0.follower() }, lag: counter(),
      voters: list { $0.text() }, outgoing: list { $0.text() }, quarantine: text(), received: counter(),
      receiving: counter(), rebuilds: counter(), scrubs: counter(), preferred: list { $0.text() }, notHome: text())
  }

  mutating func status() -> NodeStatus {
    NodeStatus(
      node: text(), nation: text(), supplier: text(), version: text(), store: identifier(), cluster: identifier(),
      bootCount: counter(), pid: u32(), uptime: interval(), memory: counter(), diskFree: counter(),
      diskUsed: counter(), isLowOnSpace: flag(), fsyncAge: interval(), fsyncWorst: interval(), sqliteVersion: text(),
      hasWALResetFix: flag(), notServing: text(),
      peers: list {
        NodeStatus.Peer(node: $0.text(), isConnected: $0.flag(), refusal: $0.text(), roundTrip: $0.interval())
      }, groups: list { $0.groupStatus() })
  }

  mutating func genesis() -> Genesis {
    let suppliers = ["arden", "borders"]
    var nodes: [ClusterMap.Node] = []
    var members: [Member] = []
    for place in 0...below(4) {
      let nation = Nation.allCases[below(4)]
      let supplier = suppliers[below(2)]
      let name = "node-\(place)"
      nodes.append(
        ClusterMap.Node(
          name: name, nation: nation.description, supplier: supplier, client: text(), peer: text(), http: text()))
      members.append(
        Member(
          replica: ReplicaID(UInt64(place) + 1), node: NodeID(name)!, store: identifier(), role: .voter,
          nation: nation, supplier: supplier))
    }
    var groups: [Genesis.Group] = []
    for group in [GroupID(1)] + self.groups().filter({ $0 > GroupID(1) }) {
      groups.append(
        Genesis.Group(
          keyspace: "k\(group.rawValue)", group: group, configuration: Configuration(members: members)))
    }
    return Genesis(
      cluster: identifier(), epoch: u32(), createdAt: WallTime(milliseconds: Int64(u32())), featureLevel: u16(),
      nodes: nodes, groups: groups)
  }
}
