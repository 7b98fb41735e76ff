import Base
import Simulator
import Testing

/// A rig that finds nothing proves nothing: every mistake that can be planted must be found by the seed that is known to
/// find it, and be called by its name.
@Suite struct DefectTests {
  struct Known: Sendable, CustomStringConvertible {
    var defect: PlantedDefect
    var profile: SimulationProfile
    var seed: UInt64
    /// What the violation begins with.
    var rule: String
    var description: String { defect.rawValue }
  }

  static let known: [Known] = TextFile.lines("Defects.txt").compactMap { words in
    guard words.count >= 4, let defect = PlantedDefect(rawValue: words[0]), let profile = SimulationProfile(rawValue: words[1]),
      let seed = UInt64(words[2])
    else { return nil }
    return Known(defect: defect, profile: profile, seed: seed, rule: words[3...].joined(separator: " "))
  }

  @Test("every defect has a seed that finds it, once")
  func complete() {
    #expect(Self.known.count == TextFile.lines("Defects.txt").count)
    #expect(Self.known.map(\.defect.rawValue).sorted() == PlantedDefect.allCases.map(\.rawValue).sorted())
    // Two hundred seeds find a mistake; of this one, which needs a failed sync just before a loss of power, it took more.
    let rare = Self.known.filter { !(1...200).contains($0.seed) }
    #expect(rare.allSatisfy { $0.defect == .believesReadWAL && $0.seed == 230 }, "\(rare)")
  }

  @Test("every planted defect is found at its seed, by the rule that it breaks")
  func found() async throws {
    try await judge(Self.known.filter { $0.profile != .disk }) { try await Seeds.run($0) }
    try await judge(Self.known.filter { $0.profile == .disk }) { try DiskTests.run($0) }
  }

  private func judge(
    _ all: [Known], _ run: ([SimulationOptions]) async throws -> [SimulationReport]
  ) async throws {
    let reports = try await run(all.map { SimulationOptions(seed: $0.seed, profile: $0.profile, defect: $0.defect) })
    for (known, report) in zip(all, reports) {
      let violation = report.violation ?? "nothing"
      #expect(
        violation.hasPrefix(known.rule + ":"),
        "\(known.defect.rawValue) at seed \(known.seed) should break '\(known.rule)', found: \(violation)")
    }
  }

  /// The seeds of the list were looked for; these were not.
  @Test("every planted defect is found within 200 seeds that nobody chose", .enabled(if: Seeds.isLong))
  func search() async throws {
    for known in Self.known {
      var found = false
      for first in stride(from: 10_001 as UInt64, to: 10_201, by: 8) where !found {
        let options = (first..<first + 8).map { SimulationOptions(seed: $0, profile: known.profile, defect: known.defect) }
        let reports = try await known.profile == .disk ? DiskTests.run(options) : Seeds.run(options)
        found = reports.contains { $0.violation != nil }
      }
      #expect(found, "\(known.defect.rawValue) lives")
    }
  }
}
