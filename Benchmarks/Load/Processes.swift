import Base
import Benchmarking
import Glibc
import JSON
import Network
import Synchronization

/// Something that this run cannot do without is missing.
struct Problem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// What /proc and the file system tell.
enum System {
  static func text(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, file)
      guard count > 0 else { return String(decoding: all, as: UTF8.self) }
      all += part[..<count]
    }
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "we") else { throw Problem("cannot write \(path): errno \(errno)") }
    let bytes = Array(text.utf8)
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count else { throw Problem("cannot write \(path): errno \(errno)") }
  }

  static func say(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
  }

  static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Bytes of the blocks under a path.
  static func blocks(under path: String) -> Int64 {
    var status = stat()
    guard lstat(path, &status) == 0 else { return 0 }
    var sum = Int64(status.st_blocks) * 512
    if status.st_mode & S_IFMT == S_IFDIR { for name in names(in: path) { sum += blocks(under: "\(path)/\(name)") } }
    return sum
  }

  static func makeDirectory(_ path: String) throws {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/\(part)"
      guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw Problem("cannot make \(made): errno \(errno)") }
    }
  }

  static func absolute(_ path: String) throws -> String {
    guard let resolved = realpath(path, nil) else { throw Problem("there is no \(path)") }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The directory of this program's own file.
  static var ownDirectory: String {
    get throws {
      let path = try absolute("/proc/self/exe")
      return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }
  }

  /// The file system of a directory by name. Memory is no disk: a benchmark of durable writes there would lie.
  static func durableFileSystem(of directory: String) throws -> String {
    let path = try absolute(directory)
    var best = (length: -1, type: "")
    for line in (text("/proc/self/mountinfo") ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
      let point = fields[4] == "/" ? "" : String(fields[4])
      // Of two on one point the later one covers the earlier.
      if path == point || path.hasPrefix(point + "/"), point.utf8.count >= best.length {
        best = (point.utf8.count, String(fields[dash + 1]))
      }
    }
    guard !["tmpfs", "ramfs", "devtmpfs"].contains(best.type) else {
      throw Problem("\(directory) is on \(best.type), which is memory: give --data DIR on a real disk")
    }
    return best.type
  }
}

/// A process and all its descendants, as the kernel accounts them.
enum ProcessTree {
  struct Use: Sendable {
    var cpuMicroseconds: Int64 = 0
    /// Pages that the process made dirty, as `write_bytes` counts them: a page, or a larger folio, that is written to
    /// again after each fsync counts again, however few bytes changed.
    var written: Int64 = 0
    var memory: Int64 = 0
  }

  private struct Row {
    var parent: Int32
    var ticks: Int64
  }

  private static func row(_ pid: Int32) -> Row? {
    guard let text = System.text("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 14, let parent = Int32(fields[1]) else { return nil }
    // utime, stime, and those of children that have ended.
    return Row(parent: parent, ticks: fields[11...14].reduce(0) { $0 + (Int64($1) ?? 0) })
  }

  /// By root. A root that is gone has no entry.
  static func uses(of roots: [Int32], withMemory: Bool = false) -> [Int32: Use] {
    var rows: [Int32: Row] = [:]
    for name in System.names(in: "/proc") { if let pid = Int32(name) { rows[pid] = row(pid) } }
    var uses: [Int32: Use] = [:]
    for pid in rows.keys {
      var above = pid
      while !roots.contains(above), let parent = rows[above]?.parent, parent > 0 { above = parent }
      guard roots.contains(above), let row = rows[pid] else { continue }
      var use = uses[above] ?? Use()
      use.cpuMicroseconds += row.ticks * 1_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
      use.written += field("write_bytes:", of: "/proc/\(pid)/io")
      // Shared pages count once, or a server of many processes would seem to need several times its buffers.
      if withMemory { use.memory += field("Pss:", of: "/proc/\(pid)/smaps_rollup") * 1_024 }
      uses[above] = use
    }
    return uses
  }

  private static func field(_ name: String, of path: String) -> Int64 {
    guard let text = System.text(path) else { return 0 }
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int64($0) } ?? 0
    }
    return 0
  }

  static var ownMicroseconds: Int64 {
    var use = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &use)
    return Int64(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1_000_000
      + Int64(use.ru_utime.tv_usec + use.ru_stime.tv_usec)
  }

  /// Processor time of all processes together. Interrupts belong to nobody and are left out.
  static var allMicroseconds: Int64 {
    guard let line = System.text("/proc/stat")?.split(separator: "\n").first else { return 0 }
    let fields = line.split(separator: " ").dropFirst().prefix(3).compactMap { Int64($0) }
    return fields.reduce(0, +) * 1_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
  }
}

