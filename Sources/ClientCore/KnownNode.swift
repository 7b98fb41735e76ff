import Base

/// What the client knows of one node, and its connection to it.
struct KnownNode: Sendable {
  enum State: Sendable {
    case down
    case connecting
    /// Connected; the hello is not answered yet.
    case greeting
    case ready
  }

  let address: String
  /// Empty until it has answered or a map has named it.
  var name: String
  var nation: String
  var state = State.down
  /// The present attempt, unless `down`.
  var link = LinkID(0)
  /// In a row, without a greeting answered in between.
  var failures = 0
  /// When something was last heard on the present connection.
  var lastHeard = Moment.zero
  /// Numbers of requests on the present connection, in the order sent; some are answered.
  var sent: [UInt64] = []
  /// How many of `sent` are not answered.
  var live = 0
  var isWatched = false
  var isAskedForMap = false
  /// It let a request wait too long and has said nothing since: others are tried first.
  var isSuspect = false
  /// It could not answer a read: others are tried first until then.
  var avoidUntil = Moment.zero
  var avoidance = Interval.zero
  /// Why there is no connection.
  var problem = "not connected yet"
  /// It belongs to another cluster: it gets nothing but questions about itself.
  var isForeign = false
  /// Another entry is the same node.
  var isRetired = false

  init(address: String, name: String = "", nation: String = "") {
    self.address = address
    self.name = name
    self.nation = nation
  }

  var isUsable: Bool { state == .ready && !isForeign && !isRetired }
}
