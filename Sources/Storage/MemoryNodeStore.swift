public import Base
internal import Model
public import Replica
internal import Synchronization
public import Wire

/// All stores of a node in memory: a disk that the simulator can take the power from, copy and break, and the storage
/// of a node that need not outlive its process.
///
/// The log belongs to the log's thread; everything else may be called from any thread.
public final class MemoryNodeStore: NodeStore {
  /// A file that is not a state in use: a snapshot being sent or received.
  private struct Received: Sendable {
    var bytes: [UInt8] = []
    /// Whether ``verifySnapshot(_:_:)`` has passed it and made it durable.
    var isDurable = false
  }

  private struct Disk: Sendable {
    var states: [String: MemoryStateFile] = [:]
    var condemned: Set<String> = []
    var received: [String: Received] = [:]
    var stateFaults = MemoryStateStore.Faults()
    var checkpointCommits = 16
    var capacity: UInt64 = 1 << 40
    var isReserveHeld = true
  }

  /// The log, with its own planted bugs.
  public let memoryLog: MemoryLogStore
  private let exports: MemoryExports
  private let disk: Mutex<Disk>

  public convenience init() { self.init(MemoryLogStore(), MemoryExports(), Disk()) }

  private init(_ log: MemoryLogStore, _ exports: MemoryExports, _ disk: sending Disk) {
    memoryLog = log
    self.exports = exports
    self.disk = Mutex(disk)
  }

  public var log: any LogStore { memoryLog }
  /// Memory needs no upkeep.
  public func maintainLog() {}

  /// Starts on what is durable: raises the boot count and reads everything.
  public func open<Random: RandomNumberGenerator>(random: inout Random) -> NodeRecord {
    do throws(StorageError) { return try memoryLog.open(random: &random) } catch {
      preconditionFailure("a log in memory does not open: \(error)")
    }
  }

  /// What is here stays.
  public func close() {}

  // MARK: faults

  /// Bugs for the states that are opened from now on.
  public var stateFaults: MemoryStateStore.Faults {
    get { disk.withLock { $0.stateFaults } }
    set { disk.withLock { $0.stateFaults = newValue } }
  }

  /// Commits that make a checkpoint worth its while, for the states that are opened from now on.
  public var checkpointCommits: Int {
    get { disk.withLock { $0.checkpointCommits } }
    set { disk.withLock { $0.checkpointCommits = newValue } }
  }

  /// Damages what a state file holds under a key; see ``MemoryStateFile/rot(_:)``.
  @discardableResult
  public func rot(_ key: Key, in file: String) -> Bool {
    disk.withLock { $0.states[file] }?.rot(key) ?? false
  }

  /// Bytes that ``diskUsage()`` tells of.
  public var capacity: UInt64 {
    get { disk.withLock { $0.capacity } }
    set { disk.withLock { $0.capacity = newValue } }
  }

  public var isReserveHeld: Bool { disk.withLock { $0.isReserveHeld } }

  /// Loses what was not durable, of the log and of every state and snapshot file. States that are open are dead.
  public func powerLoss() {
    memoryLog.powerLoss()
    disk.withLock { disk in
      for file in disk.states.values { file.powerLoss() }
      disk.received = disk.received.filter { $0.value.isDurable }
    }
  }

  /// Another node's disk with what is durable here: a backup to be restored later, or a clone. It has the same
  /// identity.
  public func copy() -> MemoryNodeStore {
    var copied = Disk()
    disk.withLock { disk in
      copied.states = disk.states.mapValues { MemoryStateFile($0.durable.contents) }
      copied.condemned = disk.condemned
      copied.received = disk.received.filter { $0.value.isDurable }
      copied.capacity = disk.capacity
      copied.checkpointCommits = disk.checkpointCommits
      copied.isReserveHeld = disk.isReserveHeld
    }
    return MemoryNodeStore(memoryLog.copy(), exports.copy(), copied)
  }

  // MARK: states

  public func openState(_ group: GroupID, file: String) throws(StorageError) -> any StateStore {
    let opened = try disk.withLock { disk throws(StorageError) in
      (try Self.stateFile(file, &disk), disk.stateFaults, disk.checkpointCommits)
    }
    let store = MemoryStateStore(opened.0, exports: exports)
    store.faults = opened.1
    store.checkpointCommits = opened.2
    return store
  }

