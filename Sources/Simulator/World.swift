public import Base
import Model
import Raft
import Replica
import Storage
import Wire

/// A whole cluster in virtual time: the production replicas, simulated network, disks, processes and clients. One seed
/// decides everything.
public final class World {
  indirect enum Happening {
    case tick(node: Int, incarnation: Int, due: Moment)
    case event(node: Int, incarnation: Int, ReplicaEvent)
    case frame(from: Int, fromIncarnation: Int, to: Int, toIncarnation: Int, link: LinkID, PeerFrame)
    case dial(from: Int, due: Moment)
    case logWritten(node: Int, incarnation: Int, count: Int)
    case stateWorked(node: Int, incarnation: Int)
    case read(node: Int, incarnation: Int, ReadJob)
    case load(node: Int, incarnation: Int, GroupID, LogLoad)
    case resume(node: Int, incarnation: Int)
    case restart(node: Int)
    case fault
    case cut([Pair], FaultKind, for: Interval)
    case mend(cut: Int)
    case relieve([Pair])
    case clockRuns(node: Int, boot: Int, rate: Int64)
    case leap(by: Interval)
    case request(client: Int, number: UInt64, node: Int)
    case reply(client: Int, ClientReply, answered: Moment)
    case clientActs(client: Int)
    case clientImpatient(client: Int, number: UInt64)
    case clientTick(client: Int, due: Moment)
    case clientConnects(client: Int, link: UInt64, node: Int)
    case clientConnectionBreaks(connection: UInt64)
    case clientRequest(connection: UInt64, ClientRequest)
    case clientReply(connection: UInt64, ClientReply)
    case strike(node: Int, leader: Int)
    case strikeSnapshot(node: Int)
    case changeAtElection(node: Int, slot: Int)
    case strikeChange(node: Int)
    case duelParts(number: Int)
    case duelEnds(number: Int)
    case expelled(node: Int)
    case roomIsMade(nodes: [Int])
    case requestCopy(node: Int, ClientToken, ClientRequest.Body)
    case impostureEnds(node: Int)
    case holdEnds
    case diskHasSpace(node: Int)
    case diskReport(node: Int, incarnation: Int)
    case diskFault
    case diskThaws(node: Int, incarnation: Int)
    case readersLetGo(node: Int, incarnation: Int)
  }

  let options: SimulationOptions
  var random: SplitMix64
  var now = Moment(nanoseconds: 1_000_000_000)
  var queue = EventQueue<Happening>()
  var nodes: [SimulatedNode] = []
  var network: SimulatedNetwork
  var clients: [SimulatedClient] = []
  let genesis: Genesis
  let plan: FaultPlan
  /// Of disks with SQLite on them; nil in a world without.
  var disks: DiskFaults?
  var checks: Checks
  /// When everything was healed; nil while things still go wrong.
  var healed: Moment?
  var isHealing: Bool { healed != nil }
  var nextLink: UInt64 = 1
  /// Dials that were not welcomed yet, by the id of the inbound end.
  var pendingDials: [LinkID: (from: Int, fromIncarnation: Int, link: LinkID, to: Int, toIncarnation: Int)] = [:]
  var workload: Workload
  /// What clients do in profile `encounters`; nil in others.
  var shift: EncounterShift?
  /// Connections of the clients that run the production machine.
  var connections: [UInt64: ClientConnection] = [:]
  var nextConnection = World.firstConnection
  /// Until then clients only read.
  var quietUntil = Moment.zero
  /// The next follower to make entries durable crashes right after it has said so.
  var isHunting = false
  var injections = Injections()
  /// The next snapshot on its way will be interrupted.
  var huntsSnapshots = false
  /// Whoever is elected next is asked for a change of membership at once; whoever appends a configuration next goes.
  var huntsElections = false
  var huntsChanges = false
  /// Two leaders that are to change a membership without knowing of each other; nothing else goes wrong meanwhile.
  var duel: Duel?
  var duels = 0
  /// How much of the time that has passed was leapt over.
  var leapt = Interval.zero
  var survival: FaultGuard
  /// And the state file that was in force then.
  var rotten: [Rotten: String] = [:]
  var rottenEver: Set<Rotten> = []
  /// The nodes that are healed at the end.
  var core: [Int] = []
  var probes = [Int](repeating: 0, count: Probe.allCases.count)
  /// By group: the newest joint configuration that was begun.
  var entered: [EntryPlace?] = SimulatedTopology.keyspaces.map { _ in nil }
  var backups: [Backup] = []
  var impostures: [Imposture] = []
  var twins = 0
  /// Until then nothing goes wrong: a store is found out.
  var heldUntil = Moment.zero
  /// Each node as a member at first, of the group in which everybody is one.
  let founders: [Member]
  /// By group: the next id of a replica; none is ever used twice.
  var nextReplica: [UInt64]
  /// Keyspaces that somebody has written to at the end.
  var writtenAtEnd: Set<String> = []
  /// Beside which node each client stands.
  var homes: [Int] = []
  var eventCount: UInt64 = 0
  var leaders: LeaderTable
  /// Effects of the turn under way; kept for its memory.
  private var scratch: [ReplicaEffect] = []
  var trace: [String] = []
  /// Where lines of the trace go at once, so that they survive the process; nil: into the report.
  let onLine: ((String) -> Void)?
  let words: TraceWords
  private var fingerprint = Digest.zero
  var violation: String?
  /// When to see again whether everything has come right; to look is not cheap.
  private var nextLook = Moment.zero
  let started: Moment
  /// While there is SQLite in this world; nil when there is none.
  private var turn: SQLiteTurn?
  /// A hundred times what a busy world has: whoever comes near sends copies of copies.
  static let underWayMax = 100_000

