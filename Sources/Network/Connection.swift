import Base
import Glibc

/// What a reactor keeps of one connection.
final class Connection {
  enum State {
    case connecting
    case open
    /// Closing once the output is written; nothing more is told of it but its end.
    case flushing
    /// Our side is ended and everything is written; the peer's rest is read and thrown away until it ends too. Closing
    /// with unread input would send a reset, which can destroy our last answer before the peer has read it (RFC 9112
    /// §9.6).
    case lingering
    case closed
  }

  let id: ConnectionID
  let options: ConnectionOptions
  var descriptor: Int32
  var state: State
  var input = InputBuffer()
  var output = OutputBuffer()
  /// What epoll was last told.
  var registered: Poller.Interest = []

  var isReadingPaused = false
  /// The socket takes no more: writing waits for epoll.
  var isBlockedOnWrite = false
  /// The reason to close once the handler has seen the last bytes.
  var endReason: CloseReason?
  var hasPeerEnded = false
  /// Output was over the low mark and the handler has not been told that it fell.
  var isAboveLowMark = false
  /// In the turn's list of connections to show to the handler, and to write, respectively.
  var isInReadable = false
  var isInWritable = false
  /// Of flushing and lingering.
  var closeDeadline = Moment.never
  var isInClosing = false

  init(id: ConnectionID, options: ConnectionOptions, descriptor: Int32, state: State) {
    self.id = id
    self.options = options
    self.descriptor = descriptor
    self.state = state
  }

  /// What epoll should report in the present state.
  var interest: Poller.Interest {
    switch state {
    case .connecting: return .writable
    case .open:
      let reads = !isReadingPaused && !hasPeerEnded && endReason == nil
      let reading: Poller.Interest = reads ? .readable : []
      return isBlockedOnWrite ? reading.union(.writable) : reading
    case .flushing: return isBlockedOnWrite ? .writable : []
    case .lingering: return .readable
    case .closed: return []
    }
  }
}

/// Bytes that wait to be written: appended behind, written from the front.
struct OutputBuffer {
  var bytes: [UInt8] = []
  private var head = 0
  /// An empty buffer larger than this gives its memory back.
  private static let keptWhenEmpty = 256 << 10

  var count: Int { bytes.count - head }

  mutating func write(with send: (UnsafeRawBufferPointer) -> Socket.Transfer) -> Socket.Transfer {
    let result = bytes.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    guard case .moved(let amount) = result else { return result }
    head += amount
    if head == bytes.count {
      head = 0
      bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptWhenEmpty)
    } else if head > bytes.count / 2 {
      // Moves less than was written since the last time: constant cost per byte.
      bytes.removeFirst(head)
      head = 0
    }
    return result
  }

  mutating func removeAll() {
    bytes = []
    head = 0
  }
}
