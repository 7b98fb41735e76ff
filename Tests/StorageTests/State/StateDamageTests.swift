import Base
import Model
import Replica
import SQLite
import Storage
import Testing
import Wire

@Suite("A damaged state file")
struct StateDamageTests {
  /// A closed file with everything in it, and nothing in a WAL.
  private static func prepared(_ seed: UInt64, sealsPages: Bool = false) throws -> (StateSetup, StateWorkload) {
    var work = StateWorkload(seed: seed, largest: 9_000)
    let setup = try StateSetup(sealsPages: sealsPages)
    let store = try setup.created(work.founding)
    for _ in 0..<40 { _ = try Applier.apply(work.batch(4), to: store) }
    store.close()
    return (setup, work)
  }

  private enum Finding: Equatable {
    case found
    case harmless
    case missed([String])
  }

  /// Opens the file, looks at everything, and compares what is read with what was written where nothing was found.
  private static func look(_ setup: StateSetup, _ work: StateWorkload) throws -> Finding {
    try setup.restart()
    let store: SQLiteStateStore
    do { store = try setup.open() } catch {
      guard case .corrupt? = error as? StorageError else { return .missed(["opening: \(error)"]) }
      return .found
    }
    defer { store.close() }
    let reader: any StateReader
    do { reader = try store.makeReader() } catch { return .found }
    let digest = try wholeDigest(reader, revision: .zero)
    let header = store.header
    if !digest.damaged.isEmpty || !digest.error.isEmpty || digest.setHash != header.setHash
      || digest.rows != header.liveKeys
    {
      return .found
    }
    let differences: [String]
    do { differences = try work.differences(store, from: work.oracle.contents) } catch {
      guard case .corrupt? = error as? StorageError else { throw error }
      return .found
    }
    return differences.isEmpty ? .harmless : .missed(differences)
  }

  @Test("No flipped bit changes what is read without being found")
  func findsFlippedBits() throws {
    let (setup, work) = try Self.prepared(41)
    let bits = try #require(setup.files.contents(StateSetup.path)).count * 8
    var random = SplitMix64(seed: 1)
    var missed: [String] = []
    var found = 0
    #if DEBUG
      let rounds = 150
    #else
      let rounds = 1_200
    #endif
    for _ in 0..<rounds {
      let bit = random.below(bits)
      setup.files.flipBit(bit, of: StateSetup.path)
      switch try Self.look(setup, work) {
      case .found: found += 1
      case .harmless: break
      case .missed(let differences): missed.append("bit \(bit): \(differences)")
      }
      setup.files.flipBit(bit, of: StateSetup.path)
    }
    #expect(missed == [])
    // Half of the file is free space, old copies of deleted rows among it.
    #expect(found > rounds / 4)
    #expect(try Self.look(setup, work) == .harmless)
  }

  @Test("A page of zeros is found wherever it is read, and never taken for one")
  func findsZeroedPages() throws {
    let (setup, work) = try Self.prepared(43, sealsPages: true)
    let bytes = try #require(setup.files.contents(StateSetup.path))
    var missed: [String] = []
    var found = 0
    for page in 0..<bytes.count / 4_096 {
      setup.files.damage(StateSetup.path, at: page * 4_096, with: Array(repeating: 0, count: 4_096))
      switch try Self.look(setup, work) {
      case .found: found += 1
      // Of a free page, a map of pointers, an index that no check of rows needs.
      case .harmless: break
      case .missed(let differences): missed.append("page \(page + 1): \(differences)")
      }
      setup.files.damage(StateSetup.path, at: page * 4_096, with: Array(bytes[page * 4_096..<(page + 1) * 4_096]))
    }
    #expect(missed == [])
    #expect(found > bytes.count / 4_096 / 2)
    #expect(try Self.look(setup, work) == .harmless)
  }

  @Test("Every flipped bit of a stored value is found, under its key's hash, in history too")
  func findsFlippedValues() throws {
    let (setup, work) = try Self.prepared(42)
    let bytes = try #require(setup.files.contents(StateSetup.path))
    var missed: [String] = []
    var looked = 0
    for row in work.oracle.changes(after: .zero, limit: .max) {
      guard let value = row.value?.bytes, value.count > 40, looked < 40 else { continue }
      looked += 1
      let isLive = work.oracle.head(row.key)?.modRevision == row.revision
      // Pages that were split keep old copies in their free space: one of the places is the row's.
      var isFound = false
      for place in Self.places(of: Array(value.prefix(32)), in: bytes) {
        setup.files.flipBit(8 * place + looked, of: StateSetup.path)
        try setup.restart()
        let store = try setup.open()
        let digest = try wholeDigest(store.makeReader(), revision: .zero)
        if digest.damaged.contains(row.key.hash) {
          isFound = true
          if isLive, (try? store.row(row.key)) != nil { missed.append("read at revision \(row.revision)") }
        }
        store.close()
        setup.files.flipBit(8 * place + looked, of: StateSetup.path)
      }
      if !isFound { missed.append("revision \(row.revision)") }
    }
    #expect(missed == [])
    #expect(looked == 40)
  }

  private static func places(of pattern: [UInt8], in bytes: [UInt8]) -> [Int] {
    var places: [Int] = []
    var start = 0
    while let first = bytes[start...].firstIndex(of: pattern[0]) {
      if bytes[first...].starts(with: pattern) { places.append(first) }
      start = first + 1
    }
    return places
  }

  @Test("Files that are none of ours, or a newer program's, are refused by name")
  func refusesOthers() throws {
    let setup = try StateSetup()
    let header = StateWorkload(seed: 1).founding
    #expect(throws: StorageError.missing) { try setup.open() }
    try setup.create(header)
    func set(_ pragma: String) throws {
      let connection = try Connection(StateSetup.path, vfs: setup.vfs, mode: .readWrite)
      try connection.execute("PRAGMA \(pragma)")
      connection.close()
    }
    try set("user_version = 9")
    #expect(throws: StorageError.unknownFormat(version: 9)) { try setup.open() }
    try set("user_version = 1")
    #expect(throws: StorageError.unknownFormat(version: 1)) { try setup.open() }
    try set("user_version = 2")
    try set("application_id = 1")
    #expect(throws: StorageError.corrupt(what: "a state file's application id")) { try setup.open() }
    try setup.create(header)
    #expect(try setup.open().header == header)
  }
}
