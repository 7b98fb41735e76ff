import Base
import Glibc
import Raft
import Replica
import SQLite
import Storage
import Synchronization
import TestSupport
import Testing
import Wire

@Suite("A reader of the log on SQLite")
struct LogReaderTests {
  /// Carries a reader to the one thread that uses it.
  private struct Handover: @unchecked Sendable {
    let reader: any LogReader
  }

  /// What the reading thread has met.
  private final class Progress: Sendable {
    let isOver = Atomic(false)
    private let state = Mutex((reads: 0, wrong: [String]()))

    var reads: Int { state.withLock { $0.reads } }
    var wrong: [String] { state.withLock { $0.wrong } }

    func note(wrong text: String?) {
      state.withLock {
        $0.reads += 1
        if let text { $0.wrong.append(text) }
      }
    }
  }

  @Test("sees whole writes from another thread while the log is written, cut and checkpointed")
  func beside() throws {
    let disk = try SQLiteLogUnderTest(options: .init(checkpointPages: 20, sweepRows: 8))
    try disk.log.perform([.genesis(LogScript.genesis)])
    let group = LogScript.group1
    let handover = Handover(reader: try disk.log.makeReader())
    let progress = Progress()
    try withThreads([{ Self.read(handover.reader, group, progress) }]) {
      defer { progress.isOver.store(true, ordering: .relaxed) }
      var script = LogScript()
      for round in 0..<400 {
        try disk.log.perform([.write([script.append(group, term: 2, count: 4, bytes: 300)])])
        if round % 10 == 9 { try disk.log.perform([.cut(group, through: script.last(group).index - 20)]) }
        try disk.store?.maintain()
      }
      // Until the reader has met the log in motion.
      while progress.reads < 3 && progress.wrong.isEmpty { sched_yield() }
    }
    #expect(progress.wrong == [])
    #expect(progress.reads >= 3)
  }

  private static func read(_ reader: any LogReader, _ group: GroupID, _ progress: Progress) {
    var from = LogIndex(2)
    while !progress.isOver.load(ordering: .relaxed) {
      do throws(StorageError) {
        let entries = try reader.entries(group, from: from, through: LogIndex(1 << 60), bytesMax: 4_000)
        // Writes are of four entries from index 2 on: what the bound did not cut ends where a write ends.
        let bytes = entries.reduce(0) { $0 + $1.byteCount }
        let isWhole = entries.last.map { $0.index.rawValue % 4 == 1 || bytes >= 4_000 } ?? true
        progress.note(wrong: isWhole ? nil : "half a write after \(from)")
        if let last = entries.last { from = last.index }
      } catch {
        if case .compacted(let first) = error { from = first } else { progress.note(wrong: "\(error)") }
      }
    }
  }

  @Test("says a rotten entry is damaged instead of handing it on")
  func rotten() throws {
    let disk = try SQLiteLogUnderTest()
    try disk.log.perform([.genesis(LogScript.genesis)])
    var script = LogScript()
    let write = script.append(LogScript.group1, term: 2, count: 30, bytes: 300)
    try disk.log.perform([.write([write])])
    _ = try disk.reopen()
    let path = SQLiteLogUnderTest.directory + "/raft.db"
    let contents = try #require(disk.files.contents(path))
    let wanted = write.persist.entries[20].payload
    let place = try #require((0..<contents.count - 300).first { Array(contents[$0..<$0 + 300]) == wanted })
    disk.files.flipBit(place * 8, of: path)
    let reader = try disk.log.makeReader()
    let group = LogScript.group1
    #expect(try reader.entries(group, from: LogIndex(2), through: LogIndex(21), bytesMax: .max).count == 20)
    #expect(throws: StorageError.corrupt(what: "an entry of the log")) {
      try reader.entries(group, from: LogIndex(2), through: LogIndex(22), bytesMax: .max)
    }
  }
}
