import Base
import Glibc
import SQLite
import Storage
import Testing

@Suite struct PowerLossFilesTests {
  @Test func `what was not synced is not in the real file`() throws {
    let directory = try TemporaryDirectory()
    let real = PosixFiles()
    let path = directory.path + "/a"
    do {
      let files = PowerLossFiles()
      let file = try files.open(path, .create)
      try file.write([1, 2, 3, 4], at: 0)
      try file.sync()
      #expect(try real.list(directory.path) == [])
      try files.syncDirectory(directory.path)
      #expect(try real.contents(of: path, limit: 9) == [1, 2, 3, 4])
      try file.write([9, 9], at: 1)
      try file.truncate(to: 3)
      #expect(try file.bytes(at: 0, count: 9) == [1, 9, 9])
      #expect(try real.contents(of: path, limit: 9) == [1, 2, 3, 4])
      try file.sync()
      #expect(try real.contents(of: path, limit: 9) == [1, 9, 9])
      try files.rename(path, to: path + "b")
      try files.open(path + "c", .create).sync()
      #expect(try files.list(directory.path) == ["ab", "ac"])
      try file.write([7], at: 0)
    }
    #expect(try real.list(directory.path) == ["a"])
    #expect(try real.contents(of: path, limit: 9) == [1, 9, 9])
  }

  @Test func `names reach the real directory in the order in which they were changed`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    let files = PowerLossFiles()
    for name in ["a", "b"] {
      let file = try files.open(path + "/" + name, .create)
      try file.write(Array(name.utf8), at: 0)
      try file.sync()
    }
    try files.syncDirectory(path)
    try files.rename(path + "/b", to: path + "/c")
    try files.rename(path + "/a", to: path + "/b")
    let new = try files.open(path + "/a", .create)
    try new.write([1], at: 0)
    try files.syncDirectory(path)
    let real = PosixFiles()
    #expect(try real.list(path) == ["a", "b", "c"])
    #expect(try real.contents(of: path + "/b", limit: 9) == Array("a".utf8))
    #expect(try real.contents(of: path + "/c", limit: 9) == Array("b".utf8))
    #expect(try real.contents(of: path + "/a", limit: 9) == [])
    try new.sync()
    #expect(try real.contents(of: path + "/a", limit: 9) == [1])
  }

  @Test func `a process that is killed has lost no acknowledged commit`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      try PowerLossWriter.runUntilKilled(path, lying: false)
    }
    #expect(try PowerLossWriter.rowsLeft(path) == 40)
  }

  @Test func `a process that is killed on a lying disk has lost acknowledged commits`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      try PowerLossWriter.runUntilKilled(path, lying: true)
    }
    #expect(try PowerLossWriter.rowsLeft(path) == nil)
  }
}

private enum PowerLossWriter {
  static func runUntilKilled(_ path: String, lying: Bool) throws {
    let vfs = try VFS.register(name: "killed", files: PowerLossFiles(syncIsNoop: lying))
    let connection = try Connection(path + "/a.db", vfs: vfs, mode: .create)
    try connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(x, y)")
    for number in 1...40 {
      try connection.execute("INSERT INTO t VALUES(\(number), zeroblob(2000))")
      if number == 20 { _ = try connection.checkpoint(.truncate) }
    }
    // Not acknowledged: must be gone.
    try connection.begin()
    try connection.execute("PRAGMA cache_spill=1; INSERT INTO t VALUES(41, zeroblob(100000))")
    kill(getpid(), SIGKILL)
  }

  /// Rows in the database, nil when there is none.
  static func rowsLeft(_ path: String) throws -> Int64? {
    let vfs = try VFS.register(name: uniqueName("after-kill"), files: PosixFiles())
    guard try PosixFiles().exists(path + "/a.db") else { return nil }
    let connection = try Connection(path + "/a.db", vfs: vfs, mode: .readWrite)
    guard try connection.pragmaText("integrity_check") == "ok" else { return -1 }
    let count = try connection.prepare("SELECT count(*) FROM t")
    return try count.step() ? count.int64(0) : -1
  }
}
