import Base
import Replica
import SQLite
import Storage
import Synchronization

/// A log store with the disk that it lives on: can be opened again and again.
protocol LogUnderTest: AnyObject {
  var log: any LogStore { get }
  /// Closes the store in order and opens it again.
  func reopen() throws(StorageError) -> NodeRecord
  /// Loses the power and opens it again.
  func losePower() throws(StorageError) -> NodeRecord
}

enum LogKind: String, CaseIterable, Sendable {
  case sqlite, memory

  func make() throws(StorageError) -> (NodeRecord, any LogUnderTest) {
    switch self {
    case .sqlite:
      let disk = try SQLiteLogUnderTest()
      return (disk.record, disk)
    case .memory:
      let disk = try MemoryLogUnderTest()
      return (disk.record, disk)
    }
  }
}

final class SQLiteLogUnderTest: LogUnderTest {
  static let directory = "/data"
  private static let count = Atomic(0)

  let files: MemoryFiles
  let options: SQLiteLogStore.Options
  private(set) var store: SQLiteLogStore?
  private(set) var record: NodeRecord
  private var random: SplitMix64

  var log: any LogStore { store! }

  init(
    _ files: MemoryFiles = MemoryFiles(), options: SQLiteLogStore.Options = .init(), seed: UInt64 = 1
  ) throws(StorageError) {
    self.files = files
    self.options = options
    random = SplitMix64(seed: seed)
    (record, store) = try Self.open(files, options, &random)
  }

  static func open(
    _ files: MemoryFiles, _ options: SQLiteLogStore.Options = .init(), _ random: inout SplitMix64
  ) throws(StorageError) -> (NodeRecord, SQLiteLogStore) {
    try files.createDirectory(directory)
    let number = count.add(1, ordering: .relaxed).newValue
    let vfs = try storing("register") { () throws(SQLiteError) in
      try VFS.register(name: "log-test-\(number)", files: files)
    }
    return try SQLiteLogStore.open(
      directory: directory, files: files, vfs: vfs, random: &random, options: options)
  }

  func reopen() throws(StorageError) -> NodeRecord {
    store?.close()
    store = nil
    (record, store) = try Self.open(files, options, &random)
    return record
  }

  func losePower() throws(StorageError) -> NodeRecord {
    files.cutPower()
    store?.close()
    store = nil
    files.restorePower(.tears)
    (record, store) = try Self.open(files, options, &random)
    return record
  }
}

final class MemoryLogUnderTest: LogUnderTest {
  let store = MemoryLogStore()
  private(set) var record: NodeRecord
  private var random = SplitMix64(seed: 1)

  var log: any LogStore { store }

  init() throws(StorageError) { record = try store.open(random: &random) }

  func reopen() throws(StorageError) -> NodeRecord {
    // What is known of peers goes with the next write, and a store that is closed makes one.
    store.close()
    record = try store.open(random: &random)
    return record
  }

  func losePower() throws(StorageError) -> NodeRecord {
    store.powerLoss()
    record = try store.open(random: &random)
    return record
  }
}
