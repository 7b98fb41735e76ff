import Base

/// What the client knows and does in one keyspace.
struct Route: Sendable {
  let keyspace: String
  /// The believed leader's name and its term.
  var leader: String?
  var term: UInt64 = 0
  /// Who said that it does not lead (at this term or before): maps of nodes that lag still name it for a while.
  var refuted: (name: String, term: UInt64, until: Moment)?

  /// Rises with each change of belief and each loss of the leader's connection.
  var epoch: UInt64 = 0
  /// Writes of this epoch without an answer, and since when there has been none.
  var waitingWrites = 0
  var quietSince = Moment.zero

  var session: Session?
  /// The call that opens one.
  var opening: CallID?
  /// Whether opening is tried without being remembered, because the memory for requests is full.
  var opensUnnamed = false
  /// Writes that wait for a place in the session.
  var queue = CallQueue()
  var queuedBytes = 0
  /// Bytes of writes that have their place and are not ended.
  var bytesOut = 0
  /// Calls that wait for a leader.
  var stalled = CallQueue()

  init(keyspace: String) { self.keyspace = keyspace }

  func isDoubted(at now: Moment, after interval: Interval) -> Bool {
    waitingWrites > 0 && now - quietSince >= interval
  }
}
