import Base
import ClientCore
import Model
import Wire

/// A client that runs the production client machine: several calls at a time over connections that break.
final class MachineClient {
  var machine: ClientMachine
  /// How many calls it has under way at once.
  let width: Int
  /// At home in every keyspace.
  let isRoaming: Bool
  var calls: [UInt64: ClientCall] = [:]
  /// Connections by the machine's own names of its links.
  var connections: [UInt64: UInt64] = [:]
  var nextTick = Moment.never

  init(
    addresses: [String], nation: Nation, width: Int, isRoaming: Bool, sessionTimeToLive: Interval, seed: UInt64
  ) {
    let configuration = ClientConfiguration(
      addresses: addresses, nation: nation.description, timeout: .seconds(6), sessionTimeToLive: sessionTimeToLive)
    machine = ClientMachine(configuration, seed: seed)
    self.width = width
    self.isRoaming = isRoaming
  }

  static func address(_ node: NodeID) -> String { "client-of-\(node.name)" }

  /// What the machine is asked; nil for what it does by itself.
  static func call(_ call: ClientCall, _ wish: Wish, keyspace: String, timeout: Interval) -> Call? {
    switch call.body {
    case .openSession, .closeSession: return nil
    case .read(let request): return Call(.read(keyspace: keyspace, request, node: nil), timeout: timeout)
    case .transaction, .compact:
      guard let body = call.commandBody(timeToLive: .zero) else { return nil }
      let write = Write(
        body, request: wish.request, keepFor: wish.keepFor, correlation: Identifier(high: 0, low: call.id),
        resending: wish.manner == .once ? .once : .inSession)
      return Call(.write(keyspace: keyspace, write), timeout: timeout)
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
