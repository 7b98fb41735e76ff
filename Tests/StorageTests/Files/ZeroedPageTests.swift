import Base
import Raft
import Replica
import SQLite
@testable import Storage
import TestSupport
import Testing
import Wire

/// SQLite takes zeros for an overflow page that has no successor and holds zeros: so a page of zeros must never reach it,
/// though files that grow have pages that SQLite does not write.
@Suite("A page of zeros")
struct ZeroedPageTests {
  private static let directory = "/data"
  private static let database = directory + "/raft.db"
  private static let pageBytes = PageSeal.pageBytes

  private static func open(_ files: MemoryFiles) throws(StorageError) -> (NodeRecord, SQLiteNodeStore) {
    var random = SplitMix64(seed: 9)
    return try SQLiteNodeStore.open(
      directory: directory, files: files, random: &random, options: .init(reserveBytes: 0, checkpointPages: 10_000))
  }

  /// A node that was stopped, with entries of several pages in its log.
  private static func stopped() throws -> MemoryFiles {
    let files = MemoryFiles()
    let (_, store) = try open(files)
    for group in LogScript.genesis.groups {
      try store.createState(group.group, file: GroupRecord.foundingFile(group), genesis: LogScript.genesis)
    }
    try store.log.perform([.genesis(LogScript.genesis)])
    var script = LogScript()
    for number in 0..<12 {
      let group = LogScript.groups[number % 3]
      try store.log.perform([.write([script.append(group, term: 2, count: 2, bytes: 9_000 + 500 * number)])])
    }
    store.close()
    return files
  }

  private static func zero(_ page: Int, of path: String, _ files: MemoryFiles) {
    files.damage(path, at: page * pageBytes, with: Array(repeating: 0, count: pageBytes))
  }

  @Test("of raft.db is damage when the node starts, unless nobody needs the page")
  func atOpen() throws {
    let files = try Self.stopped()
    let bytes = try #require(files.contents(Self.database))
    let (record, store) = try Self.open(files.copy(seed: 0))
    let whole = try LogSummary(record, store.log)
    store.close()
    var harmless = 0
    for page in 0..<bytes.count / Self.pageBytes {
      let disk = files.copy(seed: 0)
      Self.zero(page, of: Self.database, disk)
      do throws(StorageError) {
        let (record, store) = try Self.open(disk)
        defer { store.close() }
        if record.damage.isEmpty {
          harmless += 1
          #expect(try LogSummary(record, store.log) == whole, "page \(page + 1)")
        } else {
          #expect(record.groups.allSatisfy { $0.hardState.suspended }, "page \(page + 1)")
        }
      } catch {
        guard case .corrupt = error else { throw error }
      }
    }
    #expect(bytes.count / Self.pageBytes > 60)
    #expect(harmless < 4)
  }

  @Test("of raft.db is not read while the node runs")
  func online() throws {
    let files = try Self.stopped()
    let (record, store) = try Self.open(files)
    defer { store.close() }
    let bytes = try #require(files.contents(Self.database))
    let vfs = try VFS.register(name: uniqueName("zeros"), files: files, sealsPages: true)
    func length() throws(SQLiteError) -> Int64 {
      let connection = try Connection(Self.database, vfs: vfs, mode: .readOnly)
      defer { connection.close() }
      connection.leaveWALOnClose()
      let query = try connection.prepare("SELECT sum(length(hex(entry))) FROM \(GroupTable.name(record.groups[0].group))")
      defer { query.reset() }
      _ = try query.step()
      return query.int64(0)
    }
    let whole = try length()
    var found = 0
    for page in 1..<bytes.count / Self.pageBytes {
      Self.zero(page, of: Self.database, files)
      do throws(SQLiteError) { #expect(try length() == whole, "page \(page + 1)") } catch {
        guard case .corrupt = error.storage("read") else { throw error }
        found += 1
      }
      files.damage(
        Self.database, at: page * Self.pageBytes,
        with: Array(bytes[page * Self.pageBytes..<(page + 1) * Self.pageBytes]))
    }
    // A third of the entries, several pages each.
    #expect(found >= 12)
  }