  /// - Parameter onLine: takes the trace; nil: the report does.
  public init(_ options: SimulationOptions, onLine: ((String) -> Void)? = nil) throws(StorageError) {
    self.options = options
    self.onLine = onLine
    turn = options.profile == .disk ? try SQLiteTurn(seed: options.seed) : nil
    random = SplitMix64(seed: options.seed)
    plan = FaultPlan(&random)
    disks = World.diskFaults(options, nodes: plan.topology.count, turn)
    workload = Workload(&random)
    shift = options.profile == .encounters ? EncounterShift(seed: options.seed, defect: options.defect) : nil
    network = SimulatedNetwork(plan.topology)
    network.weather = plan.weather.without(options.calmed)
    leaders = LeaderTable(groups: SimulatedTopology.keyspaces.count)
    started = now
    var random = random
    for (position, place) in plan.topology.places.enumerated() {
      nodes.append(
        SimulatedNode(
          position: position, id: place.node, nation: place.nation, supplier: place.supplier,
          disk: World.disk(options, plan, disks, position)))
    }
    genesis = try World.found(nodes, plan.topology, &random)
    checks = Checks(genesis, nodes: nodes.map(\.id), fastestClock: plan.clocks.fastest)
    words = TraceWords(genesis)
    survival = FaultGuard(genesis, plan.topology)
    founders = genesis.groups[0].configuration.members
    nextReplica = Array(repeating: UInt64(plan.topology.count + 1), count: genesis.groups.count)
    self.random = random
    for position in nodes.indices {
      boot(position)
      try start(position)
    }
    for client in 0..<plan.clients {
      let group = genesis.groups[client % genesis.groups.count]
      clients.append(
        SimulatedClient(
          position: client, group: group.group, keyspace: group.keyspace, target: client % nodes.count))
      homes.append(random.below(nodes.count))
      if client / 2 % 2 == 0 || shift != nil { useMachine(client) }
      queue.schedule(.clientActs(client: client), at: now + .milliseconds(Int64(client)))
    }
    queue.schedule(.fault, at: now + .milliseconds(random.oneIn(2) ? 1_500 : 700))
    if disks != nil { queue.schedule(.diskFault, at: now + .milliseconds(700)) }
    if options.variant > 0 { self.random = SplitMix64(seed: options.seed, stream: 1 << 40 + options.variant) }
  }

  /// Opens each store once to learn its name, and gives all the same genesis.
  private static func found(
    _ nodes: [SimulatedNode], _ topology: SimulatedTopology, _ random: inout SplitMix64
  ) throws(StorageError) -> Genesis {
    var identities: [Identifier] = []
    for node in nodes {
      let (record, stores) = try node.disk.open(random: &random)
      node.stores = stores
      identities.append(record.store)
    }
    let genesis = topology.genesis(cluster: random.identifier(), stores: identities)
    for node in nodes {
      for group in genesis.groups {
        try node.stores?.createState(group.group, file: GroupRecord.foundingFile(group), genesis: genesis)
      }
      try node.stores?.log.perform([.genesis(genesis)])
      node.end(.stopped)
    }
    return genesis
  }

