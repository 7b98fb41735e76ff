import Base
import JSON
import Testing

extension ClusterScenarios {
  @Suite("Encounter commands on a cluster", .serialized)
  struct EncounterCommands {
    /// A command that has to succeed, and its answer.
    private static func json(_ lab: LabCluster, _ line: String) async throws -> JSONValue {
      let words = line.split(separator: " ").map(String.init)
      let got = try await lab.quartet(words: words + ["--json"])
      #expect(got.code == 0, "\(line): \(got.errors)")
      return try JSONValue(parsing: got.output)
    }

    private static func id(_ json: JSONValue?) throws -> String {
      let text = try #require(json?["reference"]?.string ?? json?.string)
      return String(try #require(text.split(separator: "/").last))
    }

    @Test("A shift by the command line, while England's leader dies: every operation, and a store that the check finds clean",
      .timeLimit(.minutes(4)))
    func shift() async throws {
      try await LabCluster.with { lab in
        func run(_ line: String) async throws -> JSONValue { try await Self.json(lab, line) }
        let encounter = try Self.id(try await run("encounter open --service england/X26")["encounter"])
        let patient = try Self.id(try await run("patient register --nation wales --number 9434765919 --verified")["patient"])
        #expect(try Self.id(try await run("patient find 9434765919")["patients"]?[0]?["patient"]) == patient)
        _ = try await run("patient link \(patient) --encounter \(encounter)")

        let task = try Self.id(
          try await run("encounter dispatch \(encounter) --service england/RX6 --priority C3 --to here")["task"])
        try await lab.lose(.death, leaderOf: "england") {}
        _ = try await run("dispatch upgrade \(task) --priority C1 --reason worse")
        let claim = try await run("dispatch claim \(task) --user desk-1")
        _ = try await run("dispatch release \(task) --lease \(claim["lease"]?.uint64 ?? 0) --user desk-1")
        let moved = try Self.id(
          try await run("dispatch mutual-aid \(task) --to-service wales/RT4 --reason nearer")["task"])
        _ = try await run("encounter allocate \(moved) --unit A1 --user desk-2")
        #expect(try Self.id(try await run("dispatch where wales/RT4 A1")["task"]) == moved)
        _ = try await run("dispatch unit \(moved) --unit A1 --status clear")

        let callback = try Self.id(
          try await run("callback request \(encounter) --service england/X26 --priority callback-1h")["callback"])
        #expect(try await run("callback list england/X26")["queue"]?.array?.count == 1)
        _ = try await run("callback claim \(callback) --user dr-1")
        _ = try await run("callback complete \(callback) --lease 1 --outcome advice")

        let from = "2026-01-10T09:00:00Z"
        let published = try await run(
          "appointment publish --nation england --dos-service 2000001 --name care --from \(from) --slots 2")
        let slots = try (published["slots"]?.array ?? []).map { try Self.id($0) }
        let first = try Self.id(try await run("encounter book \(slots[0]) --encounter \(encounter)")["appointment"])
        let second = try Self.id(
          try await run("appointment rebook \(first) --to-slot \(slots[1]) --reason later")["appointment"])
        _ = try await run("appointment arrived \(second)")
        let found = try await run("appointment search 2000001 --nation england --at \(from) --within 1h")
        #expect(try Self.id(found["slots"]?[0]?["slot"]) == slots[0])

        let issued = try await run(
          "encounter prescribe \(encounter) --medicine 39113611000001102 --dosage daily --pharmacy FH123 --organisation X26")
        let item = try Self.id(issued["items"]?[0])
        _ = try await run("prescription dispense \(item) --pharmacy FH123")
        let status = try await run("prescription status \(issued["number"]?.string ?? "")")
        #expect(status["items"]?[0]?["status"] == "completed")

        let refused = try await lab.quartet(words: ["prescription", "cancel", item, "--reason", "late", "--json"])
        #expect(refused.code == 2)
        #expect(try JSONValue(parsing: Array(refused.errors.utf8))["error"] == "invalid-transition")
        let nobody = try await lab.quartet(words: ["patient", "find", "9434765870"])
        #expect(nobody.code == 1)

        _ = try await run("encounter transfer \(encounter) --to-service england/W97003 --reason open")
        _ = try await run("encounter close \(encounter) --outcome 19712007 --tell W97003")
        _ = try await run("encounter reopen \(encounter)")
        #expect(try await run("encounters check")["faults"]?.uint64 == 0)
      }
    }
  }
}
