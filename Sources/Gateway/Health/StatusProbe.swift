import Base
import Network
import Synchronization
import Wire

/// Asks the node's reactor how the node is. Askers share one question, so that a reactor that is stuck, or many at once
/// who ask, do not pile up work on it.
final class StatusProbe: Sendable {
  struct Answer: Sendable {
    var status: NodeStatus
    var isReady: Bool
  }

  typealias Source = @Sendable (@escaping @Sendable (NodeStatus, Bool) -> Void) -> Void

  private struct Waiter {
    let continuation: CheckedContinuation<Answer?, Never>
    let timer: Task<Void, Never>
  }

  private struct State {
    var waiters: [UInt64: Waiter] = [:]
    var nextWaiter: UInt64 = 0
    /// When the question that is open was asked.
    var askedAt: Moment?
  }

  private let source: Source
  /// An open question that is older counts as lost, and another is asked.
  private let patience: Interval
  private let state = Mutex(State())

  init(patience: Interval, source: @escaping Source) {
    self.patience = patience
    self.source = source
  }

  /// Who waits for an answer now.
  var waiterCount: Int { state.withLock { $0.waiters.count } }

  /// The node's status; nil if it does not come within `limit`.
  func ask(within limit: Interval) async -> Answer? {
    await withCheckedContinuation { continuation in
      let asks = state.withLock { state in
        let id = state.nextWaiter
        state.nextWaiter += 1
        let timer = Task { [weak self] in
          // Cancelled when the answer comes; then giving up finds nobody.
          try? await Task.sleep(for: .nanoseconds(limit.nanoseconds))
          self?.giveUp(id)
        }
        state.waiters[id] = Waiter(continuation: continuation, timer: timer)
        let now = Clock.now()
        if let askedAt = state.askedAt, now - askedAt < patience { return false }
        state.askedAt = now
        return true
      }
      if asks { source { [weak self] status, isReady in self?.deliver(Answer(status: status, isReady: isReady)) } }
    }
  }

  private func deliver(_ answer: Answer) {
    let waiters = state.withLock { state in
      let waiters = state.waiters
      state.waiters = [:]
      state.askedAt = nil
      return waiters
    }
    for waiter in waiters.values {
      waiter.timer.cancel()
      waiter.continuation.resume(returning: answer)
    }
  }

  private func giveUp(_ id: UInt64) {
    let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
    waiter?.continuation.resume(returning: nil)
  }
}
