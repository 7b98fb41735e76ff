public import Base
internal import Synchronization

/// A disk in memory that can lose its power, lie, fail and fill up, on demand and repeatably.
///
/// It keeps two images: what processes see, and what would survive. A file's bytes survive from its sync, a name from
/// the sync of its directory. Faults that are set count from the moment they are set, and the first call is number 1.
public final class MemoryFiles: Files {
  /// What kind of disk it is.
  public struct Options: Hashable, Sendable {
    /// Whether a name is durable only after its directory was synced. Else the sync of any file makes all names durable
    /// that were made before it, as a journalling file system mostly does.
    public var namesNeedDirectorySync: Bool
    /// A disk that says "synced" and does nothing.
    public var syncIsNoop: Bool
    /// Bytes of all files together.
    public var capacity: Int64

    public init(namesNeedDirectorySync: Bool = true, syncIsNoop: Bool = false, capacity: Int64 = 1 << 40) {
      self.namesNeedDirectorySync = namesNeedDirectorySync
      self.syncIsNoop = syncIsNoop
      self.capacity = capacity
    }
  }

  /// What a power loss does to what was not synced.
  public enum PowerLoss: Hashable, Sendable {
    /// All of it is gone.
    case dropsUnsynced
    /// Each write survives whole, in some of its sectors of 512 bytes, or not at all; names survive up to some point.
    /// The disk's seed decides.
    case tears
  }

  /// Calls so far.
  public struct Counts: Hashable, Sendable {
    public var reads = 0
    public var writes = 0
    public var bytesWritten = 0
    public var truncations = 0
    public var syncs = 0
    public var directorySyncs = 0
    /// Creations, deletions and renames.
    public var names = 0
    /// Of every kind.
    public var calls = 0
    /// Writes, truncations, syncs and changes of names: what ``MemoryFiles/cutPower(at:)`` counts.
    public var changes: Int { writes + truncations + syncs + directorySyncs + names }
  }

  /// What faults really did so far.
  public struct Effects: Hashable, Sendable {
    /// Changes that nobody had synced and that went with the power.
    public var lostChanges = 0
    /// Of which some sectors survived.
    public var tornWrites = 0
    /// That survived though an earlier change of the same file did not.
    public var reorderedChanges = 0
    public var failedCalls = 0
    public var failedSyncs = 0
    /// For lack of space.
    public var refusals = 0
    public var misdirectedWrites = 0
    /// That returned something else than what was there.
    public var staleReads = 0

    public init() {}
  }

  /// Calls on a file that can be made to fail one by one.
  public enum Call: Hashable, Sendable { case read, write, sync }

  private let disk: Mutex<MemoryDisk>
  fileprivate let handles = Atomic(0)

  public convenience init(_ options: Options = Options(), seed: UInt64 = 0) {
    self.init(MemoryDisk(options, seed: seed))
  }

  private init(_ disk: sending MemoryDisk) { self.disk = Mutex(disk) }

  /// Another disk that holds, durably, what this one shows now: a machine that was cloned, or its backup.
  public func copy(seed: UInt64) -> MemoryFiles { MemoryFiles(disk.withLock { $0.copy(seed: seed) }) }

  // MARK: faults

  /// Changes what kind of disk it is.
  public var options: Options {
    get { disk.withLock { $0.options } }
    set { disk.withLock { $0.options = newValue } }
  }

  /// What faults did since the disk was made.
  public var effects: Effects { disk.withLock { $0.effects } }

  /// Calls since the disk was made.
  public var counts: Counts { disk.withLock { $0.counts } }

  /// The power goes during the `number`-th change from now; from then on every call fails.
  public func cutPower(at number: Int) {
    disk.withLock { $0.faults.cutAt = $0.counts.changes + number }
  }

  /// The power goes now.
  public func cutPower() { disk.withLock { $0.isPowered = false } }

  /// Takes ``cutPower(at:)`` back.
  public func keepPower() { disk.withLock { $0.faults.cutAt = .max } }

  public var isPowered: Bool { disk.withLock { $0.isPowered } }

  /// Ends the process that has files open: its handles and holds on directories are dead for good. What it wrote stays,
  /// as the machine's memory keeps it, synced or not. Also ends a cut of the power.
  public func endProcess() { disk.withLock { $0.endProcess() } }

  /// Handles that were opened and not closed.
  public var openHandles: Int { handles.load(ordering: .relaxed) }

