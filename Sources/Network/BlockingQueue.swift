import Glibc

/// Messages to a thread that sleeps while there are none: the log writer, the applier, the readers.
public final class BlockingQueue<Message: Sendable>: @unchecked Sendable {
  // Sendable because `messages` and `hasClosed` are touched under `mutex` alone.
  private var messages: [Message] = []
  private var hasClosed = false
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let capacity: Int

  /// - Parameter capacity: messages that may wait; one more is refused.
  public init(capacity: Int = .max) {
    precondition(capacity > 0, "a queue of capacity \(capacity)")
    self.capacity = capacity
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    let results = (pthread_mutex_init(mutex, nil), pthread_cond_init(condition, nil))
    precondition(results == (0, 0), "a mutex or condition could not be made: \(results)")
  }

  deinit {
    _ = pthread_cond_destroy(condition)
    _ = pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  private func withLock<Result>(_ body: () -> Result) -> Result {
    let locked = pthread_mutex_lock(mutex)
    precondition(locked == 0, "a mutex could not be locked: \(locked)")
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Adds `message`. Returns false, keeping nothing, if the queue is full or closed.
  @discardableResult
  public func put(_ message: Message) -> Bool {
    withLock {
      guard !hasClosed, messages.count < capacity else { return false }
      messages.append(message)
      if messages.count == 1 { pthread_cond_signal(condition) }
      return true
    }
  }

  /// Waits until something is there and takes everything out into `batch`, whose old content is forgotten.
  /// - Returns: false once the queue is closed and empty: the thread's sign to end.
  public func takeAll(into batch: inout [Message]) -> Bool {
    batch.removeAll(keepingCapacity: true)
    return withLock {
      while messages.isEmpty {
        if hasClosed { return false }
        pthread_cond_wait(condition, mutex)
      }
      swap(&messages, &batch)
      return true
    }
  }

  /// Waits for one message, for queues that several threads serve; nil once the queue is closed and empty.
  public func takeFirst() -> Message? {
    withLock {
      while messages.isEmpty {
        if hasClosed { return nil }
        pthread_cond_wait(condition, mutex)
      }
      let first = messages.removeFirst()
      if !messages.isEmpty { pthread_cond_signal(condition) }
      return first
    }
  }

  /// Refuses further messages; those that wait are still taken.
  public func close() {
    withLock {
      hasClosed = true
      pthread_cond_broadcast(condition)
    }
  }

  /// Whether ``close()`` was called: for a thread that is stuck with one message.
  public var isClosed: Bool { withLock { hasClosed } }

  /// Messages that wait.
  public var count: Int { withLock { messages.count } }
}
