public import Base

/// Why a listener or a reactor could not be made.
public enum NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is no address that this system takes: `1.2.3.4:port`, `[::1]:port` or `localhost:port`.
  case invalidAddress(String)
  /// The operating system refused `call` with `code` (errno).
  case system(call: StaticText, code: Int32)
  /// It was started or stopped before.
  case invalidState(StaticText)

  public var description: String {
    switch self {
    case .invalidAddress(let text): "'\(text)' is not an address like 127.0.0.1:7400, [::1]:7400 or localhost:7400"
    case .system(let call, let code): "\(call) failed: \(errnoText(code))"
    case .invalidState(let what): "\(what)"
    }
  }
}

/// Why a connection is gone.
public enum CloseReason: Hashable, Sendable, CustomStringConvertible {
  /// This side closed it.
  case local
  /// The peer ended its side in order.
  case ended
  /// The connection broke; `code` is errno.
  case broken(code: Int32)
  /// It never came about; `code` is errno.
  case connectFailed(code: Int32)
  /// The peer read too slowly: more than ``ConnectionOptions/outputBytesMax`` waited for it.
  case outputOverflow
  /// The handler left more than ``ConnectionOptions/inputBytesMax`` unread.
  case inputOverflow
  /// Closing after a flush took longer than the reactor waits for a peer that does not read.
  case flushTimedOut
  /// The reactor stopped.
  case stopped

  public var description: String {
    switch self {
    case .local: "closed here"
    case .ended: "ended by the peer"
    case .broken(let code): "broken: \(errnoText(code))"
    case .connectFailed(let code): "could not connect: \(errnoText(code))"
    case .outputOverflow: "the peer reads too slowly"
    case .inputOverflow: "too much input is unread"
    case .flushTimedOut: "the peer did not read to the end"
    case .stopped: "the reactor stopped"
    }
  }
}