  /// Loses what was not durable and serves again. Handles, and holds on directories, from before are dead for good.
  /// Also when the power was never cut.
  public func restorePower(_ loss: PowerLoss) { disk.withLock { $0.restart(loss) } }

  /// The `number`-th call of any kind from now throws `error`, once, and does nothing.
  public func failCall(_ number: Int, with error: StorageError) {
    disk.withLock { $0.faults.failures[$0.counts.calls + number] = error }
  }

  /// The `number`-th sync of a file from now throws `error`, once. What it should have made durable never will be,
  /// although it can be read and later syncs succeed: as Linux may drop pages that it could not write.
  public func failSync(_ number: Int, with error: StorageError = .io(code: 5, what: "sync")) {
    disk.withLock { $0.faults.syncFailures[$0.counts.syncs + number] = error }
  }

  /// The `number`-th such call on the file from now (nil: on any) throws `error`, once. Of a write any part may have been
  /// made; what a sync should have made durable is so in part.
  public func fail(_ call: Call, _ number: Int, of path: String?, with error: StorageError) {
    setFault(call, number, path, .fails(error))
  }

  /// Of the `number`-th write to the file from now one sector lands in another place of the file, and its own place keeps
  /// what it had. Nobody is told.
  public func misdirectWrite(_ number: Int, of path: String) { setFault(.write, number, path, .goesAstray) }

  private func setFault(_ call: Call, _ number: Int, _ path: String?, _ what: MemoryDiskFaults.Pending.What) {
    disk.withLock { disk in
      let inode = path.flatMap { disk.names[$0] }
      guard path == nil || inode != nil else { return }
      disk.faults.add(MemoryDiskFaults.Pending(call: call, inode: inode, left: number - 1, what: what))
    }
  }

  /// From now on the sectors (of 512 bytes) of a file are read as they are now, whatever is written to them, until
  /// ``thawReads()`` or the end of the process; false when the file is not there.
  @discardableResult
  public func freezeReads(of path: String, sectors: Range<Int>) -> Bool {
    disk.withLock { $0.freeze(path, sectors) }
  }

  /// Ends what ``freezeReads(of:sectors:)`` began.
  public func thawReads() { disk.withLock { $0.thaw() } }

  /// From the `number`-th write from now on there is no space, until ``makeRoom()``.
  public func fillUp(atWrite number: Int) { disk.withLock { $0.faults.fullAtWrite = $0.counts.writes + number } }

  public func makeRoom() { disk.withLock { $0.faults.fullAtWrite = .max } }

  /// Takes back every fault that is set and has not happened.
  public func clearFaults() { disk.withLock { $0.clearFaults() } }

  /// Overwrites bytes of a file, in both images, as a failing disk would; false when the file is not there or shorter.
  /// - Parameter isCached: as in ``flipBit(_:of:isCached:)``.
  @discardableResult
  public func damage(_ path: String, at offset: Int, with bytes: [UInt8], isCached: Bool = false) -> Bool {
    disk.withLock { $0.damage(path, at: offset, count: bytes.count, isCached: isCached) { _, index in bytes[index] } }
  }

  /// Flips one bit (0 is the lowest bit of the first byte), in both images.
  /// - Parameter isCached: on the disk alone: the machine's memory still holds what was there, until it loses its power.
  @discardableResult
  public func flipBit(_ bit: Int, of path: String, isCached: Bool = false) -> Bool {
    disk.withLock {
      $0.damage(path, at: bit / 8, count: 1, isCached: isCached) { byte, _ in byte ^ 1 << UInt8(bit % 8) }
    }
  }

  // MARK: looking at the images

  /// What processes see of a file; nil when it is not there.
  public func contents(_ path: String) -> [UInt8]? { disk.withLock { $0.names[path]?.seen } }

  /// What would survive of a file; nil when its name would not.
  public func durableContents(_ path: String) -> [UInt8]? { disk.withLock { $0.durableNames[path]?.durable } }

  /// Paths of the files that processes see, in byte order.
  public var paths: [String] { disk.withLock { MemoryDisk.sorted($0.names.keys) } }

  /// Another disk that holds what would survive here, and nothing unsynced; with the same options, no faults.
  public func cloneDurable(seed: UInt64 = 0) -> MemoryFiles {
    MemoryFiles(disk.withLock { $0.clone(seed: seed) })
  }

