import Base
import Benchmarking
import CSQLite
import Glibc
import JSON
import Network

/// What the machine itself needs for the parts that no store can do without: making bytes durable, and asking another
/// process.
struct Floor {
  let directory: String
  let length: Interval
  let valueSize: Int

  struct Line {
    var name: String
    /// How many things one step does, such as rows of a batch.
    var batch: Int
    var steps: Histogram
    var elapsed: Interval
    var cpuMicroseconds: Int64

    var perSecond: Double { Double(steps.count * batch) / elapsed.seconds }
    var cpuEach: Double { steps.count == 0 ? 0 : Double(cpuMicroseconds) / Double(steps.count * batch) }
  }

  func run() throws -> [Line] {
    var lines: [Line] = []
    lines.append(try fsync("fsync of 4 KiB, file growing", size: 4_096, reused: false))
    lines.append(try fsync("fsync of 4 KiB over written blocks", size: 4_096, reused: true))
    lines.append(try fsync("fsync of 64 KiB over written blocks", size: 65_536, reused: true))
    for batch in [1, 10, 100] { lines.append(try inserts(batch)) }
    lines.append(try roundTrips())
    return lines
  }

  private func measure(_ name: String, batch: Int = 1, _ step: (Int) throws -> Void) rethrows -> Line {
    var histogram = Histogram()
    let cpu = ProcessTree.ownMicroseconds
    let start = Clock.now()
    var before = start
    var number = 0
    while before - start < length {
      try step(number)
      number += 1
      let now = Clock.now()
      histogram.record((now - before).nanoseconds)
      before = now
    }
    return Line(
      name: name, batch: batch, steps: histogram, elapsed: before - start,
      cpuMicroseconds: ProcessTree.ownMicroseconds - cpu)
  }

  private func fsync(_ name: String, size: Int, reused: Bool) throws -> Line {
    let path = "\(directory)/floor.bytes"
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Problem("cannot open \(path): errno \(errno)") }
    defer {
      close(descriptor)
      unlink(path)
    }
    let block = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let blocks = (16 << 20) / size
    if reused {
      for position in 0..<blocks { _ = pwrite(descriptor, block, size, off_t(position * size)) }
      guard Glibc.fsync(descriptor) == 0 else { throw Problem("fsync failed: errno \(errno)") }
    }
    return try measure(name) { number in
      let position = reused ? number % blocks : number
      guard pwrite(descriptor, block, size, off_t(position * size)) == size, fdatasync(descriptor) == 0 else {
        throw Problem("the disk refused: errno \(errno)")
      }
    }
  }

  /// Rows of a log table, an integer key and a value, in WAL mode at synchronous=FULL.
  private func inserts(_ batch: Int) throws -> Line {
    let path = "\(directory)/floor.db"
    defer { for end in ["", "-wal", "-shm"] { unlink(path + end) } }
    var database: OpaquePointer?
    guard sqlite3_open(path, &database) == SQLITE_OK, let database else { throw Problem("SQLite cannot open \(path)") }
    defer { sqlite3_close(database) }
    func check(_ code: Int32) throws {
      guard code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW else { throw Problem("SQLite says \(code)") }
    }
    func execute(_ sql: String) throws { try check(sqlite3_exec(database, sql, nil, nil, nil)) }
    try execute(
      "pragma journal_mode=wal; pragma synchronous=full; create table log (id integer primary key, value blob)")
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v2(database, "insert into log values (?1, ?2)", -1, &statement, nil))
    defer { sqlite3_finalize(statement) }
    let value = (0..<valueSize).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    return try value.withUnsafeBytes { bytes in
      try measure("SQLite, \(batch) rows of \(valueSize) B a commit", batch: batch) { number in
        try execute("begin immediate")
        for row in 0..<batch {
          sqlite3_bind_int64(statement, 1, Int64(number * batch + row))
          sqlite3_bind_blob(statement, 2, bytes.baseAddress, Int32(bytes.count), nil)
          try check(sqlite3_step(statement))
          sqlite3_reset(statement)
        }
        try execute("commit")
      }
    }
  }

  /// A hundred bytes to a sleeping thread and back over a TCP connection on loopback.
  private func roundTrips() throws -> Line {
    let (near, far) = try Self.connection()
    let echo = try WorkerThread(name: "echo") {
      var bytes = [UInt8](repeating: 0, count: 100)
      while recv(far, &bytes, bytes.count, Int32(MSG_WAITALL)) == bytes.count {
        _ = send(far, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      }
      close(far)
    }
    var bytes = [UInt8](repeating: 7, count: 100)
    let line = try measure("round trip of 100 B on loopback (CPU of both sides)") { _ in
      guard send(near, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count,
        recv(near, &bytes, bytes.count, Int32(MSG_WAITALL)) == bytes.count
      else { throw Problem("loopback failed: errno \(errno)") }
    }
    close(near)
    echo.join()
    return line
  }

  private static func connection() throws -> (near: Int32, far: Int32) {
    func make() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
    let listener = make()
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let near = make()
    let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &size) == 0
          && connect(near, $0, size) == 0
      }
    }
    let far = isConnected ? accept(listener, nil, nil) : -1
    guard far >= 0 else { throw Problem("no connection on loopback: errno \(errno)") }
    var on: Int32 = 1
    for end in [near, far] {
      setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    return (near, far)
  }

  static func json(_ lines: [Line], fileSystem: String) -> JSONValue {
    [
      "file_system": .string(fileSystem),
      "floor": .array(
        lines.map { line in
          [
            "name": .string(line.name), "per_second": .decimal(line.perSecond, digits: 1),
            "p50_us": .decimal(Double(line.steps.percentile(50)) / 1e3, digits: 1),
            "p99_us": .decimal(Double(line.steps.percentile(99)) / 1e3, digits: 1),
            "max_us": .decimal(Double(line.steps.max) / 1e3, digits: 1), "cpu_us": .decimal(line.cpuEach, digits: 2),
          ]
        }),
    ]
  }

  static func table(_ lines: [Line]) -> [String] {
    var table = Columns(["what the machine can do", "per second", "p50", "p99", "max", "CPU each"])
    for line in lines {
      table.add([
        line.name, grouped(line.perSecond), duration(line.steps.percentile(50)), duration(line.steps.percentile(99)),
        duration(line.steps.max), "\(fixed(line.cpuEach, 1)) µs",
      ])
    }
    return table.lines
  }
}
