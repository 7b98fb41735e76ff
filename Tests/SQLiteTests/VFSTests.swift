import Base
import SQLite
import Storage
import Testing

@Suite struct VFSTests {
  @Test func `temporary tables and large sorts work and never reach the disk`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    try connection.execute("PRAGMA temp_store=FILE; PRAGMA cache_size=-64")
    let names = world.files.counts.names
    try connection.execute(
      """
      CREATE TEMP TABLE s(a, b);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO s SELECT i * 7919 % 20011, zeroblob(100) FROM n;
      CREATE INDEX temp.si ON s(a);
      """)
    let sorted = try connection.prepare("SELECT a FROM s ORDER BY a * 3 % 20011, b")
    var count = 0
    while try sorted.step() { count += 1 }
    #expect(count == 20_000)
    #expect(world.files.counts.names == names)
  }

  @Test func `time comes from the clock that was given`() throws {
    let world = try World(clock: VFS.Clock(now: { 1_000_000_000_000 }, sleep: { _ in }))
    #expect(try world.connect().pragmaText("encoding") == "UTF-8")
    let statement = try world.connect().prepare("SELECT strftime('%Y-%m-%dT%H:%M:%S', 'now')")
    #expect(try statement.step())
    #expect(statement.text(0) == "2001-09-09T01:46:40")
  }

  @Test func `many come and go, and a name is free again afterwards`() throws {
    for _ in 0..<500 {
      let vfs = try VFS.register(name: "sqlite-tests-again", files: MemoryFiles())
      let connection = try Connection("/a.db", vfs: vfs, mode: .create)
      try connection.execute("CREATE TABLE t(x)")
    }
    let vfs = try VFS.register(name: "sqlite-tests-again", files: MemoryFiles())
    #expect(throws: SQLiteError.self) { try VFS.register(name: "sqlite-tests-again", files: MemoryFiles()) }
    vfs.unregister()
  }

  @Test func `a connection goes on after its VFS was unregistered and let go`() throws {
    let connection: Connection
    do {
      let vfs = try VFS.register(name: "sqlite-tests-let-go", files: MemoryFiles())
      connection = try Connection("/a.db", vfs: vfs, mode: .create)
      vfs.unregister()
    }
    try connection.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(1)")
    #expect(try connection.checkpoint(.full).backfilledFrames == connection.walFrames)
  }

  @Test func `damage that the disk reports is corruption to the store`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    _ = try connection.checkpoint(.truncate)
    let other = try world.connect()
    world.files.failCall(1, with: .corrupt(what: "test"))
    let error = #expect(throws: SQLiteError.self) { try other.execute("SELECT count(*) FROM t") }
    #expect(error?.storage("test") == .corrupt(what: "test"))
  }

  @Test func `a full disk is told as full and the database goes on when there is room`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    world.files.fillUp(atWrite: 1)
    let error = #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES(1, zeroblob(9000))") }
    #expect(error?.storage("test") == .full(what: "test"))
    world.files.makeRoom()
    try connection.execute("INSERT INTO t VALUES(1, zeroblob(9000))")
    #expect(try connection.pragmaText("integrity_check") == "ok")
  }

  @Test func `versions with the WAL-reset fault are known`() {
    #expect(Library.version >= 3_007_000)
    #expect(Library.versionText.hasPrefix("3."))
    #expect(Library.hasWALResetFix == !(3_007_000...3_051_002).contains(Library.version))
  }

  @Test func `a seed makes SQLite's own randomness repeat`() async {
    await #expect(processExitsWith: .success) {
      func draw(_ seed: UInt64) throws -> Int64 {
        let vfs = try VFS.register(name: "sqlite-tests-draw", files: MemoryFiles())
        let connection = try Connection("/a.db", vfs: vfs, mode: .create)
        try Library.seedRandomness(seed)
        let statement = try connection.prepare("SELECT random()")
        return try statement.step() ? statement.int64(0) : 0
      }
      let first = try draw(1)
      let again = try draw(1)
      let other = try draw(2)
      precondition(first == again, "the same seed gave two sequences")
      precondition(first != other, "two seeds gave one sequence")
    }
  }
}