  // MARK: Files

  public func open(_ path: String, _ mode: FileMode, use: FileUse) throws(StorageError) -> any File {
    try disk.withLock { disk throws(StorageError) in
      let inode = try disk.open(path, mode)
      return MemoryFile(self, inode, era: disk.era)
    }
  }

  public func delete(_ path: String) throws(StorageError) {
    try disk.withLock { disk throws(StorageError) in try disk.delete(path) }
  }

  public func rename(_ path: String, to newPath: String) throws(StorageError) {
    try disk.withLock { disk throws(StorageError) in try disk.rename(path, to: newPath) }
  }

  public func exists(_ path: String) throws(StorageError) -> Bool {
    try disk.withLock { disk throws(StorageError) in
      try disk.enter()
      return disk.names[path] != nil || disk.directories.contains(path)
    }
  }

  public func list(_ directory: String) throws(StorageError) -> [String] {
    try disk.withLock { disk throws(StorageError) in try disk.list(directory) }
  }

  public func createDirectory(_ path: String) throws(StorageError) {
    try disk.withLock { disk throws(StorageError) in try disk.createDirectory(path) }
  }

  public func syncDirectory(_ path: String) throws(StorageError) {
    try disk.withLock { disk throws(StorageError) in try disk.syncDirectory(path) }
  }

  public func freeSpace(_ path: String) throws(StorageError) -> Int64 {
    try disk.withLock { disk throws(StorageError) in
      try disk.enter()
      return disk.isFull(extra: 0) ? 0 : disk.options.capacity - disk.used
    }
  }

  public func lockDirectory(_ path: String) throws(StorageError) -> any DirectoryLock {
    try disk.withLock { disk throws(StorageError) in
      try disk.enter()
      guard disk.locked.insert(path).inserted else { throw .locked(holder: nil) }
      return MemoryDirectoryLock(self, path, era: disk.era)
    }
  }

  fileprivate func unlock(_ path: String, era: Int) {
    disk.withLock { if $0.era == era { $0.locked.remove(path) } }
  }

  /// Runs `body` for a handle of `era`, which a power loss since then has made dead.
  fileprivate func with<Result>(
    era: Int, _ body: (inout MemoryDisk) throws(StorageError) -> Result
  ) throws(StorageError) -> Result where Result: Sendable {
    try disk.withLock { disk throws(StorageError) in
      guard disk.era == era else { throw MemoryDisk.noPower }
      return try body(&disk)
    }
  }
}

/// A handle of a file in memory.
private final class MemoryFile: File {
  private let files: MemoryFiles
  private let inode: MemoryInode
  private let era: Int
  private let isOpen = Atomic(true)

  init(_ files: MemoryFiles, _ inode: MemoryInode, era: Int) {
    self.files = files
    self.inode = inode
    self.era = era
    files.handles.add(1, ordering: .relaxed)
  }

  deinit { close() }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    precondition(isOpen.load(ordering: .relaxed), "read of a closed file")
    return try files.with(era: era) { disk throws(StorageError) in try disk.read(inode, Int(offset), buffer) }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "write to a closed file")
    try files.with(era: era) { disk throws(StorageError) in try disk.write(inode, Int(offset), bytes) }
  }

  func truncate(to size: Int64) throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "truncation of a closed file")
    try files.with(era: era) { disk throws(StorageError) in try disk.truncate(inode, Int(size)) }
  }

  func sync() throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "sync of a closed file")
    try files.with(era: era) { disk throws(StorageError) in try disk.sync(inode) }
  }

  func size() throws(StorageError) -> Int64 {
    precondition(isOpen.load(ordering: .relaxed), "size of a closed file")
    return try files.with(era: era) { disk throws(StorageError) in
      try disk.enter()
      return Int64(inode.seen.count)
    }
  }

  func close() {
    if isOpen.exchange(false, ordering: .relaxed) { files.handles.subtract(1, ordering: .relaxed) }
  }
}

private final class MemoryDirectoryLock: DirectoryLock {
  private let files: MemoryFiles
  private let path: String
  private let era: Int
  private let isHeld = Atomic(true)

  init(_ files: MemoryFiles, _ path: String, era: Int) {
    self.files = files
    self.path = path
    self.era = era
  }

  deinit { release() }

  func release() {
    if isHeld.exchange(false, ordering: .relaxed) { files.unlock(path, era: era) }
  }
}
