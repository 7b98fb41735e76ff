import Base
import Raft

/// Drives a ``World`` by chance: loss, repetition, reordering, crashes that lose what was not durable, slow disks, drifting
/// clocks, changes of membership, snapshots, transfers, reads. The seed is the whole story.
struct RandomWalk {
  let world: World
  var random: SplitMix64
  private var counter: UInt64 = 0
  private var damaged: ReplicaID?
  let damages: Bool
  let changes: Bool
  /// Half of the walks rest now and then, so that they get further.
  let isCalm: Bool

  init(seed: UInt64) {
    random = SplitMix64(seed: seed &* 7_919)
    world = World(seed: seed)
    world.appliesAtOnce = false
    damages = seed % 4 == 3
    changes = seed % 3 != 0
    isCalm = seed % 2 == 0
    world.laws.checksDurability = !damages
    let voters = UInt64(3 + seed % 3)
    world.found(
      Configuration(members: (1...voters).map { World.member(World.id($0), .voter) }), boots: random.oneIn(2) ? 1 : 0)
    // Clocks differ in rate, within what the lease allows for.
    for id in world.ids { world.nodes[id]!.rate = 970 + Int64(random.below(60)) }
  }

  mutating func run(steps: Int) {
    for _ in 0..<steps where world.laws.broken.isEmpty { step() }
  }

  /// Ends all faults; then a leader must be there, and all must come to agree.
  mutating func heal() -> String? {
    world.severed = []
    world.appliesAtOnce = true
    for id in world.ids {
      if !world.isUp(id) { world.start(id) }
      world.step(id, .suspend(false))
      if world.nodes[id]!.applicable > world.nodes[id]!.disk.applied {
        world.apply(id, through: world.nodes[id]!.applicable)
      }
    }
    world.run(.seconds(8))
    guard world.laws.broken.isEmpty else { return nil }
    guard let leader = world.leader, world.group(leader).hasCommittedInTerm else {
      return "no leader after healing\n" + picture
    }
    world.step(leader, .propose([proposal(99_999)]))
    world.stabilize()
    world.run(.seconds(2))
    guard world.leader == leader else { return "the leader changed in peace" }
    let group = world.group(leader)
    guard group.commit == group.lastIndex else { return "the leader's log is not committed" }
    if group.configuration.isJoint { return "still joint after healing" }
    for member in group.configuration.members where world.group(member.replica).commit != group.commit {
      return "member \(member.replica) has committed \(world.group(member.replica).commit) of \(group.commit)"
    }
    return nil
  }

  /// Each replica in a line.
  private var picture: String {
    world.up.map { id in
      let group = world.group(id)
      return "\(id): \(group.role.rawValue) \(group.term) leader=\(group.leader.map(\.description) ?? "none") "
        + "commit=\(group.commit) last=\(group.lastIndex) \(group.configuration.line)@\(group.configurationIndex)"
        + (group.hardState.suspended ? " suspended" : "")
    }.joined(separator: "\n")
  }

  private func proposal(_ token: UInt64) -> Proposal {
    Proposal(payload: [UInt8](repeating: UInt8(token % 251), count: Int(token % 40)), wallTime: .zero, token: token)
  }

  private mutating func pick(_ ids: [ReplicaID]) -> ReplicaID? { ids.isEmpty ? nil : ids[random.below(ids.count)] }

  private mutating func step() {
    switch random.below(1_000) {
    case 0..<480: deliver()
    case 480..<700: if let id = pick(world.up) { _ = world.persist(id) }
    case 700..<820: passTime()
    case 820..<890: propose()
    case 890..<925: if let id = pick(world.up) { _ = world.read(id) }
    case 925..<945: lose()
    case 945..<960: if !world.network.isEmpty { world.deliver(random.below(world.network.count), keeping: true) }
    case 960..<966: crashOrStart()
    case 966..<971: if changes { change() }
    case 971: if let id = pick(world.up) { world.step(id, .transfer(to: nil)) }
    case 972..<976: compact()
    case 976..<986:
      if let id = pick(world.up), !world.serveLoad(id) { _ = world.sendSnapshot(id, arrives: !random.oneIn(4)) }
    case 986..<990: partition()
    case 990..<993 where isCalm: world.run(.milliseconds(60))
    case 990..<992: if let id = pick(world.up) { world.step(id, .suspend(random.oneIn(3))) }
    default: if let id = pick(world.up) { apply(id) }
    }
    if world.network.count > 300 { world.network.remove(at: random.below(300)) }
  }

