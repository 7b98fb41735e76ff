internal import Base
internal import Glibc
internal import Synchronization

/// A lock on the file `lock` in a data directory, with the holder's pid inside. The kernel drops it with the process.
final class PosixDirectoryLock: DirectoryLock {
  private let descriptor: Int32
  private let isHeld = Atomic(true)

  init(_ directory: String) throws(StorageError) {
    let opened = Posix.retry { Glibc.open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    guard opened >= 0 else { throw Posix.failure("open the lock of a data directory") }
    if Posix.retry({ flock(opened, LOCK_EX | LOCK_NB) }) != 0 {
      let error: StorageError =
        errno == EWOULDBLOCK ? .locked(holder: Self.pid(in: opened)) : Posix.failure("lock a data directory")
      _ = Glibc.close(opened)
      throw error
    }
    descriptor = opened
    let text = Array("\(getpid())\n".utf8)
    // The pid is for people; a full disk must not keep a node from starting.
    if ftruncate(opened, 0) == 0 { _ = pwrite(opened, text, text.count, 0) }
  }

  deinit { release() }

  private static func pid(in descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
  }

  func release() {
    guard isHeld.exchange(false, ordering: .relaxed) else { return }
    // A child process that is just being started may have a copy of the descriptor: closing alone would not let go.
    _ = flock(descriptor, LOCK_UN)
    _ = Glibc.close(descriptor)
  }
}
