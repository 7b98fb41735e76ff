import SQLite
import Storage
import Testing

/// Frames of one transaction reach the WAL in one write, and nothing that looks at the file misses them.
@Suite struct FrameRunTests {
  @Test func `a transaction of many pages is one write, and one of a page is one too`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    try connection.execute("PRAGMA synchronous=NORMAL; INSERT INTO t VALUES(1, zeroblob(10))")
    let before = world.files.counts.writes
    try connection.execute("INSERT INTO t VALUES(2, zeroblob(200000))")
    #expect(world.files.counts.writes == before + 1)
    try connection.execute("INSERT INTO t VALUES(3, zeroblob(10))")
    #expect(world.files.counts.writes == before + 2)
  }

  @Test func `what is synced is written before the sync`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    try connection.execute("PRAGMA synchronous=FULL; INSERT INTO t VALUES(1, zeroblob(100000))")
    let vfs = try VFS.register(name: "sqlite-tests-durable", files: world.files.cloneDurable())
    let again = try Connection("/a.db", vfs: vfs, mode: .readWrite)
    let count = try again.prepare("SELECT length(v) FROM t")
    #expect(try count.step() && count.int64(0) == 100_000)
  }

  /// A cache too small for the transaction makes SQLite write pages early, read them back, write them again in their
  /// place, and correct the checksums of what follows.
  @Test func `pages that leave the cache early are read back and written again`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    try connection.execute("PRAGMA cache_size=10; INSERT INTO t VALUES(0, zeroblob(400000))")
    for round in 1...3 {
      try connection.transaction { () throws(SQLiteError) in
        for row in 1...200 {
          try connection.execute("INSERT OR REPLACE INTO t VALUES(\(row), randomblob(1500 + \(round)))")
        }
        try connection.execute("UPDATE t SET v = zeroblob(700 + \(round)) WHERE id % 3 = 0")
      }
      let reader = try world.connect("/a.db", .readOnly)
      let sums = try reader.prepare("SELECT count(*), sum(length(v)) FROM t WHERE id > 0")
      #expect(try sums.step() && sums.int64(0) == 200)
      #expect(sums.int64(1) == Int64(66 * (700 + round) + 134 * (1_500 + round)))
      #expect(try reader.pragmaText("integrity_check") == "ok")
    }
  }

  @Test func `a transaction taken back after some of it was written leaves nothing`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    try connection.execute("PRAGMA cache_size=10; INSERT INTO t VALUES(1, zeroblob(10))")
    for round in 0..<3 {
      try connection.begin(.immediate)
      try connection.execute("INSERT INTO t VALUES(2, zeroblob(300000))")
      connection.rollback()
      try connection.execute("INSERT INTO t VALUES(\(3 + round), zeroblob(\(9000 * round)))")
    }
    connection.leaveWALOnClose()
    connection.close()
    let again = try world.connect("/a.db", .readWrite)
    let rows = try again.prepare("SELECT count(*), sum(length(v)) FROM t")
    #expect(try rows.step() && rows.int64(0) == 4 && rows.int64(1) == 27_010)
    #expect(try again.pragmaText("integrity_check") == "ok")
  }

  @Test func `a disk that is full refuses the transaction, and takes it when it has room`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    try connection.execute("INSERT INTO t VALUES(1, zeroblob(10))")
    world.files.fillUp(atWrite: 0)
    #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES(2, zeroblob(100000))") }
    world.files.makeRoom()
    try connection.execute("INSERT INTO t VALUES(3, zeroblob(50000))")
    let reader = try world.connect("/a.db", .readOnly)
    let rows = try reader.prepare("SELECT count(*), sum(length(v)) FROM t")
    #expect(try rows.step() && rows.int64(0) == 2 && rows.int64(1) == 50_010)
    #expect(try reader.pragmaText("integrity_check") == "ok")
  }

  /// SQLite repeats a transaction's last frame to fill the sector, and syncs within the repetition; that it is whole
  /// says that the sync went well (`WALScanner`).
  @Test func `what an earlier life of the WAL left does not vouch for a sync that failed`() throws {
    let world = try World()
    let connection = try world.walDatabase()
    try connection.execute("PRAGMA synchronous=FULL; INSERT INTO t VALUES(1, NULL)")
    // The end of the page stays the same.
    let padding = String(repeating: "00", count: 300)
    func repeats() throws -> Bool {
      let wal = try #require(world.files.contents("/a.db-wal"))
      func page(_ frame: Int) -> ArraySlice<UInt8> { wal[(32 + 4_120 * frame + 24)..<(32 + 4_120 * (frame + 1))] }
      return page(0).elementsEqual(page(1))
    }
    _ = try connection.checkpoint(.restart)
    try connection.execute("UPDATE t SET v = x'01\(padding)'")
    #expect(try repeats())
    _ = try connection.checkpoint(.restart)
    // The first sync is that of the new header.
    world.files.failSync(2)
    #expect(throws: SQLiteError.self) { try connection.execute("UPDATE t SET v = x'02\(padding)'") }
    #expect(try !repeats())
  }
}
