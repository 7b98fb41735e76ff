import SQLite
import Storage
import Testing

@Suite struct WriteAheadLogTests {
  @Test func `frames are counted after each commit and never checkpointed unasked`() throws {
    let connection = try World().walDatabase()
    let insert = try connection.prepare("INSERT INTO t VALUES(NULL, ?1)")
    var last = connection.walFrames
    var alwaysGrew = true
    for _ in 0..<1_200 {
      try insert.run(blob: [1, 2, 3], at: 1)
      alwaysGrew = alwaysGrew && connection.walFrames > last
      last = connection.walFrames
    }
    #expect(alwaysGrew)
    #expect(last > 1_000)
  }

  @Test func `a checkpoint says how many frames reached the file, and a reader holds them back`() throws {
    let world = try World()
    let writer = try world.walDatabase()
    let reader = try world.connect()
    try reader.begin(.deferred)
    #expect(try reader.pragma("schema_version") > 0)
    try writer.execute("INSERT INTO t VALUES(1, zeroblob(10000))")
    let held = try writer.checkpoint(.passive)
    #expect(held.logFrames == writer.walFrames)
    #expect((held.backfilledFrames ?? 0) < writer.walFrames)
    let refused = try writer.checkpoint(.truncate)
    #expect(refused.wasBusy)
    try reader.commit()
    let whole = try writer.checkpoint(.passive)
    #expect(whole.backfilledFrames == writer.walFrames)
    #expect(!whole.wasBusy)
    _ = try writer.checkpoint(.truncate)
    #expect(world.files.contents("/a.db-wal") == [])
  }

  @Test func `the WAL's generation changes when it starts anew, and only then`() throws {
    let connection = try World().walDatabase()
    try connection.execute("INSERT INTO t VALUES(1, NULL)")
    let first = try connection.walGeneration()
    #expect(first != 0)
    try connection.execute("INSERT INTO t VALUES(2, NULL)")
    #expect(try connection.walGeneration() == first)
    #expect(try connection.checkpoint(.passive).backfilledFrames == connection.walFrames)
    #expect(try connection.walGeneration() == first)
    // More frames than before, so that their number alone would look like going on.
    try connection.execute("INSERT INTO t VALUES(3, zeroblob(100000))")
    #expect(try connection.walGeneration() != first)
  }

  @Test func `a database without a WAL reports no frames`() throws {
    let connection = try World().connect()
    try connection.execute("CREATE TABLE t(x)")
    let result = try connection.checkpoint(.passive)
    #expect(try connection.walGeneration() == 0)
    #expect(result.logFrames == nil)
    #expect(result.backfilledFrames == nil)
  }

  @Test func `a backup in steps is whole although its source was written meanwhile`() throws {
    let world = try World()
    let source = try world.walDatabase()
    try source.transaction { () throws(SQLiteError) in
      for number in 1...200 { try source.execute("INSERT INTO t VALUES(\(number), zeroblob(3000))") }
    }
    let target = try world.connect("/copy.db")
    let backup = try Backup(from: source, to: target)
    #expect(try !backup.step(pages: 10))
    #expect(backup.remainingPages == backup.pageCount - 10)
    try source.execute("UPDATE t SET v = x'01' WHERE id = 1; INSERT INTO t VALUES(201, NULL)")
    var steps = 1
    while try !backup.step(pages: 10) { steps += 1 }
    #expect(steps > 10)
    #expect(try target.pragmaText("integrity_check") == "ok")
    let rows = try target.prepare("SELECT count(*), (SELECT hex(v) FROM t WHERE id = 1) FROM t")
    #expect(try rows.step())
    #expect(rows.int64(0) == 201)
    #expect(rows.text(1) == "01")
  }
}
