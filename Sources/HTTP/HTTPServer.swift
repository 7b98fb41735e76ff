import Base
public import Network
import Synchronization

/// An HTTP/1.1 server (RFC 9110, 9112) on a thread of its own.
///
/// It speaks plaintext: whoever starts it sees to it that `address` is one on which that is allowed.
/// Answers are whole; when streamed ones come, ``HTTPResponder`` is where they begin and ``Answer`` what they travel
/// in.
public final class HTTPServer: Sendable {
  private enum State {
    case new
    case running(WorkerThread, ServerControl)
    case stopped
  }

  private let address: Address
  private let limits: HTTPLimits
  private let handler: @Sendable (HTTPRequest, HTTPResponder) -> Void
  private let state = Mutex(State.new)

  /// - Parameter handler: called on the server's thread for every request, so it must not block; it answers there and
  /// then   or keeps the responder.
  public init(
    address: Address, limits: HTTPLimits = HTTPLimits(),
    handler: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void
  ) {
    self.address = address
    self.limits = limits
    self.handler = handler
  }

  /// Serves from now on.
  /// - Returns: the address, with the port that the system chose if 0 was asked for.
  /// - Throws: ``NetworkError`` if the address cannot be had, or the server was started before.
  public func start() throws(NetworkError) -> Address {
    try state.withLock { state throws(NetworkError) in
      guard case .new = state else { throw .invalidState("an HTTP server starts once") }
      let reactor = try Reactor()
      let options = ConnectionOptions(
        outputBytesMax: limits.outputBytesMax, outputBytesLow: limits.outputBytesLow, keepsOpenAfterEnd: true)
      let (listener, actual) = try reactor.listen(on: address, options: options)
      let control = ServerControl(waking: reactor.waker)
      let loop = ServerLoop(reactor, listener, limits, control, handler)
      let thread = try WorkerThread(name: "http") { reactor.run(loop) }
      state = .running(thread, control)
      return actual
    }
  }

  /// Takes no further connections and requests, sends the answers that are under way, at most for
  /// ``HTTPLimits/stopTimeout``, and returns when everything is closed. Not to be called by the handler, which runs on
  /// the thread that this waits for.
  public func stop() {
    let running = state.withLock { state in
      let before = state
      state = .stopped
      return before
    }
    guard case .running(let thread, let control) = running else { return }
    control.stop()
    thread.join()
  }

  deinit {
    // Without this the thread would serve for ever; it is not waited for, as this may be that very thread.
    state.withLock { if case .running(_, let control) = $0 { control.stop() } }
  }
}
