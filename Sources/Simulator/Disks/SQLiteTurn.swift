import Base
import Glibc
import SQLite
import Synchronization

/// A world's hold on SQLite. The library has one generator of random numbers for the whole process (it salts WALs and
/// names temporary files), so worlds with SQLite in them come one after the other: the next waits until this is let go.
final class SQLiteTurn {
  let clock = WorldClock()

  /// Starts SQLite's generator from `seed`.
  init(seed: UInt64) throws(StorageError) {
    Self.gate.wait()
    do throws(SQLiteError) { try Library.seedRandomness(seed) } catch {
      Self.gate.leave()
      throw error.storage("start SQLite's generator")
    }
  }

  deinit { Self.gate.leave() }

  private static let gate = Gate()

  private final class Gate: @unchecked Sendable {
    // Sendable because the semaphore is made for many threads, and its memory never moves or ends.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 1) }

    func wait() { while sem_wait(semaphore) != 0 {} }
    func leave() { sem_post(semaphore) }
  }
}

/// What SQLite knows of time in a world: virtual milliseconds. Nobody sleeps.
final class WorldClock: Sendable {
  private let milliseconds = Atomic<Int64>(0)

  func move(to now: Moment) { milliseconds.store(now.nanoseconds / 1_000_000, ordering: .relaxed) }

  var forSQLite: VFS.Clock {
    VFS.Clock(now: { [self] in milliseconds.load(ordering: .relaxed) }, sleep: { _ in })
  }
}
