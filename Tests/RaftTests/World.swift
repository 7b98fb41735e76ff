import Base
import Raft

/// A cluster in memory: replicas, their disks and the network between them. Nothing happens by itself: writes become
/// durable, messages arrive and time passes only when the test says so. ``Laws`` are checked after every step.
final class World {
  /// What survives a crash.
  struct Disk {
    var hardState = HardState(term: .zero, votedFor: nil, suspended: false)
    var snapshot: SnapshotMark
    /// Consecutive after the snapshot.
    var entries: [Entry] = []
    var applied: LogIndex
    var boots: UInt64 = 0

    var last: LogIndex { snapshot.mark.index + UInt64(entries.count) }

    func entry(at index: LogIndex) -> Entry? {
      guard index > snapshot.mark.index && index <= last else { return nil }
      return entries[Int(index - snapshot.mark.index) - 1]
    }

    mutating func write(_ persist: Persist) {
      if let hardState = persist.hardState { self.hardState = hardState }
      if let from = persist.truncateFrom, from <= last {
        entries.removeLast(min(entries.count, Int(last - from) + 1))
      }
      // Entries at or below a snapshot that was installed meanwhile are junk, and so is what does not follow it.
      for entry in persist.entries where entry.index == last + 1 { entries.append(entry) }
    }
  }

  struct Node {
    var group: RaftGroup?
    var disk: Disk
    var pending: [Persist] = []
    var held: [(mark: WriteMark, message: Message)] = []
    var loads: [LogLoad] = []
    var wantsSnapshot: [ReplicaID] = []
    var readCounter: UInt64 = 0
    /// Its disk answers nothing; since when a write has waited for that.
    var hangs = false
    var waitsSince: Moment?
    /// This node's clock runs at `rate` thousandths of true time.
    var rate: Int64 = 1_000
    var applicable: LogIndex
  }

  static let group = GroupID(7)
  static let epoch: UInt32 = 1

  var now = Moment(nanoseconds: 1_000_000_000)
  var nodes: [ReplicaID: Node] = [:]
  /// Sorted.
  private(set) var ids: [ReplicaID] = []
  var network: [Message] = []
  /// Ordered pairs between which messages vanish.
  var severed: Set<[ReplicaID]> = []
  var trace: [String]?
  var laws = Laws()
  var timing = Timing()
  /// What every replica prefers from its start on.
  var preference: LeaderPreference?
  var seed: UInt64
  /// Whether applied entries are marked as applied at once; otherwise the test does that.
  var appliesAtOnce = true
  private var effects = Effects()

  init(seed: UInt64 = 1) { self.seed = seed }

  static func id(_ number: UInt64) -> ReplicaID { ReplicaID(number) }

  static func member(_ replica: ReplicaID, _ role: MemberRole, isHome: Bool = false) -> Member {
    Member(
      replica: replica, node: NodeID("n\(replica.rawValue)")!, store: Identifier(high: 1, low: replica.rawValue),
      role: role, nation: isHome ? home : .wales, supplier: "a")
  }

  static let home = Nation.scotland

  /// Makes nodes with a common genesis at index 1.
  func found(_ configuration: Configuration, boots: UInt64 = 0) {
    let mark = LogMark(index: .genesis, term: Term(0), hash: .zero, logTime: .zero)
    let genesis = SnapshotMark(mark: mark, configuration: configuration, configurationIndex: .genesis)
    for member in configuration.members { addNode(member.replica, from: genesis, boots: boots) }
    laws.found(genesis)
    for id in ids { start(id) }
  }

  /// Makes a node that knows nothing: a learner to be.
  func addEmptyNode(_ id: ReplicaID) {
    let mark = LogMark(index: .zero, term: .zero, hash: .zero, logTime: .zero)
    addNode(
      id, from: SnapshotMark(mark: mark, configuration: Configuration(members: []), configurationIndex: .zero),
      boots: 0)
    start(id)
  }

