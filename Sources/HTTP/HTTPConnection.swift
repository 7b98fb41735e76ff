import Base
import Network

/// What the server keeps of one connection: the parser, and the requests that wait for their answers, in their order.
final class HTTPConnection {
  struct Pending {
    var context: ResponseWriter.Context
    var response: HTTPResponse?
  }

  let id: ConnectionID
  let peer: Address
  var parser: HTTPRequestParser
  private(set) var pending: [Pending] = []
  /// The sequence of the first of `pending`.
  private var firstSequence: UInt64 = 0
  /// No further request is taken: the connection ends with the last of `pending`.
  var takesNoMore = false
  /// Reading waits for answers to be given or to be read by the peer.
  var isPaused = false

  /// Since when the present wait lasts (what for, see `deadline`).
  var waitsSince: Moment
  /// Unsent output when its progress was last judged.
  var outputSeen = 0
  /// The entry in the queue of deadlines that counts.
  var scheduled = Moment.never

  init(id: ConnectionID, peer: Address, limits: HTTPLimits, now: Moment) {
    self.id = id
    self.peer = peer
    parser = HTTPRequestParser(limits: limits)
    waitsSince = now
  }

  /// Adds a request; returns its sequence.
  func append(_ context: ResponseWriter.Context, response: HTTPResponse? = nil) -> UInt64 {
    pending.append(Pending(context: context, response: response))
    return firstSequence + UInt64(pending.count - 1)
  }

  func answer(_ sequence: UInt64, _ response: HTTPResponse) {
    guard sequence >= firstSequence, sequence - firstSequence < UInt64(pending.count) else { return }
    pending[Int(sequence - firstSequence)].response = response
  }

  /// Takes out the first request if it is answered.
  func takeAnswered() -> (context: ResponseWriter.Context, response: HTTPResponse)? {
    guard let first = pending.first, let response = first.response else { return nil }
    pending.removeFirst()
    firstSequence += 1
    return (first.context, response)
  }

  func dropPending() {
    firstSequence += UInt64(pending.count)
    pending = []
  }

  /// When the present wait has lasted too long.
  func deadline(_ limits: HTTPLimits) -> Moment {
    if pending.isEmpty && (isPaused || parser.phase == .idle) { return waitsSince + limits.idleTimeout }
    if takesNoMore || isPaused { return .never }
    switch parser.phase {
    case .idle: return .never
    case .header: return waitsSince + limits.headerTimeout
    // A peer that waits for `100 Continue` behind earlier answers is waiting for us.
    case .body: return parser.wantsContinue && !pending.isEmpty ? .never : waitsSince + limits.bodyTimeout
    }
  }
}
