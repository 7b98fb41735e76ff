import Glibc
import JSON

/// How another shell speaks to a running `quartet dev`: a socket in its directory, one line of JSON each way.
enum DevSocket {
  /// What can be asked.
  enum Request: Hashable, Sendable {
    case restart(node: String)
    case stop

    var json: JSONValue {
      switch self {
      case .restart(let node): ["do": "restart", "node": .string(node)]
      case .stop: ["do": "stop"]
      }
    }

    init?(_ value: JSONValue) {
      switch (value["do"]?.string, value["node"]?.string) {
      case ("restart", let node?): self = .restart(node: node)
      case ("stop", nil): self = .stop
      default: return nil
      }
    }
  }

  struct Answer: Hashable, Sendable {
    /// 0 where there is none to tell.
    var pid: Int32
    /// Why not; nil when it was done.
    var failure: String?

    static func done(pid: Int32 = 0) -> Answer { Answer(pid: pid, failure: nil) }
    static func failed(_ reason: String) -> Answer { Answer(pid: 0, failure: reason) }

    var json: JSONValue { ["pid": .integer(pid), "failure": failure.map { .string($0) } ?? .null] }

    init(pid: Int32, failure: String?) {
      self.pid = pid
      self.failure = failure
    }

    init?(_ value: JSONValue) {
      guard let pid = value["pid"]?.int64.flatMap({ Int32(exactly: $0) }), let failure = value["failure"] else {
        return nil
      }
      self.init(pid: pid, failure: failure.string)
    }
  }

  private static let lineMax = 4_096

  /// Binds and listens; a file that a dead one left is replaced.
  static func listen(_ path: String) throws(FileProblem) -> Int32 {
    let descriptor = makeSocket()
    guard descriptor >= 0 else { throw FileProblem("make a socket for", path) }
    unlink(path)
    let result = withAddress(of: path) { address, length in bind(descriptor, address, length) }
    guard result == 0, chmod(path, 0o600) == 0, Glibc.listen(descriptor, 8) == 0 else {
      let problem = FileProblem("listen at", path)
      close(descriptor)
      throw problem
    }
    return descriptor
  }

  /// The next caller with what it asks; nil for one that asks nothing sensible.
  static func accept(_ listener: Int32) -> (connection: Int32, request: Request)? {
    let connection = Glibc.accept(listener, nil, nil)
    guard connection >= 0 else {
      // Out of descriptors or memory: not a reason to spin.
      usleep(50_000)
      return nil
    }
    limit(connection, seconds: 5)
    guard let line = readLine(connection), let value = try? JSONValue(parsing: line), let request = Request(value)
    else {
      close(connection)
      return nil
    }
    return (connection, request)
  }

  static func answer(_ connection: Int32, _ answer: Answer) {
    writeLine(connection, answer.json)
    close(connection)
  }

  static func isAnswering(_ path: String) -> Bool {
    guard let connection = connect(path) else { return false }
    close(connection)
    return true
  }

  /// nil when nobody listens there.
  static func ask(_ request: Request, at path: String, seconds: Int) -> Answer? {
    guard let connection = connect(path) else { return nil }
    defer { close(connection) }
    limit(connection, seconds: seconds)
    writeLine(connection, request.json)
    guard let line = readLine(connection), let value = try? JSONValue(parsing: line), let answer = Answer(value) else {
      return .failed("'quartet dev' did not answer in \(seconds) s, or ended")
    }
    return answer
  }

  // MARK: Sockets

  private static func makeSocket() -> Int32 {
    socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  }

  private static func connect(_ path: String) -> Int32? {
    let descriptor = makeSocket()
    guard descriptor >= 0 else { return nil }
    let result = withAddress(of: path) { address, length in Glibc.connect(descriptor, address, length) }
    if result == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  /// A socket's path may have 107 bytes only, so it is named by its directory's descriptor.
  private static func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    let directory = open(LocalFiles.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return -1 }
    defer { close(directory) }
    let name = path.split(separator: "/").last ?? ""
    let short = Array("/proc/self/fd/\(directory)/\(name)".utf8)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { field in
      guard short.count < field.count else { return false }
      field.copyBytes(from: short)
      return true
    }
    guard fits else {
      errno = ENAMETOOLONG
      return -1
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }

  private static func limit(_ connection: Int32, seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    _ = setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    _ = setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func readLine(_ connection: Int32) -> [UInt8]? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < lineMax {
      let count = read(connection, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return nil }
      if byte == 0x0A { return line }
      line.append(byte)
    }
    return nil
  }

  private static func writeLine(_ connection: Int32, _ value: JSONValue) {
    let bytes = value.serialized(.compact) + [0x0A]
    // A line of this size fits the socket's buffer, so it is taken whole or not at all.
    _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
