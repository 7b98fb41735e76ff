import Base
import Raft
import Testing

@Suite("Scenarios")
struct ScenarioTests {
  @Test("A scenario's trace is what was agreed, its expectations hold and no law breaks", arguments: Scenario.all)
  func scenario(_ name: String) throws {
    let scenario = try #require(Scenario(named: name))
    let (blocks, failures) = scenario.run()
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    if TextFiles.isSet("REWRITE") {
      #expect(TextFiles.write(Scenario.text(of: blocks), to: "\(Scenario.folder)/\(name).txt"))
      return
    }
    var differences: [String] = []
    for (old, new) in zip(scenario.blocks, blocks) where old.trace != new.trace {
      differences.append("after `\(new.commands.last ?? "")`:\n\(new.trace.joined(separator: "\n"))")
    }
    #expect(differences.isEmpty, "\(name):\n\(differences.prefix(1).joined())")
  }

  @Test(
    "Every scenario states its property in a sentence and expects something", .disabled(if: TextFiles.isSet("REWRITE")))
  func properties() {
    var poor: [String] = []
    for name in Scenario.all {
      guard let scenario = Scenario(named: name), let property = scenario.property, property.hasSuffix(".") else {
        poor.append(name)
        continue
      }
      if !scenario.blocks.contains(where: { $0.commands.contains { $0.hasPrefix("expect ") } }) { poor.append(name) }
    }
    #expect(poor.isEmpty, "\(poor)")
    #expect(Scenario.all.count >= 30)
  }
}