  /// Runs the seed to its end.
  public func run() -> SimulationReport {
    while violation == nil, let next = queue.pop() {
      now = max(now, next.at)
      turn?.clock.move(to: now)
      if lived > options.faultyTime + options.healingTime { break }
      if !isHealing, lived >= options.faultyTime { heal() }
      eventCount += 1
      carryOut(next.what)
      if queue.count > World.underWayMax { violation = violation ?? "overload: \(queue.count) things are under way at once" }
      if isHealing, now >= nextLook {
        if hasComeRight { break }
        nextLook = now + .milliseconds(5)
      }
    }
    if violation == nil, !hasComeRight { violation = "liveness: \(whatIsMissing)" }
    let whole = core.map { nodes[$0] }
    for node in whole { node.damaged = disks?.guardian.groups(of: node.position) ?? [] }
    if violation == nil { violation = checks.judgeHistories(keys: workload.keys) }
    if violation == nil { violation = checks.judgeContents(nodes: whole, genesis: genesis, isMember: isMember) }
    if violation == nil { violation = judgeShift(whole) }
    for node in nodes where node.isUp { node.end(.killed) }
    turn = nil
    return report()
  }

  private func report() -> SimulationReport {
    SimulationReport(
      seed: options.seed, violation: violation, virtualTime: lived, events: eventCount,
      acknowledgedWrites: checks.acknowledgedWrites, answeredReads: checks.answeredReads,
      unknownOutcomes: checks.unknownOutcomes,
      faults: FaultKind.allCases.map { kind in
        SimulationReport.FaultCount(kind: kind, count: checks.faults[kind.rawIndex])
      },
      probes: Probe.allCases.map { SimulationReport.ProbeCount(probe: $0, count: probes[$0.rawIndex]) },
      injections: injections.all, fingerprint: fingerprint, trace: trace)
  }

  /// Time that the world has lived through; what was leapt over does not count.
  var lived: Interval { now - started - leapt }

  // MARK: Happenings

  private func carryOut(_ happening: Happening) {
    traceHappening(happening)
    switch happening {
    case .tick(let node, let incarnation, let due):
      guard isCurrent(node, incarnation), nodes[node].nextTick == due, nodes[node].pausedUntil == nil else { return }
      nodes[node].nextTick = .never
      handle(node, .tick)
    case .event(let node, let incarnation, let event):
      guard isCurrent(node, incarnation) else { return }
      arrive(node, event)
    case .frame(let from, let fromIncarnation, let to, let toIncarnation, let link, let frame):
      arrived(from, fromIncarnation, to, toIncarnation, link, frame)
    case .dial(let from, let due): dial(from, due)
    case .logWritten(let node, let incarnation, let count): logWritten(node, incarnation, count)
    case .stateWorked(let node, let incarnation): stateWorked(node, incarnation)
    case .read(let node, let incarnation, let job): read(node, incarnation, job)
    case .load(let node, let incarnation, let group, let load): self.load(node, incarnation, group, load)
    case .resume(let node, let incarnation): resume(node, incarnation)
    case .restart(let node): restart(node)
    case .fault: injectNext()
    case .cut(let pairs, let kind, let length): cut(pairs, kind, for: length)
    case .mend(let cut): network.mend(cut)
    case .relieve(let pairs): for pair in pairs { network.relieve(pair) }
    case .clockRuns(let node, let boot, let rate): clockRuns(node, boot, rate)
    case .leap(let interval): leap(by: interval)
    case .request(let client, let number, let node): request(client, number, node)
    case .reply(let client, let reply, let answered): replied(client, reply, answered)
    case .clientActs(let client): act(client)
    case .clientImpatient(let client, let number): impatient(client, number)
    case .clientTick(let client, let due): clientTick(client, due)
    case .clientConnects(let client, let link, let node): clientConnects(client, link, node)
    case .clientConnectionBreaks(let connection): breakConnection(connection)
    case .clientRequest(let connection, let request): clientRequest(connection, request)
    case .clientReply(let connection, let reply): clientReply(connection, reply)
    case .strike(let node, let leader): strike(node, leader: leader)
    case .strikeSnapshot(let node): strikeSnapshot(node)
    case .changeAtElection(let node, let slot): changeAtElection(node, slot)
    case .strikeChange(let node): strikeChange(node)
    case .duelParts(let number): partDuel(number)
    case .duelEnds(let number): endDuel(number)
    case .expelled(let node): expelled(node)
    case .roomIsMade(let places): for node in places { nodes[node].isLow = false }
    case .requestCopy(let node, let token, let body): if nodes[node].isUp { arrive(node, .client(token, body)) }
    case .impostureEnds(let node): endImposture(node)
    case .holdEnds: endHold()
    case .diskHasSpace(let node): giveSpace(node)
    case .diskReport(let node, let incarnation): reportDisk(node, incarnation)
    case .diskFault: injectDiskFault()
    case .diskThaws(let node, let incarnation): diskThaws(node, incarnation)
    case .readersLetGo(let node, let incarnation): if isCurrent(node, incarnation) { nodes[node].letReadersGo() }
    }
  }