/// Reads what servers, driver and the rest of the machine use over the window. Nodes that are killed count with what
/// they had used when last looked at.
struct Meter {
  private let servers: [Int32]
  private let drivers: [Int32]
  private var first: [Int32: ProcessTree.Use] = [:]
  private var last: [Int32: ProcessTree.Use] = [:]
  private var firstOwn: Int64 = 0
  private var firstAll: Int64 = 0
  private var begun = Moment.zero

  init(servers: [Int32], drivers: [Int32] = []) {
    self.servers = servers
    self.drivers = drivers
  }

  mutating func begin() {
    first = ProcessTree.uses(of: servers + drivers)
    last = first
    firstOwn = ProcessTree.ownMicroseconds
    firstAll = ProcessTree.allMicroseconds
    begun = Clock.now()
  }

  mutating func look() { last.merge(ProcessTree.uses(of: servers + drivers)) { $1 } }

  mutating func end(into report: inout RunReport) {
    let alive = ProcessTree.uses(of: servers + drivers, withMemory: true)
    last.merge(alive) { $1 }
    let own = ProcessTree.ownMicroseconds - firstOwn
    let all = ProcessTree.allMicroseconds - firstAll
    func sum(_ pids: [Int32], _ member: (ProcessTree.Use) -> Int64) -> Int64 {
      pids.reduce(0) { $0 + (last[$1].map(member) ?? 0) - (first[$1].map(member) ?? 0) }
    }
    report.server.cpuMicroseconds = sum(servers, \.cpuMicroseconds)
    report.server.written = sum(servers, \.written)
    report.server.memory = servers.reduce(0) { $0 + (alive[$1]?.memory ?? 0) }
    report.server.largestNodeMemory = servers.map { alive[$0]?.memory ?? 0 }.max() ?? 0
    report.clientCPUMicroseconds = own + sum(drivers, \.cpuMicroseconds)
    let length = Double((Clock.now() - begun).nanoseconds) / 1e3
    let others = Double(all - report.server.cpuMicroseconds - report.clientCPUMicroseconds)
    report.machine.others = max(0, others / length)
    report.machine.cores = Self.cores
  }

  static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Says so when others use the machine already.
  static func warnUnlessQuiet() {
    let all = ProcessTree.allMicroseconds
    let own = ProcessTree.ownMicroseconds
    let begun = Clock.now()
    usleep(500_000)
    var use = MachineUse()
    use.cores = cores
    let length = Double((Clock.now() - begun).nanoseconds) / 1e3
    use.others = Double(ProcessTree.allMicroseconds - all - ProcessTree.ownMicroseconds + own) / length
    guard !use.isQuiet else { return }
    System.say(
      "quartet-bench: other processes use \(fixed(use.others, 2)) of \(use.cores) cores: what follows is no measurement"
    )
  }
}

/// Child processes of this run; all are stopped when it ends, also by a signal.
final class Children: Sendable {
  static let all = Children()
  private let pids = Mutex<[Int32]>([])
  private let lastCommands = Mutex<[[String]]>([])
  private let ending = Atomic<Bool>(false)

  /// A signal came, and what was started is being stopped.
  var isEnding: Bool { ending.load(ordering: .acquiring) }

  /// A command to run should a signal end this program: it stops what is no child of ours.
  func beforeEnd(_ words: [String]) { lastCommands.withLock { $0.append(words) } }

