import Base
import Model
import Wire

/// A client of the world: one operation at a time, exactly once by its session, from whichever node will have it; or one
/// that leaves all this to the production machine.
struct SimulatedClient {
  let position: Int
  let keyspace: String
  /// The node asked next.
  var target: Int
  var session: UInt64 = 0
  var sequence: UInt64 = 0
  var current: Current?
  var nextNumber: UInt64 = 1
  /// nil: a simple client.
  var machine: MachineClient?
  /// The newest revision of an answer.
  var seen = Revision.zero

  var isIdle: Bool { current == nil && machine?.calls.isEmpty ?? true }

  struct Current {
    enum Intent: Hashable {
      case open
      case write(Operation.Kind, key: Int)
      case read(key: Int)
      case stale(key: Int, maxAge: Interval, notBefore: Revision)
    }
    var intent: Intent
    var invoked: Moment
    var deadline: Moment
    /// Tries sent whose fate is not known.
    var sent = 0
    /// The number of the newest try; only its answer counts for routing, but any answer of a write is its fate.
    var number: UInt64 = 0
    /// The newest try was refused, and it is known whom to ask next.
    var isRefused = false
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

  static func value(of result: ReadResult) -> UInt64? {
    guard case .range(let range) = result.value else { return nil }
    return number(range.items.first?.value)
  }

  /// Whether a transaction's compares held, by its result's bytes; nil when they are the result of something else.
  static func succeeded(_ bytes: [UInt8]) -> Bool? {
    switch try? CommandResult(bytes: bytes) {
    case .transaction(let transaction): transaction.succeeded
    case .appliedBefore(_, let succeeded): succeeded
    default: nil
    }
  }

  /// The command of an intent, with this session's sequence.
  func command(_ intent: Current.Intent, sessionTimeToLive: Interval, forgetsSession: Bool) -> Command? {
    switch intent {
    case .open: return Command(envelope: Envelope(), body: .openSession(timeToLive: sessionTimeToLive))
    case .read, .stale: return nil
    case .write(let kind, let key):
      let envelope =
        forgetsSession
        ? Envelope() : Envelope(session: session, sequence: sequence, lowestUnacknowledged: sequence)
      return Self.body(kind, key: key).map { Command(envelope: envelope, body: $0) }
    }
  }

  static func body(_ kind: Operation.Kind, key: Int) -> CommandBody? {
    switch kind {
    case .read: return nil
    case .write(let number): return .transaction(Transaction(success: [put(number, key: key)]))
    case .swap(let expected, let new):
      let compare =
        expected.map { Compare(key: Self.key(key), relation: .equal, target: .value(Digest(of: Self.value($0)))) }
        ?? Compare(key: Self.key(key), relation: .equal, target: .version(0))
      return .transaction(Transaction(compares: [compare], success: [put(new, key: key)]))
    }
  }

  private static func put(_ number: UInt64, key: Int) -> Model.Operation {
    .put(key: Self.key(key), value: Value(Self.value(number)), wantsPrevious: false)
  }

  static func query(_ key: Int) -> ReadRequest.Query { .range(RangeQuery(range: KeyRange(only: Self.key(key)))) }
}
