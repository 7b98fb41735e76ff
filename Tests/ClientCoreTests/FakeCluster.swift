import Base
import ClientCore
import Model
import Wire

/// A cluster of made-up nodes around one real state machine, and a network, in virtual time. It takes liberties that
/// real nodes take too: a write in flight when leadership changes survives or not, and its caller may or may not be
/// told.
final class FakeCluster {
  struct Server {
    let name: String
    let nation: String
    var leader: Int?
    var term: UInt64 = 1
    /// Takes messages, answers none: paused, or its disk hangs.
    var isHung = false
    /// No peer hears it; clients do.
    var isCutOff = false
    var isUp = true
    /// What came while it was hung.
    var held: [Happening] = []
    /// Writes taken on and not yet told about.
    var pending: [Entry] = []
  }

  struct Entry {
    var link: LinkID
    var number: UInt64
    var keyspace: String
    var command: [UInt8]
    var fate: Fate?
  }

  enum Fate {
    case applied(Evaluation)
    case dropped
    case unseen
  }

  enum Happening {
    case toServer(LinkID, ClientRequest)
    case toClient(LinkID, ClientReply)
    case connecting(LinkID)
    case commit(server: Int, link: LinkID, number: UInt64)
    case overdueRead(server: Int, LinkID, ClientRequest)
    case act((FakeCluster) -> Void)
  }

  private(set) var now = Moment(nanoseconds: 1_000_000_000)
  var generator: SplitMix64
  var machine: ClientMachine
  var servers: [Server]
  let state = ModelState()
  var logTimeSkew = Interval.zero
  var leader: Int? = 0
  var term: UInt64 = 1
  var roundTrip = (Interval.milliseconds(3), Interval.milliseconds(15))
  /// One in so many proposals is refused as overloaded; 0: none.
  var overload = 0
  /// One in so many answers comes twice; 0: none.
  var duplication = 0
  /// A node that says that it belongs to another cluster.
  var stranger: Int?
  var results: [CallID: (result: Result<ClientReply, CallFailure>, at: Moment)] = [:]
  var finishes = 0
  /// Proposals taken on, and how many of them were copies of one before.
  private(set) var proposals = 0
  private(set) var copies = 0
  private var commands: Set<[UInt8]> = []
  var links: [LinkID: Int] = [:]

  private var agenda: [(at: Moment, order: UInt64, what: Happening)] = []
  private var order: UInt64 = 0
  private var effects: [ClientEffect] = []
  static let identity = Identifier(high: 1, low: 2)

  init(
    seed: UInt64, nations: [String] = ["england", "scotland", "wales"],
    configure: (inout ClientConfiguration) -> Void = { _ in }
  ) {
    generator = SplitMix64(seed: seed)
    servers = nations.enumerated().map { Server(name: "node-\($0)", nation: $1, leader: 0) }
    var configuration = ClientConfiguration(addresses: ["address-1"])
    configure(&configuration)
    machine = ClientMachine(configuration, seed: seed &+ 77)
    tell(.started)
  }

  // MARK: Time

  func after(_ interval: Interval, _ what: Happening) {
    order += 1
    let entry = (at: now + interval, order: order, what: what)
    var low = 0
    var high = agenda.count
    while low < high {
      let middle = (low + high) / 2
      if (agenda[middle].at, agenda[middle].order) > (entry.at, entry.order) { low = middle + 1 } else { high = middle }
    }
    agenda.insert(entry, at: low)
  }

  func after(_ interval: Interval, do act: @escaping (FakeCluster) -> Void) { after(interval, .act(act)) }

  func run(for interval: Interval) {
    let end = now + interval
    while true {
      let next = min(agenda.last?.at ?? .never, max(machine.deadline, now))
      guard next <= end else { break }
      now = max(now, next)
      if let last = agenda.last, last.at <= now {
        happen(agenda.removeLast().what)
      } else {
        tell(.tick)
      }
    }
    now = end
  }

  private func tell(_ event: ClientEvent) {
    machine.handle(event, at: now, into: &effects)
    let batch = effects
    effects = []
    for effect in batch {
      switch effect {
      case .connect(let link, let address):
        let server = servers.firstIndex { address == "address-\($0.name.dropFirst(5))" }
        links[link] = server
        after(delay(), .connecting(link))
      case .disconnect(let link): links[link] = nil
      case .send(let link, let request): after(delay(), .toServer(link, request))
      case .finish(let id, let result):
        finishes += 1
        results[id] = (result, now)
      }
    }
  }

  func delay() -> Interval { generator.interval(roundTrip.0, roundTrip.1) / 2 }

  // MARK: Calls

