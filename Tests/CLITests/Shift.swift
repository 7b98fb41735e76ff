import Base
import Encounters
import JSON
import QuartetClient
import QuartetTesting
import Testing

@testable import QuartetCLI

/// Runs encounter commands over keyspaces in memory: everything but the connection to a cluster.
struct Shift {
  let store: EncounterStore<MemoryKeyspace>
  let nations: [MemoryKeyspace]

  init() {
    let nations = Nation.allCases.map { MemoryKeyspace("\($0)") }
    self.nations = nations
    store = EncounterStore { nations[Int($0.rawValue) - 1] }
  }

  /// Output as JSON.
  @discardableResult
  func json(_ words: String...) async throws -> JSONValue { try await json(words: words) }

  @discardableResult
  func json(words: [String]) async throws -> JSONValue {
    let recorder = Recorder()
    _ = try await run(words + ["--json"], recorder)
    return try JSONValue(parsing: Array(recorder.output.utf8))
  }

  func text(_ words: String...) async throws -> String {
    let recorder = Recorder()
    _ = try await run(words, recorder)
    return recorder.output
  }

  func failure(_ words: String...) async throws -> CommandFailure { try await failure(words: words) }

  func failure(words: [String]) async throws -> CommandFailure {
    do {
      _ = try await run(words, Recorder())
    } catch {
      return CommandFailure(error)
    }
    throw NotHere()
  }

  func run(_ words: [String], _ recorder: Recorder) async throws -> ExitCode {
    // No test waits by the clock, however busy the machine is.
    let words = words.contains("--timeout") ? words : words + ["--timeout", "1h"]
    guard case .run(let command) = try ArgumentParser(root: CommandTree.root).parse(words) else { throw NotHere() }
    let invocation = Invocation(command: command, console: recorder.console, engine: .simulated)
    let group = try #require(DeskGroup.all.first { $0.name == command.path.first })
    let work = try #require(group.commands.first { $0.name == command.path.last }).work
    return try await work(try EncounterDesk(invocation) { nations[Int($0.rawValue) - 1] })
  }
}

extension JSONValue {
  /// The id in `{"reference": "Type/id", …}`, or in `Type/id`.
  func id() throws -> String {
    let text = try #require(self["reference"]?.string ?? string)
    return String(try #require(text.split(separator: "/").last))
  }
}