  /// Grows a database by pages of which one is written again after a reader began: a checkpoint passes that one over.
  private static func grow(_ writer: Connection, _ reader: Connection) throws(SQLiteError) {
    try writer.transaction { () throws(SQLiteError) in
      try writer.execute("CREATE TABLE lasting(id INTEGER PRIMARY KEY, v)")
      for number in 1...20 { try writer.execute("INSERT INTO lasting VALUES (\(number), hex(zeroblob(1800)))") }
    }
    try reader.begin(.deferred)
    let select = try reader.prepare("SELECT count(*) FROM lasting")
    _ = try select.step()
    select.reset()
    for number in [5, 10, 15] { try writer.execute("UPDATE lasting SET v = hex(zeroblob(1799)) WHERE id = \(number)") }
  }

  /// Pages of the file that bear no seal.
  private static func unsealed(_ path: String, _ files: MemoryFiles) throws -> Int {
    let bytes = try #require(files.contents(path))
    return bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / pageBytes).count { place in
        let page = UnsafeRawBufferPointer(rebasing: bytes[place * pageBytes..<(place + 1) * pageBytes])
        return PageSeal(of: page, number: UInt32(place + 1)) == nil
      }
    }
  }

  @Test("in a file that grows is written under a seal where a checkpoint passes pages over")
  func filled() throws {
    let files = MemoryFiles()
    try files.createDirectory("/data")
    let vfs = try VFS.register(name: uniqueName("zeros"), files: files, sealsPages: true)
    let connection = try Connection("/data/a.db", vfs: vfs, mode: .create)
    try connection.reserveBytes(Int32(PageSeal.bytes))
    try connection.execute("PRAGMA page_size=\(Self.pageBytes); PRAGMA journal_mode=WAL; CREATE TABLE t(v)")
    let reader = try Connection("/data/a.db", vfs: vfs, mode: .readOnly)
    try Self.grow(connection, reader)
    let checkpoint = try connection.checkpoint(.passive)
    #expect(checkpoint.backfilledFrames ?? 0 > 0 && checkpoint.backfilledFrames != checkpoint.logFrames)
    #expect(try Self.unsealed("/data/a.db", files) == 0)
    // Pages of zeros under a seal: those that were passed over.
    let bytes = try #require(files.contents("/data/a.db"))
    let blank = stride(from: 0, to: bytes.count, by: Self.pageBytes).count { bytes[$0..<$0 + 4_080].allSatisfy { $0 == 0 } }
    #expect(blank >= 3)
    reader.close()
    _ = try connection.checkpoint(.truncate)
    #expect(try Self.unsealed("/data/a.db", files) == 0)
    connection.close()
  }

  @Test(
    "that the power left in a file that was growing harms nobody, and is sealed before it is read",
    arguments: [MemoryFiles.PowerLoss.dropsUnsynced, .tears])
  func interrupted(_ loss: MemoryFiles.PowerLoss) throws {
    let base = try Self.stopped()
    let (record, store) = try Self.open(base)
    let state = Self.directory + "/" + record.groups[0].stateFile
    store.close()
    var left = 0
    for path in [Self.database, state] {
      var isThrough = false
      var cut = 1
      while !isThrough {
        let files = base.copy(seed: UInt64(cut))
        let vfs = try VFS.register(name: uniqueName("zeros"), files: files, sealsPages: true)
        let connection = try Connection(path, vfs: vfs, mode: .readWrite)
        try connection.execute("PRAGMA synchronous=FULL")
        let reader = try Connection(path, vfs: vfs, mode: .readOnly)
        reader.leaveWALOnClose()
        try Self.grow(connection, reader)
        files.cutPower(at: cut)
        isThrough = (try? connection.checkpoint(.passive)) != nil && files.isPowered
        files.cutPower()
        reader.close()
        connection.close()
        files.restorePower(loss)
        left += try Self.unsealed(path, files)
        #expect(try PageExamination.everyPage(of: path, files).damaged == [], "\(path), cut \(cut)")
        let (record, store) = try Self.open(files)
        #expect(record.damage.isEmpty, "\(path), cut \(cut): \(record.damage)")
        let opened = try store.openState(record.groups[0].group, file: record.groups[0].stateFile)
        // A copy of the file reads every page.
        var snapshot: StateSnapshot?
        while snapshot == nil { snapshot = try opened.snapshotStep(to: "snapshot-1-1.db") }
        opened.close()
        store.close()
        #expect(try Self.unsealed(path, files) == 0, "\(path), cut \(cut)")
        cut += 2
      }
      #expect(cut > 10)
    }
    #expect(left > 0 || loss == .dropsUnsynced)
  }
}