  func isCurrent(_ node: Int, _ incarnation: Int) -> Bool {
    nodes[node].isUp && nodes[node].incarnation == incarnation
  }

  /// Hands an event to a process, or keeps it until the process runs again.
  func arrive(_ node: Int, _ event: ReplicaEvent) {
    if nodes[node].pausedUntil != nil {
      nodes[node].backlog.append(event)
    } else {
      handle(node, event)
    }
  }

  func handle(_ node: Int, _ event: ReplicaEvent) {
    var effects: [ReplicaEffect] = []
    swap(&effects, &scratch)
    observeAsked(node, event)
    if let turn = nodes[node].turn(event, at: reading(node), wallTime(node), into: &effects) {
      endTurn(node, turn, effects)
    }
    observeTold(node, event)
    giveBack(&effects)
  }

  /// - Parameter clock: what the process takes for the present; nil: the present.
  func handle(_ node: Int, _ events: [ReplicaEvent], by clock: Moment? = nil) {
    var effects: [ReplicaEffect] = []
    swap(&effects, &scratch)
    for event in events { observeAsked(node, event) }
    if let turn = nodes[node].turn(events, at: clock ?? reading(node), wallTime(node), into: &effects) {
      endTurn(node, turn, effects)
    }
    for event in events { observeTold(node, event) }
    giveBack(&effects)
  }

  private func giveBack(_ effects: inout [ReplicaEffect]) {
    effects.removeAll(keepingCapacity: true)
    swap(&effects, &scratch)
  }

  private func endTurn(_ node: Int, _ turn: SimulatedNode.Turn, _ effects: [ReplicaEffect]) {
    carryOut(node, effects)
    guard nodes[node].isUp else { return }
    scheduleTick(node, deadline: turn.deadline)
    if turn.moved | nodes[node].unseen != 0 { observeMoved(node, turn.moved) }
    // Otherwise consensus is as it was; but a lease may end, or outlive what it should.
    if leaders.contested != 0 { observeContested() }
  }

  func scheduleTick(_ node: Int) {
    guard let deadline = nodes[node].deadline else { return }
    scheduleTick(node, deadline: deadline)
  }

  private func scheduleTick(_ node: Int, deadline: Moment) {
    let due = max(now + .microseconds(1), nodes[node].clock.moment(of: deadline))
    guard nodes[node].isUp, due != nodes[node].nextTick else { return }
    nodes[node].nextTick = due
    queue.schedule(.tick(node: node, incarnation: nodes[node].incarnation, due: due), at: due)
  }

  // MARK: Notes

  /// Folds what happened into the fingerprint.
  func mark(_ number: UInt64, _ other: UInt64) {
    var hasher = SHA256()
    hasher.update(fingerprint)
    hasher.update(number)
    hasher.update(other)
    hasher.update(UInt64(bitPattern: now.nanoseconds))
    fingerprint = hasher.finish()
  }

  func count(_ fault: FaultKind) {
    checks.faults[fault.rawIndex] += 1
    injections.took(fault)
  }
}

extension FaultKind {
  var rawIndex: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
