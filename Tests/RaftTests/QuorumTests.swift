import Base
import Raft
import Testing

@Suite("Quorum")
struct QuorumTests {
  static func ids(_ count: Int, from first: UInt64 = 1) -> [ReplicaID] {
    (0..<UInt64(count)).map { ReplicaID(first + $0) }
  }

  /// Every way to give each of `count` members one of `kinds` values.
  static func forEachAssignment(_ count: Int, _ kinds: Int, _ body: ([Int]) -> Void) {
    var values = [Int](repeating: 0, count: count)
    while true {
      body(values)
      var place = 0
      while place < count {
        values[place] += 1
        if values[place] < kinds { break }
        values[place] = 0
        place += 1
      }
      if place == count { return }
    }
  }

  /// The definition, word for word: the greatest number such that more than half of the half's members have reached it.
  static func bruteReached(_ half: [ReplicaID], _ value: (ReplicaID) -> UInt64) -> UInt64 {
    var best: UInt64 = 0
    for candidate in half.map(value) where half.filter({ value($0) >= candidate }).count * 2 > half.count {
      best = max(best, candidate)
    }
    return best
  }

  static func bruteTally(_ half: [ReplicaID], _ vote: (ReplicaID) -> Bool?) -> Quorum.Tally {
    if half.filter({ vote($0) == true }).count * 2 > half.count { return .won }
    return half.filter { vote($0) != false }.count * 2 > half.count ? .open : .lost
  }

  static func both(_ newer: Quorum.Tally, _ older: Quorum.Tally) -> Quorum.Tally {
    if newer == .lost || older == .lost { return .lost }
    return newer == .won && older == .won ? .won : .open
  }

  @Test(
    "The committed index of one half is what brute force finds, for every assignment up to seven members",
    arguments: 1...7)
  func committed(_ count: Int) {
    let members = Self.ids(count)
    let quorum = Quorum(incoming: members)
    var wrong = 0
    Self.forEachAssignment(count, min(count, 5)) { values in
      let value = { (id: ReplicaID) in UInt64(values[Int(id.rawValue) - 1]) }
      if quorum.reached(value) != Self.bruteReached(members, value) { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test(
    "The count of votes in one half is what brute force finds, for every ballot up to seven members", arguments: 1...7)
  func votes(_ count: Int) {
    let members = Self.ids(count)
    let quorum = Quorum(incoming: members)
    var wrong = 0
    Self.forEachAssignment(count, 3) { values in
      let vote = { (id: ReplicaID) in [true, false, nil][values[Int(id.rawValue) - 1]] }
      if quorum.tally(vote) != Self.bruteTally(members, vote) { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test("Joint halves agree only where both do, for every overlap and assignment up to four and four", arguments: 1...4)
  func joint(_ count: Int) {
    var wrong = 0
    for outgoingCount in 1...4 {
      for overlap in 0...min(count, outgoingCount) {
        let incoming = Self.ids(count)
        let outgoing = Self.ids(outgoingCount, from: UInt64(count - overlap) + 1)
        let quorum = Quorum(incoming: incoming, outgoing: outgoing)
        Self.forEachAssignment(count + outgoingCount - overlap, 3) { values in
          let value = { (id: ReplicaID) in UInt64(values[Int(id.rawValue) - 1]) }
          let least = min(Self.bruteReached(incoming, value), Self.bruteReached(outgoing, value))
          if quorum.reached(value) != least { wrong += 1 }
          let vote = { (id: ReplicaID) in [true, false, nil][values[Int(id.rawValue) - 1]] }
          let tally = Self.both(Self.bruteTally(incoming, vote), Self.bruteTally(outgoing, vote))
          if quorum.tally(vote) != tally { wrong += 1 }
        }
      }
    }
    #expect(wrong == 0)
  }

  @Test("Two configurations one voter apart, and a joint one with each of its halves, have no disjoint majorities")
  func overlap() {
    var disjoint = 0
    for count in 1...5 {
      let (small, large) = (Self.ids(count), Self.ids(count + 1))
      Self.forEachAssignment(count + 1, 2) { values in
        let chosen = { (id: ReplicaID) in values[Int(id.rawValue) - 1] == 0 }
        let one = Quorum(incoming: small).tally { chosen($0) }
        let other = Quorum(incoming: large).tally { !chosen($0) }
        if one == .won && other == .won { disjoint += 1 }
        let joint = Quorum(incoming: large, outgoing: small)
        if joint.tally({ chosen($0) }) == .won && other == .won { disjoint += 1 }
        if joint.tally({ !chosen($0) }) == .won && one == .won { disjoint += 1 }
      }
    }
    #expect(disjoint == 0)
  }

  @Test("Without voters nothing is agreed")
  func empty() {
    #expect(Quorum(incoming: []).reached { _ in 9 } == 0)
    #expect(Quorum(incoming: []).tally { _ in true } == .lost)
  }
}
