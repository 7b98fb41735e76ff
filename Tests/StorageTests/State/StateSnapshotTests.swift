import Base
import Model
import Raft
import Replica
import SQLite
import Storage
import Testing
import Wire

@Suite("Snapshots of a state file")
struct StateSnapshotTests {
  @Test("A snapshot taken between batches is the state of its last step, verifies, and opens as that state")
  func carriesCommitsAlong() throws {
    var work = StateWorkload(seed: 51, largest: 60_000)
    let setup = try StateSetup()
    let store = try setup.created(work.founding)
    for _ in 0..<150 { _ = try Applier.apply(work.batch(4), to: store) }
    var finished: StateSnapshot?
    var steps = 0
    while finished == nil {
      finished = try store.snapshotStep(to: "snapshot-1.db")
      steps += 1
      guard finished == nil else { break }
      _ = try Applier.apply(work.batch(2), to: store)
      if work.oneIn(2) { _ = try store.checkpoint() }
      if work.oneIn(3) { _ = try store.deleteCompacted() }
    }
    let snapshot = try #require(finished)
    #expect(steps > 3)
    #expect(snapshot.header.applied < store.header.applied)
    let bytes = try #require(setup.files.durableContents("/data/snapshot-1.db"))
    #expect(Digest(of: bytes) == snapshot.fileDigest)
    #expect(UInt64(bytes.count) == snapshot.bytes)
    try setup.verify(snapshot)
    #expect(setup.files.contents("/data/snapshot-1.db") == bytes)
    #expect(setup.files.paths.filter { $0.hasPrefix("/data/snapshot") } == ["/data/snapshot-1.db"])
    let copy = try SQLiteStateStore.open(path: "/data/snapshot-1.db", files: setup.files, vfs: setup.vfs)
    let contents = try #require(work.past[snapshot.header.applied])
    #expect(try work.differences(copy, from: contents) == [])
    _ = try Applier.apply(
      ApplyBatch(
        group: StateWorkload.group, entries: work.entries.filter { $0.index.rawValue > snapshot.header.applied },
        resultsFrom: nil), to: copy)
    #expect(try work.differences(copy, from: work.oracle.contents) == [])
    copy.close()
  }

  @Test("A received file in which anything differs is refused")
  func refusesDifferences() throws {
    var work = StateWorkload(seed: 52)
    let setup = try StateSetup()
    let store = try setup.created(work.founding)
    for _ in 0..<20 { _ = try Applier.apply(work.batch(4), to: store) }
    var finished: StateSnapshot?
    while finished == nil { finished = try store.snapshotStep(to: "snapshot-1.db") }
    let snapshot = try #require(finished)
    let description = try StateSetup.description(snapshot)
    try setup.verify(snapshot)
    let changes: [(inout SnapshotDescription) -> Void] = [
      { $0.bytes += 1 }, { $0.fileDigest.word3 ^= 1 }, { $0.mark.mark.index += 1 }, { $0.mark.mark.hash = .zero },
      { $0.base = 1 }, { $0.chainHead = .zero }, { $0.setHash = .zero }, { $0.featureLevel += 1 },
      { $0.mark.configurationIndex += 1 }, { $0.mark.configuration.members[0].supplier = "B" },
      { $0.mark.mark.logTime = LogTime(nanoseconds: 1) },
    ]
    var accepted: [Int] = []
    for (number, change) in changes.enumerated() {
      var other = description
      change(&other)
      do {
        try StateSnapshotVerifier.verify(
          path: "/data/snapshot-1.db", description: other, files: setup.files, vfs: setup.vfs)
        accepted.append(number)
      } catch {
        guard case .corrupt = error else {
          accepted.append(-number)
          continue
        }
      }
    }
    #expect(accepted == [])
  }

  @Test("A file whose sender has digested damaged rows is refused for the rows")
  func refusesDamagedRows() throws {
    var work = StateWorkload(seed: 53)
    let setup = try StateSetup()
    let store = try setup.created(work.founding)
    for _ in 0..<20 { _ = try Applier.apply(work.batch(4), to: store) }
    var finished: StateSnapshot?
    while finished == nil { finished = try store.snapshotStep(to: "snapshot-1.db") }
    var snapshot = try #require(finished)
    let edits = [
      "UPDATE rows SET version = version + 1 WHERE id = (SELECT min(id) FROM rows)",
      "DELETE FROM rows WHERE id = (SELECT max(id) FROM rows WHERE id & 1 = 0)",
      "UPDATE rows SET value = zeroblob(size) WHERE id = (SELECT max(id) FROM rows WHERE size > 0)",
      "DELETE FROM sessions WHERE id = (SELECT min(id) FROM sessions)",
      "UPDATE requests SET until = until + 1 WHERE rowid = (SELECT min(rowid) FROM requests)",
    ]
    let original = try #require(setup.files.contents("/data/snapshot-1.db"))
    var accepted: [String] = []
    for edit in edits {
      let file = try setup.files.open("/data/edited.db", .create)
      try file.truncate(to: 0)
      try file.write(original, at: 0)
      file.close()
      let connection = try Connection("/data/edited.db", vfs: setup.vfs, mode: .readWrite)
      try connection.execute(edit)
      #expect(connection.changes == 1)
      connection.close()
      let bytes = try #require(setup.files.contents("/data/edited.db"))
      snapshot.bytes = UInt64(bytes.count)
      snapshot.fileDigest = Digest(of: bytes)
      if (try? setup.verify(snapshot, name: "edited.db")) != nil { accepted.append(edit) }
    }
    #expect(accepted == [])
  }

  @Test("Removing a file takes its WAL first, so that none is played into the next file of that name")
  func removes() throws {
    let setup = try StateSetup()
    let work = StateWorkload(seed: 54)
    try setup.create(work.founding)
    try setup.files.open(StateSetup.path + "-wal", .create).close()
    setup.files.cutPower(at: 2)
    #expect(throws: StorageError.self) { try StateFile.remove(StateSetup.path, files: setup.files) }
    setup.files.restorePower(.dropsUnsynced)
    #expect(setup.files.paths == [StateSetup.path])
    try StateFile.remove(StateSetup.path, files: setup.files)
    #expect(setup.files.paths == [])
    try StateFile.remove(StateSetup.path, files: setup.files)
  }
}
