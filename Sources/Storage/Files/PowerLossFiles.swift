public import Base
internal import Synchronization

/// The machine's file system behind a disk whose cache is this process's memory: what was not synced reaches the real
/// files never, so that `kill -9` of the process is a power loss.
///
/// Writes and truncations reach a file at its sync; creations, renames and deletions reach a directory at its sync, in
/// the order in which they were made, a new file appearing whole as it was last synced. A file whose directory was
/// never synced does not survive, whatever was synced into it. Directories themselves are made at once, as ``Files``
/// promises. For tests of whole processes: one lock guards everything.
public final class PowerLossFiles: Files {
  private let real: PosixFiles
  private let syncIsNoop: Bool
  private let cache: Mutex<PowerLossCache>

  /// - Parameter syncIsNoop: a disk that says "synced" and does nothing, for the tests that must fail with it.
  public init(_ real: PosixFiles = PosixFiles(), syncIsNoop: Bool = false) {
    self.real = real
    self.syncIsNoop = syncIsNoop
    cache = Mutex(PowerLossCache(real))
  }

  public func open(_ path: String, _ mode: FileMode, use: FileUse) throws(StorageError) -> any File {
    let inode = try cache.withLock { cache throws(StorageError) in try cache.open(path, mode, use) }
    return PowerLossFile(self, inode)
  }

  public func delete(_ path: String) throws(StorageError) {
    try cache.withLock { cache throws(StorageError) in try cache.delete(path) }
  }

  public func rename(_ path: String, to newPath: String) throws(StorageError) {
    try cache.withLock { cache throws(StorageError) in try cache.rename(path, to: newPath) }
  }

  public func exists(_ path: String) throws(StorageError) -> Bool {
    try cache.withLock { cache throws(StorageError) in try cache.exists(path) }
  }

  public func list(_ directory: String) throws(StorageError) -> [String] {
    try cache.withLock { cache throws(StorageError) in try cache.list(directory) }
  }

  public func createDirectory(_ path: String) throws(StorageError) { try real.createDirectory(path) }

  public func syncDirectory(_ path: String) throws(StorageError) {
    if syncIsNoop { return }
    try cache.withLock { cache throws(StorageError) in try cache.syncDirectory(path) }
  }

  public func freeSpace(_ path: String) throws(StorageError) -> Int64 { try real.freeSpace(path) }

  public func lockDirectory(_ path: String) throws(StorageError) -> any DirectoryLock { try real.lockDirectory(path) }

  // MARK: for handles

  fileprivate func with<Result: Sendable>(
    _ body: () throws(StorageError) -> Result
  ) throws(StorageError) -> Result {
    try cache.withLock { _ throws(StorageError) in try body() }
  }

  fileprivate func sync(_ inode: PowerLossInode) throws(StorageError) {
    if syncIsNoop { return }
    try with { () throws(StorageError) in try inode.sync() }
  }

  fileprivate func close(_ inode: PowerLossInode) {
    cache.withLock { cache in
      inode.handles -= 1
      cache.forgetSettled()
    }
  }
}

private final class PowerLossFile: File {
  private let files: PowerLossFiles
  private let inode: PowerLossInode
  private let isOpen = Atomic(true)

  init(_ files: PowerLossFiles, _ inode: PowerLossInode) {
    self.files = files
    self.inode = inode
  }

  deinit { close() }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    precondition(isOpen.load(ordering: .relaxed), "read of a closed file")
    return try files.with { () throws(StorageError) in try inode.read(at: Int(offset), into: buffer) }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "write to a closed file")
    try files.with { () throws(StorageError) in try inode.write(bytes, at: Int(offset)) }
  }

  func truncate(to size: Int64) throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "truncation of a closed file")
    try files.with { () throws(StorageError) in inode.truncate(to: Int(size)) }
  }

  func sync() throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "sync of a closed file")
    try files.sync(inode)
  }

  func size() throws(StorageError) -> Int64 {
    try files.with { () throws(StorageError) in Int64(inode.size) }
  }

  func close() {
    if isOpen.exchange(false, ordering: .relaxed) { files.close(inode) }
  }
}
