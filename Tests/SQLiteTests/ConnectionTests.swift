import Base
import Glibc
import SQLite
import Storage
import Synchronization
import TestSupport
import Testing

private let nextName = Atomic(0)

private final class Flag: Sendable { let value = Atomic(false) }

/// A database on a disk of its own.
struct World {
  let files = MemoryFiles()
  let vfs: VFS

  init(clock: VFS.Clock = .system) throws {
    let number = nextName.add(1, ordering: .relaxed).newValue
    vfs = try VFS.register(name: "sqlite-tests-\(number)", files: files, clock: clock)
  }

  func connect(_ path: String = "/a.db", _ mode: Connection.Mode = .create) throws -> Connection {
    try Connection(path, vfs: vfs, mode: mode)
  }

  func walDatabase() throws -> Connection {
    let connection = try connect()
    try connection.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)")
    return connection
  }
}

@Suite struct ConnectionTests {
  @Test func `values of every kind come back as they were bound`() throws {
    let connection = try World().connect()
    try connection.execute("CREATE TABLE t(a, b, c, d, e)")
    let insert = try connection.prepare("INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5)")
    try insert.bind(1, Int64.min)
    try insert.bind(2, "Ængland\u{0}x")
    try insert.bind(3, [UInt8](0...255))
    try insert.bind(4, [UInt8]())
    try insert.bindNull(5)
    try insert.run()
    let select = try connection.prepare("SELECT a, b, c, d, e FROM t")
    #expect(try select.step())
    #expect(select.int64(0) == .min)
    #expect(select.text(1) == "Ængland\u{0}x")
    #expect(select.bytes(2) == [UInt8](0...255))
    #expect(select.byteCount(2) == 256)
    #expect(select.bytes(3) == [] && !select.isNull(3))
    #expect(select.isNull(4))
    #expect(select.withBlob(2) { $0[7] } == 7)
    #expect(try !select.step())
  }

  @Test func `a statement is run many times with blobs that are lent, not copied`() throws {
    let connection = try World().walDatabase()
    let insert = try connection.prepare("INSERT INTO t VALUES(?1, ?2)")
    try connection.transaction { () throws(SQLiteError) in
      for number in 1...100 {
        try insert.bind(1, Int64(number))
        try insert.run(blob: [UInt8](repeating: UInt8(number), count: number), at: 2)
      }
    }
    // What was lent is not kept: the parameter is NULL afterwards.
    try insert.bind(1, 101)
    try insert.run()
    let wrong = try connection.prepare(
      "SELECT count(*) FROM t WHERE id <= 100 AND (length(v) <> id OR hex(substr(v, 1, 1)) <> printf('%02X', id))")
    #expect(try wrong.step())
    #expect(wrong.int64(0) == 0)
    let last = try connection.prepare("SELECT v FROM t WHERE id = 101")
    #expect(try last.step())
    #expect(last.isNull(0))
  }

  @Test func `a transaction whose body throws leaves nothing behind, and the next one works`() throws {
    let connection = try World().walDatabase()
    #expect(throws: SQLiteError.self) {
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute("INSERT INTO t VALUES(1, NULL)")
        try connection.execute("INSERT INTO t VALUES(1, NULL)")
      }
    }
    #expect(!connection.isInTransaction)
    try connection.transaction { () throws(SQLiteError) in try connection.execute("INSERT INTO t VALUES(2, NULL)") }
    let rows = try connection.prepare("SELECT id FROM t")
    #expect(try rows.step())
    #expect(rows.int64(0) == 2)
    #expect(try !rows.step())
  }

  @Test func `an error names its code and quotes no value`() throws {
    let connection = try World().connect()
    try connection.execute("CREATE TABLE p(k TEXT PRIMARY KEY, v CHECK(v <> 'secret'))")
    let insert = try connection.prepare("INSERT INTO p VALUES(?1, ?2)")
    try insert.bind(1, "9434765919")
    try insert.bind(2, "secret")
    let error = #expect(throws: SQLiteError.self) { try insert.run() }
    #expect(error?.isConstraint == true)
    #expect(error?.description.contains("secret") == false)
    #expect(error?.description.contains("9434765919") == false)
    let unknown = #expect(throws: SQLiteError.self) { try connection.prepare("SELECT nonsense") }
    #expect(unknown?.message == "no such column: nonsense")
  }

  @Test func `codes become the store's errors`() {
    func mapped(_ code: Int32) -> StorageError { SQLiteError(extended: code).storage("test") }
    #expect(mapped(13) == .full(what: "test"))
    #expect(mapped(11) == .corrupt(what: "test"))
    #expect(mapped(26) == .corrupt(what: "test"))
    #expect(mapped(10 | 32 << 8) == .corrupt(what: "test"))
    #expect(mapped(19 | 6 << 8) == .corrupt(what: "test"))
    #expect(mapped(10 | 4 << 8) == .io(code: 10 | 4 << 8, what: "test"))
    #expect(mapped(5) == .locked(holder: nil))
    #expect(mapped(1) == .io(code: 1, what: "test"))
  }

  @Test func `a second writer is told busy at once, and after it waited`() throws {
    let world = try World()
    let first = try world.walDatabase()
    let second = try world.connect()
    try first.begin()
    let error = #expect(throws: SQLiteError.self) { try second.begin() }
    #expect(error?.isBusy == true)
    second.setBusyTimeout(milliseconds: 5)
    #expect(throws: SQLiteError.self) { try second.begin() }
    first.rollback()
    try second.begin()
    try second.commit()
  }

  @Test func `a query that would run for ever is stopped from another thread`() throws {
    let connection = try World().connect()
    let interrupt = connection.interrupt
    let stopped = Flag()
    let isPrepared = Flag()
    let stopper: @Sendable () -> Void = {
      while !isPrepared.value.load(ordering: .acquiring) { sched_yield() }
      while !stopped.value.load(ordering: .acquiring) {
        interrupt.fire()
        sched_yield()
      }
    }
    try withThreads([stopper]) {
      defer {
        isPrepared.value.store(true, ordering: .releasing)
        stopped.value.store(true, ordering: .releasing)
      }
      let endless = try connection.prepare(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
      isPrepared.value.store(true, ordering: .releasing)
      let error = #expect(throws: SQLiteError.self) { try endless.step() }
      #expect(error?.isInterrupt == true)
    }
    connection.close()
    interrupt.fire()
  }

  @Test func `a read-only connection refuses to write and a missing file is not made`() throws {
    let world = try World()
    #expect(throws: SQLiteError.self) { try world.connect("/b.db", .readWrite).execute("SELECT 1") }
    #expect(world.files.paths == [])
    let writer = try world.walDatabase()
    let reader = try world.connect("/a.db", .readOnly)
    #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES(1, NULL)") }
    try writer.execute("INSERT INTO t VALUES(1, NULL)")
    let rows = try reader.prepare("SELECT id FROM t")
    #expect(try rows.step())
  }

  @Test func `bytes reserved on every page stand in the file's header`() throws {
    let world = try World()
    let connection = try world.connect()
    try connection.reserveBytes(16)
    try connection.execute("CREATE TABLE t(x)")
    #expect(world.files.contents("/a.db")?[20] == 16)
  }

  @Test func `a limit that is lowered holds`() throws {
    let connection = try World().connect()
    connection.setLimit(.length, 1_000)
    #expect(throws: SQLiteError.self) { try connection.execute("SELECT zeroblob(2000)") }
  }
}