  private mutating func deliver() {
    guard !world.network.isEmpty else { return }
    // Mostly in order, now and then from anywhere.
    let reach = random.oneIn(8) ? world.network.count : min(4, world.network.count)
    world.deliver(random.below(reach))
  }

  private mutating func passTime() {
    world.now = world.now + random.interval(.zero, .milliseconds(random.oneIn(20) ? 400 : 25))
    for id in world.up where !random.oneIn(10) { world.tick(id) }
  }

  private mutating func propose() {
    guard let id = random.oneIn(5) ? pick(world.up) : world.leader else { return }
    let proposals = (0...random.below(3)).map { _ in
      counter += 1
      return proposal(counter)
    }
    world.step(id, .propose(proposals))
  }

  private mutating func lose() {
    if !world.network.isEmpty { world.network.remove(at: random.below(world.network.count)) }
  }

  private mutating func apply(_ id: ReplicaID) {
    let node = world.nodes[id]!
    guard node.applicable > node.disk.applied else { return }
    let ahead = Int(node.applicable - node.disk.applied)
    world.apply(id, through: node.disk.applied + UInt64(random.below(ahead) + 1))
  }

  private mutating func crashOrStart() {
    guard let id = pick(world.ids) else { return }
    if world.isUp(id) {
      // Mostly up: a cluster that is mostly down gets nowhere.
      guard random.oneIn(4) else { return }
      world.crash(id)
      damage(id)
      if random.oneIn(3) { world.start(id) }
    } else {
      world.start(id)
    }
  }

  /// Takes durable entries away from a store that knows it: one store at a time, until that has caught up.
  private mutating func damage(_ id: ReplicaID) {
    if let earlier = damaged, world.nodes[earlier]!.disk.hardState.suspended { return }
    guard damages, random.oneIn(2) else { return }
    let disk = world.nodes[id]!.disk
    let loose = Int(disk.last - max(disk.applied, disk.snapshot.mark.index))
    guard loose > 0 else { return }
    world.nodes[id]!.disk.entries.removeLast(random.below(loose) + 1)
    world.nodes[id]!.disk.hardState.suspended = true
    damaged = id
  }

  private mutating func compact() {
    guard let id = pick(world.up) else { return }
    world.compact(id, through: world.nodes[id]!.disk.applied)
  }

  private mutating func partition() {
    world.severed = []
    guard random.oneIn(2) else { return }
    guard let id = pick(world.ids) else { return }
    let way = random.below(3)
    for other in world.ids where other != id {
      if way != 0 { world.severed.insert([id, other]) }
      if way != 1 { world.severed.insert([other, id]) }
    }
  }

  private mutating func change() {
    guard let leader = world.leader else { return }
    let old = world.group(leader).configuration
    var members = old.members
    var outgoing: [ReplicaID] = []
    let voters = old.incoming
    let learners = members.filter { $0.role == .learner }.map(\.replica)
    func set(_ id: ReplicaID, _ role: MemberRole) {
      members[members.firstIndex { $0.replica == id }!].role = role
    }
    switch random.below(5) {
    case 0:
      guard world.ids.count < 9, members.count < 6 else { return }
      let id = World.id(UInt64(world.ids.count + 1))
      world.addEmptyNode(id)
      members.append(World.member(id, .learner))
    case 1:
      guard let id = pick(learners) else { return }
      set(id, .voter)
    case 2:
      guard voters.count > 2, let id = pick(voters) else { return }
      members.removeAll { $0.replica == id }
    case 3:
      guard voters.count > 2, let id = pick(voters) else { return }
      set(id, .learner)
    default:
      outgoing = voters
      for id in learners where !random.oneIn(3) { set(id, .voter) }
      for id in voters.dropFirst() where random.oneIn(3) { set(id, random.oneIn(2) ? .departing : .learner) }
    }
    world.step(leader, .change(Configuration(members: members, outgoing: outgoing)))
  }
}