  private func addNode(_ id: ReplicaID, from snapshot: SnapshotMark, boots: UInt64) {
    var disk = Disk(snapshot: snapshot, applied: snapshot.mark.index)
    disk.boots = boots
    nodes[id] = Node(group: nil, disk: disk, applicable: snapshot.mark.index)
    ids = (ids + [id]).sorted()
  }

  // MARK: Life and death

  func start(_ id: ReplicaID) {
    var node = nodes[id]!
    node.disk.boots += 1
    // A crash between an installation and the truncation it asked for leaves entries that do not follow the snapshot.
    if let first = node.disk.entries.first, first.header.previousHash != node.disk.snapshot.mark.hash {
      node.disk.entries = []
    }
    let disk = node.disk
    let keep = min(disk.entries.count, max(Int(disk.last - disk.applied), Int(disk.boots % 7)))
    let tail = Array(disk.entries.suffix(keep))
    var trail: [EntryID] = []
    var configurations: [(index: LogIndex, configuration: Configuration)] = []
    for entry in disk.entries.dropLast(keep) {
      if trail.last?.term != entry.term { trail.append(entry.id) }
      if entry.kind == .configuration { configurations.append((entry.index, Laws.configuration(of: entry))) }
    }
    let restored = RestoredState(
      group: Self.group, epoch: Self.epoch, replica: id, hardState: disk.hardState, snapshot: disk.snapshot,
      tail: tail, trail: trail, configurations: configurations, applied: disk.applied, bootCount: disk.boots,
      seed: seed &* 1_000_003 &+ id.rawValue &* 101 &+ disk.boots)
    node.group = RaftGroup(restored, timing: timing, at: localTime(node))
    node.group!.prefer(preference)
    node.applicable = disk.applied
    nodes[id] = node
    laws.started(id, node.group!)
  }

  /// Loses everything that is not durable.
  func crash(_ id: ReplicaID) {
    nodes[id]!.group = nil
    nodes[id]!.pending = []
    nodes[id]!.held = []
    nodes[id]!.loads = []
    nodes[id]!.wantsSnapshot = []
    laws.stopped(id)
  }

  /// Gives a store that is down a log of entries of `terms` from its snapshot on; equal beginnings give equal entries.
  func rewrite(_ id: ReplicaID, terms: [Term]) {
    var entries: [Entry] = []
    var previous = nodes[id]!.disk.snapshot.mark
    for term in terms {
      let header = EntryHeader(
        epoch: Self.epoch, group: Self.group, term: term, index: previous.index + 1, kind: .command,
        logTime: previous.logTime, wallTime: .zero, previousHash: previous.hash)
      entries.append(Entry(header: header, payload: []))
      previous = entries[entries.count - 1].mark
    }
    nodes[id]!.disk.entries = entries
    nodes[id]!.disk.hardState.term = max(nodes[id]!.disk.hardState.term, previous.term)
    if nodes[id]!.disk.hardState.votedFor != id { nodes[id]!.disk.hardState.votedFor = nil }
  }

  func isUp(_ id: ReplicaID) -> Bool { nodes[id]?.group != nil }
  func group(_ id: ReplicaID) -> RaftGroup { nodes[id]!.group! }
  var up: [ReplicaID] { ids.filter(isUp) }

  /// The live leader of the highest term.
  var leader: ReplicaID? {
    up.filter { group($0).role == .leader }.max { group($0).term < group($1).term }
  }

  func localTime(_ node: Node) -> Moment { Moment(nanoseconds: now.nanoseconds * node.rate / 1_000) }
  func localTime(_ id: ReplicaID) -> Moment { localTime(nodes[id]!) }

  // MARK: Steps

