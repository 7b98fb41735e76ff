import Base
import Simulator
import Testing

@Suite struct SmokeTests {
  @Test("no seed, and none that ever found something, breaks a promise")
  func smoke() async throws {
    let kept = TextFile.lines("Seeds.txt").compactMap { $0.first.flatMap { UInt64($0) } }
    let seeds = Array(1...Seeds.smokeCount) + kept.filter { $0 > Seeds.smokeCount }
    let reports = try await Seeds.run(seeds.map { SimulationOptions(seed: $0) })
    for report in reports {
      guard let violation = report.violation else { continue }
      Issue.record("seed \(report.seed): \(violation)\nreplay: \(Seeds.replay(report.seed))")
    }
    tell(reports)
    expectEveryFault(reports)
    // A world in which hardly anything is written proves hardly anything.
    let idle = reports.filter { $0.acknowledgedWrites < 3 }
    #expect(idle.count * 100 <= reports.count, "idle: \(idle.map(\.seed))")
  }

  @Test("services at work on encounters keep every rule of the domain, whatever goes wrong below them")
  func encounters() async throws {
    // 92: a snapshot that came in pieces of 100 bytes was under way when time was over. 279: a refusal came beside the
    // same request's success, and before it.
    let seeds = Array(1...max(1, Seeds.smokeCount / 8)) + [92, 279]
    let reports = try await Seeds.run(seeds.map { SimulationOptions(seed: $0, profile: .encounters) })
    for report in reports {
      guard let violation = report.violation else { continue }
      Issue.record("seed \(report.seed): \(violation)\nreplay: \(Seeds.replay(report.seed)) --profile encounters")
    }
    tell(reports)
    #expect(reports.allSatisfy { $0.acknowledgedWrites >= 20 })
  }

  private func expectEveryFault(_ reports: [SimulationReport]) {
    for (place, kind) in FaultKind.allCases.enumerated() where kind.occurs(in: .core) {
      let count = reports.reduce(0) { $0 + $1.faults[place].count }
      #expect(count > 0, "no \(kind.rawValue) took effect in \(reports.count) seeds")
    }
  }

  private func tell(_ reports: [SimulationReport]) {
    let writes = reports.map(\.acknowledgedWrites).sorted()
    let virtual = reports.reduce(0.0) { $0 + $1.virtualTime.seconds }
    let faults = FaultKind.allCases.enumerated().map { place, kind in
      "\(kind.rawValue) \(reports.reduce(0) { $0 + $1.faults[place].count })"
    }
    print(
      """
      \(reports.count) seeds, \(Int(virtual)) s of virtual time; acknowledged writes a seed: least \(writes[0]), \
      a tenth below \(writes[writes.count / 10]), half below \(writes[writes.count / 2]), most \(writes[writes.count - 1]); \
      reads \(reports.reduce(0) { $0 + $1.answeredReads }), unknown outcomes \(reports.reduce(0) { $0 + $1.unknownOutcomes })
      faults: \(faults.joined(separator: ", "))
      """)
  }
}
