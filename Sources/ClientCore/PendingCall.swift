import Base
import Wire

/// A call that has not ended.
struct PendingCall: Sendable {
  enum Place: Sendable {
    /// New, or on its way: ``live`` requests may be out.
    case out
    /// For a place in its keyspace's session.
    case queued
    /// For a leader that can be reached.
    case stalled
    /// For a node that can be reached.
    case parked
    /// Until a moment set in the agenda.
    case backingOff
  }

  /// How a write may be repeated.
  enum Naming: Sendable {
    /// By session and sequence: a copy is known as one.
    case session
    /// By a request id that is remembered, or a copy does no harm (opening a session).
    case named
    case none
  }

  let body: Call.Body
  let deadline: Moment
  let timeout: Interval
  /// The position of its keyspace among the machine's; nil without one.
  let slot: Int?
  let naming: Naming
  var place = Place.out
  /// Of a write: the encoded command once it has its name. The same bytes in every try.
  var bytes: [UInt8] = []
  var session: UInt64 = 0
  var sequence: UInt64 = 0
  /// Requests that may still be answered.
  var live = 0
  /// Requests sent of which nobody said that they did nothing. Invariant: at least ``live`` for a write.
  var open = 0
  var hops = 0
  var backOffs = 0
  var overloads = 0
  var renamings = 0
  /// Nodes that failed it since the last back-off, by position; nodes from 64 on are not kept out.
  var tried: UInt64 = 0
  /// Copies of a read that went to further nodes because those before were silent.
  var hedges = 0
  /// The number of the request that was sent last.
  var newest: UInt64 = 0
  /// The last refusal, for the message at the deadline.
  var lastRefusal: CallFailure?

  /// Bytes that it holds while it is not encoded, about.
  var weight: Int {
    if case .write(_, let write) = body { return write.weight }
    return 0
  }

  var isWrite: Bool {
    if case .write = body { return true }
    return false
  }

  mutating func noteTried(_ node: Int) { if node < 64 { tried |= 1 << UInt64(node) } }
  func hasTried(_ node: Int) -> Bool { node < 64 && tried & (1 << UInt64(node)) != 0 }

  /// What may be said of it when it ends without an answer.
  var outcome: Outcome {
    switch body {
    case .read: .notApplied
    case .write: open == 0 ? .notApplied : .unknown
    case .ask(.genesis, _), .ask(.transfer, _): open == 0 ? .notApplied : .unknown
    case .ask: .notApplied
    }
  }
}
