import Base
import Encounters
import JSON
import Model
import QuartetClient
import QuartetTesting
import Testing

@testable import QuartetCLI

/// The commands beside `quartet encounter`: dispatch, callbacks, appointments, prescriptions, patients.
@Suite struct DeskCommandTests {
  private static let medicine = [
    "--medicine", "39113611000001102", "--dosage", "1 tablet a day", "--pharmacy", "FH123", "--organisation", "X26",
  ]

  private func opened(_ shift: Shift, _ service: String = "england/X26", _ more: String...) async throws -> String {
    let answer = try await shift.json(words: ["encounter", "open", "--service", service] + more)
    return try #require(try answer["encounter"]?.id())
  }

  private func task(_ shift: Shift, _ priority: String, _ more: String...) async throws -> String {
    let encounter = try await opened(shift)
    let words = ["encounter", "dispatch", encounter, "--service", "england/RX6", "--to", "x", "--priority", priority]
    return try #require(try await shift.json(words: words + more)["task"]?.id())
  }

  @Test("A task is claimed under a number, upgraded to the front, worked to its end, and its unit found meanwhile")
  func dispatch() async throws {
    let shift = Shift()
    let first = try await task(shift, "C2", "--at", "2026-01-10T09:00:00Z")
    let second = try await task(shift, "C3", "--at", "2026-01-10T09:05:00Z")
    func queue() async throws -> [String] {
      let queue = try await shift.json("dispatch", "list", "england/RX6", "--at", "2026-01-10T09:06:00Z")["queue"]
      return try (queue?.array ?? []).map { try #require(try $0["task"]?.id()) }
    }
    #expect(try await queue() == [first, second])
    let lower = try await shift.failure("dispatch", "upgrade", first, "--priority", "C3", "--reason", "x")
    #expect(lower.code == "invariant")
    try await shift.json("dispatch", "upgrade", second, "--priority", "C1", "--reason", "not breathing")
    #expect(try await queue() == [second, first])
    try await shift.json("dispatch", "downgrade", second, "--priority", "C4", "--reason", "breathing")
    #expect(try await queue() == [first, second])

    let claimed = try await shift.json("dispatch", "claim", first, "--user", "desk 1")
    #expect(claimed["lease"]?.uint64 == 1)
    let other = try await shift.failure("dispatch", "claim", first, "--user", "desk 2")
    #expect(other.code == "conflict")
    let stale = try await shift.failure(
      "dispatch", "release", first, "--lease", "1", "--user", "desk 1", "--expect-version", "1")
    #expect(stale.code == "conflict")
    try await shift.json("dispatch", "release", first, "--lease", "1", "--user", "desk 1")
    try await shift.json("encounter", "allocate", first, "--unit", "A1", "--user", "desk 2")
    #expect(try await shift.text("dispatch", "where", "england/RX6", "A1") == "\(first)\n")
    #expect(try await shift.run(["dispatch", "where", "england/RX6", "B2"], Recorder()) == .no)
    try await shift.json("dispatch", "unit", first, "--unit", "A1", "--status", "on-scene")
    let back = try await shift.failure("dispatch", "unit", first, "--unit", "A1", "--status", "mobile")
    #expect(back.code == "invalid-transition")
    try await shift.json("dispatch", "unit", first, "--unit", "A1", "--status", "clear")
    #expect(try await shift.run(["dispatch", "where", "england/RX6", "A1"], Recorder()) == .no)

    try await shift.json("encounter", "allocate", second, "--unit", "A1", "--user", "desk 2")
    try await shift.json("dispatch", "reject", second, "--reason", "broken down")
    #expect(try await queue() == [second])
    try await shift.json("dispatch", "stand-down", second, "--reason", "went by car")
    #expect(try await queue() == [])
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("Mutual aid goes over a border, and the same request again gives the same task")
  func mutualAid() async throws {
    let shift = Shift()
    let task = try await task(shift, "C1")
    func aid() async throws -> JSONValue {
      try await shift.json(
        "dispatch", "mutual-aid", task, "--to-service", "wales/RT4", "--reason", "nearer", "--request-id",
        "3c3e1a520b1d4f7e9a515f2d8c1b9e10")
    }
    let first = try await aid()
    #expect(first["keyspace"] == "wales")
    #expect(try await aid()["task"] == first["task"])
    #expect(try await shift.json("dispatch", "list", "england/RX6")["queue"]?.array == [])
    #expect(try await shift.json("dispatch", "list", "wales/RT4")["queue"]?.array?.count == 1)
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("A callback is requested, claimed, put back, claimed again and completed; another is cancelled")
  func callbacks() async throws {
    let shift = Shift()
    let encounter = try await opened(shift)
    func request() async throws -> String {
      let asked = try await shift.json(
        "callback", "request", encounter, "--service", "england/X26", "--priority", "callback-1h", "--due",
        "2026-01-10T10:00:00Z")
      return try #require(try asked["callback"]?.id())
    }
    let callback = try await request()
    #expect(try await shift.text("callback", "list", "england/X26").contains(callback))
    #expect(try await shift.json("callback", "claim", callback, "--user", "dr 1", "--for", "60s")["lease"]?.uint64 == 1)
    try await shift.json(
      "callback", "put-back", callback, "--lease", "1", "--due", "2026-01-10T11:00:00Z", "--reason", "no answer")
    let late = try await shift.failure("callback", "complete", callback, "--lease", "1", "--outcome", "advice given")
    #expect(late.code != "duplicate" && late.exit == .notApplied)
    #expect(try await shift.json("callback", "claim", callback, "--user", "dr 2")["lease"]?.uint64 == 2)
    try await shift.json("callback", "complete", callback, "--lease", "2", "--outcome", "advice given")
    try await shift.json("callback", "cancel", try await request(), "--reason", "came in")
    #expect(try await shift.json("callback", "list", "england/X26")["queue"]?.array == [])
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("Slots are published and found, a booking moves to another nation's slot, patients come or do not")
  func appointments() async throws {
    let shift = Shift()
    func publish(_ nation: String, _ count: String) async throws -> [String] {
      let answer = try await shift.json(
        "appointment", "publish", "--nation", nation, "--dos-service", "2000001", "--name", "Urgent care", "--from",
        "2026-01-10T09:00:00Z", "--each", "20m", "--slots", count, "--at", "2026-01-09T09:00:00Z")
      let more = try await shift.json(
        "appointment", "publish", "--nation", nation, "--schedule", try #require(try answer["schedule"]?.id()), "--from",
        "2026-01-11T09:00:00Z")
      #expect(more["schedule"] == answer["schedule"])
      return try (answer["slots"]?.array ?? []).map { try $0.id() }
    }
    func free(_ nation: String) async throws -> Int {
      let found = try await shift.json(
        "appointment", "search", "2000001", "--nation", nation, "--at", "2026-01-10T09:00:00Z", "--within", "1h")
      return found["slots"]?.array?.count ?? -1
    }
    let english = try await publish("england", "4")
    let welsh = try await publish("wales", "2")
    #expect(english.count == 4)
    // The fourth begins when the hour is over.
    #expect(try await free("england") == 3)
    let encounter = try await opened(shift)
    func book(_ slot: String) async throws -> String {
      try #require(try await shift.json("encounter", "book", slot, "--encounter", encounter)["appointment"]?.id())
    }
    let first = try await book(english[0])
    let moved = try await shift.json(
      "appointment", "rebook", first, "--to-slot", welsh[0], "--reason", "nearer", "--request-id",
      "4c3e1a520b1d4f7e9a515f2d8c1b9e10")
    #expect(moved["keyspace"] == "wales")
    #expect(try moved["cancelled"]?.id() == first)
    #expect(try await free("england") == 3)
    #expect(try await free("wales") == 1)
    let there = try #require(try moved["appointment"]?.id())
    #expect(try await shift.text("appointment", "arrived", there) == "arrived\n")
    try await shift.json("appointment", "seen", there)
    let second = try await book(english[1])
    try await shift.json("appointment", "no-show", second)
    #expect(try await shift.failure("appointment", "cancel", second, "--reason", "x").code == "invalid-transition")
    let third = try await book(english[2])
    try await shift.json("appointment", "cancel", third, "--reason", "cannot come")
    #expect(try await free("england") == 2)
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("A prescription's state is found by its number in any nation; what was given out is not cancelled")
  func prescriptions() async throws {
    let shift = Shift()
    let encounter = try await opened(shift, "scotland/SN001")
    let issued = try await shift.json(words: ["encounter", "prescribe", encounter] + Self.medicine)
    let number = try #require(issued["number"]?.string)
    let item = try #require(try issued["items"]?[0]?.id())
    let page = try await shift.text("prescription", "status", number)
    #expect(page.contains("active") && page.contains("scotland") && !page.contains("39113611000001102"))
    #expect(try await shift.run(["prescription", "status", "24F5DA-A83008-7EFE6Z"], Recorder()) == .no)
    try await shift.json("prescription", "dispense", item, "--pharmacy", "FH123", "--partly")
    #expect(try await shift.failure("prescription", "cancel", item, "--reason", "x").code == "invalid-transition")
    try await shift.json("prescription", "dispense", item, "--pharmacy", "FH123")
    let list = try await shift.json("prescription", "list", "FH123", "--nation", "scotland")
    #expect(list["items"]?[0]?["status"] == "completed")
    let paper = try await shift.json(
      "encounter", "prescribe", encounter, "--medicine", "39113611000001102", "--dosage", "x", "--paper", "P1")
    try await shift.json(
      "prescription", "cancel", try #require(try paper["items"]?[0]?.id()), "--reason", "wrong dose")
    #expect(try await shift.text("prescription", "status", "P1", "--form", "paper").contains("cancelled"))
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("A patient is registered, found by number and by name, linked to an unknown caller, and merged")
  func patients() async throws {
    let shift = Shift()
    let directory = try TemporaryDirectory()
    let file = "\(directory.path)/patient.json"
    let ada = """
      {"resourceType": "Patient", "active": true, "name": [{"family": "Test", "given": ["Ada"]}], "gender": "female",
       "birthDate": "1961-04-12"}
      """
    try LocalFiles.replace(file, with: Array(ada.utf8))
    let known = try #require(
      try await shift.json(
        "patient", "register", "--nation", "wales", "--number", "9434765919", "--verified")["patient"]?.id())
    let taken = try await shift.failure(
      "patient", "register", "--nation", "england", "--number", "9434765919", "--verified")
    #expect(taken.code == "duplicate")
    #expect(!taken.message.contains("9434765919"))
    let found = try await shift.json("patient", "find", "943-476-5919")
    #expect(try found["patients"]?[0]?["patient"]?.id() == known)
    #expect(found["keyspaces"]?.array?.count == 4)
    #expect(try await shift.run(["patient", "find", "9434765870"], Recorder()) == .no)

    let named = try #require(
      try await shift.json("patient", "register", "--nation", "scotland", "--patient-file", file)["patient"]?.id())
    let alike = try await shift.json(
      "patient", "match", "--given", "ada", "--family", "TEST", "--birth-date", "1961-04-12", "--gender", "male")
    #expect(try alike["patients"]?[0]?["patient"]?.id() == named)
    #expect(alike["patients"]?[0]?["agreement"]?.int64 == 3)
    let page = try await shift.text("patient", "match", "--given", "ada", "--family", "TEST", "--birth-date", "1961-04-12")
    #expect(page.contains(named) && !page.contains("Ada"))

    let encounter = try await opened(shift)
    let linked = try await shift.json("patient", "link", known, "--encounter", encounter)
    #expect(linked["patient"]?.string == "Patient/\(known)")
    #expect(linked["repeat_caller"] == "no")
    try await shift.json("patient", "merge", named, known)
    #expect(try await shift.failure("patient", "merge", named, known).code == "invalid-transition")
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("Care goes to another service; what has ended is followed by another encounter; what was wrong is hidden")
  func encounters() async throws {
    let shift = Shift()
    let encounter = try await opened(shift)
    let moved = try await shift.json(
      "encounter", "transfer", encounter, "--to-service", "wales/7A1AU", "--reason", "lives there")
    #expect(moved["referral"] != .null)
    #expect(try await shift.text("encounter", "show", encounter).contains("7A1AU"))
    let early = try await shift.failure("encounter", "reopen", encounter)
    #expect(early.code == "invalid-transition")
    try await shift.json("encounter", "cancel", encounter, "--reason", "hung up")
    let again = try #require(try await shift.json("encounter", "reopen", encounter)["encounter"]?.id())
    #expect(try await shift.text("encounter", "show", again).contains("part of        \(encounter)"))
    try await shift.json("encounter", "entered-in-error", again, "--reason", "wrong patient")
    #expect(try await shift.text("encounter", "show", again).contains("entered in error"))
    #expect(try await shift.run(["encounters", "check"], Recorder()) == .ok)
  }

  @Test("Every operation's correlation is the one given, and its audit names who did it")
  func correlation() async throws {
    let shift = Shift()
    let id = "5c3e1a520b1d4f7e9a515f2d8c1b9e10"
    let failure = try await shift.failure("encounter", "open", "--service", "england/X26", "--correlation", "7")
    #expect(failure.exit == .usage)
    _ = try await opened(shift, "england/X26", "--correlation", id, "--user", "u7")
    let rows = try await shift.nations[0].range(RangeQuery(range: .all, limit: 1_000)).value.items
    #expect(rows.contains { String(decoding: $0.value?.bytes ?? [], as: UTF8.self).contains(#""correlation":"\#(id)""#) })
  }

  @Test(
    "What a command cannot do without is asked for by name before anything is sent",
    arguments: [
      ("dispatch list RX6", "NATION/ODS"), ("dispatch release T", "--lease"), ("dispatch upgrade T --priority C1", "--reason"),
      ("dispatch upgrade T --reason x", "--priority"), ("dispatch unit T --unit A1", "--status"),
      ("dispatch unit T --unit A1 --status away", "on-scene"), ("dispatch stand-down T", "--reason"),
      ("dispatch mutual-aid T --reason x", "--to-service"), ("dispatch where england/RX6 a1", "CALLSIGN"),
      ("callback request E --priority callback-1h", "--service"), ("callback complete T --outcome x", "--lease"),
      ("callback complete T --lease 1", "--outcome"), ("callback put-back T --lease 1 --reason x", "--due"),
      ("callback request E --service england/X26 --priority C9", "--priority"),
      ("appointment publish --nation england --from 2026-01-10T09:00:00Z", "--schedule"),
      ("appointment publish --nation england --dos-service 1 --name x", "--from"),
      ("appointment publish --nation england --dos-service 1 --name x --from 2026-01-10T09:00:00Z --slots 25", "--slots"),
      ("appointment publish --nation england --dos-service 1 --name x --from 2026-01-10T09:00:00Z --each 1500ms", "--each"),
      ("appointment search 1", "--nation"), ("appointment rebook A --reason x", "--to-slot"),
      ("prescription list FH123", "--nation"), ("prescription dispense M", "--pharmacy"),
      ("prescription status X --form other", "--form"), ("patient find 9434765918", "NUMBER"),
      ("patient match --gender x", "--gender"), ("patient register --nation wales", "--patient-file"),
      ("patient link P", "--encounter"), ("encounter transfer E --reason x", "--to-service"),
      ("encounter cancel E", "--reason"), ("encounter reopen E --status finished", "--status"),
    ])
  func usage(line: String, name: String) async throws {
    let shift = Shift()
    let failure = try await shift.failure(words: line.split(separator: " ").map(String.init))
    #expect(failure.exit == .usage)
    #expect(failure.message.contains(name), "\(failure.message)")
    #expect(shift.nations.allSatisfy { $0.callCount == 0 })
  }
}
