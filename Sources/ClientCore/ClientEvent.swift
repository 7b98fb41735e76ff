public import Wire

/// Names one attempt to have a connection; never used twice by a machine.
public struct LinkID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { "link \(rawValue)" }
}

/// What happened, or is asked of, a ``ClientMachine``.
public enum ClientEvent: Sendable {
  /// First event: begin to connect.
  case started
  case call(CallID, Call)
  /// The caller no longer waits. The call ends at once with what is known; nothing if it has ended already.
  case cancel(CallID)
  case connected(LinkID)
  /// It never came about, broke, or was ended here by ``ClientEffect/disconnect(_:)``.
  case closed(LinkID, reason: String)
  case received(LinkID, ClientReply)
  /// ``ClientMachine/deadline`` has come. An early or additional tick does no harm.
  case tick
  /// Last event: every call ends, sessions are given back.
  case closing
}

/// What the owner of a ``ClientMachine`` has to do, in order.
public enum ClientEffect: Sendable {
  /// Connect, send the preamble; then tell `connected` or `closed`.
  case connect(LinkID, address: String)
  /// Write out what was sent, then close. `closed` may follow or not.
  case disconnect(LinkID)
  case send(LinkID, ClientRequest)
  /// The call has ended: exactly once for every call.
  case finish(CallID, Result<ClientReply, CallFailure>)
}
