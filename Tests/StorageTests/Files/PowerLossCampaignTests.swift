import Base
import SQLite
import Storage
import Testing

/// Many rounds of: write rows until the power goes at some change, restart, count what was acknowledged and is gone.
struct Campaign: Sendable {
  var setUp = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
  var options = MemoryFiles.Options()
  var loss = MemoryFiles.PowerLoss.dropsUnsynced
  /// Whether the VFS syncs directories by itself.
  var syncsDirectories = true
  /// Whether the test syncs the directory once the file is set up.
  var syncsAfterSetUp = false
  /// Whether there is a checkpoint from time to time.
  var checkpoints = true
  var rounds: UInt64 = 400

  struct Result: Equatable {
    var acknowledged = 0
    /// Rounds in which acknowledged rows were gone.
    var losses = 0
    /// Rounds after which the database was damaged, or rows had holes.
    var damaged = 0
  }

  func run() throws -> Result {
    var result = Result()
    for seed in 0..<rounds {
      let (acknowledged, left) = try round(seed)
      result.acknowledged += acknowledged
      guard let left else {
        result.damaged += 1
        continue
      }
      if left < acknowledged { result.losses += 1 }
    }
    return result
  }

  /// Rows acknowledged, and rows found afterwards; nil for a database that is not whole.
  private func round(_ seed: UInt64) throws -> (Int, Int?) {
    var generator = SplitMix64(seed: seed &* 7_919 &+ 1)
    let files = MemoryFiles(options, seed: seed)
    let acknowledged = try write(files, &generator)
    files.restorePower(loss)
    files.options.syncIsNoop = false
    return (acknowledged, try count(files))
  }

  private func write(_ files: MemoryFiles, _ generator: inout SplitMix64) throws -> Int {
    let vfs = try VFS.register(
      name: uniqueName("campaign"), files: files, syncsDirectories: syncsDirectories)
    let connection = try Connection("/a.db", vfs: vfs, mode: .create)
    try connection.execute(setUp)
    try connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)")
    if syncsAfterSetUp { try files.syncDirectory("/") }
    files.cutPower(at: 1 + generator.below(400))
    let insert = try connection.prepare("INSERT INTO t VALUES(?1, randomblob(?2))")
    var acknowledged = 0
    for number in 1...150 {
      do throws(SQLiteError) {
        try insert.bind(1, Int64(number))
        try insert.bind(2, Int64(generator.below(3_000)))
        try insert.run()
        acknowledged = number
        if checkpoints && number % 16 == 0 { _ = try connection.checkpoint(.passive) }
      } catch { break }
    }
    // Before the statement and the connection go: a process without power closes nothing.
    files.cutPower()
    return acknowledged
  }

  private func count(_ files: MemoryFiles) throws -> Int? {
    let vfs = try VFS.register(name: uniqueName("campaign"), files: files)
    do throws(SQLiteError) {
      let connection = try Connection("/a.db", vfs: vfs, mode: .create)
      guard try connection.pragmaText("integrity_check") == "ok" else { return nil }
      let tables = try connection.prepare("SELECT count(*) FROM sqlite_schema")
      guard try tables.step(), tables.int64(0) > 0 else { return 0 }
      tables.reset()
      let rows = try connection.prepare("SELECT count(*), coalesce(max(id), 0) FROM t")
      guard try rows.step(), rows.int64(0) == rows.int64(1) else { return nil }
      return Int(rows.int64(0))
    } catch { return nil }
  }
}

@Suite struct PowerLossCampaignTests {
  @Test(arguments: [MemoryFiles.PowerLoss.dropsUnsynced, .tears], [true, false])
  func `a WAL at FULL loses no acknowledged commit`(_ loss: MemoryFiles.PowerLoss, _ checkpoints: Bool) throws {
    let result = try Campaign(loss: loss, checkpoints: checkpoints).run()
    #expect(result.losses == 0 && result.damaged == 0)
    #expect(result.acknowledged > 8_000)
  }

  @Test func `a disk that lies about syncs loses acknowledged commits, so this campaign can fail`() throws {
    let result = try Campaign(options: MemoryFiles.Options(syncIsNoop: true), loss: .tears, rounds: 100).run()
    #expect(result.losses + result.damaged > 50)
  }

  @Test func `a WAL at NORMAL loses acknowledged commits but stays whole`() throws {
    let setUp = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    let result = try Campaign(setUp: setUp, loss: .tears, rounds: 200).run()
    #expect(result.losses > 0 && result.damaged == 0)
  }

  @Test func `without any sync of the directory acknowledged commits are lost`() throws {
    let result = try Campaign(syncsDirectories: false, rounds: 100).run()
    #expect(result.losses > 50)
  }

  @Test(arguments: [MemoryFiles.PowerLoss.dropsUnsynced, .tears])
  func `one sync of the directory after the file was set up is enough`(_ loss: MemoryFiles.PowerLoss) throws {
    let result = try Campaign(loss: loss, syncsDirectories: false, syncsAfterSetUp: true).run()
    #expect(result.losses == 0 && result.damaged == 0)
  }

  @Test func `a rollback journal whose deletion was not synced takes the file back`() throws {
    let setUp = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
    let lost = try Campaign(setUp: setUp, checkpoints: false).run()
    #expect(lost.losses > 0)
    let extra = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"
    let kept = try Campaign(setUp: extra, checkpoints: false).run()
    #expect(kept.losses == 0 && kept.damaged == 0)
  }

  @Test func `whichever call fails once, the database stays whole and keeps what it acknowledged`() throws {
    let errors: [StorageError] = [.io(code: 5, what: "test"), .full(what: "test"), .corrupt(what: "test")]
    var wrong: [String] = []
    var failed = 0
    for error in errors {
      for number in 1...120 {
        let files = MemoryFiles()
        files.failCall(number, with: error)
        let acknowledged = try work(files)
        if acknowledged.count < 12 { failed += 1 }
        files.clearFaults()
        let vfs = try VFS.register(name: uniqueName("nth"), files: files)
        let connection = try Connection("/a.db", vfs: vfs, mode: .create)
        let isWhole = try connection.pragmaText("integrity_check") == "ok"
        var found: [Int64] = []
        if let rows = try? connection.prepare("SELECT id FROM t ORDER BY id") {
          while try rows.step() { found.append(rows.int64(0)) }
        }
        if !isWhole || !Set(acknowledged).isSubset(of: found) { wrong.append("\(error) at call \(number)") }
      }
    }
    #expect(wrong == [])
    #expect(failed > 100)
  }

  /// Sets a database up and writes twelve rows, going on after each error; the ids that were acknowledged.
  private func work(_ files: MemoryFiles) throws -> [Int64] {
    let vfs = try VFS.register(name: uniqueName("nth"), files: files)
    var acknowledged: [Int64] = []
    guard let connection = try? Connection("/a.db", vfs: vfs, mode: .create) else { return [] }
    for pragma in ["journal_mode=WAL", "synchronous=FULL"] { try? connection.execute("PRAGMA \(pragma)") }
    try? connection.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v BLOB)")
    for number in 1...12 as ClosedRange<Int64> {
      do throws(SQLiteError) {
        try connection.execute("INSERT INTO t VALUES(\(number), zeroblob(\(number * 300)))")
        acknowledged.append(number)
      } catch { connection.rollback() }
      if number % 5 == 0 { _ = try? connection.checkpoint(.passive) }
    }
    return acknowledged
  }
}
