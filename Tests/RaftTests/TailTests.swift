import Base
import Raft
import Testing

@Suite("The log in memory")
struct TailTests {
  /// One replica that leads alone.
  private func leader() -> World {
    let world = World()
    world.found(Configuration(members: [World.member(World.id(1), .voter)]))
    world.tick(World.id(1))
    world.stabilize()
    return world
  }

  @Test("Memory keeps a bounded tail of what is durable and applied, and the terms of all of the log")
  func bounded() {
    let world = leader()
    let id = World.id(1)
    for round in 0..<12 {
      let proposals = (0..<1_000).map { Proposal(payload: [], wallTime: .zero, token: UInt64(round * 1_000 + $0)) }
      world.step(id, .propose(proposals))
      world.stabilize()
    }
    let group = world.group(id)
    let kept = group.entries(
      from: group.lastIndex - UInt64(Limits.tailEntriesMax / 2), through: group.lastIndex, bytesMax: .max)
    #expect(group.lastIndex == LogIndex(12_002))
    #expect(group.entries(from: LogIndex(3), through: LogIndex(10), bytesMax: .max).isEmpty)
    #expect(kept.count == Limits.tailEntriesMax / 2 + 1)
    #expect(group.term(at: LogIndex(3)) == Term(1))
    #expect(group.term(at: group.lastIndex + 1) == nil)
    #expect(world.laws.broken.isEmpty)
  }

  @Test("What is not applied stays in memory, however much it is")
  func unapplied() {
    let world = leader()
    world.appliesAtOnce = false
    let id = World.id(1)
    for round in 0..<8 {
      let proposals = (0..<1_000).map { Proposal(payload: [], wallTime: .zero, token: UInt64(round * 1_000 + $0)) }
      world.step(id, .propose(proposals))
      world.stabilize()
    }
    let group = world.group(id)
    #expect(group.durableIndex == group.lastIndex)
    #expect(group.entries(from: LogIndex(3), through: group.lastIndex, bytesMax: .max).count == 8_000)
    world.apply(id, through: group.lastIndex)
    #expect(world.group(id).entries(from: LogIndex(3), through: group.lastIndex, bytesMax: .max).isEmpty)
    #expect(world.group(id).mark(at: group.lastIndex) == group.mark(at: group.lastIndex))
  }

  @Test("A slice ends at its bound of bytes, but is never empty for entries in memory")
  func slices() {
    let world = leader()
    let id = World.id(1)
    world.step(
      id, .propose((1...4).map { Proposal(payload: [UInt8](repeating: 0, count: 100), wallTime: .zero, token: $0) }))
    let group = world.group(id)
    let each = EntryHeader.byteCount + 100
    #expect(group.entries(from: LogIndex(3), through: LogIndex(6), bytesMax: 1).count == 1)
    #expect(group.entries(from: LogIndex(3), through: LogIndex(6), bytesMax: each * 3).count == 3)
    #expect(group.entries(from: LogIndex(3), through: LogIndex(4), bytesMax: .max).count == 2)
    #expect(group.entries(from: LogIndex(7), through: LogIndex(9), bytesMax: .max).isEmpty)
  }

  @Test("A restart from any cut of the log between disk and memory knows the same terms and configurations")
  func restart() {
    var differences: [String] = []
    for kept in 0...6 {
      let terms: [UInt64] = [1, 1, 2, 4, 4, 7]
      let world = World()
      let genesis = Configuration(members: [World.member(World.id(1), .voter), World.member(World.id(2), .voter)])
      world.found(genesis)
      world.crash(World.id(1))
      world.rewrite(World.id(1), terms: terms.map { Term($0) })
      world.nodes[World.id(1)]!.disk.applied = LogIndex(7 - UInt64(kept))
      world.start(World.id(1))
      let group = world.group(World.id(1))
      for (offset, term) in terms.enumerated() where group.term(at: LogIndex(UInt64(offset) + 2)) != Term(term) {
        differences.append("\(kept) kept: term at \(offset + 2)")
      }
      if group.configuration != genesis || group.commit != LogIndex(7 - UInt64(kept)) {
        differences.append("\(kept) kept")
      }
    }
    #expect(differences.isEmpty, "\(differences)")
  }
}

@Suite("The group as a value")
struct ValueTests {
  @Test("A copy that is given the same events does the same: nothing but state, event and moment decides")
  func determinism() {
    var first = RandomWalk(seed: 41)
    var second = RandomWalk(seed: 41)
    first.world.trace = []
    second.world.trace = []
    first.run(steps: 1_500)
    second.run(steps: 1_500)
    #expect(first.world.trace?.isEmpty == false)
    #expect(first.world.trace == second.world.trace)
  }

  @Test("An earlier moment than one already seen lengthens no lease")
  func clock() {
    let world = World()
    world.found(Configuration(members: (1...3).map { World.member(World.id($0), .voter) }))
    world.run(.seconds(2))
    guard let id = world.leader else {
      Issue.record("no leader")
      return
    }
    let sent = world.now
    world.step(id, .tick)
    world.now = sent - .milliseconds(200)
    world.step(id, .tick)
    world.stabilize()
    let group = world.group(id)
    #expect(!group.leaseValid(at: sent + world.timing.lease))
  }

  @Test("A group that has voters but is none of them never asks to be woken")
  func learner() {
    let world = World()
    world.found(
      Configuration(members: [World.member(World.id(1), .voter), World.member(World.id(2), .learner)]))
    #expect(world.group(World.id(2)).deadline == .never)
    #expect(world.group(World.id(1)).deadline <= world.now)
  }
}
