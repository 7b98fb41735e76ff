import Base
import Testing
import Topology

@Suite struct SurvivalTests {
  @Test("The reference shape survives any nation or any supplier, and then one node more")
  func reference() {
    let cluster = electorate(seven)
    #expect(cluster.survives(SurvivalGoal(.nation, thenOneNodeMore: true)))
    #expect(cluster.survives(SurvivalGoal(.supplier, thenOneNodeMore: true)))
    #expect(cluster.supplierSafe)
  }

  @Test("The minimum shape survives any nation or any supplier, but no node more, and is called supplier-safe")
  func minimum() {
    let cluster = electorate(five)
    #expect(cluster.survives(SurvivalGoal(.nation)))
    #expect(cluster.survives(SurvivalGoal(.supplier)))
    #expect(!cluster.survives(SurvivalGoal(.nation, thenOneNodeMore: true)))
    #expect(!cluster.survives(SurvivalGoal(.supplier, thenOneNodeMore: true)))
    #expect(cluster.supplierSafe)
  }

  @Test("Four voters of four suppliers survive any one, and are not called supplier-safe")
  func four() {
    let cluster = electorate(nodes("england-1 A, scotland-1 B, wales-1 C, northern-ireland-1 D"))
    #expect(cluster.survives(SurvivalGoal(.supplier)))
    #expect(!cluster.supplierSafe)
  }

  @Test("Two suppliers are never safe, whatever the number of voters and however they share them")
  func twoSuppliers() {
    var safe = 0
    for count in 1...15 {
      for first in 0...count {
        let voters = (0..<count).map { index in
          nodes("england-\(index) \(index < first ? "A" : "B")")[0]
        }
        if electorate(voters).survives(SurvivalGoal(.supplier)) { safe += 1 }
      }
    }
    #expect(safe == 0)
  }

  @Test("A joint configuration survives only what both halves survive")
  func joint() {
    let risky = nodes("england-1 A, england-2 A, england-3 A, scotland-1 B, wales-1 C")
    let goal = SurvivalGoal(.supplier)
    let safe = five.map { Voter($0) }
    #expect(Electorate(voters: safe, outgoing: safe).survives(goal))
    #expect(!Electorate(voters: safe, outgoing: risky.map { Voter($0) }).survives(goal))
    #expect(!Electorate(voters: risky.map { Voter($0) }, outgoing: safe).survives(goal))
  }

  @Test("A supplier that holds all the data may not be lost, though its votes may")
  func witnesses() {
    var voters = five.map { Voter($0, isWitness: true) }
    voters[0].isWitness = false
    let shortfalls = Electorate(voters: voters).shortfalls(of: SurvivalGoal(.supplier))
    #expect(shortfalls.map(\.description) == ["supplier A holds the data that only witnesses would be left without"])
  }

  @Test("Nodes without a label count as one value of it")
  func labels() {
    let split = nodes("england-1 A b=x, scotland-1 B b=y, wales-1 C b=z, wales-2 D, wales-3 E")
    #expect(electorate(split).survives(SurvivalGoal(.label("b"))))
    let bare = nodes("england-1 A b=x, scotland-1 B b=y, wales-1 C, wales-2 D, wales-3 E")
    #expect(
      electorate(bare).shortfalls(of: SurvivalGoal(.label("b"))).map(\.description)
        == ["the nodes without b has 3 of 5 voters; at most 2 may be lost"])
  }

  @Test("An electorate without voters survives nothing")
  func empty() {
    #expect(!Electorate(voters: []).survives(SurvivalGoal(.nation)))
    #expect(!Electorate(voters: []).supplierSafe)
  }
}

/// The definition, spelled out by trying: after the loss, whoever is left must be a majority of each half, with data.
private func works(_ electorate: Electorate, left: (NodeID) -> Bool) -> Bool {
  let halves = electorate.outgoing.isEmpty ? [electorate.voters] : [electorate.voters, electorate.outgoing]
  for half in halves {
    var alive = 0
    var data = 0
    for voter in half where left(voter.node.id) {
      alive += 1
      if !voter.isWitness { data += 1 }
    }
    if 2 * alive <= half.count || data == 0 { return false }
  }
  return !electorate.voters.isEmpty
}

private func survivesByTrying(_ electorate: Electorate, _ goal: SurvivalGoal) -> Bool {
  let all = electorate.voters + electorate.outgoing
  for lost in all.map({ goal.dimension.value(of: $0.node) }) {
    let gone = all.filter { goal.dimension.value(of: $0.node) == lost }.map(\.node.id)
    if !works(electorate, left: { !gone.contains($0) }) { return false }
    if goal.thenOneNodeMore {
      for more in all.map(\.node.id) where !works(electorate, left: { !gone.contains($0) && $0 != more }) {
        return false
      }
    }
  }
  return !electorate.voters.isEmpty
}

