internal import SQLite
internal import Synchronization

/// The readers of one state file, so that its writer can stop them: a reader that holds on to an old state keeps the
/// WAL from starting anew, and it would grow without end.
final class ReaderInterrupts: Sendable {
  private let readers = Mutex<[UInt64: Interrupt]>([:])
  private let last = Mutex<UInt64>(0)

  func add(_ interrupt: Interrupt) -> UInt64 {
    let number = last.withLock {
      $0 += 1
      return $0
    }
    readers.withLock { $0[number] = interrupt }
    return number
  }

  func remove(_ number: UInt64) { readers.withLock { $0[number] = nil } }

  /// Stops what the readers are at; each goes on by itself from a newer state.
  func fire() {
    readers.withLock { for interrupt in $0.values { interrupt.fire() } }
  }
}
