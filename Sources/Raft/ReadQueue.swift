import Base

/// Reads that wait: at a leader for its first own-term commit or for a round, at a follower for the leader's answer.
struct ReadQueue: Hashable, Sendable {
  struct Waiting: Hashable, Sendable {
    var nonce: ReadNonce
    /// Who asked: this replica itself, or a follower.
    var replica: ReplicaID
  }
  struct Forwarded: Hashable, Sendable {
    var nonce: ReadNonce
    var sent: Moment
  }

  /// At the leader: registered, and in no round yet.
  private(set) var waiting: [Waiting] = []
  /// At the leader: wait for `batchRound`, which was begun after each of them was registered (TH 6.4).
  private(set) var batch: [Waiting] = []
  private(set) var batchRound = Round(0)
  private(set) var batchIndex = LogIndex.zero
  /// At a follower: asked of the leader.
  private(set) var forwarded: [Forwarded] = []

  var count: Int { waiting.count + batch.count + forwarded.count }
  /// Nothing is under way and something waits.
  var wantsRound: Bool { batch.isEmpty && !waiting.isEmpty }

  mutating func wait(_ read: Waiting) { waiting.append(read) }

  mutating func beginBatch(round: Round, index: LogIndex) {
    precondition(batch.isEmpty, "a batch of reads waits for round \(batchRound.rawValue)")
    swap(&batch, &waiting)
    batchRound = round
    batchIndex = index
  }

  mutating func forward(_ nonce: ReadNonce, at now: Moment) { forwarded.append(Forwarded(nonce: nonce, sent: now)) }

  /// Whether this replica waits for the answer to `nonce`; it then does no longer.
  mutating func takeForwarded(_ nonce: ReadNonce) -> Bool {
    guard let place = forwarded.firstIndex(where: { $0.nonce == nonce }) else { return false }
    forwarded.remove(at: place)
    return true
  }

  mutating func removeBatch() { batch.removeAll(keepingCapacity: true) }
  mutating func removeWaiting() { waiting.removeAll(keepingCapacity: true) }
  mutating func removeForwarded(_ count: Int) { forwarded.removeFirst(count) }
}
