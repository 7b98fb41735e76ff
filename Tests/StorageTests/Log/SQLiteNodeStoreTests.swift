import Base
import Model
import Raft
import Replica
import SQLite
import Storage
import Testing
import Wire

@Suite("A node's data directory")
struct SQLiteNodeStoreTests {
  private static let directory = "/srv/quartet"
  private static let options = SQLiteNodeStore.Options(reserveBytes: 3 << 20)

  private func open(
    _ files: MemoryFiles, _ options: SQLiteNodeStore.Options = options
  ) throws(StorageError) -> (NodeRecord, SQLiteNodeStore) {
    var random = SplitMix64(seed: 6)
    return try SQLiteNodeStore.open(directory: Self.directory, files: files, random: &random, options: options)
  }

  private func path(_ name: String) -> String { Self.directory + "/" + name }

  private func found(_ store: SQLiteNodeStore) throws(StorageError) {
    for group in LogScript.genesis.groups {
      try store.createState(group.group, file: GroupRecord.foundingFile(group), genesis: LogScript.genesis)
    }
    try store.log.perform([.genesis(LogScript.genesis)])
  }

  @Test("is made at the first start, founded once, and opened with its states after")
  func founding() throws {
    let files = MemoryFiles()
    var (record, store) = try open(files)
    #expect(record.genesis == nil && record.bootCount == 1)
    try found(store)
    store.close()
    files.restorePower(.tears)
    let identity = record.store
    (record, store) = try open(files)
    #expect(record.genesis == LogScript.genesis && record.store == identity && record.bootCount == 2)
    for (group, founded) in zip(record.groups, LogScript.genesis.groups) {
      let state = try store.openState(group.group, file: group.stateFile)
      #expect(state.header == StateHeader(founding: founded, of: LogScript.genesis))
      #expect(state.header.entryHash == group.snapshot.mark.hash)
      state.close()
    }
    store.close()
  }

