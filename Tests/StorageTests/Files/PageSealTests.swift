import Base
import Replica
import SQLite
@testable import Storage
import TestSupport
import Testing

@Suite("Pages under a seal")
struct PageSealTests {
  private static let path = "/data/a.db"
  private static let pageBytes = PageSeal.pageBytes

  /// A database with a table of rows that no two pages have alike, all of it in the file.
  private static func made() throws -> (MemoryFiles, VFS) {
    let files = MemoryFiles()
    try files.createDirectory("/data")
    let vfs = try VFS.register(name: uniqueName("seals"), files: files, sealsPages: true)
    let connection = try Connection(path, vfs: vfs, mode: .create)
    try connection.reserveBytes(Int32(PageSeal.bytes))
    try connection.execute("PRAGMA page_size=\(pageBytes); PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, v)")
    for number in 1...60 { try connection.execute("INSERT INTO t VALUES(\(number), hex(zeroblob(500)) || \(number * 7_919))") }
    _ = try connection.checkpoint(.truncate)
    connection.close()
    return (files, vfs)
  }

  /// All rows, or nil where SQLite was told that a page is not as it was written.
  private static func rows(_ vfs: VFS) throws -> [String]? {
    do throws(SQLiteError) {
      let connection = try Connection(path, vfs: vfs, mode: .readOnly)
      defer { connection.close() }
      let query = try connection.prepare("SELECT id || v FROM t ORDER BY id")
      defer { query.reset() }
      var rows: [String] = []
      while try query.step() { rows.append(query.text(0)) }
      return rows
    } catch {
      guard case .corrupt = error.storage("read") else { throw error }
      return nil
    }
  }

  @Test("are what the format says")
  func golden() {
    var page = (0..<Self.pageBytes).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
    let seal = PageSeal(life: 0x0102_0304, frames: 9)
    page.withUnsafeMutableBytes { bytes in
      #expect(seal.put(on: bytes, number: 5) == 0xD891_BC8B_4455_7E22)
      let whole = UnsafeRawBufferPointer(bytes)
      #expect(PageSeal(of: whole, number: 5) == seal)
      #expect(PageSeal(of: whole, number: 6) == nil)
    }
    #expect(page[4_080...] == [1, 2, 3, 4, 0, 0, 0, 9, 0x22, 0x7E, 0x55, 0x44, 0x8B, 0xBC, 0x91, 0xD8])
  }

  @Test("are found when any bit of them rots, and never read")
  func rots() throws {
    let (files, vfs) = try Self.made()
    let whole = try #require(try Self.rows(vfs))
    #expect(whole.count == 60)
    let bytes = try #require(files.contents(Self.path))
    var random = SplitMix64(seed: 3)
    for _ in 0..<400 {
      let bit = random.below(bytes.count * 8)
      files.flipBit(bit, of: Self.path)
      let found = try? Self.rows(vfs)
      // Of a page that nobody reads (of a map of pointers) nobody knows.
      #expect(found == .some(nil) || found == nil || found == whole, "bit \(bit)")
      files.flipBit(bit, of: Self.path)
    }
    // A page of a table is read by whoever reads the table.
    files.flipBit((bytes.count - 2_000) * 8, of: Self.path)
    #expect(try Self.rows(vfs) == nil)
  }

  @Test("are found where a write has gone astray")
  func astray() throws {
    let (files, vfs) = try Self.made()
    let bytes = try #require(files.contents(Self.path))
    let last = bytes.count - Self.pageBytes
    files.damage(Self.path, at: last, with: Array(bytes[last - Self.pageBytes..<last]))
    #expect(try Self.rows(vfs) == nil)
  }

  @Test("are found when the disk gives an older version of one, in the process that wrote the newer")
  func stale() throws {
    let (files, vfs) = try Self.made()
    let old = try #require(files.contents(Self.path))
    let connection = try Connection(Self.path, vfs: vfs, mode: .readWrite)
    defer { connection.close() }
    try connection.execute("UPDATE t SET v = 'new' || substr(v, 4) WHERE id = 60")
    _ = try connection.checkpoint(.truncate)
    #expect(try Self.rows(vfs)?.last?.hasPrefix("60new") == true)
    let last = old.count - Self.pageBytes
    files.damage(Self.path, at: last, with: Array(old[last...]))
    #expect(try Self.rows(vfs) == nil)
  }

  @Test("Files of the format without seals are refused by its name, and left as they are")
  func unsealed() throws {
    let disk = try SQLiteLogUnderTest()
    disk.store?.close()
    let log = SQLiteLogUnderTest.directory + "/raft.db"
    try Self.setVersion(log, disk.files)
    let before = disk.files.paths.map { disk.files.contents($0) }
    var random = SplitMix64(seed: 1)
    #expect(throws: StorageError.unknownFormat(version: 1)) {
      try SQLiteNodeStore.open(directory: SQLiteLogUnderTest.directory, files: disk.files, random: &random)
    }
    #expect(disk.files.paths.map { disk.files.contents($0) } == before)
  }

  private static func setVersion(_ path: String, _ files: MemoryFiles) throws {
    let vfs = try VFS.register(name: uniqueName("seals"), files: files)
    let connection = try Connection(path, vfs: vfs, mode: .readWrite)
    try connection.execute("PRAGMA user_version=1")
    connection.close()
  }

  // MARK: a WAL that only looks durable

  private static func unsyncedWAL() throws -> (MemoryFiles, [UInt8]) {
    let files = MemoryFiles()
    try files.createDirectory("/data")
    let bytes = (0..<3 * pageBytes).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
    let wal = try files.open(path + "-wal", .create)
    try wal.sync()
    try files.syncDirectory("/data")
    try wal.write(bytes, at: 0)
    files.failSync(1)
    #expect(throws: StorageError.self) { try wal.sync() }
    // The next sync finds nothing to do, and says so.
    try wal.sync()
    wal.close()
    files.endProcess()
    return (files, bytes)
  }

  @Test("A WAL that was read after a failed sync is durable once it is settled", arguments: [false, true])
  func settles(_ isFull: Bool) throws {
    let (files, bytes) = try Self.unsyncedWAL()
    #expect(files.contents(Self.path + "-wal") == bytes)
    #expect(files.durableContents(Self.path + "-wal") != bytes)
    if isFull { files.fillUp(atWrite: 1) }
    let unsettled = try SettledWAL.settle(of: Self.path, files)
    #expect(unsettled == (isFull ? Int64(bytes.count) : 0))
    if isFull {
      files.makeRoom()
      try SettledWAL.rewrite(of: Self.path, through: unsettled, files)
    }
    files.cutPower()
    files.restorePower(.dropsUnsynced)
    #expect(files.contents(Self.path + "-wal") == bytes)
  }
}
