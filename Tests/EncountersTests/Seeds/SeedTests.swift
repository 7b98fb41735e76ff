import Glibc
import QuartetTesting
@testable import Simulator
import Testing

@Suite("Encounters in every order")
struct SeedTests {
  private static let isLong = getenv("QUARTET_LONG").map { String(cString: $0) } == "1"

  @Test("Whatever is lost, late or sent twice: each request happens once, and every rule holds")
  func seeds() async throws {
    var done = 0
    var wishes = 0
    var faults = 0
    for seed in 1...UInt64(Self.isLong ? 2_000 : 60) {
      let world = EncounterWorld(seed: seed)
      try await world.run()
      #expect(world.violations.isEmpty, "seed \(seed): \(world.violations.prefix(5))")
      wishes += world.wishes.count
      done += world.results.count { !$0.isEmpty }
      faults += world.faults
      if !world.violations.isEmpty { break }
    }
    print("encounters in every order: \(wishes) requests, \(done) carried out, \(faults) faults")
    #expect(done * 3 > wishes, "too much is refused to show anything")
  }

  @Test("A seed decides everything")
  func deterministic() async throws {
    let worlds = [EncounterWorld(seed: 7), EncounterWorld(seed: 7)]
    for world in worlds { try await world.run() }
    #expect(worlds[0].steps == worlds[1].steps)
    #expect(worlds[0].ward.keyspaces.map(\.rows) == worlds[1].ward.keyspaces.map(\.rows))
  }

  @Test("Known mistakes are found", arguments: EncounterWorld.Defect.allCases)
  func defects(defect: EncounterWorld.Defect) async throws {
    for seed in 1...UInt64(100) {
      let world = EncounterWorld(seed: seed, defect: defect)
      try await world.run()
      if !world.violations.isEmpty { return print("\(defect): found by seed \(seed): \(world.violations[0])") }
    }
    Issue.record("a hundred seeds do not find \(defect)")
  }
}