  func step(_ id: ReplicaID, _ event: Event) {
    guard var group = nodes[id]?.group else { return }
    effects.removeAll()
    nodes[id]!.group = nil
    group.step(event, at: localTime(id), into: &effects)
    nodes[id]!.group = group
    if trace != nil { for line in effects.lines { say("\(id): \(line)") } }
    if let persist = effects.persist {
      nodes[id]!.pending.append(persist)
      if nodes[id]!.hangs && nodes[id]!.waitsSince == nil { nodes[id]!.waitsSince = now }
    }
    for message in effects.sends { route(message) }
    for message in effects.sendsAfterPersist {
      if group.durableMark == group.newestMark { route(message) } else { hold(message, until: group.newestMark, id) }
    }
    nodes[id]!.loads += effects.loads
    for peer in effects.snapshotsNeeded where !nodes[id]!.wantsSnapshot.contains(peer) {
      nodes[id]!.wantsSnapshot.append(peer)
    }
    laws.stepped(id, effects, self)
    if let applicable = effects.applicable {
      nodes[id]!.applicable = applicable
      if appliesAtOnce { apply(id, through: applicable) }
    }
  }

  func apply(_ id: ReplicaID, through index: LogIndex) {
    nodes[id]!.disk.applied = index
    nodes[id]!.group!.markApplied(index)
  }

  private func hold(_ message: Message, until mark: WriteMark, _ id: ReplicaID) {
    nodes[id]!.held.append((mark, message))
    say("\(id): holds until m\(mark.rawValue): to \(message.to) \(message.line)")
  }

  private func route(_ message: Message) {
    if severed.contains([message.from, message.to]) || nodes[message.to] == nil { return }
    network.append(message)
  }

  /// The oldest outstanding write of `id` becomes durable.
  func persist(_ id: ReplicaID) -> Bool {
    guard isUp(id), !nodes[id]!.hangs, let write = nodes[id]!.pending.first else { return false }
    nodes[id]!.pending.removeFirst()
    nodes[id]!.disk.write(write)
    say("\(id): m\(write.mark.rawValue) is durable")
    let released = nodes[id]!.held.filter { $0.mark <= write.mark }
    nodes[id]!.held.removeAll { $0.mark <= write.mark }
    for item in released { route(item.message) }
    step(id, .persisted(write.mark))
    return true
  }

  func setHangs(_ id: ReplicaID, _ hangs: Bool) {
    nodes[id]!.hangs = hangs
    nodes[id]!.waitsSince = hangs && !nodes[id]!.pending.isEmpty ? now : nil
    if !hangs { step(id, .fsyncAge(.zero)) }
  }

  /// What the shell tells every now and then.
  private func reportDisk(_ id: ReplicaID) {
    if isUp(id), let since = nodes[id]!.waitsSince { step(id, .fsyncAge(now - since)) }
  }

  func deliver(_ place: Int, keeping: Bool = false) {
    let message = keeping ? network[place] : network.remove(at: place)
    guard isUp(message.to) else { return }
    say("\(message.to) < \(message.from) \(message.line)")
    step(message.to, .received(message))
  }

  func tick(_ id: ReplicaID) {
    if isUp(id), group(id).deadline <= localTime(id) { step(id, .tick) }
  }

  /// Answers the oldest request to read `id`'s log on disk.
  func serveLoad(_ id: ReplicaID) -> Bool {
    guard isUp(id), let load = nodes[id]!.loads.first else { return false }
    nodes[id]!.loads.removeFirst()
    let disk = nodes[id]!.disk
    guard load.from > disk.snapshot.mark.index else {
      step(id, .loadCompacted(load))
      return true
    }
    var entries: [Entry] = []
    var index = load.from
    while index <= load.through, let entry = disk.entry(at: index) {
      entries.append(entry)
      index += 1
    }
    step(id, .loaded(load, entries))
    return true
  }

  /// Brings the state of `id` at its applied index to the first peer that waits for it.
  func sendSnapshot(_ id: ReplicaID, arrives: Bool = true) -> Bool {
    guard isUp(id), let peer = nodes[id]!.wantsSnapshot.first else { return false }
    nodes[id]!.wantsSnapshot.removeFirst()
    let index = nodes[id]!.disk.applied
    guard arrives, isUp(peer), !severed.contains([id, peer]), let snapshot = snapshot(of: id) else {
      step(id, .snapshotSent(to: peer, nil))
      return true
    }
    install(snapshot, at: peer)
    step(id, .snapshotSent(to: peer, index))
    return true
  }

