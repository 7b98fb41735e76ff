import Synchronization

/// Counts what is under way, so that more is refused early instead of piling up.
final class Admission: Sendable {
  private struct State {
    var requests = 0
    var bytes = 0
  }

  private let requestsMax: Int
  private let bytesMax: Int
  private let state = Mutex(State())

  init(requestsMax: Int, bytesMax: Int) {
    self.requestsMax = requestsMax
    self.bytesMax = bytesMax
  }

  /// A place for a request that holds so many bytes; nil when there is none.
  func enter(bytes: Int) -> Ticket? {
    let enters = state.withLock { state in
      guard state.requests < requestsMax, state.bytes + bytes <= bytesMax || state.requests == 0 else { return false }
      state.requests += 1
      state.bytes += bytes
      return true
    }
    return enters ? Ticket(self, bytes: bytes) : nil
  }

  /// Requests under way, and the bytes that they hold.
  var load: (requests: Int, bytes: Int) { state.withLock { ($0.requests, $0.bytes) } }

  private func add(_ bytes: Int) -> Bool {
    state.withLock { state in
      state.bytes += bytes
      return state.bytes <= bytesMax
    }
  }

  private func leave(_ bytes: Int) {
    state.withLock { state in
      state.requests -= 1
      state.bytes -= bytes
      precondition(state.requests >= 0, "\(state.requests) requests under way")
      precondition(state.bytes >= 0, "\(state.bytes) bytes under way")
    }
  }

  /// One request's place; given back by ``leave()``, or when it is let go.
  final class Ticket: Sendable {
    private let admission: Admission
    /// What is counted for the request; nil once it has left.
    private let bytes: Mutex<Int?>

    fileprivate init(_ admission: Admission, bytes: Int) {
      self.admission = admission
      self.bytes = Mutex(bytes)
    }

    deinit { leave() }

    /// Counts bytes that the request has come to hold; false when all together hold too much and it should end.
    func charge(_ more: Int) -> Bool {
      bytes.withLock { bytes in
        guard let before = bytes else { preconditionFailure("\(more) bytes for a request that has left") }
        bytes = before + more
        return admission.add(more)
      }
    }

    /// Makes room for another request. Calls after the first do nothing.
    func leave() {
      bytes.withLock { bytes in
        if let held = bytes { admission.leave(held) }
        bytes = nil
      }
    }
  }
}
