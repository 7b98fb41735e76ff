import Base
import Model
import Wire

/// A client of the world: one operation at a time, exactly once by its session or its request id, from whichever node will
/// have it; or one that leaves all this to the production machine.
final class SimulatedClient {
  let position: Int
  /// Where it is at home; some clients of the machine are at home everywhere.
  let group: GroupID
  let keyspace: String
  /// The node asked next.
  var target: Int
  var session: UInt64 = 0
  var sequence: UInt64 = 0
  var current: Current?
  var nextNumber: UInt64 = 1
  /// nil: a simple client.
  var machine: MachineClient?
  var memory = ClientMemory()
  /// At the end: it has read everything once more.
  var hasReadAll = false

  init(position: Int, group: GroupID, keyspace: String, target: Int) {
    self.position = position
    self.group = group
    self.keyspace = keyspace
    self.target = target
  }

  var isIdle: Bool { current == nil && machine?.calls.isEmpty ?? true }

  struct Current {
    var call: ClientCall
    var deadline: Moment
    /// Tries sent whose fate is not known.
    var sent = 0
    /// The number of the newest try; only its answer counts for routing, but any answer of a write is its fate.
    var number: UInt64 = 0
    /// The newest try was refused, and where to try next was told or drawn.
    var isRefused = false
    var command: [UInt8] = []
  }

  /// The bytes of a write under this client's names for it.
  /// - Parameter isUnnamed: a client that has forgotten that it must name what it sends again.
  func command(_ call: ClientCall, _ wish: Wish, timeToLive: Interval, isUnnamed: Bool) -> [UInt8] {
    guard let body = call.commandBody(timeToLive: timeToLive) else { return [] }
    var envelope = Envelope(correlation: Identifier(high: 0, low: call.id))
    if !isUnnamed || body.isOpening {
      envelope.request = wish.request
      envelope.keepFor = wish.keepFor
    }
    if !isUnnamed, wish.manner == .inSession {
      sequence += 1
      envelope.session = session
      envelope.sequence = sequence
      envelope.lowestUnacknowledged = sequence
    }
    return Command(envelope: envelope, body: body).bytes
  }
}

extension ClientCall {
  /// What goes into the log; nil for a read.
  func commandBody(timeToLive: Interval) -> CommandBody? {
    switch body {
    case .transaction(let transaction): .transaction(transaction)
    case .compact(let revision): .compact(revision)
    case .openSession: .openSession(timeToLive: timeToLive)
    case .closeSession: .closeSession
    case .read: nil
    }
  }
}

extension CommandBody {
  fileprivate var isOpening: Bool { if case .openSession = self { true } else { false } }
}
