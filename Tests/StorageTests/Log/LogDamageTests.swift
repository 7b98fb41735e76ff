import Base
import Raft
import Replica
import SQLite
import Storage
import Testing
import Wire

/// Bits that flip in the files of a stopped node.
@Suite("The log on SQLite, on a disk that forgets", .serialized)
struct LogDamageTests {
  private static let database = SQLiteLogUnderTest.directory + "/raft.db"
  private static let wal = database + "-wal"
  private static let marker = SQLiteLogUnderTest.directory + "/raft.damaged"
  private static let frameBytes = 24 + 4_096
  /// No checkpoint comes between, so that the WAL holds everything since the start.
  private static let options = SQLiteLogStore.Options(checkpointPages: 10_000)

  /// A node that was killed with its WAL full of acknowledged writes.
  private struct Stopped {
    var paths: [(String, [UInt8])]
    var summary: LogSummary
    /// Without the last write, and how many frames the WAL held then.
    var before: LogSummary
    var framesBefore: Int

    var walBytes: Int { paths.first { $0.0 == LogDamageTests.wal }?.1.count ?? 0 }
    var frames: Int { (walBytes - 32) / LogDamageTests.frameBytes }

    /// A disk with the files, one of them changed.
    func disk(_ change: (inout [UInt8]) -> Void = { _ in }, of path: String = LogDamageTests.wal) throws -> MemoryFiles
    {
      let files = MemoryFiles()
      try files.createDirectory(SQLiteLogUnderTest.directory)
      for (name, contents) in paths {
        var bytes = contents
        if name == path { change(&bytes) }
        let file = try files.open(name, .create)
        try file.write(bytes, at: 0)
        try file.sync()
        file.close()
      }
      try files.syncDirectory(SQLiteLogUnderTest.directory)
      return files
    }
  }

  /// - Parameter losesPower: what was not synced is gone; else the process alone was killed.
  private static func stopped(writes: Int = 24, losesPower: Bool) throws -> Stopped {
    let disk = try SQLiteLogUnderTest(options: options)
    try disk.log.perform([.genesis(LogScript.genesis)])
    var script = LogScript()
    var summaries: [LogSummary] = []
    var framesBefore = 0
    for number in 0..<writes {
      framesBefore = ((disk.files.contents(wal)?.count ?? 0) - 32) / frameBytes
      let group = LogScript.groups[number % 3]
      let term = UInt64(2 + number / 4)
      var list = [script.append(group, term: term, count: 1 + number % 4, bytes: 200 + 900 * (number % 5))]
      if number % 4 == 0 { list.append(LogScript.vote(group, term: term, for: UInt64(1 + number % 3))) }
      try disk.log.perform([.write(list)])
      guard number >= writes - 2 else { continue }
      var random = SplitMix64(seed: 5)
      let (record, log) = try SQLiteLogUnderTest.open(disk.files.cloneDurable(), options, &random)
      summaries.append(try LogSummary(record, log))
      log.close()
    }
    let files = losesPower ? disk.files.cloneDurable() : disk.files
    let paths = files.paths.compactMap { path in files.contents(path).map { (path, $0) } }
    return Stopped(paths: paths, summary: summaries[1], before: summaries[0], framesBefore: framesBefore)
  }

  private enum Verdict: Equatable {
    case nothingLost
    /// Damage was said, and every replica is suspended.
    case suspended
    /// Only the last write is gone.
    case lastLost
    case wrong(String)
  }

  private static func judge(_ files: MemoryFiles, _ stopped: Stopped) -> Verdict {
    var random = SplitMix64(seed: 8)
    do throws(StorageError) {
      let (record, log) = try SQLiteLogUnderTest.open(files, options, &random)
      defer { log.close() }
      let summary = try LogSummary(record, log)
      if summary == stopped.summary, record.damage.isEmpty { return .nothingLost }
      if !record.damage.isEmpty {
        return record.groups.allSatisfy { $0.hardState.suspended } ? .suspended : .wrong("damage without suspension")
      }
      return summary == stopped.before ? .lastLost : .wrong("lost: \(summary)")
    } catch {
      return .wrong("\(error)")
    }
  }

  @Test("opens a killed node with everything in it", arguments: [false, true])
  func whole(_ losesPower: Bool) throws {
    let stopped = try Self.stopped(losesPower: losesPower)
    #expect(stopped.frames > 40)
    #expect(Self.judge(try stopped.disk(), stopped) == .nothingLost)
  }

