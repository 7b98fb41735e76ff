import Base
import Glibc
import Network
import Synchronization
import Testing

@testable import QuartetCLI

/// A directory that is removed with its owner.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/quartet-cli-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    path = try #require(made)
  }

  deinit { try? LocalFiles.remove(path) }
}

/// What a command printed.
final class Recorder: Sendable {
  private let printed = Mutex<(output: [UInt8], errors: [UInt8])>(([], []))

  var console: Console {
    Console(
      output: { bytes in self.printed.withLock { $0.output += bytes } },
      errors: { bytes in self.printed.withLock { $0.errors += bytes } })
  }

  var output: String { String(decoding: printed.withLock { $0.output }, as: UTF8.self) }
  var errors: String { String(decoding: printed.withLock { $0.errors }, as: UTF8.self) }
}

/// A program part that is not there.
struct NotHere: Error {}

extension Engine {
  /// Every third seed breaks a rule.
  static let simulated = Engine(
    startNode: { _ in throw NotHere() },
    simulator: SimulatorEngine(
      profiles: ["core", "disk"], defects: ["votesTwice", "hidden"], weather: ["loss", "delays"], executable: nil,
      run: { request, onLine in
        if request.isTracing { for line in ["first", "second"] { onLine(line) } }
        // Only fault 7 matters, and the defect that is hidden is found by nothing.
        let isMild = request.kept.map { !$0.contains(7) } ?? false
        let breaks = request.defect == nil ? request.seed % 3 == 0 : request.defect == "votesTwice" && request.seed % 5 == 4
        let faults = (request.kept ?? [2, 7]).filter { [2, 7].contains($0) }
        return SimulatedRun(
          seed: request.seed, violation: breaks && !isMild ? "a rule: it broke" : nil,
          virtualTime: .seconds(50 + Int64(request.seed) * 5), events: 100, acknowledgedWrites: 498 + Int(request.seed),
          answeredReads: 7, unknownOutcomes: 1,
          faults: [.init("crash", 2), .init("pause", 1), .init("partition", faults.count), .init("never", 0)],
          probes: [.init("a rare one", request.seed == 2 ? 1 : 0)],
          injections: faults.map { .init(number: $0, at: .milliseconds(Int64($0) * 100), text: "fault of a kind") },
          fingerprint: Digest(of: [UInt8(request.seed)]))
      },
      minimise: { request, run, attempt, onStep in
        var smaller = request
        for number in run.injections.map(\.number) {
          var without = smaller
          without.kept = (smaller.kept ?? run.injections.map(\.number)).filter { $0 != number }
          if try attempt([without]).first?.violation != nil { smaller = without }
          onStep("tried \(number)")
        }
        smaller.until = .milliseconds(14_200)
        return smaller
      }))
}

/// Runs the tool on a thread of its own, as its own main thread is one: it waits there for its tasks.
func run(_ words: String...) async throws -> (exit: ExitCode, output: String, errors: String) {
  try await run(words: words)
}

func run(words: [String]) async throws -> (exit: ExitCode, output: String, errors: String) {
  let recorder = Recorder()
  let exit = try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<ExitCode, any Error>) in
    do {
      _ = try WorkerThread(name: "tool") {
        waiter.resume(returning: CommandLineTool.run(words, engine: .simulated, console: recorder.console))
      }
    } catch {
      waiter.resume(throwing: error)
    }
  }
  return (exit, recorder.output, recorder.errors)
}

/// Compares with a file beside the tests; with REWRITE=1 it writes the file instead.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let path = LocalFiles.directory(of: #filePath) + "/Golden/" + name
  if getenv("REWRITE") != nil { try LocalFiles.replace(path, with: Array(text.utf8)) }
  let golden = try String(decoding: LocalFiles.contents(of: path), as: UTF8.self)
  #expect(text == golden, "run with REWRITE=1 if the change is meant", sourceLocation: sourceLocation)
}
