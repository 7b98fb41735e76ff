import Base
import Replica
import SQLite
import Storage

/// A simulated disk with the production stores on it.
final class SQLiteNodeDisk: NodeDisk {
  static let directory = "/node"

  let files: MemoryFiles
  private let options: SQLiteNodeStore.Options
  private var random: SplitMix64

  init(_ options: SQLiteNodeStore.Options, seed: UInt64) {
    self.options = options
    random = SplitMix64(seed: seed)
    files = MemoryFiles(seed: random.next())
  }

  private init(_ options: SQLiteNodeStore.Options, seed: UInt64, files: MemoryFiles) {
    self.options = options
    self.files = files
    random = SplitMix64(seed: seed)
  }

  func open(random: inout SplitMix64) throws(StorageError) -> (record: NodeRecord, stores: any NodeStore) {
    try SQLiteNodeStore.open(directory: Self.directory, files: files, random: &random, options: options)
  }

  func end(_ end: ProcessEnd, release: () -> Void) {
    // A process that dies writes nothing more: not even what SQLite does when its connections are let go.
    if end != .stopped { files.cutPower() }
    release()
    precondition(files.openHandles == 0, "\(files.openHandles) files of a process outlive it")
    if end == .powerLoss {
      losePower()
    } else {
      files.endProcess()
    }
    if isFull { files.fillUp(atWrite: 1) }
  }

  func copy() -> any NodeDisk {
    SQLiteNodeDisk(options, seed: random.next(), files: files.copy(seed: random.next()))
  }

  func blank() -> any NodeDisk { SQLiteNodeDisk(options, seed: random.next()) }

  /// The machine loses its power while no process has the disk.
  func losePower() { files.restorePower(random.oneIn(3) ? .dropsUnsynced : .tears) }

  func path(_ name: String) -> String { Self.directory + "/" + name }

  /// Files that hold anything of worth, in an order.
  var names: [String] {
    let prefix = Self.directory + "/"
    return files.paths.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.filter {
      $0 == "raft.db" || $0 == "raft.db-wal" || $0.hasPrefix("state-") || $0.hasPrefix("snapshot-")
    }
  }

  /// Whether every page of a database is as it was written, for processes and on the disk.
  func isWhole(_ name: String) -> Bool {
    [files.copy(seed: 0), files.cloneDurable()].allSatisfy { (try? SealedPages.areWhole(path(name), $0)) ?? false }
  }

  /// How many bytes of the file may go bad, from its beginning.
  func vulnerableBytes(_ name: String) -> Int {
    guard let bytes = files.contents(path(name)) else { return 0 }
    return name == "raft.db-wal" ? WALLayout(bytes).settledBytes : bytes.count
  }

  var isFull = false {
    didSet {
      guard isFull != oldValue else { return }
      if isFull { files.fillUp(atWrite: 1) } else { files.makeRoom() }
    }
  }
}

extension World {
  /// The disk of a node, as the seed and a defect ask.
  static func disk(
    _ options: SimulationOptions, _ plan: FaultPlan, _ disks: DiskFaults?, _ position: Int
  ) -> any NodeDisk {
    guard let disks else {
      let disk = MemoryNodeDisk()
      disk.plant(options.defect, checkpointCommits: plan.checkpointCommits)
      return disk
    }
    var random = SplitMix64(seed: options.seed &* 0x9E37_79B9 &+ UInt64(position) &+ 1)
    var store = disks.plan.store
    store.defect = options.defect
    return SQLiteNodeDisk(store, seed: random.next())
  }
}