/// Every way to give `count` nodes one of three suppliers, one of two nations and a role.
private func everyShape(_ count: Int, _ body: ([Voter]) -> Void) {
  let kinds = 12
  var choice = [Int](repeating: 0, count: count)
  while true {
    body(
      choice.enumerated().map { index, kind in
        let nation = kind / 3 % 2 == 0 ? "wales" : "scotland"
        return Voter(nodes("\(nation)-\(index) \(["A", "B", "C"][kind % 3])")[0], isWitness: kind >= 6)
      })
    // Nodes are alike but for their kind, so only rising choices are needed.
    guard let place = choice.lastIndex(where: { $0 < kinds - 1 }) else { return }
    let next = choice[place] + 1
    for index in place..<count { choice[index] = next }
  }
}

@Suite struct SurvivalExhaustiveTests {
  private static let goals: [SurvivalGoal] = [
    SurvivalGoal(.supplier), SurvivalGoal(.supplier, thenOneNodeMore: true), SurvivalGoal(.nation),
    SurvivalGoal(.nation, thenOneNodeMore: true),
  ]

  @Test("The arithmetic agrees with trying every loss, for every electorate of up to five voters")
  func goals() {
    var shapes = 0
    var wrong = 0
    for count in 1...5 {
      everyShape(count) { voters in
        let cluster = Electorate(voters: voters)
        for goal in Self.goals where cluster.survives(goal) != survivesByTrying(cluster, goal) { wrong += 1 }
        shapes += 1
      }
    }
    #expect(wrong == 0)
    #expect(shapes == 6_187, "multisets of 12 kinds of up to 5 members")
  }

  @Test("The arithmetic agrees with trying every loss, for every joint configuration within seven nodes")
  func joint() {
    var wrong = 0
    var survivors = 0
    for incoming in 1..<128 {
      for outgoing in 1..<128 {
        func half(_ mask: Int) -> [Voter] { seven.indices.filter { mask >> $0 & 1 == 1 }.map { Voter(seven[$0]) } }
        let cluster = Electorate(voters: half(incoming), outgoing: half(outgoing))
        let goal = Self.goals[(incoming + outgoing) % Self.goals.count]
        let answer = cluster.survives(goal)
        if answer != survivesByTrying(cluster, goal) { wrong += 1 }
        if answer { survivors += 1 }
      }
    }
    #expect(wrong == 0)
    #expect(survivors > 100)
  }

  @Test(
    "The margin agrees with trying every further loss, for every set of healthy nodes",
    arguments: [
      Electorate(voters: five.map { Voter($0) }), Electorate(voters: seven.map { Voter($0) }),
      Electorate(voters: seven.enumerated().map { Voter($1, isWitness: $0 % 3 == 0) }),
      Electorate(voters: seven.map { Voter($0) }, outgoing: seven.prefix(4).map { Voter($0) }),
      Electorate(voters: seven.suffix(3).map { Voter($0) }, outgoing: seven.prefix(5).map { Voter($0) }),
      Electorate(voters: five.enumerated().map { Voter($1, isWitness: $0 > 0) }),
    ])
  func margin(cluster: Electorate) {
    let all = Array((cluster.voters + cluster.outgoing).map(\.node))
    let ids = all.map(\.id).reduce(into: [NodeID]()) { if !$0.contains($1) { $0.append($1) } }
    var wrong: [String] = []
    for mask in 0..<(1 << ids.count) {
      let up = ids.indices.filter { mask >> $0 & 1 == 1 }.map { ids[$0] }
      let margin = SurvivalMargin(of: cluster, healthy: Set(up))
      func survives(_ lost: (NodeDescription) -> Bool) -> Bool {
        works(cluster) { id in up.contains(id) && !all.contains { $0.id == id && lost($0) } }
      }
      let possible = survives { _ in false }
      var nodes = 0
      while possible, nodes < up.count, anyLoss(of: nodes + 1, from: up, { lost in survives { lost.contains($0.id) } })
      {
        nodes += 1
      }
      let standing = all.filter { up.contains($0.id) }
      let harmful = standing.map(\.supplier).filter { supplier in !survives { $0.supplier == supplier } }
      let harmfulNations = standing.map(\.nation).filter { nation in !survives { $0.nation == nation } }
      let right =
        margin.writesPossible == possible && margin.nodes == nodes
        && Set(margin.harmfulSuppliers) == Set(harmful) && Set(margin.harmfulNations) == Set(harmfulNations)
        && Set(margin.suppliers) == Set(standing.map(\.supplier)).subtracting(harmful)
        && Set(margin.nations) == Set(standing.map(\.nation)).subtracting(harmfulNations)
        && (margin.nextHurtfulLoss == nil) == !possible
      if !right { wrong.append("\(up): \(margin)") }
    }
    #expect(wrong == [])
  }

  /// Whether every choice of `count` of `ids` passes.
  private func anyLoss(of count: Int, from ids: [NodeID], _ passes: ([NodeID]) -> Bool) -> Bool {
    (0..<(1 << ids.count)).allSatisfy { mask in
      mask.nonzeroBitCount != count || passes(ids.indices.filter { mask >> $0 & 1 == 1 }.map { ids[$0] })
    }
  }
}
