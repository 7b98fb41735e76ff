import Base
import Raft
import Wire

/// Reads of one group from arrival to answer.
///
/// A linearizable read: asked (a nonce is out) → waiting (an index came; not yet applied) → running (a reader thread has
/// it). All that arrive in one turn share one nonce.
struct ReadTable {
  struct Pending {
    var client: ClientToken
    var request: ReadRequest
    var arrived: Moment
    /// What the answer will be as fresh as: the moment at which the question was sent whose answer it rests on.
    var basis: Moment = .zero
    /// Rests on the leader's lease, which is checked again at the answer.
    var byLease = false
    var mayBeStale: Bool { if case .stale = request.consistency { true } else { false } }
  }

  var queued: [Pending] = []
  var asked: [(nonce: ReadNonce, at: Moment, reads: [Pending])] = []
  var waiting: [(index: LogIndex, read: Pending)] = []
  var running: [(job: UInt64, read: Pending)] = []
  /// Answered "ask again"; they go out with the next tick or leader.
  var retrying: [Pending] = []
  var freshness = FreshnessMarks()
  var counter: UInt64 = 0
  var defect: PlantedDefect?

  var count: Int {
    queued.count + waiting.count + running.count + retrying.count + asked.reduce(0) { $0 + $1.reads.count }
  }
  var isIdle: Bool { asked.isEmpty && retrying.isEmpty && waiting.isEmpty && queued.isEmpty }

  mutating func nextNonce(_ replica: ReplicaID, _ bootCount: UInt64) -> ReadNonce {
    if defect != .reusesNonce { counter += 1 }
    return ReadNonce(replica: replica, bootCount: bootCount, counter: counter)
  }

  mutating func take(_ nonce: ReadNonce) -> (at: Moment, reads: [Pending])? {
    guard let position = asked.firstIndex(where: { $0.nonce == nonce }) else { return nil }
    let found = asked.remove(at: position)
    return (found.at, found.reads)
  }

  mutating func takeRunning(_ job: UInt64) -> Pending? {
    guard let position = running.firstIndex(where: { $0.job == job }) else { return nil }
    return running.remove(at: position).read
  }

  /// Takes those whose index is applied.
  mutating func takeReady(_ applied: LogIndex) -> [Pending] {
    guard waiting.contains(where: { $0.index <= applied }) else { return [] }
    let ready = waiting.filter { $0.index <= applied }.map(\.read)
    waiting.removeAll { $0.index <= applied }
    return ready
  }

  /// Takes every read that no reader thread has.
  mutating func takeUnstarted() -> [Pending] {
    let unstarted = queued + retrying + waiting.map(\.read) + asked.flatMap(\.reads)
    queued = []
    retrying = []
    waiting = []
    for position in asked.indices { asked[position].reads = [] }
    return unstarted
  }

  /// Takes every read that has waited beyond `limit`; answers still out for them are dropped.
  mutating func takeOverdue(at now: Moment, limit: Interval) -> [Pending] {
    func isOverdue(_ read: Pending) -> Bool { now - read.arrived > limit }
    var overdue = retrying.filter(isOverdue) + waiting.map(\.read).filter(isOverdue)
    retrying.removeAll(where: isOverdue)
    waiting.removeAll { isOverdue($0.read) }
    for position in asked.indices {
      overdue += asked[position].reads.filter(isOverdue)
      asked[position].reads.removeAll(where: isOverdue)
    }
    return overdue
  }

  /// Questions without an answer for longer than `limit`: the message was lost. Their reads are asked again, under a
  /// nonce of their own.
  mutating func giveUpQuestions(at now: Moment, limit: Interval) {
    for question in asked where now - question.at > limit { retrying += question.reads }
    asked.removeAll { now - $0.at > limit }
  }

  /// Forgets the reads of a client that is gone, but for those that a reader thread has or will get: they count until it
  /// has done them, or clients that come and go would fill its queue without end.
  mutating func drop(connection: UInt64) {
    queued.removeAll { $0.client.connection == connection }
    waiting.removeAll { $0.read.client.connection == connection }
    retrying.removeAll { $0.client.connection == connection }
    for position in asked.indices { asked[position].reads.removeAll { $0.client.connection == connection } }
  }
}
