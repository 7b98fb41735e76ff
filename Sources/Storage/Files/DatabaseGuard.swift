internal import Base
internal import Glibc

/// Keeps other processes' SQLite away from a database file that is open here, by write locks on the bytes that SQLite
/// locks (sqlite.org/fileformat.html, "The Lock-Byte Page").
///
/// The locks belong to an open file description of their own (F_OFD_SETLK), not to the process: a process's locks
/// would fall as soon as any descriptor of the file is closed.
struct DatabaseGuard {
  /// A file, whatever its names.
  struct Key: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64

    init(_ descriptor: Int32) throws(StorageError) {
      var status = stat()
      if fstat(descriptor, &status) != 0 { throw Posix.failure("look at a database file") }
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
    }
  }

  private let descriptor: Int32
  /// Handles that are open.
  var users = 0

  /// PENDING, RESERVED and SHARED lock bytes.
  private static let firstByte: Int64 = 0x4000_0000
  private static let byteCount: Int64 = 2 + 510
  /// From fcntl.h, which hides them from Swift.
  private static let getLock: Int32 = 36
  private static let setLock: Int32 = 37

  /// - Throws: `.locked` when another process has the file open in SQLite.
  init(_ path: String, _ key: Key) throws(StorageError) {
    descriptor = Posix.retry { Glibc.open(path, O_RDWR | O_CLOEXEC) }
    guard descriptor >= 0 else { throw Posix.failure("open a database file to lock it") }
    do throws(StorageError) { try take(key) } catch {
      release()
      throw error
    }
  }

  private func take(_ key: Key) throws(StorageError) {
    guard try Key(descriptor) == key else {
      throw .io(code: ESTALE, what: "a database file that was replaced while it was opened")
    }
    var wanted = Self.region(F_WRLCK)
    if Posix.retry({ fcntl(descriptor, Self.setLock, &wanted) }) == 0 { return }
    guard errno == EAGAIN || errno == EACCES else { throw Posix.failure("lock a database file") }
    var holder: Int32?
    if fcntl(descriptor, Self.getLock, &wanted) == 0, wanted.l_type != Int16(F_UNLCK), wanted.l_pid > 0 {
      holder = wanted.l_pid
    }
    throw .locked(holder: holder)
  }

  private static func region(_ kind: Int32) -> flock {
    var region = flock()
    region.l_type = Int16(kind)
    region.l_whence = Int16(SEEK_SET)
    region.l_start = off_t(firstByte)
    region.l_len = off_t(byteCount)
    return region
  }

  /// Unlocks in so many words: a child process that is just being started may hold a copy of the descriptor, and with
  /// it the lock, a moment longer than this one.
  func release() {
    var region = Self.region(F_UNLCK)
    _ = fcntl(descriptor, Self.setLock, &region)
    _ = Glibc.close(descriptor)
  }
}
