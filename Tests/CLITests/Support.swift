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
    simulate: { seed, tracing in
      SimulatedRun(
        seed: seed, violation: seed % 3 == 0 ? "a rule" : nil, virtualTime: .seconds(10), events: 100,
        acknowledgedWrites: 5, answeredReads: 7, unknownOutcomes: 1,
        faults: [SimulatedRun.Fault(kind: "crash", count: 2)], fingerprint: Digest(of: [UInt8(seed)]),
        trace: tracing ? ["first", "second"] : [])
    })
}

/// Runs the tool on a thread of its own, as its own main thread is one: it waits there for its tasks.
func run(_ words: String...) async throws -> (exit: ExitCode, output: String, errors: String) {
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

private final class Job {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}

/// Runs `body` on a thread of its own while `work` runs here, and waits for it.
func withThread(_ body: () -> Void, during work: () throws -> Void) throws {
  try withoutActuallyEscaping(body) { body in
    let job = Unmanaged.passRetained(Job(body))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { pointer in
        if let pointer { Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().body() }
        return nil
      }, job.toOpaque())
    try #require(result == 0)
    defer { pthread_join(thread, nil) }
    try work()
  }
}
