/// What a client does in one operation; latencies are kept apart by it.
public enum OperationKind: UInt8, Hashable, Sendable, CaseIterable {
  case put
  /// Sees every write acknowledged before it began.
  case get
  /// May answer from one node's own state.
  case getStale
  /// A hundred keys in order.
  case range
  /// One request: a compare, a put, and a get of another key.
  case transaction
  /// A get, then a put on condition that nothing changed since: two requests, the latency of both.
  case swap
  /// A get, then a put.
  case readModifyWrite
  /// A put of a key that was not there.
  case insert
  // winter-weekend
  case open
  case triage
  case disposition
  case dispatch
  case dispatchStatus
  case book
  case prescribe
  case refer
  case callback
  case close
  case acknowledge
  case look
  case pollDesk
  /// One encounter of the paper that piled up while systems were down.
  case replay

  public var name: String {
    switch self {
    case .put: "put"
    case .get: "get"
    case .getStale: "get-stale"
    case .range: "range"
    case .transaction: "transaction"
    case .swap: "cas"
    case .readModifyWrite: "read-modify-write"
    case .insert: "insert"
    case .open: "open"
    case .triage: "triage"
    case .disposition: "disposition"
    case .dispatch: "dispatch"
    case .dispatchStatus: "dispatch-status"
    case .book: "book"
    case .prescribe: "prescribe"
    case .refer: "refer"
    case .callback: "callback"
    case .close: "close"
    case .acknowledge: "acknowledge"
    case .look: "look"
    case .pollDesk: "poll-desk"
    case .replay: "replay"
    }
  }

  public init?(name: String) {
    guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }
}