  @Test("notices a bit that flips in any frame of the WAL, unless nothing is lost by it", arguments: [false, true])
  func frames(_ losesPower: Bool) throws {
    let stopped = try Self.stopped(losesPower: losesPower)
    var generator = SplitMix64(seed: 4)
    var wrong: [String] = []
    var suspensions = 0
    var lastLost: Set<Int> = []
    for frame in 0..<stopped.frames {
      // Every byte of a frame's header in turn over the frames, and places within its page.
      #if DEBUG
        var places = [frame % 24, (frame + 12) % 24]
      #else
        var places = Array(0..<24)
      #endif
      for _ in 0..<3 { places.append(24 + generator.below(4_096)) }
      for place in places {
        let bit = UInt8(generator.below(8))
        let files = try stopped.disk { $0[32 + frame * Self.frameBytes + place] ^= 1 << bit }
        switch Self.judge(files, stopped) {
        case .nothingLost: break
        case .suspended: suspensions += 1
        case .lastLost: lastLost.insert(frame)
        case .wrong(let text): wrong.append("frame \(frame + 1), byte \(place), bit \(bit): \(text)")
        }
      }
    }
    #expect(wrong == [])
    #expect(suspensions > stopped.frames)
    // Only frames of the last transaction may go without a word.
    #expect(lastLost.allSatisfy { $0 >= stopped.framesBefore }, "\(lastLost.sorted()) of \(stopped.framesBefore)")
    if !losesPower { #expect(lastLost.isEmpty) }
  }

  @Test("notices a bit that flips in any byte of the WAL's header")
  func header() throws {
    let stopped = try Self.stopped(losesPower: false)
    var wrong: [String] = []
    for place in 0..<32 {
      let files = try stopped.disk { $0[place] ^= 1 << UInt8(place % 8) }
      let verdict = Self.judge(files, stopped)
      if verdict != .suspended { wrong.append("byte \(place): \(verdict)") }
    }
    #expect(wrong == [])
  }

  @Test("notices a page of the WAL that was overwritten by something else")
  func overwritten() throws {
    let stopped = try Self.stopped(losesPower: false)
    var wrong: [String] = []
    for offset in stride(from: 4_096, to: stopped.walBytes - 8 * 4_096, by: 4_096 * 3) {
      let files = try stopped.disk { $0.replaceSubrange(offset..<offset + 4_096, with: LogScript.payload(4_096, 1)) }
      let verdict = Self.judge(files, stopped)
      if verdict != .suspended { wrong.append("offset \(offset): \(verdict)") }
    }
    #expect(wrong == [])
  }

  @Test("says damage once, suspends durably, keeps the WAL aside, and lets Raft lift it")
  func suspension() throws {
    let stopped = try Self.stopped(losesPower: false)
    let flipped = 32 + 9 * Self.frameBytes + 500
    let files = try stopped.disk { $0[flipped] ^= 4 }
    let damaged = try #require(files.contents(Self.wal))
    var random = SplitMix64(seed: 8)
    var (record, log) = try SQLiteLogUnderTest.open(files, Self.options, &random)
    #expect(record.damage.contains("raft.db-wal.damaged-1"))
    #expect(record.groups.allSatisfy { $0.hardState.suspended })
    #expect(files.durableContents(Self.wal + ".damaged-1") == damaged)
    #expect(!(try files.exists(Self.marker)))
    files.cutPower()
    log.close()
    files.restorePower(.tears)
    (record, log) = try SQLiteLogUnderTest.open(files, Self.options, &random)
    #expect(!record.damage.isEmpty)
    #expect(record.groups.allSatisfy { $0.hardState.suspended })
    for group in record.groups {
      #expect(!record.damage.isEmpty)
      try log.perform([.write([LogScript.vote(group.group, term: 50, for: nil)])])
    }
    log.close()
    (record, log) = try SQLiteLogUnderTest.open(files, Self.options, &random)
    #expect(record.damage.isEmpty)
    #expect(record.groups.allSatisfy { !$0.hardState.suspended && $0.hardState.term == Term(50) })
    log.close()
  }

  @Test("ends suspended wherever the power goes between finding damage and having said it")
  func crashes() throws {
    let stopped = try Self.stopped(losesPower: false)
    let flipped = 32 + 9 * Self.frameBytes + 500
    var wrong: [String] = []
    var reached = 0
    for number in 1..<1_000 {
      let files = try stopped.disk { $0[flipped] ^= 4 }
      let changes = files.counts.changes
      files.cutPower(at: number)
      var random = SplitMix64(seed: 8)
      var isDone = false
      do throws(StorageError) {
        let (_, log) = try SQLiteLogUnderTest.open(files, Self.options, &random)
        isDone = files.isPowered
        files.cutPower()
        log.close()
      } catch {}
      reached = files.counts.changes - changes
      files.restorePower(number % 2 == 0 ? .tears : .dropsUnsynced)
      let verdict = Self.judge(files, stopped)
      if verdict != .suspended { wrong.append("change \(number): \(verdict)") }
      if (try? files.exists(Self.marker)) != false { wrong.append("change \(number): the marker is still there") }
      if isDone { break }
    }
    #expect(wrong == [])
    #expect(reached > 10)
  }

  @Test(
    "offers the log up to an entry whose bytes rotted, suspends that replica, and takes a leader's entries after it")
  func rottenEntry() throws {
    let disk = try SQLiteLogUnderTest()
    try disk.log.perform([.genesis(LogScript.genesis)])
    var script = LogScript()
    let group = LogScript.group2
    let write = script.append(group, term: 2, count: 20, bytes: 300)
    try disk.log.perform([.write([write])])
    // Closed, so that the entries are in the file itself.
    disk.store?.close()
    let contents = try #require(disk.files.contents(Self.database))
    let wanted = write.persist.entries[11].payload
    let place = try #require(
      (0..<contents.count - 300).first { contents[$0] == wanted[0] && Array(contents[$0..<$0 + 300]) == wanted })
    disk.files.flipBit((place + 77) * 8, of: Self.database)
    var record = try disk.reopen()
    #expect(record.groups.map(\.hardState.suspended) == [false, true, false])
    #expect(record.damage == "the log of g2 was damaged at entry 13")
    #expect(record.groups[1].tail == Array(write.persist.entries.prefix(11)))
    let reader = try disk.log.makeReader()
    #expect(try reader.entries(group, from: LogIndex(2), through: LogIndex(99), bytesMax: .max).count == 11)
    // The same entries come again from a leader, and the suspension is lifted.
    try disk.log.perform([.write([LogScript.write(group, entries: Array(write.persist.entries[11...]))])])
    try disk.log.perform([.write([LogScript.vote(group, term: 2, for: nil)])])
    record = try disk.losePower()
    #expect(record.damage.isEmpty && record.groups[1].last == script.last(group))
    #expect(!record.groups[1].hardState.suspended)
  }

