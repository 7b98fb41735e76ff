import Base
import ClientCore
import Model
import Wire

/// A client that runs the production client machine: several calls at a time over connections that break.
struct MachineClient {
  /// A call that has not ended.
  struct Pending {
    var intent: SimulatedClient.Current.Intent
    var invoked: Moment
  }

  var machine: ClientMachine
  /// How many calls it has under way at once.
  let width: Int
  var calls: [UInt64: Pending] = [:]
  /// Connections by the machine's own names of its links.
  var connections: [UInt64: UInt64] = [:]
  var nextTick = Moment.never
  private var lastCall: UInt64 = 0

  init(addresses: [String], nation: Nation, sessionTimeToLive: Interval, width: Int, seed: UInt64) {
    let configuration = ClientConfiguration(
      addresses: addresses, nation: nation.description, timeout: .seconds(6), sessionTimeToLive: sessionTimeToLive)
    machine = ClientMachine(configuration, seed: seed)
    self.width = width
  }

  static func address(_ node: NodeID) -> String { "client-of-\(node.name)" }

  mutating func begin(_ intent: SimulatedClient.Current.Intent, at now: Moment) -> UInt64 {
    lastCall += 1
    calls[lastCall] = Pending(intent: intent, invoked: now)
    return lastCall
  }

  /// The call that an intent is; nil for what the machine does by itself.
  static func call(_ intent: SimulatedClient.Current.Intent, keyspace: String, timeout: Interval) -> Call? {
    switch intent {
    case .open, .write(.read, _): return nil
    case .write(let kind, let key):
      guard let body = SimulatedClient.body(kind, key: key) else { return nil }
      return Call(.write(keyspace: keyspace, Write(body)), timeout: timeout)
    case .read(let key):
      let request = ReadRequest(consistency: .linearizable, query: SimulatedClient.query(key))
      return Call(.read(keyspace: keyspace, request, node: nil), timeout: timeout)
    case .stale(let key, let maxAge, let notBefore):
      let request = ReadRequest(
        consistency: .stale(maxAge: maxAge, notBefore: notBefore), query: SimulatedClient.query(key))
      return Call(.read(keyspace: keyspace, request, node: nil), timeout: timeout)
    }
  }
}

/// A connection of a client to a node: ordered both ways, and gone as a whole.
struct ClientConnection {
  var client: Int
  /// As the client's machine calls it.
  var link: UInt64
  var node: Int
  var incarnation: Int
  /// Something of it was lost on the way: nothing passes any more, and neither end is told.
  var isDead = false
  var lastToNode = Moment.zero
  var lastToClient = Moment.zero
}
