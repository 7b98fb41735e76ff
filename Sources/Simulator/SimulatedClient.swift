import Base
import Model
import Replica
import Wire

/// A client of the world: one operation at a time, exactly once by its session, from whichever node will have it.
struct SimulatedClient {
  let position: Int
  let keyspace: String
  /// The node asked next.
  var target: Int
  var session: UInt64 = 0
  var sequence: UInt64 = 0
  var current: Current?
  var nextNumber: UInt64 = 1

  struct Current {
    enum Intent: Hashable {
      case open
      case write(Operation.Kind, key: Int)
      case read(key: Int)
      case stale(key: Int, maxAge: Interval)
    }
    var intent: Intent
    var invoked: Moment
    var deadline: Moment
    /// Tries sent whose fate is not known.
    var sent = 0
    /// The number of the newest try; only its answer counts for routing, but any answer of a write is its fate.
    var number: UInt64 = 0
    var command: [UInt8] = []
  }

  static func key(_ key: Int) -> Key { Key("key-\(key)") }

  static func value(_ number: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.u64(number)
    return writer.bytes
  }

  static func number(_ value: Value?) -> UInt64? {
    guard let value else { return nil }
    var reader = ByteReader(value.bytes)
    return try? reader.u64("value")
  }

  /// The command of an intent, with this session's next sequence.
  func command(_ intent: Current.Intent, forgetsSession: Bool) -> Command? {
    let envelope =
      forgetsSession
      ? Envelope() : Envelope(session: session, sequence: sequence, lowestUnacknowledged: sequence)
    switch intent {
    case .open:
      return Command(envelope: Envelope(), body: .openSession(timeToLive: .seconds(3_600)))
    case .write(.write(let number), let key):
      return Command(
        envelope: envelope,
        body: .transaction(
          Transaction(success: [
            .put(key: Self.key(key), value: Value(Self.value(number)), wantsPrevious: false)
          ])))
    case .write(.swap(let expected, let new), let key):
      let compare =
        expected.map {
          Compare(key: Self.key(key), relation: .equal, target: .value(Digest(of: Self.value($0))))
        } ?? Compare(key: Self.key(key), relation: .equal, target: .version(0))
      return Command(
        envelope: envelope,
        body: .transaction(
          Transaction(
            compares: [compare],
            success: [.put(key: Self.key(key), value: Value(Self.value(new)), wantsPrevious: false)])))
    case .write(.read, _), .read, .stale: return nil
    }
  }

  func query(_ key: Int) -> ReadRequest.Query { .range(RangeQuery(range: KeyRange(only: Self.key(key)))) }
}