  /// A snapshot of the state that `id` holds.
  func snapshot(of id: ReplicaID) -> SnapshotMark? {
    let disk = nodes[id]!.disk
    if disk.applied == disk.snapshot.mark.index { return disk.snapshot }
    guard let mark = disk.entry(at: disk.applied)?.mark,
      let configuration = group(id).configuration(at: disk.applied)
    else { return nil }
    return SnapshotMark(mark: mark, configuration: configuration.configuration, configurationIndex: configuration.index)
  }

  func install(_ snapshot: SnapshotMark, at id: ReplicaID) {
    let disk = nodes[id]!.disk
    guard snapshot.mark.index >= disk.snapshot.mark.index, snapshot.mark.index >= disk.applied else { return }
    let fits =
      disk.snapshot.mark == snapshot.mark || disk.entry(at: snapshot.mark.index)?.hash == snapshot.mark.hash
    nodes[id]!.disk.entries = fits ? disk.entries.filter { $0.index > snapshot.mark.index } : []
    nodes[id]!.disk.snapshot = snapshot
    nodes[id]!.disk.applied = snapshot.mark.index
    say("\(id): snapshot \(snapshot.mark) installed")
    step(id, .installed(snapshot))
  }

  /// Cuts the log of `id` through `index`, at most as far as it is applied.
  func compact(_ id: ReplicaID, through index: LogIndex) {
    let disk = nodes[id]!.disk
    let index = min(index, disk.applied)
    guard let mark = disk.entry(at: index)?.mark, let item = group(id).configuration(at: index) else { return }
    nodes[id]!.disk.snapshot = SnapshotMark(
      mark: mark, configuration: item.configuration, configurationIndex: item.index)
    nodes[id]!.disk.entries.removeAll { $0.index <= index }
    step(id, .cut(index))
  }

  func read(_ id: ReplicaID) -> ReadNonce {
    nodes[id]!.readCounter += 1
    let nonce = ReadNonce(replica: id, bootCount: nodes[id]!.disk.boots, counter: nodes[id]!.readCounter)
    laws.asked(nonce)
    step(id, .read(nonce))
    return nonce
  }

  /// Persists, delivers, loads and installs until nothing is left to do; messages that are never answered by `only` stay.
  func stabilize(_ only: [ReplicaID]? = nil, stepsMax: Int = 20_000) {
    let members = only ?? ids
    for _ in 0..<stepsMax {
      if members.contains(where: persist) { continue }
      if let place = network.firstIndex(where: { members.contains($0.to) && members.contains($0.from) }) {
        deliver(place)
        continue
      }
      if members.contains(where: serveLoad) { continue }
      if members.contains(where: { sendSnapshot($0) }) { continue }
      return
    }
    laws.broken.append("not stable after \(stepsMax) steps")
  }

  /// Lets time pass, every live node ticking when due and everything settling after each tick.
  func run(_ length: Interval) {
    let end = now + length
    while true {
      var due: (moment: Moment, id: ReplicaID)?
      for id in up {
        let deadline = group(id).deadline
        guard deadline != .never else { continue }
        let true_ = Moment(nanoseconds: max(now.nanoseconds, trueTime(deadline, nodes[id]!.rate)))
        if true_ <= end && (due.map { true_ < $0.moment } ?? true) { due = (true_, id) }
      }
      guard let due else { break }
      now = due.moment
      for id in up { reportDisk(id) }
      tick(due.id)
      stabilize()
    }
    now = end
  }

  private func trueTime(_ local: Moment, _ rate: Int64) -> Int64 { (local.nanoseconds / rate + 1) * 1_000 }

  func say(_ line: String) { trace?.append(line) }
}