  /// The state of that name; a snapshot that was received under it becomes one.
  private static func stateFile(_ name: String, _ disk: inout Disk) throws(StorageError) -> MemoryStateFile {
    guard !disk.condemned.contains(name) else {
      throw .corrupt(what: "a state in memory that was found to be wrong before this start")
    }
    if let file = disk.states[name] { return file }
    guard let received = disk.received[name] else { throw .missing }
    let contents: MemoryState.Contents
    do throws(DecodeError) { contents = try MemoryState.Contents(snapshot: received.bytes) } catch {
      throw .corrupt(what: "a state in memory")
    }
    let file = MemoryStateFile(contents)
    disk.received[name] = nil
    disk.states[name] = file
    return file
  }

  public func condemn(_ file: String, reason: String) throws(StorageError) {
    try disk.withLock { disk throws(StorageError) in
      if disk.stateFaults.isFull { throw .full(what: "the condemnation of a state in memory") }
      disk.condemned.insert(file)
    }
  }

  public func createState(_ group: GroupID, file: String, genesis: Genesis) throws(StorageError) {
    guard let founded = genesis.groups.first(where: { $0.group == group }) else {
      preconditionFailure("genesis does not found group \(group)")
    }
    let contents = MemoryState(header: StateHeader(founding: founded, of: genesis)).contents
    disk.withLock { $0.states[file] = MemoryStateFile(contents) }
  }

  // MARK: snapshot files

  public func readChunk(_ name: String, offset: UInt64, count: Int) throws(StorageError) -> [UInt8] {
    let received = disk.withLock { $0.received[name]?.bytes }
    guard let bytes = exports.bytes(name) ?? received else { throw .missing }
    guard offset < UInt64(bytes.count) else { return [] }
    return Array(bytes[Int(offset)...].prefix(max(count, 0)))
  }

  public func writeChunk(_ name: String, offset: UInt64, bytes: [UInt8]) throws(StorageError) {
    try disk.withLock { disk throws(StorageError) in
      if disk.stateFaults.isFull { throw .full(what: "a snapshot in memory") }
      var file = offset == 0 ? Received() : disk.received[name] ?? Received()
      guard offset <= UInt64(file.bytes.count) else { throw .corrupt(what: "a snapshot's chunk beyond its end") }
      file.bytes.replaceSubrange(Int(offset)..<min(file.bytes.count, Int(offset) + bytes.count), with: bytes)
      file.isDurable = false
      disk.received[name] = file
    }
  }

  public func verifySnapshot(_ name: String, _ description: SnapshotDescription) throws(StorageError) {
    try disk.withLock { disk throws(StorageError) in
      guard let bytes = disk.received[name]?.bytes else { throw .missing }
      guard UInt64(bytes.count) == description.bytes else { throw .corrupt(what: "a snapshot's size") }
      guard Digest(of: bytes) == description.fileDigest else { throw .corrupt(what: "a snapshot's digest") }
      let contents: MemoryState.Contents
      // Recomputes the set hash and the counts from the rows.
      do throws(DecodeError) { contents = try MemoryState.Contents(snapshot: bytes) } catch {
        throw .corrupt(what: "a snapshot's content")
      }
      try MemoryState(contents).header.check(against: description)
      disk.received[name]?.isDurable = true
    }
  }

  public func remove(_ name: String) throws(StorageError) {
    exports.remove(name)
    disk.withLock {
      $0.states[name] = nil
      $0.received[name] = nil
      $0.condemned.remove(name)
    }
  }

  public func removeAllBut(_ names: [String]) throws(StorageError) {
    exports.removeAllBut(names)
    disk.withLock {
      $0.states = $0.states.filter { names.contains($0.key) }
      $0.received = $0.received.filter { names.contains($0.key) }
      $0.condemned = $0.condemned.filter { names.contains($0) }
    }
  }

  // MARK: space

  public func diskUsage() throws(StorageError) -> (free: UInt64, used: UInt64) {
    let (capacity, states) = disk.withLock { disk in
      (
        disk.capacity,
        disk.states.values.reduce(0) { $0 + $1.committed.header.liveBytes }
          + disk.received.values.reduce(0) { $0 + UInt64($1.bytes.count) }
      )
    }
    let used = states + UInt64(exports.byteCount) + memoryLog.bytesOnDisk
    return (capacity > used ? capacity - used : 0, used)
  }

  public func setReserve(_ held: Bool) throws(StorageError) { disk.withLock { $0.isReserveHeld = held } }
}