  func call(_ id: UInt64, _ body: Call.Body, timeout: Interval? = nil) {
    tell(.call(CallID(id), Call(body, timeout: timeout)))
  }

  func put(_ id: UInt64, _ resending: Write.Resending = .inSession, timeout: Interval? = nil) {
    let put = Operation.put(key: Self.key(id), value: Value([1]), wantsPrevious: false)
    call(
      id, .write(keyspace: "england", Write(.transaction(Transaction(success: [put])), resending: resending)),
      timeout: timeout)
  }

  func get(_ id: UInt64, of written: UInt64, _ consistency: ReadConsistency = .linearizable, timeout: Interval? = nil) {
    let query = RangeQuery(range: KeyRange(only: Self.key(written)))
    call(
      id, .read(keyspace: "england", ReadRequest(consistency: consistency, query: .range(query)), node: nil),
      timeout: timeout)
  }

  func cancel(_ id: UInt64) { tell(.cancel(CallID(id))) }
  func close() { tell(.closing) }

  static func key(_ id: UInt64) -> Key { Key("call-\(id)") }

  /// How often the write was executed.
  func executions(_ id: UInt64) -> UInt64 { state.rows[Self.key(id)]?.head.version ?? 0 }

  func failure(_ id: UInt64) -> CallFailure? {
    guard case .failure(let failure)? = results[CallID(id)]?.result else { return nil }
    return failure
  }

  func reply(_ id: UInt64) -> ClientReply? {
    guard case .success(let reply)? = results[CallID(id)]?.result else { return nil }
    return reply
  }

  // MARK: Faults

  func breakLink(_ link: LinkID) {
    guard links.removeValue(forKey: link) != nil else { return }
    tell(.closed(link, reason: "broken"))
  }

  func links(of server: Int) -> [LinkID] { links.filter { $0.value == server }.map(\.key).sorted() }

  func stop(_ server: Int) {
    servers[server].isUp = false
    servers[server].held = []
    // What a leader took on and lost with its memory is decided by the next one.
    servers[server].pending.removeAll { $0.fate != nil }
    for link in links(of: server) { breakLink(link) }
  }

  func hang(_ server: Int) { servers[server].isHung = true }

  func heal(_ server: Int) {
    servers[server].isUp = true
    servers[server].isCutOff = false
    servers[server].isHung = false
    learn(server)
    let held = servers[server].held
    servers[server].held = []
    for what in held { after(delay(), what) }
  }

  /// Another node leads from now on; what the old leader had in flight survives or not.
  func elect(_ next: Int) {
    term += 1
    if let old = leader, old != next {
      for position in servers[old].pending.indices where servers[old].pending[position].fate == nil {
        // A leader that nobody hears has replicated nothing since.
        let survives = !servers[old].isCutOff && generator.oneIn(2)
        servers[old].pending[position].fate = survives ? commit(servers[old].pending[position]) : .dropped
        if survives, generator.oneIn(3) { servers[old].pending[position].fate = .unseen }
      }
    }
    leader = next
    for server in servers.indices { learn(server) }
  }

  /// What a node that hears the others knows.
  private func learn(_ server: Int) {
    guard servers[server].isUp, !servers[server].isCutOff, !servers[server].isHung else { return }
    servers[server].leader = leader
    servers[server].term = term
    let decided = servers[server].pending.filter { $0.fate != nil }
    servers[server].pending.removeAll { $0.fate != nil }
    for entry in decided { settle(server, entry) }
    guard leader == server else { return }
    for entry in servers[server].pending {
      after(delay(), .commit(server: server, link: entry.link, number: entry.number))
    }
  }

  // MARK: Nodes

  private func happen(_ what: Happening) {
    switch what {
    case .act(let act): act(self)
    case .connecting(let link):
      guard let server = links[link], servers[server].isUp else {
        links[link] = nil
        return tell(.closed(link, reason: "refused"))
      }
      tell(.connected(link))
    case .toClient(let link, let reply):
      guard links[link] != nil else { return }
      tell(.received(link, reply))
      if duplication > 0, generator.oneIn(duplication), links[link] != nil { tell(.received(link, reply)) }
    case .toServer(let link, let request):
      guard let server = links[link] else { return }
      if servers[server].isHung { return servers[server].held.append(what) }
      serve(server, link, request)
    case .overdueRead(let server, let link, let request):
      answer(server, link, request.number, failure(.unavailable, "no majority"))
    case .commit(let server, let link, let number):
      guard leader == server, !servers[server].isHung, !servers[server].isCutOff, servers[server].isUp,
        let place = servers[server].pending.firstIndex(where: { $0.link == link && $0.number == number })
      else { return }
      var entry = servers[server].pending.remove(at: place)
      entry.fate = commit(entry)
      settle(server, entry)
    }
  }

