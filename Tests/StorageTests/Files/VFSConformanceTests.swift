import Base
import Glibc
import SQLite
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct VFSConformanceTests {
  @Test(arguments: DiskKind.allCases)
  func `readers see whole transactions while a writer in another thread commits and checkpoints`(
    _ kind: DiskKind
  ) throws {
    let directory = try TemporaryDirectory()
    let files = kind.make()
    try files.createDirectory(directory.path)
    let vfs = try VFS.register(name: uniqueName("conformance"), files: files)
    let path = directory.path + "/a.db"
    let first = try Connection(path, vfs: vfs, mode: .create)
    try first.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)")
    try first.execute("CREATE TABLE total(n); INSERT INTO total VALUES(0)")

    let torn = Atomic(0)
    let read: @Sendable () throws -> Void = {
      let reader = try Connection(path, vfs: vfs, mode: .readOnly)
      reader.setBusyTimeout(milliseconds: 10_000)
      let query = try reader.prepare("SELECT (SELECT count(*) FROM t) - n, n FROM total")
      var last: Int64 = 0
      while last < 300 {
        let isWhole = try query.step() && query.int64(0) == 0 && query.int64(1) >= last
        if !isWhole { torn.add(1, ordering: .relaxed) }
        last = isWhole ? query.int64(1) : 300
        query.reset()
      }
    }
    try withThreads([read, read]) {
      let writer = try Connection(path, vfs: vfs, mode: .readWrite)
      writer.setBusyTimeout(milliseconds: 10_000)
      try writer.execute("PRAGMA synchronous=NORMAL")
      for number in 1...300 {
        try writer.transaction { () throws(SQLiteError) in
          try writer.execute("INSERT INTO t VALUES(\(number), zeroblob(\(number * 7 % 3000)))")
          try writer.execute("UPDATE total SET n = n + 1")
        }
        if number % 50 == 0 { _ = try writer.checkpoint(.passive) }
      }
    }
    #expect(torn.load(ordering: .relaxed) == 0)

    let copyPath = directory.path + "/copy.db"
    do {
      let copy = try Connection(copyPath, vfs: vfs, mode: .create)
      let backup = try Backup(from: first, to: copy)
      while try !backup.step(pages: 20) {}
    }
    #expect(try first.checkpoint(.truncate).wasBusy == false)
    first.close()
    #expect(try !files.exists(path + "-wal"))
    for name in [path, copyPath] {
      let again = try Connection(name, vfs: vfs, mode: .readWrite)
      #expect(try again.pragmaText("integrity_check") == "ok")
      let count = try again.prepare("SELECT count(*) FROM t")
      #expect(try count.step())
      #expect(count.int64(0) == 300)
    }
  }

  @Test(arguments: DiskKind.allCases)
  func `in rollback mode one writes, readers hold its commit back, and a waiting writer keeps new readers out`(
    _ kind: DiskKind
  ) throws {
    let directory = try TemporaryDirectory()
    let files = kind.make()
    try files.createDirectory(directory.path)
    let vfs = try VFS.register(name: uniqueName("locks"), files: files)
    let path = directory.path + "/a.db"
    let writer = try Connection(path, vfs: vfs, mode: .create)
    try writer.execute("PRAGMA journal_mode=DELETE; CREATE TABLE t(x); INSERT INTO t VALUES(1)")
    let other = try Connection(path, vfs: vfs, mode: .readWrite)
    let third = try Connection(path, vfs: vfs, mode: .readWrite)
    func isBusy(_ body: () throws(SQLiteError) -> Void) -> Bool {
      do throws(SQLiteError) {
        try body()
        return false
      } catch { return error.isBusy }
    }

    try writer.begin()
    #expect(isBusy { () throws(SQLiteError) in try other.begin() })
    #expect(!isBusy { () throws(SQLiteError) in try other.execute("SELECT * FROM t") })
    try other.execute("BEGIN; SELECT * FROM t")
    try writer.execute("INSERT INTO t VALUES(2)")
    #expect(isBusy { () throws(SQLiteError) in try writer.commit() })
    #expect(isBusy { () throws(SQLiteError) in try third.execute("SELECT * FROM t") })
    try other.commit()
    try writer.commit()
    #expect(!isBusy { () throws(SQLiteError) in try third.execute("SELECT * FROM t") })

    try writer.execute("BEGIN EXCLUSIVE")
    #expect(isBusy { () throws(SQLiteError) in try third.execute("SELECT * FROM t") })
    writer.rollback()
    try third.begin()
    try third.commit()
  }

  @Test(arguments: DiskKind.allCases)
  func `several writers in rollback mode take turns and lose nothing`(_ kind: DiskKind) throws {
    let directory = try TemporaryDirectory()
    let files = kind.make()
    try files.createDirectory(directory.path)
    let vfs = try VFS.register(name: uniqueName("rollback"), files: files)
    let path = directory.path + "/a.db"
    let first = try Connection(path, vfs: vfs, mode: .create)
    try first.execute("PRAGMA synchronous=OFF; CREATE TABLE total(n); INSERT INTO total VALUES(0)")
    let write: @Sendable () throws -> Void = {
      let writer = try Connection(path, vfs: vfs, mode: .readWrite)
      writer.setBusyTimeout(milliseconds: 20_000)
      try writer.execute("PRAGMA synchronous=OFF")
      for _ in 0..<40 {
        try writer.transaction { () throws(SQLiteError) in try writer.execute("UPDATE total SET n = n + 1") }
      }
    }
    try withThreads([write, write, write])
    let total = try first.prepare("SELECT n FROM total")
    #expect(try total.step())
    #expect(total.int64(0) == 120)
  }

  @Test(arguments: [DiskKind.posix, .powerLoss])
  func `an administrator's shell is told that a running store is locked`(_ kind: DiskKind) throws {
    guard shell("sqlite3 -version").status == 0 else {
      print("skipped: no sqlite3 shell on this machine, so no outsider to keep out")
      return
    }
    let directory = try TemporaryDirectory()
    let vfs = try VFS.register(name: uniqueName("outsider"), files: kind.make())
    let path = directory.path + "/a.db"
    let connection = try Connection(path, vfs: vfs, mode: .create)
    try connection.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(1)")
    // Another connection that comes and goes must not take the lock with it.
    try Connection(path, vfs: vfs, mode: .readWrite).execute("SELECT * FROM t")
    _ = try PosixFiles().contents(of: path, limit: 1 << 20)
    for statement in ["SELECT * FROM t", "INSERT INTO t VALUES(2)", "PRAGMA wal_checkpoint(TRUNCATE)"] {
      let refused = shell("sqlite3 '\(path)' '\(statement)'")
      #expect(refused.text.contains("database is locked"))
    }
    connection.close()
    #expect(shell("sqlite3 '\(path)' 'SELECT x FROM t'").text == "1\n")
  }

  @Test func `a store does not open what an administrator's shell has open, and names it`() async throws {
    guard shell("sqlite3 -version").status == 0 else {
      print("skipped: no sqlite3 shell on this machine, so no outsider to be kept out by")
      return
    }
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.db"
    _ = shell("sqlite3 '\(path)' 'CREATE TABLE t(x)'")
    guard let pipe = popen("sqlite3 '\(path)' >'\(directory.path)/said'", "w") else { return }
    fputs("BEGIN IMMEDIATE;\nSELECT 1;\n", pipe)
    fflush(pipe)
    let files = PosixFiles()
    let said = directory.path + "/said"
    while try !files.exists(said) || files.contents(of: said, limit: 9).isEmpty { await Task.yield() }
    let error = #expect(throws: StorageError.self) { try files.open(path, .readWrite, use: .database) }
    guard case .locked(let holder) = error else {
      Issue.record("not told that it is locked")
      return
    }
    #expect(holder.map { $0 > 0 && $0 != getpid() } == true)
    let vfs = try VFS.register(name: uniqueName("kept-out"), files: files)
    let refused = #expect(throws: SQLiteError.self) { try Connection(path, vfs: vfs, mode: .readWrite) }
    #expect(refused?.isBusy == true)
    pclose(pipe)
    try files.open(path, .readWrite, use: .database).close()
  }
}
