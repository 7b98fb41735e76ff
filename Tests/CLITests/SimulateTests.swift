import Base
import Glibc
import JSON
import Testing

@testable import QuartetCLI

@Suite("quartet simulate")
struct SimulateTests {
  @Test("Failures come with the command that replays them, and exit code 1")
  func failures() async throws {
    let result = try await run("simulate", "--seeds", "1..4")
    #expect(result.exit == .no)
    #expect(result.output.contains("seed 3: a rule: it broke\n  quartet simulate --seed 3 --trace\n"))
    #expect(result.output.contains("4 seeds"))
    #expect(result.output.hasSuffix("1 of 4 seeds broke a rule: 3\n"))
    #expect(try await run("simulate", "--seeds", "1..2").exit == .ok)
  }

  @Test("The trace comes line by line, before what came of it")
  func trace() async throws {
    #expect(try await run("simulate", "--seed", "4", "--trace").output.hasPrefix("first\nsecond\nseed 4: fingerprint"))
  }

  @Test("Lines that name nothing that can be run are refused", arguments: [
    ["--seeds", "4..1"], ["--seeds", "1-4"], ["--seed", "1", "--minutes", "1"], ["--trace"], ["--seeds", "1..2", "--keep", "3"],
    ["--seed", "1", "--keep", "3,x"], ["--seed", "1", "--without", "rain"], ["--seed", "1", "--until", "soon"],
    ["--profile", "tape"], ["--defect", "noSuch"], ["--jobs", "0"],
  ])
  func refusals(words: [String]) async throws {
    #expect(try await run(words: ["simulate"] + words).exit == .usage)
  }

  @Test("The summary says how much each seed had, how many count, and what never happened")
  func summary() async throws {
    let output = try await run("simulate", "--seeds", "1..5").output
    #expect(output.contains("""
      of a seed            least  median  most
      virtual seconds         55      65    75
      acknowledged writes    499     501   503
      kinds of fault           3       3     3
      4 of 5 seeds count: at least 60 virtual seconds, 500 acknowledged writes and 3 kinds of fault in effect
      faults: crash 10, pause 5, partition 10
      faults that never took effect: never
      situations met: a rare one 1

      """))
    #expect(try await run("simulate", "--seeds", "3..5").output.contains("situations never met: a rare one"))
  }

  @Test("JSON has its documented shape")
  func json() async throws {
    let output = try await run("simulate", "--seeds", "1..3", "--json").output
    // How long it took is the one thing that differs between two runs.
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.contains("\"elapsed_ms\"") ? "  \"elapsed_ms\": 0," : String(line)
    }
    try expectGolden(lines.joined(separator: "\n"), "simulate.json")
  }

  @Test("A failing seed is made small, and printed as the command that repeats it")
  func minimise() async throws {
    let result = try await run("simulate", "--seed", "3", "--minimise")
    #expect(result.exit == .no)
    #expect(result.output.contains("""
      seed 3, made small: a rule: it broke
        fault 7 at 0.700s: fault of a kind
        quartet simulate --seed 3 --keep 7 --until 14200ms --trace

      """))
    let words = ["simulate", "--seed", "3", "--keep", "7", "--until", "14200ms", "--trace"]
    #expect(try await run(words: words).exit == .no)
    #expect(try await run("simulate", "--seed", "3", "--keep", "none").exit == .ok)
  }

  @Test("The list of defects keeps what still finds them, finds the rest again, and names what nothing finds")
  func defects() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/Defects.txt"
    try LocalFiles.replace(path, with: Array("# for people\nvotesTwice core 7 another rule\n".utf8))
    let result = try await run("simulate", "--find-defects", path)
    #expect(result.exit == .no)
    #expect(result.output.contains("hidden: no seed through 200 finds it"))
    func text() throws -> String { String(decoding: try LocalFiles.contents(of: path), as: UTF8.self) }
    #expect(try text() == "# for people\nvotesTwice core 4 a rule\n")
    // Seed 9 breaks the rule without the defect as well, and proves nothing.
    try LocalFiles.replace(path, with: Array("votesTwice core 9 a rule\n".utf8))
    _ = try await run("simulate", "--find-defects", path)
    #expect(try text() == "votesTwice core 4 a rule\n")
    try LocalFiles.replace(path, with: Array("votesTwice core 14 a rule\n".utf8))
    _ = try await run("simulate", "--find-defects", path)
    #expect(try text() == "votesTwice core 14 a rule\n")
    #expect(try await run("simulate", "--defect", "list").output == "votesTwice\nhidden\n")
  }

  @Test("Requests and runs survive their way between processes")
  func lines() throws {
    let request = SimulatedRequest(
      seed: .max, profile: "disk", defect: "votesTwice", kept: [], calmed: ["loss"], until: .milliseconds(1))
    #expect(SimulationLine.request(try JSONValue(parsing: SimulationLine.json(request).serialized(.compact))) == request)
    let plain = SimulatedRequest(seed: 0, profile: "core")
    #expect(SimulationLine.request(try JSONValue(parsing: SimulationLine.json(plain).serialized(.compact))) == plain)
    let run = SimulatedRun(
      seed: 7, violation: "a rule: \"quoted\"\n", virtualTime: .seconds(61), events: 9, acknowledgedWrites: 8,
      answeredReads: 7, unknownOutcomes: 6, faults: [.init("crash", 1)], probes: [.init("rare", 0)],
      injections: [.init(number: 3, at: .milliseconds(5), text: "node-1 crashes")], fingerprint: Digest(of: [1]))
    #expect(SimulationLine.run(try JSONValue(parsing: SimulationLine.json(run).serialized(.compact))) == run)
  }

  @Test("The place where a program died is found in what the runtime wrote")
  func crashes() {
    let report = """

      *** Program crashed: Illegal instruction at 0x000055d0 ***

      Thread 0 crashed:

      0 [inlined] Swift runtime failure: precondition failure in RaftGroup.checkInvariants() at /somewhere/Raft/RaftGroup+Invariants.swift:8:5
      1 RaftGroup.checkInvariants() + 52 in quartet at /somewhere/Raft/RaftGroup+Invariants.swift:8:5
      2 RaftGroup.step(_:at:into:) + 96 in quartet at /somewhere/Raft/RaftGroup.swift:120:5
      """
    #expect(CrashReport(report).summary == "at RaftGroup+Invariants.swift:8:5")
    #expect(CrashReport("").summary == nil)
  }
}