  private func commit(_ entry: Entry) -> Fate {
    do {
      let logTime = LogTime(nanoseconds: now.nanoseconds + logTimeSkew.nanoseconds)
      return .applied(try state.apply(try Command(bytes: entry.command), at: logTime))
    } catch {
      preconditionFailure("the client sent what is no command: \(error)")
    }
  }

  private func settle(_ server: Int, _ entry: Entry) {
    switch entry.fate {
    case .applied(let evaluation):
      if case .refused(let refusal) = evaluation.result {
        answer(
          server, entry.link, entry.number, .failed(Failure(code: code(refusal), outcome: refusal.outcome, message: ""))
        )
      } else {
        answer(
          server, entry.link, entry.number, .applied(result: evaluation.result.bytes, logTime: evaluation.logTime),
          evaluation.revision)
      }
    case .dropped: answer(server, entry.link, entry.number, failure(.unavailable, "replaced"))
    case .unseen:
      answer(
        server, entry.link, entry.number, .failed(Failure(code: .unavailable, outcome: .unknown, message: "unseen")))
    case nil: preconditionFailure("no fate")
    }
  }

  private func code(_ refusal: CommandRefusal) -> FailureCode {
    switch refusal {
    case .unknownSession: .unknownSession
    case .acknowledgedBefore: .acknowledgedBefore
    case .requestReused: .requestReused
    case .compacted: .compacted
    case .futureRevision: .futureRevision
    case .sessionWindowFull, .tooManySessions, .requestMemoryFull: .memoryFull
    case .tooManyKeys, .resultTooLarge: .tooLarge
    }
  }

  private func failure(_ code: FailureCode, _ message: String, leader: String = "") -> ClientReply.Body {
    .failed(Failure(code: code, outcome: .notApplied, message: message, leader: leader))
  }

  private func answer(
    _ server: Int, _ link: LinkID, _ number: UInt64, _ body: ClientReply.Body, _ revision: Revision? = nil
  ) {
    let header = ReplyHeader(
      keyspace: "england", revision: revision ?? Revision(state.applied), node: servers[server].name,
      nation: servers[server].nation, cluster: stranger == server ? Identifier(high: 8, low: 8) : Self.identity,
      term: servers[server].term)
    after(delay(), .toClient(link, ClientReply(number: number, header: header, body: body)))
  }

  private var hasMajority: Bool {
    guard let leader else { return false }
    return servers[leader].isUp && !servers[leader].isHung && !servers[leader].isCutOff
  }

  private func serve(_ server: Int, _ link: LinkID, _ request: ClientRequest) {
    switch request.body {
    case .hello: answer(server, link, request.number, .hello(version: 1))
    case .cluster: answer(server, link, request.number, .cluster(map(server)))
    case .propose(let keyspace, let command):
      guard servers[server].leader == server else {
        let hint = servers[server].leader.map { servers[$0].name } ?? ""
        return answer(server, link, request.number, failure(hint.isEmpty ? .unavailable : .notLeader, "", leader: hint))
      }
      if overload > 0, generator.oneIn(overload) {
        return answer(server, link, request.number, failure(.overloaded, ""))
      }
      proposals += 1
      if !commands.insert(command).inserted { copies += 1 }
      servers[server].pending.append(
        Entry(link: link, number: request.number, keyspace: keyspace, command: command))
      after(delay(), .commit(server: server, link: link, number: request.number))
    case .read(_, let read):
      guard case .range(let query) = read.query else { return }
      let value = ReadResult.Value.range(
        RangeResult(
          items: state.rows(query.range, asOf: nil, limit: 10, keysOnly: false, reverse: false), more: false, count: 0))
      switch read.consistency {
      case .stale:
        answer(
          server, link, request.number, .read(ReadResult(value: value, staleness: Staleness(age: .milliseconds(9)))))
      case .linearizable:
        guard !servers[server].isCutOff, hasMajority else {
          return after(.seconds(1), .overdueRead(server: server, link, request))
        }
        answer(server, link, request.number, .read(ReadResult(value: value, staleness: nil)))
      }
    default: answer(server, link, request.number, failure(.unsupported, ""))
    }
  }

  private func map(_ server: Int) -> ClusterMap {
    ClusterMap(
      cluster: Self.identity,
      nodes: servers.indices.map {
        ClusterMap.Node(
          name: servers[$0].name, nation: servers[$0].nation, supplier: "a", client: "address-\($0)", peer: "", http: ""
        )
      },
      keyspaces: [
        ClusterMap.Keyspace(
          name: "england", group: GroupID(2), leader: servers[server].leader.map { servers[$0].name } ?? "",
          term: servers[server].term)
      ])
  }
}
