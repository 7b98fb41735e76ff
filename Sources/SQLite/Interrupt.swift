internal import CSQLite
internal import Synchronization

/// Stops the statement that runs on a connection, from any thread, also while the connection is being closed.
public final class Interrupt: Sendable {
  private let target: Mutex<UInt>

  init(_ connection: OpaquePointer) { target = Mutex(UInt(bitPattern: connection)) }

  /// Makes what runs now fail with ``SQLiteError/isInterrupt``; a write transaction is undone. Nothing when idle.
  public func fire() {
    target.withLock { if let connection = OpaquePointer(bitPattern: $0) { sqlite3_interrupt(connection) } }
  }

  func disarm() { target.withLock { $0 = 0 } }
}
