import Base
import Glibc
import JSON

/// A child process that runs seeds for this one: a request goes in as a line, a run comes out as one.
///
/// Processes and not threads, because SQLite has one random generator a process, which a world must own to repeat
/// itself; and because a seed that ends the process ends a child, which is a finding like any other.
final class SimulatorProcess {
  private let executable: String
  private var pid: pid_t = 0
  private var input: Int32 = -1
  private(set) var output: Int32 = -1
  private var errors: Int32 = -1
  private var buffer: [UInt8] = []
  /// What it is at work on.
  private(set) var request: SimulatedRequest?

  init(_ executable: String) throws(FileProblem) {
    self.executable = executable
    try start()
  }

  deinit { stop() }

  private func start() throws(FileProblem) {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw FileProblem("make", "a pipe") }
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    // What it says before it dies is read when it is dead: a file without a name.
    errors = open("/tmp", O_RDWR | Self.unnamedFile | O_CLOEXEC, 0o600)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    if errors >= 0 { posix_spawn_file_actions_adddup2(&actions, errors, 2) }
    defer {
      close(toChild[0])
      close(fromChild[1])
    }
    input = toChild[1]
    output = fromChild[0]
    pid = try ChildProcess.spawn(
      executable, [SimulationWorker.word], &actions, isDetached: false,
      settings: ["SWIFT_BACKTRACE=enable=yes,color=no,interactive=no,limit=12,threads=crashed,images=none,registers=none"])
  }

  /// glibc's O_TMPFILE, which its header shows only under _GNU_SOURCE.
  private static let unnamedFile: Int32 = 0o20200000

  func begin(_ request: SimulatedRequest) {
    precondition(self.request == nil, "a process has one request at a time")
    self.request = request
    let line = SimulationLine.json(request).serialized(.compact) + [0x0A]
    var done = 0
    while done < line.count {
      let count = line.withUnsafeBytes { write(input, $0.baseAddress.map { $0 + done }, line.count - done) }
      if count < 0, errno == EINTR { continue }
      // It is dead; that is found when its output is read.
      if count <= 0 { return }
      done += count
    }
  }

  /// Takes in what has come, once `output` can be read; returns the run when it is complete. A process that died gives a
  /// run that broke a rule, and another one takes its place.
  func take() throws(FileProblem) -> SimulatedRun? {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = chunk.withUnsafeMutableBytes { read(output, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { return nil }
    guard count > 0 else { return try died() }
    buffer += chunk[..<count]
    guard let end = buffer.firstIndex(of: 0x0A) else { return nil }
    let line = Array(buffer[..<end])
    buffer.removeSubrange(...end)
    guard let json = try? JSONValue(parsing: line), let run = SimulationLine.run(json) else {
      throw FileProblem("understand", "the output of process \(pid)", code: EPROTO)
    }
    request = nil
    return run
  }

  private func died() throws(FileProblem) -> SimulatedRun? {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    pid = 0
    let end = ChildProcess.End(status: status)
    let last = CrashReport(lastWords()).summary
    stop()
    guard let request else { throw FileProblem("keep", "a process that \(end)", code: ECHILD) }
    self.request = nil
    try start()
    return SimulatedRun(seed: request.seed, violation: "crash: the program \(end)\(last.map { ", \($0)" } ?? "")")
  }

  private func lastWords() -> String {
    guard errors >= 0 else { return "" }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = bytes.withUnsafeMutableBytes { pread(errors, $0.baseAddress, $0.count, 0) }
    return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
  }

  private func stop() {
    for descriptor in [input, output, errors] where descriptor >= 0 { close(descriptor) }
    (input, output, errors) = (-1, -1, -1)
    buffer = []
    guard pid > 0 else { return }
    kill(pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    pid = 0
  }
}

/// Where a program died, from what the Swift runtime wrote.
struct CrashReport {
  let summary: String?

  /// - Parameter text: a backtrace; its first frame of ours is the place. A line that begins with "Fatal error" is the
  ///   reason, where the program gave one.
  init(_ text: String) {
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    let reason = lines.first { $0.contains("Fatal error") }.map(String.init)
    // "0 [ra] 0x… checkInvariants() + 12 in quartet at /path/RaftGroup+Invariants.swift:8:5"
    let place = lines.lazy.filter { $0.contains(" in ") && $0.contains(".swift:") && !$0.contains("Swift runtime failure") }
      .compactMap { line -> String? in
        guard let at = line.firstRange(of: " at /") else { return nil }
        return line[at.upperBound...].split(separator: "/").last.map { "at \($0)" }
      }.first
    let parts = [reason, place].compactMap { $0 }
    summary = parts.isEmpty ? nil : parts.joined(separator: " ")
  }
}
