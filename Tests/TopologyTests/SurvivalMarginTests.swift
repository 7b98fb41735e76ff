import Base
import Testing
import Topology

@Suite struct SurvivalMarginTests {
  private func margin(_ nodes: [NodeDescription], without lost: [String] = [], labels: [String] = []) -> SurvivalMargin
  {
    SurvivalMargin(
      of: electorate(nodes), healthy: Set(nodes.map(\.id).filter { !lost.contains($0.name) }), labels: labels)
  }

  @Test("A whole cluster says in one line what may be lost")
  func whole() {
    #expect(margin(five).description == "any one supplier, any one nation, or any 2 nodes")
    #expect(margin(five).nextHurtfulLoss == .nodes(3))
    #expect(margin(seven).description == "any one supplier, any one nation, or any 3 nodes")
    #expect(margin(seven).nextHurtfulLoss == .nodes(4))
  }

  @Test("Each loss narrows the margin, to the point where one more stops writes")
  func narrowing() {
    let one = margin(five, without: ["northern-ireland-1"])
    #expect(one.description == "nation scotland or wales (not england), or any 1 node")
    #expect(one.nextHurtfulLoss == .supplier(Supplier("B")!) || one.nextHurtfulLoss == .supplier(Supplier("A")!))
    let two = margin(five, without: ["england-1", "england-2"])
    #expect(two.description == "no node: 1 more loss stops writes")
    #expect(two.nextHurtfulLoss == .nodes(1))
    let three = margin(five, without: ["england-1", "england-2", "wales-1"])
    #expect(three.description == "writes are stopped: 2 of 5 voters healthy, 3 needed")
    #expect(three.nextHurtfulLoss == nil)
    #expect(three.writesPossible == false)
  }

  @Test("A supplier that may no longer be lost is named beside those that may")
  func partly() {
    let now = margin(seven, without: ["wales-1", "wales-2"])
    #expect(
      now.description == "supplier B (not A or C), nation northern-ireland (not england or scotland), or any 1 node"
    )
    #expect(now.nextHurtfulLoss.map(\.description)?.hasPrefix("supplier ") == true)
  }

  @Test("A declared label whose loss would stop writes is named")
  func labels() {
    let shape = nodes("england-1 A b=x, england-2 B b=x, scotland-1 C b=x, wales-1 D b=y, wales-2 E b=z")
    let now = margin(shape, labels: ["b"])
    #expect(now.harmfulLabels == [.label(name: "b", value: "x")])
    #expect(now.description == "any one supplier, any one nation, or any 2 nodes (not b x)")
    #expect(now.nextHurtfulLoss == .label(name: "b", value: "x"))
  }

  @Test("A cluster of one says that the next loss hurts")
  func single() {
    #expect(margin(nodes("wales-1 A")).description == "no node: 1 more loss stops writes")
    #expect(margin([]).description == "writes are stopped: 0 of 0 voters healthy, 1 needed")
  }

  @Test("Healthy witnesses alone do not make writes possible")
  func witnesses() {
    var voters = five.map { Voter($0, isWitness: true) }
    voters[0].isWitness = false
    let now = SurvivalMargin(of: Electorate(voters: voters), healthy: Set(five.dropFirst().map(\.id)))
    #expect(now.description == "writes are stopped: no healthy voter holds data")
  }

  @Test("Learners and strangers among the healthy add nothing")
  func strangers() {
    let now = SurvivalMargin(
      of: electorate(five), healthy: Set(five.map(\.id) + [NodeID("england-9")!, NodeID("wales-9")!]))
    #expect(now == margin(five))
  }
}
