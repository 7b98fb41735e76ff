import Base
import Simulator
import Testing

/// A rig that finds nothing proves nothing: every mistake that can be planted must be found by the seed that is known to
/// find it, and be called by its name.
@Suite struct DefectTests {
  struct Known: Sendable, CustomStringConvertible {
    var defect: PlantedDefect
    var profile: Profile
    var seed: UInt64
    /// What the violation begins with.
    var rule: String
    var description: String { defect.rawValue }
  }

  static let known: [Known] = TextFile.lines("Defects.txt").compactMap { words in
    guard words.count >= 4, let defect = PlantedDefect(rawValue: words[0]), let profile = Profile(rawValue: words[1]),
      let seed = UInt64(words[2])
    else { return nil }
    return Known(defect: defect, profile: profile, seed: seed, rule: words[3...].joined(separator: " "))
  }

  @Test("every defect has a seed that finds it, once")
  func complete() {
    #expect(Self.known.count == TextFile.lines("Defects.txt").count)
    #expect(Self.known.map(\.defect.rawValue).sorted() == PlantedDefect.allCases.map(\.rawValue).sorted())
  }

  @Test("every planted defect is found at its seed, by the rule that it breaks")
  func found() async throws {
    let reports = try await Seeds.run(Self.known.map { SimulationOptions(seed: $0.seed, defect: $0.defect) })
    for (known, report) in zip(Self.known, reports) {
      let violation = report.violation ?? "nothing"
      #expect(
        violation.hasPrefix(known.rule + ":"),
        "\(known.defect.rawValue) at seed \(known.seed) should break '\(known.rule)', found: \(violation)")
    }
  }

  @Test("every planted defect is found within 400 seeds", .enabled(if: Seeds.isLong), arguments: PlantedDefect.allCases)
  func search(defect: PlantedDefect) throws {
    for seed in 1...400 as ClosedRange<UInt64> {
      guard let violation = try World(SimulationOptions(seed: seed, defect: defect)).run().violation else { continue }
      print("\(defect.rawValue) \(seed) \(violation)")
      return
    }
    Issue.record("\(defect.rawValue) lives")
  }
}
