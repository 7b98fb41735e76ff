import Base
import Encounters
import JSON
import Model
import QuartetClient
import QuartetTesting
import Testing

@testable import QuartetCLI

@Suite struct EncounterCommandTests {
  @Test("From a call to a closed encounter: triage, ambulance, prescription, booking")
  func wholeEncounter() async throws {
    let shift = Shift()
    let opened = try await shift.json(
      "encounter", "open", "--service", "england/X26", "--number", "9434765919", "--new", "--verified", "--at",
      "2026-01-10T09:00:00Z")
    let encounter = try #require(try opened["encounter"]?.id())
    #expect(opened["repeat_caller"] == "no")
    #expect(opened["keyspace"] == "england")
    // On record now, so that the number alone is enough, from another nation too.
    let second = try await shift.json(
      "encounter", "open", "--service", "wales/7A1AU", "--number", "943 476 5919", "--at", "2026-01-10T10:00:00Z")
    #expect(second["patient"] == opened["patient"])
    let third = try await shift.json(
      "encounter", "open", "--service", "england/X26", "--number", "9434765919", "--at", "2026-01-10T11:00:00Z")
    #expect(third["repeat_caller"] == "yes")
    #expect(third["earlier"]?.array?.count == 2)

    let directory = try TemporaryDirectory()
    let answers = "\(directory.path)/answers.json"
    let response = R4.QuestionnaireResponse([(question: "Is the person breathing?", answer: "yes")])
    try LocalFiles.replace(answers, with: response.json.serialized())
    let triaged = try await shift.json(
      "encounter", "triage", encounter, "--answers", answers, "--disposition", "Dx010", "--priority", "C2")
    #expect(triaged["rank"]?.int64 == 2)

    let words = ["--service", "england/RX6", "--priority", "C2", "--to", "by the bandstand"]
    let asked = try await shift.json("encounter", "dispatch", encounter, words[0], words[1], words[2], words[3], words[4], words[5])
    let task = try #require(try asked["task"]?.id())
    #expect(try await shift.json("encounter", "list", "--dispatch", "england/RX6")["queue"]?.array?.count == 1)
    try await shift.json("encounter", "allocate", task, "--unit", "A1", "--user", "desk 1")
    #expect(try await shift.json("encounter", "list", "--dispatch", "england/RX6")["queue"]?.array == [])
    #expect(try await shift.failure("encounter", "allocate", task, "--unit", "B2", "--lease", "1").exit == .notApplied)
    for status in ["mobile", "on-scene", "clear"] {
      try await shift.json("encounter", "allocate", task, "--unit", "A1", "--status", status)
    }

    let issued = try await shift.json(
      "encounter", "prescribe", encounter, "--medicine", "39113611000001102", "--dosage", "1 tablet a day", "--pharmacy",
      "FH123", "--organisation", "X26")
    #expect(issued["items"]?.array?.count == 1)
    let items = try await shift.json("encounter", "list", "--pharmacy", "FH123", "--nation", "england")
    #expect(items["items"]?.array?.count == 1)
    let number = try #require(issued["number"]?.string)
    let taken = try await shift.failure(
      "encounter", "prescribe", encounter, "--medicine", "39113611000001102", "--dosage", "none", "--pharmacy", "FH123",
      "--number", number)
    #expect(taken.code == "duplicate")

    let page = try await shift.text("encounter", "show", encounter)
    #expect(page.contains("MedicationRequest"))
    #expect(!page.contains("9434765919"))
    #expect(!page.contains("bandstand"))
    try await shift.json("encounter", "close", encounter, "--outcome", "19712007", "--tell", "W97003")
    #expect(try await shift.text("encounter", "show", "Encounter/\(encounter)").contains("finished"))
    let again = try await shift.failure("encounter", "close", encounter, "--outcome", "1", "--tell", "W97003")
    #expect(again.code == "invalid-transition")
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("A slot is booked once, and is free again when the booking is cancelled")
  func booking() async throws {
    let shift = Shift()
    let agent = Agent(user: "u", role: "", organisation: "", software: "tests 1")
    func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }
    let times = SlotTimes(try instant("2026-01-10T12:00:00Z"), try instant("2026-01-10T12:15:00Z"))
    _ = try await shift.store.perform(
      PublishSlots(at: .england, of: .new(R4.Schedule(dosService: "2000001", "Urgent care")), [times]),
      as: Request(by: agent, at: try instant("2026-01-09T12:00:00Z")))
    let list = [
      "encounter", "list", "--slots", "2000001", "--nation", "england", "--at", "2026-01-10T00:00:00Z", "--within", "1d",
    ]
    func slots() async throws -> [JSONValue] {
      let recorder = Recorder()
      _ = try await shift.run(list + ["--json"], recorder)
      return try JSONValue(parsing: Array(recorder.output.utf8))["slots"]?.array ?? []
    }
    let slot = try #require(try await slots().first?["slot"]?.id())
    let encounter = try #require(
      try await shift.json("encounter", "open", "--service", "scotland/SN001")["encounter"]?.id())
    let booked = try await shift.json("encounter", "book", slot, "--encounter", encounter)
    #expect(try await slots().isEmpty)
    #expect(try await shift.failure("encounter", "book", slot, "--encounter", encounter).exit == .notApplied)
    let appointment = try #require(try booked["appointment"]?.id())
    try await shift.json("encounter", "book", appointment, "--cancel", "--reason", "cannot come")
    #expect(try await slots().count == 1)
  }

  @Test("The same command under the same request id is carried out once, and other words under it are refused")
  func repeats() async throws {
    let shift = Shift()
    let id = "7c3e1a520b1d4f7e9a515f2d8c1b9e10"
    func open(_ service: String) async throws -> JSONValue {
      try await shift.json("encounter", "open", "--service", service, "--request-id", id)
    }
    let first = try await open("england/X26")
    let second = try await open("england/X26")
    #expect(first["repeat"] == false)
    #expect(second["repeat"] == true)
    #expect(first["encounter"] == second["encounter"])
    let other = try await shift.failure("encounter", "open", "--service", "england/RX6", "--request-id", id)
    #expect(other.code == "request-reused")
    // A command of two operations, and a number that is made, are repeated as a whole.
    let encounter = try #require(try first["encounter"]?.id())
    func prescribe() async throws -> JSONValue {
      try await shift.json(
        "encounter", "prescribe", encounter, "--medicine", "39113611000001102", "--dosage", "x", "--pharmacy", "FH123",
        "--organisation", "X26", "--request-id", "1c3e1a520b1d4f7e9a515f2d8c1b9e10")
    }
    #expect(try await prescribe()["items"] == prescribe()["items"])
    let task = try #require(
      try await shift.json(
        "encounter", "dispatch", encounter, "--service", "england/RX6", "--priority", "C1", "--to", "x")["task"]?.id())
    for _ in 1...2 {
      try await shift.json(
        "encounter", "allocate", task, "--unit", "A1", "--request-id", "2c3e1a520b1d4f7e9a515f2d8c1b9e10")
    }
  }

  @Test("An outcome that is unknown says how to go on, and that is right")
  func unknownOutcome() async throws {
    let shift = Shift()
    let england = shift.nations[0]
    // The first operation of all seals the keyspace.
    try await shift.json("encounter", "open", "--service", "england/X26")
    england.intercept { call in if case .write = call { .answerLost } else { .refused } }
    // However busy the machine is, one of these is long enough for the write to leave.
    var last: CommandFailure?
    for timeout in ["300ms", "5s", "60s", "600s"] where last?.exit != .unknown {
      last = try await shift.failure("encounter", "open", "--service", "england/X26", "--timeout", timeout)
    }
    let failure = try #require(last)
    #expect(failure.exit == .unknown)
    let id = try #require(failure.message.split(separator: " ").first { Identifier(String($0)) != nil })
    england.intercept(nil)
    let again = try await shift.json("encounter", "open", "--service", "england/X26", "--request-id", String(id))
    #expect(again["repeat"] == true)
  }

  @Test(
    "What cannot be understood is refused before anything is sent",
    arguments: [
      ["open"], ["open", "--service", "X26"], ["open", "--service", "england/x26"],
      ["open", "--service", "france/X26"], ["open", "--service", "england/X26", "--number", "9434765918"],
      ["open", "--service", "england/X26", "--at", "yesterday"],
      ["open", "--service", "england/X26", "--class", "other"],
      ["open", "--service", "england/X26", "--request-id", "7"], ["list"],
      ["list", "--open", "england/X26", "--patient", "p"], ["list", "--slots", "1"], ["show", "no such id!"],
      ["open", "--service", "england/X26", "--expect-version", "0"],
    ])
  func usage(words: [String]) async throws {
    let shift = Shift()
    do {
      _ = try await shift.run(["encounter"] + words, Recorder())
      Issue.record("it was carried out")
    } catch {
      #expect(CommandFailure(error).exit == .usage)
    }
    #expect(shift.nations.allSatisfy { $0.callCount == 0 })
  }

  @Test("What is not there is said with exit code 1 by show, and refused by what would change it")
  func notThere() async throws {
    let shift = Shift()
    let id = "e-" + String(repeating: "a", count: 26)
    #expect(try await shift.run(["encounter", "show", id], Recorder()) == .no)
    #expect(try await shift.run(["encounter", "show", "elsewhere"], Recorder()) == .no)
    let failure = try await shift.failure("encounter", "close", id, "--cancel", "--reason", "x")
    #expect(failure.exit == .notApplied)
    #expect(failure.code == "not-found")
    let number = try await shift.failure("encounter", "open", "--service", "england/X26", "--number", "9434765919")
    #expect(number.code == "not-found")
    #expect(!number.message.contains("9434765919"))
  }
}
