import Glibc

/// Starting and reaping processes.
enum ChildProcess {
  /// How a process ended.
  enum End: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    /// - Parameter status: what waitpid reports (its layout is the kernel's).
    init(status: Int32) {
      let signal = status & 0x7F
      self = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
    }

    var description: String {
      switch self {
      case .exited(let code): "ended with exit code \(code)"
      case .killed(let signal): "was killed by signal \(signal) (\(Self.name(signal)))"
      }
    }

    private static func name(_ signal: Int32) -> String {
      switch signal {
      case SIGKILL: "SIGKILL"
      case SIGTERM: "SIGTERM"
      case SIGSEGV: "SIGSEGV"
      case SIGABRT: "SIGABRT"
      case SIGILL: "SIGILL"
      case SIGINT: "SIGINT"
      case SIGBUS: "SIGBUS"
      default: strsignal(signal).map { String(cString: $0) } ?? "unknown"
      }
    }
  }

  /// glibc's POSIX_SPAWN_SETSID, which its header shows only under _GNU_SOURCE.
  private static let setSession: Int32 = 0x80

  /// Starts a program whose output is appended to a file. It gets no signals of the terminal: whoever starts it stops it.
  /// - Parameter isDetached: in a session of its own, so that it outlives this process's terminal.
  static func spawn(
    _ executable: String, _ words: [String], log: String, isDetached: Bool
  ) throws(FileProblem) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    return try spawn(executable, words, &actions, isDetached: isDetached)
  }

  /// Starts a program with files as `actions` say, in a process group of its own.
  /// - Parameter settings: `NAME=value`, besides the environment of this process.
  static func spawn(
    _ executable: String, _ words: [String], _ actions: inout posix_spawn_file_actions_t, isDetached: Bool,
    settings: [String] = []
  ) throws(FileProblem) -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // What is blocked or ignored here would stay so there.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let grouping = isDetached ? setSession : Int32(POSIX_SPAWN_SETPGROUP)
    posix_spawnattr_setflags(
      &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | grouping))

    var pid: pid_t = 0
    let result = withStrings([executable] + words) { words in
      withStrings(settings + environment()) { environment in
        posix_spawn(&pid, executable, &actions, &attributes, words, environment)
      }
    }
    guard result == 0 else { throw FileProblem("start", executable, code: result) }
    return pid
  }

  /// As this process was given it.
  private static func environment() -> [String] {
    let bytes = (try? LocalFiles.contents(of: "/proc/self/environ")) ?? []
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func withStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let list: [UnsafeMutablePointer<CChar>?] = copies + [nil]
    return list.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a list that ends with nil is not empty") }
      return body(base)
    }
  }

  /// The end of a child, if it has ended.
  static func reap(_ pid: Int32) -> End? {
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid ? End(status: status) : nil
  }

  /// Asks a process to stop; one that is paused is woken, or it would not hear it.
  static func stop(_ pid: Int32) {
    kill(pid, SIGTERM)
    kill(pid, SIGCONT)
  }
}
