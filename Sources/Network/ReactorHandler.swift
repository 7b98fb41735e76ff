public import Base

/// What a ``Reactor`` tells its owner, always on the reactor's thread, never from inside a call of the owner to it.
///
/// One turn: all ready sockets are read; then `accepted`, `connected`, `received`, `drained`, `closed` for what was
/// found, in this order; then `turn`; then everything sent meanwhile is written, one system call per connection.
public protocol ReactorHandler: AnyObject {
  /// A peer connected to `listener`.
  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address)

  /// A connection of ``Reactor/connect(to:options:)`` stands.
  func connected(_ connection: ConnectionID)

  /// At most once per connection and turn, with everything that was read. What is not consumed stays and is shown again
  /// with the next bytes, or after ``Reactor/resumeReading(_:)``.
  func received(_ connection: ConnectionID, bytes: inout InputBuffer)

  /// Output fell to the low-water mark after having been over it.
  func drained(_ connection: ConnectionID)

  /// The connection is gone: exactly once for every connection, also for those that never came about or were closed
  /// here. Nothing else is told of it afterwards.
  func closed(_ connection: ConnectionID, reason: CloseReason)

  /// Once a turn, after all sockets were read and other threads' wake-ups were taken note of. `now` was read right
  /// after the sockets: so a process that was paused learns what its peers said meanwhile before it judges any
  /// deadline, and no deadline is judged by a moment later than the last reading.
  /// - Returns: when to be called again at the latest; ``Base/Moment/never`` if only for events.
  func turn(at now: Moment) -> Moment
}

extension ReactorHandler {
  public func drained(_ connection: ConnectionID) {}
  public func connected(_ connection: ConnectionID) {}
}