  @Test("never opens a damaged promise: a term and vote, a log's place, an identity")
  func rottenPromises() throws {
    let disk = try SQLiteLogUnderTest()
    try disk.log.perform([.genesis(LogScript.genesis)])
    try disk.log.perform([.write([LogScript.vote(LogScript.group1, term: 0x1122_3344, for: 0x5566)])])
    let store = disk.record.store
    disk.store?.close()
    let contents = try #require(disk.files.contents(Self.database))
    var bytes = ByteWriter()
    bytes.identifier(store)
    for wanted in [[0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 0x66, 0x55], Array("state-k2-1.db".utf8), bytes.bytes] {
      let place = try #require((0..<contents.count - 20).last { Array(contents[$0..<$0 + wanted.count]) == wanted })
      disk.files.flipBit(place * 8, of: Self.database)
      var isRefused = false
      do { _ = try disk.reopen() } catch .corrupt(let what) { isRefused = "\(what)".contains("raft.db") } catch {}
      #expect(isRefused)
      disk.files.flipBit(place * 8, of: Self.database)
    }
    #expect(try disk.reopen().groups[0].hardState.term == Term(0x1122_3344))
  }

  @Test("refuses a file of another program, of a newer one, an empty one, and none beside a store's other files")
  func foreignFiles() throws {
    let disk = try SQLiteLogUnderTest()
    try disk.log.perform([.genesis(LogScript.genesis)])
    disk.store?.close()
    // SQLite does not sync the deletion of the WAL, which would bring the first page back.
    try disk.files.syncDirectory(SQLiteLogUnderTest.directory)
    func refusal(_ change: (MemoryFiles) throws -> Void) throws -> StorageError? {
      let files = disk.files.cloneDurable()
      try change(files)
      var random = SplitMix64(seed: 8)
      do throws(StorageError) {
        _ = try SQLiteLogUnderTest.open(files, Self.options, &random)
        return nil
      } catch { return error }
    }
    // sqlite.org/fileformat.html: the application id is at 68, the user version at 60.
    let foreign = try refusal { $0.damage(Self.database, at: 68, with: [1, 2, 3, 4]) }
    #expect(foreign?.description.contains("another program") == true)
    #expect(try refusal { $0.damage(Self.database, at: 60, with: [0, 0, 0, 9]) } == .unknownFormat(version: 9))
    let empty = try refusal { try $0.open(Self.database, .readWrite).truncate(to: 0) }
    guard case .corrupt? = empty else {
      Issue.record("an empty raft.db: \(String(describing: empty))")
      return
    }
    let gone = try refusal {
      try $0.delete(Self.database)
      _ = try $0.open(SQLiteLogUnderTest.directory + "/state-k1-1.db", .create)
    }
    guard case .corrupt(let what)? = gone else {
      Issue.record("no raft.db: \(String(describing: gone))")
      return
    }
    #expect(what.description.contains("gone"))
    let garbled = try refusal { $0.damage(Self.database, at: 0, with: [1, 2, 3, 4]) }
    guard case .corrupt? = garbled else {
      Issue.record("a garbled raft.db: \(String(describing: garbled))")
      return
    }
  }

  @Test("makes its file with the page size, room, marks and vacuum mode that the design asks for")
  func fileHeader() throws {
    let disk = try SQLiteLogUnderTest()
    disk.store?.close()
    let header = try #require(disk.files.durableContents(Self.database)).prefix(100)
    #expect(Array(header[16..<18]) == [0x10, 0x00])
    #expect(Array(header[18..<20]) == [2, 2])
    #expect(header[20] == 16)
    #expect(Array(header[52..<56]) != [0, 0, 0, 0] && Array(header[64..<68]) == [0, 0, 0, 1])
    #expect(Array(header[60..<64]) == [0, 0, 0, 2])
    #expect(Array(header[68..<72]) == Array("QTRL".utf8))
  }
}
