import Base
import Glibc
import Network
import Synchronization

/// What kept a test from doing what it wanted to do.
struct LabFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A child process, in a process group of its own so that signals of the terminal do not reach it.
final class LabProcess: Sendable {
  let pid: Int32
  private let status = Mutex<Int32?>(nil)

  /// Starts `words[0]` with the rest as arguments; output is appended to the two files.
  init(_ words: [String], output: String, errors: String, environment: [String: String] = [:]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP))

    var settings: [String] = []
    for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "LANG"] {
      if let value = Lab.environment(name) { settings.append("\(name)=\(value)") }
    }
    settings += environment.map { "\($0.key)=\($0.value)" }
    var started: pid_t = 0
    let program = words[0]
    let result = Self.withStrings(words) { words in
      Self.withStrings(settings) { settings in
        posix_spawnp(&started, program, &actions, &attributes, words, settings)
      }
    }
    guard result == 0 else { throw LabFailure("cannot start \(program): errno \(result)") }
    pid = started
  }

  private static func withStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return (copies + [nil]).withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a list that ends with nil is not empty") }
      return body(base)
    }
  }

  /// Sends a signal unless the process has ended.
  func signal(_ number: Int32) {
    status.withLock { status in
      if status == nil { kill(pid, number) }
    }
  }

  /// The exit code, or 128 and the signal that killed it; nil while it runs.
  var exitCode: Int32? {
    status.withLock { status in
      if let status { return status }
      var raw: Int32 = 0
      guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
      status = Self.code(raw)
      return status
    }
  }

  /// Waits for the end.
  func end(within limit: Interval = .seconds(30)) async throws -> Int32 {
    try await eventually("the end of process \(pid)", within: limit, every: .milliseconds(2)) { self.exitCode }
  }

  /// Kills it and waits for it; it cannot refuse.
  func destroy() {
    signal(SIGKILL)
    _ = wait()
  }

  /// Waits for the end, for as long as it takes; the exit code, or 128 and the signal that killed it.
  func wait() -> Int32 {
    status.withLock { status in
      if let status { return status }
      var raw: Int32 = 0
      while waitpid(pid, &raw, 0) == -1, errno == EINTR {}
      let code = Self.code(raw)
      status = code
      return code
    }
  }

  private static func code(_ raw: Int32) -> Int32 {
    let signal = raw & 0x7F
    return signal == 0 ? raw >> 8 & 0xFF : 128 + signal
  }
}

/// Asks `probe` again and again until it has an answer.
func eventually<Value>(
  _ what: String, within limit: Interval = .seconds(20), every pause: Interval = .milliseconds(20),
  _ probe: () async throws -> Value?
) async throws -> Value {
  let deadline = Clock.now() + limit
  while true {
    if let value = try await probe() { return value }
    guard Clock.now() < deadline else { throw LabFailure("\(what): not within \(limit.seconds) s") }
    try await Task.sleep(nanoseconds: UInt64(pause.nanoseconds))
  }
}

/// Lets time pass where time itself is what the scenario needs: a node paused for so long.
func pass(_ interval: Interval) async throws { try await Task.sleep(nanoseconds: UInt64(interval.nanoseconds)) }

/// Runs what blocks on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { waiter in
    do {
      _ = try WorkerThread(name: "lab") { waiter.resume(with: Result { try body() }) }
    } catch {
      waiter.resume(throwing: error)
    }
  }
}
