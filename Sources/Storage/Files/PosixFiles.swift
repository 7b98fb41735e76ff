public import Base
internal import Glibc
internal import Synchronization

/// The machine's file system.
///
/// Files are made readable by their owner alone: they hold patient data. A database file is kept from other processes
/// by the very locks that SQLite's own programs respect, so that an administrator's shell on a running store is told
/// "database is locked".
public final class PosixFiles: Files {
  private let databases = Mutex<[DatabaseGuard.Key: DatabaseGuard]>([:])

  public init() {}

  public func open(_ path: String, _ mode: FileMode, use: FileUse) throws(StorageError) -> any File {
    let flags =
      switch mode {
      case .readOnly: O_RDONLY
      case .readWrite: O_RDWR
      case .create: O_RDWR | O_CREAT
      }
    let descriptor = Posix.retry { Glibc.open(path, flags | O_CLOEXEC, 0o600) }
    guard descriptor >= 0 else { throw Posix.failure("open") }
    guard use == .database else { return PosixFile(descriptor, onClose: nil) }
    do throws(StorageError) {
      let key = try guardDatabase(path, descriptor)
      return PosixFile(descriptor) { [self] in releaseDatabase(key) }
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
  }

  private func guardDatabase(_ path: String, _ descriptor: Int32) throws(StorageError) -> DatabaseGuard.Key {
    let key = try DatabaseGuard.Key(descriptor)
    try databases.withLock { table throws(StorageError) in
      if table[key] == nil { table[key] = try DatabaseGuard(path, key) }
      table[key]?.users += 1
    }
    return key
  }

  private func releaseDatabase(_ key: DatabaseGuard.Key) {
    databases.withLock { table in
      guard var held = table[key] else { return }
      held.users -= 1
      table[key] = held
      if held.users == 0 {
        held.release()
        table[key] = nil
      }
    }
  }

  public func delete(_ path: String) throws(StorageError) {
    if unlink(path) != 0 { throw Posix.failure("delete") }
  }

  public func rename(_ path: String, to newPath: String) throws(StorageError) {
    if Glibc.rename(path, newPath) != 0 { throw Posix.failure("rename") }
  }

  public func exists(_ path: String) throws(StorageError) -> Bool {
    if access(path, F_OK) == 0 { return true }
    guard errno == ENOENT || errno == ENOTDIR else { throw Posix.failure("look for a file") }
    return false
  }

  public func list(_ directory: String) throws(StorageError) -> [String] {
    guard let stream = opendir(directory) else { throw Posix.failure("list a directory") }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw Posix.failure("list a directory") }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  public func createDirectory(_ path: String) throws(StorageError) {
    if try exists(path) { return }
    let parent = parentDirectory(of: path)
    try createDirectory(parent)
    if mkdir(path, 0o700) != 0 && errno != EEXIST { throw Posix.failure("create a directory") }
    try syncDirectory(parent)
  }

  public func syncDirectory(_ path: String) throws(StorageError) {
    let descriptor = Posix.retry { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw Posix.failure("sync a directory") }
    defer { _ = Glibc.close(descriptor) }
    if Posix.retry({ fsync(descriptor) }) != 0 { throw Posix.failure("sync a directory") }
  }

  public func freeSpace(_ path: String) throws(StorageError) -> Int64 {
    var volume = statvfs()
    if Posix.retry({ statvfs(path, &volume) }) != 0 { throw Posix.failure("ask for free space") }
    let (bytes, overflow) = Int64(clamping: volume.f_bavail).multipliedReportingOverflow(
      by: Int64(clamping: volume.f_frsize))
    return overflow ? .max : bytes
  }

  public func lockDirectory(_ path: String) throws(StorageError) -> any DirectoryLock {
    try PosixDirectoryLock(path)
  }
}

/// Shared ways of calling the system.
enum Posix {
  /// Calls again when a signal came between.
  @inline(__always)
  static func retry<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
      let result = call()
      if result != -1 || errno != EINTR { return result }
    }
  }

  /// What `errno` says, in the store's words.
  static func failure(_ what: StaticText) -> StorageError {
    switch errno {
    case ENOENT, ENOTDIR: .missing
    case ENOSPC, EDQUOT: .full(what: what)
    case let code: .io(code: code, what: what)
    }
  }
}

/// An open file of the machine's.
final class PosixFile: File {
  private let descriptor: Int32
  private let onClose: (@Sendable () -> Void)?
  private let isOpen = Atomic(true)

  init(_ descriptor: Int32, onClose: (@Sendable () -> Void)?) {
    self.descriptor = descriptor
    self.onClose = onClose
  }

  deinit { close() }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    precondition(isOpen.load(ordering: .relaxed), "read of a closed file")
    guard let start = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = Posix.retry { pread(descriptor, start + done, buffer.count - done, off_t(offset) + done) }
      if count < 0 { throw Posix.failure("read") }
      if count == 0 { break }
      done += count
    }
    return done
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "write to a closed file")
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let count = Posix.retry { pwrite(descriptor, start + done, bytes.count - done, off_t(offset) + done) }
      if count < 0 { throw Posix.failure("write") }
      if count == 0 { throw .io(code: EIO, what: "write") }
      done += count
    }
  }

  func truncate(to size: Int64) throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "truncation of a closed file")
    if Posix.retry({ ftruncate(descriptor, off_t(size)) }) != 0 { throw Posix.failure("truncate") }
  }

  func sync() throws(StorageError) {
    precondition(isOpen.load(ordering: .relaxed), "sync of a closed file")
    if Posix.retry({ fdatasync(descriptor) }) != 0 { throw Posix.failure("sync") }
  }

  func size() throws(StorageError) -> Int64 {
    precondition(isOpen.load(ordering: .relaxed), "size of a closed file")
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw Posix.failure("ask for a size") }
    return Int64(status.st_size)
  }

  func close() {
    guard isOpen.exchange(false, ordering: .relaxed) else { return }
    // Not tried again after a signal: Linux has let go of the descriptor by then.
    _ = Glibc.close(descriptor)
    onClose?()
  }
}
