import HTTP

/// What is served. The raw value names the route in metrics.
enum Route: String, Hashable, Sendable, CaseIterable {
  case root = "/"
  case livez = "/livez"
  case readyz = "/readyz"
  case metrics = "/metrics"
  case keyspaces = "/keyspaces"
  case put = "/v3/kv/put"
  case range = "/v3/kv/range"
  case deleteRange = "/v3/kv/deleterange"
  case transaction = "/v3/kv/txn"
  case compaction = "/v3/kv/compaction"
  case status = "/v3/maintenance/status"
  case outcome = "/v3/outcome"
  /// A service of etcd's that this store does not have.
  case unimplemented = "/v3/unimplemented"
  case unknown = "unknown"

  /// nil: whatever the method, the answer is the same.
  var method: HTTPMethod? {
    switch self {
    case .root, .livez, .readyz, .metrics, .keyspaces, .outcome: .get
    case .put, .range, .deleteRange, .transaction, .compaction, .status: .post
    case .unimplemented, .unknown: nil
    }
  }

  /// Whether `method` is answered here. HEAD is answered where GET is; the server leaves the body out.
  func takes(_ method: HTTPMethod) -> Bool {
    guard let own = self.method else { return true }
    return method == own || own == .get && method == .head
  }

  var allow: String { method == .get ? "GET, HEAD" : "POST" }
}

/// A route with what its path names.
struct RouteMatch: Hashable, Sendable {
  var route: Route
  var keyspace = ""
  /// The last part of the path: a request's id.
  var argument = ""

  /// Services of etcd's v3 API; what of them is not served here is refused by name.
  private static let etcdServices = ["kv", "watch", "lease", "cluster", "maintenance", "auth", "lock", "election"]

  init(_ route: Route, keyspace: String = "", argument: String = "") {
    self.route = route
    self.keyspace = keyspace
    self.argument = argument
  }

  /// Reads a path's decoded parts; nil parts are those of a malformed path.
  init(_ segments: [String]?) {
    guard let segments else {
      self.init(.unknown)
      return
    }
    switch (segments.count, segments.first) {
    case (0, _): self.init(.root)
    case (1, "livez"): self.init(.livez)
    case (1, "readyz"): self.init(.readyz)
    case (1, "metrics"): self.init(.metrics)
    case (1, "keyspaces"): self.init(.keyspaces)
    case (4..., "keyspaces") where segments[2] == "v3":
      self.init(Self.route(Array(segments[3...])), keyspace: segments[1], argument: segments[segments.count - 1])
    default: self.init(.unknown)
    }
  }

  private static func route(_ rest: [String]) -> Route {
    switch rest {
    case ["kv", "put"]: .put
    case ["kv", "range"]: .range
    case ["kv", "deleterange"]: .deleteRange
    case ["kv", "txn"]: .transaction
    case ["kv", "compaction"]: .compaction
    case ["maintenance", "status"]: .status
    case _ where rest.count == 2 && rest[0] == "outcome": .outcome
    case _ where etcdServices.contains(rest[0]): .unimplemented
    default: .unknown
    }
  }

  static let index = """
    Quartet. Keys and values in etcd's v3 JSON shape, one keyspace each:
      POST /keyspaces/{keyspace}/v3/kv/put
      POST /keyspaces/{keyspace}/v3/kv/range
      POST /keyspaces/{keyspace}/v3/kv/deleterange
      POST /keyspaces/{keyspace}/v3/kv/txn
      POST /keyspaces/{keyspace}/v3/kv/compaction
      POST /keyspaces/{keyspace}/v3/maintenance/status
      GET  /keyspaces/{keyspace}/v3/outcome/{request-id}
      GET  /keyspaces
    The node:
      GET  /livez
      GET  /readyz
      GET  /readyz?sync&timeout={seconds}
      GET  /metrics

    """
}
