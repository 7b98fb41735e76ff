import Synchronization

/// Messages from any thread to the owner of a reactor, who takes them in ``ReactorHandler/turn(at:)``.
public final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let waker: Waker
  private let capacity: Int

  /// - Parameter capacity: messages that may wait; one more is refused.
  public init(waking waker: Waker, capacity: Int = .max) {
    precondition(capacity > 0, "a mailbox of capacity \(capacity)")
    self.waker = waker
    self.capacity = capacity
  }

  /// Adds `message` and wakes the reactor if the mailbox was empty.
  /// - Returns: false if it is full; the message is not kept then.
  @discardableResult
  public func put(_ message: Message) -> Bool {
    let (kept, first) = messages.withLock { messages in
      guard messages.count < capacity else { return (false, false) }
      messages.append(message)
      return (true, messages.count == 1)
    }
    if first { waker.wake() }
    return kept
  }

  /// Adds all of `batch` at the cost of one; all or none.
  @discardableResult
  public func put(contentsOf batch: [Message]) -> Bool {
    guard !batch.isEmpty else { return true }
    let (kept, first) = messages.withLock { messages in
      guard messages.count <= capacity - batch.count else { return (false, false) }
      messages.append(contentsOf: batch)
      return (true, messages.count == batch.count)
    }
    if first { waker.wake() }
    return kept
  }

  /// Takes everything out, in the order in which it came.
  public func takeAll() -> [Message] {
    messages.withLock { messages in
      let taken = messages
      messages = []
      return taken
    }
  }

  /// Takes everything out into `batch`, whose old content is forgotten and whose memory the mailbox uses next.
  public func takeAll(into batch: inout [Message]) {
    // Those who care for speed have emptied it, where its type is known.
    if !batch.isEmpty { batch.removeAll(keepingCapacity: true) }
    messages.withLock { swap(&$0, &batch) }
  }
}