  struct Pipes {
    var input: Int32
    var output: Int32
  }

  /// Starts a program in a process group of its own.
  /// - Parameter log: the file that takes its output, or, with `pipes`, its errors alone.
  func start(_ words: [String], log: String, pipes: Bool = false) throws -> (pid: Int32, pipes: Pipes?) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var toChild: [Int32] = [-1, -1]
    var fromChild: [Int32] = [-1, -1]
    if pipes {
      guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw Problem("no pipe: errno \(errno)") }
      for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
      posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    }
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETPGROUP)))
    let copies = words.map { strdup($0) }
    let settings = (System.text("/proc/self/environ") ?? "").split(separator: "\0").map { strdup(String($0)) }
    defer { for copy in copies + settings { free(copy) } }
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, words[0], &actions, &attributes, copies + [nil], settings + [nil])
    if pipes {
      close(toChild[0])
      close(fromChild[1])
    }
    guard result == 0 else { throw Problem("cannot start \(words[0]): errno \(result)") }
    pids.withLock { $0.append(pid) }
    return (pid, pipes ? Pipes(input: toChild[1], output: fromChild[0]) : nil)
  }

  /// Waits for a child's end and gives its exit code, or 128 and the signal.
  @discardableResult
  func wait(_ pid: Int32) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    pids.withLock { $0.removeAll { $0 == pid } }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  func stop(_ pid: Int32) {
    kill(pid, SIGTERM)
    wait(pid)
  }

  /// What a program prints; throws what it complained of unless it ended well.
  func output(_ words: [String], log: String) throws -> String {
    let (pid, pipes) = try start(words, log: log, pipes: true)
    guard let pipes else { preconditionFailure("a child without the pipes that were asked for") }
    close(pipes.input)
    var all: [UInt8] = []
    var lines = LineReader(pipes.output)
    while let line = lines.next() { all += Array(line.utf8) + [0x0A] }
    close(pipes.output)
    let code = wait(pid)
    guard code == 0 else {
      let complaint = (System.text(log) ?? "").split(separator: "\n").suffix(5).joined(separator: "\n")
      throw Problem("\(words[0]) ended with \(code):\n\(complaint)")
    }
    return String(decoding: all, as: UTF8.self)
  }

  /// Makes Ctrl-C stop the children before it ends this process. Call it before any thread is made.
  func stopOnSignal() throws {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
    _ = try WorkerThread(name: "signals") {
      var signal: Int32 = 0
      sigwait(&set, &signal)
      self.ending.store(true, ordering: .releasing)
      let pids = self.pids.withLock { $0 }
      // A script's own children are of its group.
      for pid in pids { kill(-pid, SIGTERM) }
      for pid in pids {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
      }
      for words in self.lastCommands.withLock({ $0 }) { _ = try? self.output(words, log: "/dev/null") }
      _exit(130)
    }
  }
}

/// Lines that arrive on a descriptor.
struct LineReader {
  private let descriptor: Int32
  private var waiting: [UInt8] = []

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// The next line without its end; nil at the end.
  mutating func next() -> String? {
    while true {
      if let end = waiting.firstIndex(of: 0x0A) {
        let line = String(decoding: waiting[..<end], as: UTF8.self)
        waiting.removeSubrange(...end)
        return line
      }
      var part = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        defer { waiting = [] }
        return waiting.isEmpty ? nil : String(decoding: waiting, as: UTF8.self)
      }
      waiting += part[..<count]
    }
  }
}

/// One line on the terminal that says how far the run is; every ten seconds a line of its own where there is no
/// terminal.
struct Progress {
  private let isTerminal = isatty(2) == 1
  private var lines = 0

  mutating func show(_ text: String) {
    lines += 1
    if isTerminal {
      var text = "\r\u{1B}[K\(text)"
      text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    } else if lines % 10 == 0 {
      System.say(text)
    }
  }

  func clear() {
    guard isTerminal else { return }
    var text = "\r\u{1B}[K"
    text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
  }
}