  @Test("A condemned state is not opened again, also after a loss of power, until it is removed")
  func condemned() throws {
    let files = MemoryFiles()
    var (_, store) = try open(files)
    try found(store)
    let group = LogScript.genesis.groups[0]
    let file = GroupRecord.foundingFile(group)
    try store.condemn(file, reason: "it differs")
    store.close()
    files.restorePower(.dropsUnsynced)
    (_, store) = try open(files)
    #expect(files.contents(path(file)) != nil)
    #expect(throws: StorageError.self) { _ = try store.openState(group.group, file: file) }
    do throws(StorageError) { _ = try store.openState(group.group, file: file) } catch {
      guard case .corrupt = error else { return #expect(Bool(false), "\(error)") }
    }
    let states = try store.openStates(of: LogScript.genesis.groups.map { GroupRecord(founding: $0, of: LogScript.genesis) })
    #expect(states.map { $0.store.damage == nil } == [false, true, true])
    #expect(states[0].store.header.applied == 1)
    for state in states { state.store.close() }
    try store.remove(file)
    try store.createState(group.group, file: file, genesis: LogScript.genesis)
    try store.openState(group.group, file: file).close()
    store.close()
  }

  @Test("is founded whole or not at all when the power goes while it is founded")
  func foundingInterrupted() throws {
    var wrong: [String] = []
    var outcomes: Set<Bool> = []
    let counter = MemoryFiles()
    let options = SQLiteNodeStore.Options(reserveBytes: 0)
    let (_, counted) = try open(counter, options)
    try found(counted)
    let changes = counter.counts.changes
    for number in stride(from: 1, through: changes + 3, by: 3) {
      let files = MemoryFiles(seed: UInt64(number))
      files.cutPower(at: number)
      do throws(StorageError) {
        let (_, store) = try open(files, options)
        try found(store)
      } catch {}
      files.restorePower(number % 2 == 0 ? .tears : .dropsUnsynced)
      do throws(StorageError) {
        let (record, store) = try open(files, options)
        outcomes.insert(record.genesis != nil)
        if !record.damage.isEmpty { wrong.append("\(number): \(record.damage)") }
        for group in record.groups {
          let state = try store.openState(group.group, file: group.stateFile)
          if state.header.applied != 1 { wrong.append("\(number): \(group.group)") }
          state.close()
        }
        // What was left of a founding that failed is in nobody's way.
        if record.genesis == nil { try found(store) }
        store.close()
      } catch { wrong.append("\(number): \(error)") }
    }
    #expect(wrong == [])
    #expect(outcomes == [false, true])
  }

  @Test("belongs to one process")
  func locked() throws {
    let files = MemoryFiles()
    let (_, store) = try open(files)
    #expect(throws: StorageError.locked(holder: nil)) { try open(files) }
    store.close()
    let (record, again) = try open(files)
    #expect(record.bootCount == 2)
    again.close()
  }

  @Test("removes states and snapshots that nobody names, and nothing else")
  func unnamedFiles() throws {
    let files = MemoryFiles()
    var (record, store) = try open(files)
    try found(store)
    store.close()
    let mine = ["certificate.pem", "notes.txt", "raft.db-wal.damaged-1"]
    for name in mine + ["state-k1-77.db", "state-k1-77.db-wal", "snapshot-k2-1.db", "state-k3-1.db-wal"] {
      _ = try files.open(path(name), .create)
    }
    (record, store) = try open(files)
    var names = try files.list(Self.directory)
    for kept in mine + record.groups.map(\.stateFile) + ["raft.db", "reserve"] {
      #expect(names.contains(kept), "\(kept)")
    }
    #expect(names.filter { $0.hasPrefix("snapshot-") || $0.contains("-77") } == [])
    try store.removeAllBut(["state-k1-1.db"])
    names = try files.list(Self.directory)
    #expect(names.filter { $0.hasPrefix("state-") } == ["state-k1-1.db"])
    store.close()
    // What the log names and is gone is said, and the rest is left alone.
    #expect(throws: StorageError.self) { try open(files) }
    #expect(try files.exists(path("state-k1-1.db")))
  }

  @Test("really takes its reserve, gives it back and takes it again")
  func reserve() throws {
    let files = MemoryFiles()
    let (_, store) = try open(files)
    let held = try #require(files.durableContents(path("reserve")))
    #expect(held.count == 3 << 20)
    #expect(held.filter { $0 == 0 }.count < held.count / 100)
    let before = try store.diskUsage()
    #expect(before.used > 3 << 20)
    try store.setReserve(false)
    #expect(try !files.exists(path("reserve")))
    let without = try store.diskUsage()
    #expect(before.used - without.used == 3 << 20)
    #expect(without.free - before.free == 3 << 20)
    try store.setReserve(true)
    #expect(files.durableContents(path("reserve"))?.count == 3 << 20)
    store.close()
  }

  @Test("finishes a write that found no space once the reserve is given back")
  func fullDisk() throws {
    let files = MemoryFiles(.init(capacity: 4 << 20))
    let (_, store) = try open(files)
    try found(store)
    var script = LogScript()
    var wasFull = false
    for _ in 0..<300 where !wasFull {
      let operations = [LogOperation.write([script.append(LogScript.group1, term: 2, count: 4, bytes: 5_000)])]
      do throws(StorageError) { try store.log.perform(operations) } catch {
        guard case .full = error else { throw error }
        wasFull = true
        try store.setReserve(false)
        try store.log.perform(operations)
      }
    }
    #expect(wasFull)
    store.close()
    let (record, again) = try open(files, .init(reserveBytes: 0))
    #expect(record.groups[0].last == script.last(LogScript.group1))
    again.close()
  }

  @Test("starts on a full disk by giving up its reserve")
  func startsFull() throws {
    let files = MemoryFiles(.init(capacity: 8 << 20))
    var (record, store) = try open(files)
    try found(store)
    store.close()
    let free = Int(try files.freeSpace(Self.directory))
    try files.open(path("somebody.else"), .create).truncate(to: Int64(free))
    (record, store) = try open(files)
    #expect(record.bootCount == 2)
    #expect(try !files.exists(path("reserve")))
    try store.log.perform([.write([LogScript.vote(LogScript.group1, term: 9, for: 2)])])
    store.close()
    try files.delete(path("somebody.else"))
    (record, store) = try open(files)
    #expect(record.groups[0].hardState.term == Term(9))
    #expect(files.contents(path("reserve"))?.count == 3 << 20)
    store.close()
  }

  @Test("does not overwrite a file of somebody else's that is called as the reserve")
  func foreignReserve() throws {
    let files = MemoryFiles()
    try files.createDirectory(Self.directory)
    let foreign = Array("table for six at eight".utf8)
    try files.open(path("reserve"), .create).write(foreign, at: 0)
    #expect(throws: StorageError.self) { try open(files) }
    #expect(files.contents(path("reserve")) == foreign)
  }

  @Test("takes snapshot files in chunks, from the start anew, and gives them in chunks")
  func chunks() throws {
    let files = MemoryFiles()
    let (_, store) = try open(files)
    let name = "state-k1-5.db"
    let content = LogScript.payload(10_000, 3)
    try store.writeChunk(name, offset: 0, bytes: LogScript.payload(20_000, 4))
    try store.writeChunk(name, offset: 0, bytes: Array(content[..<6_000]))
    try store.writeChunk(name, offset: 6_000, bytes: Array(content[6_000...]))
    #expect(throws: StorageError.self) { try store.writeChunk(name, offset: 10_001, bytes: [1]) }
    #expect(try store.readChunk(name, offset: 0, count: 99_999) == content)
    #expect(try store.readChunk(name, offset: 9_990, count: 100) == Array(content[9_990...]))
    #expect(try store.readChunk(name, offset: 10_000, count: 100) == [])
    try store.remove(name)
    try store.remove(name)
    #expect(throws: StorageError.missing) { try store.readChunk(name, offset: 0, count: 1) }
    store.close()
  }

  @Test("refuses a chunked file that is no snapshot")
  func falseSnapshot() throws {
    let files = MemoryFiles()
    let (_, store) = try open(files)
    let content = LogScript.payload(8_192, 3)
    try store.writeChunk("state-k1-5.db", offset: 0, bytes: content)
    var script = LogScript()
    guard case .install(_, var description, _) = script.install(LogScript.group1, at: LogIndex(9), term: 2, file: "")
    else { return }
    description.bytes = 8_192
    description.fileDigest = Digest(of: content)
    #expect(throws: StorageError.self) { try store.verifySnapshot("state-k1-5.db", description) }
    store.close()
  }

  // MARK: what the files were

  /// A state file as format 1 wrote it: without seals on its pages.
  @Test("A state file of the format without seals is refused by its name, and left as it is")
  func unsealedState() throws {
    let files = MemoryFiles()
    let (_, store) = try open(files)
    defer { store.close() }
    try found(store)
    let group = LogScript.genesis.groups[0]
    let file = GroupRecord.foundingFile(group)
    let vfs = try VFS.register(name: uniqueName("unsealed"), files: files)
    try StateFile.create(
      path: path(file), header: StateHeader(founding: group, of: LogScript.genesis), files: files, vfs: vfs)
    let connection = try Connection(path(file), vfs: vfs, mode: .readWrite)
    try connection.execute("PRAGMA user_version=1")
    connection.close()
    let before = files.contents(path(file))
    #expect(throws: StorageError.unknownFormat(version: 1)) { _ = try store.openState(group.group, file: file) }
    #expect(files.contents(path(file)) == before)
  }

  /// Cuts the end off a WAL that nobody has open, between two transactions.
  private func shorten(_ database: String, _ files: MemoryFiles) throws {
    let bytes = try #require(files.contents(database + "-wal"))
    let frame = 24 + 4_096
    var commits: [Int] = []
    for number in 1...(bytes.count - 32) / frame {
      let start = 32 + (number - 1) * frame
      guard bytes[start + 8..<start + 16] == bytes[16..<24] else { break }
      if bytes[start + 4..<start + 8].contains(where: { $0 != 0 }) { commits.append(number) }
    }
    try #require(commits.count >= 4)
    let wal = try files.open(database + "-wal", .readWrite)
    try wal.truncate(to: Int64(32 + commits[1] * frame))
    try wal.sync()
    wal.close()
  }

  @Test("A WAL that lost frames which the file has already is damage, in raft.db and in a state file")
  func lostFrames() throws {
    let files = MemoryFiles()
    let options = SQLiteNodeStore.Options(reserveBytes: 0, checkpointPages: 8)
    let (_, store) = try open(files, options)
    try found(store)
    var script = LogScript()
    // Until a checkpoint has brought a WAL of several writes home.
    while (files.contents(path("raft.db-wal"))?.count ?? 0) < 32 + 20 * 4_120 {
      try store.log.perform([.write([script.append(LogScript.groups[0], term: 2, count: 1, bytes: 3_000)])])
    }
    try store.maintainLog()
    let cut = files.cloneDurable()
    store.close()
    #expect(try open(cut.copy(seed: 1), options).0.damage.isEmpty)
    try shorten(path("raft.db"), cut)
    let (record, damaged) = try open(cut, options)
    #expect(record.damage.contains("write-ahead log"))
    #expect(record.groups.allSatisfy { $0.hardState.suspended })
    damaged.close()
  }
}
