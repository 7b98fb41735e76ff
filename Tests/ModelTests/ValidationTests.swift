import Base
import Model
import Testing

@Suite("Validation")
struct ValidationTests {
  static let long = Key([UInt8](repeating: 1, count: Limits.keyBytesMax + 1))
  static let longest = Key([UInt8](repeating: 1, count: Limits.keyBytesMax))
  static let largest = Value([UInt8](repeating: 1, count: Limits.valueBytesMax))
  static var forged: Value {
    var value = Value([1])
    value.bytes = [2]
    return value
  }

  private static func transaction(_ operations: [Operation], _ envelope: Envelope = Envelope()) -> Command {
    Command(envelope: envelope, body: .transaction(Transaction(success: operations)))
  }

  private static func compare(_ key: Key, _ relation: Compare.Relation, _ target: Compare.Target) -> Command {
    let compare = Compare(key: key, relation: relation, target: target)
    return Command(envelope: Envelope(), body: .transaction(Transaction(compares: [compare], success: [])))
  }

  private static func large(_ count: Int) -> [Operation] {
    (0..<count).map { .put(key: Key("k\($0)"), value: largest, wantsPrevious: false) }
  }

  static let week = Limits.keepForMax.milliseconds / 1_000
  static let request = Identifier(high: 1, low: 1)

  static let refused: [(Command, CommandInvalid)] = [
    (transaction([put("", "1")]), .keyEmpty),
    (transaction([.put(key: long, value: Value([]), wantsPrevious: false)]), .keyTooLong(bytes: 1_025, limit: 1_024)),
    (compare(Key(""), .equal, .version(0)), .keyEmpty),
    (compare(long, .equal, .version(0)), .keyTooLong(bytes: 1_025, limit: 1_024)),
    (
      transaction([.delete(KeyRange(only: long), wantsPrevious: false)]),
      .rangeBoundTooLong(bytes: 1_026, limit: 1_025)
    ),
    (
      transaction([.range(RangeQuery(range: KeyRange(start: Key("b"), end: Key("b"))))]), .rangeEmpty
    ),
    (transaction([.delete(KeyRange(start: Key("b"), end: Key("a")), wantsPrevious: false)]), .rangeEmpty),
    (
      transaction([
        .put(key: Key("a"), value: Value([UInt8](repeating: 0, count: (1 << 20) + 1)), wantsPrevious: false)
      ]), .valueTooLarge(bytes: (1 << 20) + 1, limit: 1 << 20)
    ),
    (transaction([.put(key: Key("a"), value: forged, wantsPrevious: false)]), .valueDigestWrong),
    (transaction((0..<129).map { put("k\($0)", "") }), .tooManyOperations(count: 129, limit: 128)),
    (
      Command(
        envelope: Envelope(),
        body: .transaction(
          Transaction(
            compares: (0..<129).map { Compare(key: Key("k\($0)"), relation: .equal, target: .version(0)) }, success: [])
        )), .tooManyCompares(count: 129, limit: 128)
    ),
    (transaction(large(4)), .transactionTooLarge(bytes: 4 * (6 + 2 + 42 + (1 << 20)) + 12, limit: 4 << 20)),
    (transaction([put("b", "1"), put("a", "1"), put("b", "2")]), .duplicateKey),
    (transaction([put("ab", "1"), deletePrefix("a")]), .putInDeletedRange),
    (transaction([delete("ab"), put("ab", "1")]), .putInDeletedRange),
    (compare(Key("a"), .greater, .value(.zero)), .valueCompareNotEquality),
    (compare(Key("a"), .less, .value(.zero)), .valueCompareNotEquality),
    (transaction([range("a", limit: -1)]), .negativeLimit),
    (
      transaction([], Envelope(request: request, keepFor: Limits.keepForMax + Interval(nanoseconds: 1))),
      .keepForOutOfRange(limitSeconds: week)
    ),
    (
      transaction([], Envelope(request: request, keepFor: Interval(nanoseconds: -1))),
      .keepForOutOfRange(limitSeconds: week)
    ),
    (transaction([], Envelope(keepFor: .seconds(1))), .keepForWithoutRequest),
    (
      transaction([], Envelope(actor: Actor(purpose: String(repeating: "é", count: 128)))),
      .actorTextTooLong(limit: 255)
    ),
    (transaction([], Envelope(session: 5)), .sequenceMissing),
    (transaction([], Envelope(sequence: 1)), .sequenceWithoutSession),
    (transaction([], Envelope(lowestUnacknowledged: 1)), .sequenceWithoutSession),
    (transaction([], Envelope(session: 5, sequence: 1, lowestUnacknowledged: 2)), .acknowledgesItself),
    (Command(envelope: Envelope(), body: .closeSession), .sessionMissing),
    (
      Command(envelope: Envelope(session: 5, sequence: 1), body: .openSession(timeToLive: .seconds(1))),
      .sessionInSession
    ),
    (Command(envelope: Envelope(), body: .openSession(timeToLive: .zero)), .timeToLiveOutOfRange(limitSeconds: week)),
    (
      Command(envelope: Envelope(), body: .openSession(timeToLive: .seconds(week + 1))),
      .timeToLiveOutOfRange(limitSeconds: week)
    ),
    (Command(envelope: Envelope(), body: .compact(.zero)), .compactRevisionZero),
  ]

  @Test("What breaks a rule is refused by its name", arguments: refused.indices)
  func refusedByName(_ index: Int) {
    let (command, reason) = Self.refused[index]
    #expect(throws: reason) { try command.validate() }
    #expect(!reason.description.isEmpty)
  }

  static let accepted: [Command] = [
    transaction([]),
    transaction([.put(key: longest, value: largest, wantsPrevious: true), range("")]),
    transaction([.delete(KeyRange(only: longest), wantsPrevious: true)]),
    transaction((0..<128).map { put("k\($0)", "") }),
    transaction(large(3)),
    transaction([put("b", "1"), delete("a"), delete("c"), deletePrefix("a"), get("b")]),
    compare(Key("a"), .equal, .value(.zero)), compare(Key("a"), .notEqual, .value(.zero)),
    transaction([], Envelope(request: request, keepFor: Limits.keepForMax)),
    transaction([], Envelope(request: request, session: 5, sequence: 1, lowestUnacknowledged: 1)),
    transaction([], Envelope(actor: Actor(principal: String(repeating: "a", count: 255)))),
    Command(
      envelope: Envelope(),
      body: .transaction(Transaction(success: [put("a", "1")], failure: [put("a", "2")]))),
    Command(envelope: Envelope(), body: .openSession(timeToLive: Limits.keepForMax)),
    Command(envelope: Envelope(session: 5, sequence: 1), body: .closeSession),
    Command(envelope: Envelope(), body: .compact(Revision(1))),
  ]

  @Test("What keeps the rules is accepted, also at each limit, and can be read back", arguments: accepted.indices)
  func acceptedAtLimits(_ index: Int) throws {
    let command = Self.accepted[index]
    try command.validate()
    let bytes = command.bytes
    #expect(bytes.count <= Limits.commandBytesMax)
    #expect(try Command(bytes: bytes) == command)
  }

  @Test("The largest valid command fits in a command's bytes")
  func largestCommand() throws {
    var operations = Self.large(3)
    let rest = Limits.transactionBytesMax - Transaction(success: operations).encodedBytes - (6 + 1 + 42)
    operations.append(
      .put(key: Key("z"), value: Value([UInt8](repeating: 2, count: rest)), wantsPrevious: false))
    let text = String(repeating: "x", count: 255)
    let actor = Actor(principal: text, onBehalfOf: text, role: text, supplier: text, purpose: text)
    let command = Self.transaction(operations, Envelope(actor: actor))
    try command.validate()
    #expect(Transaction(success: operations).encodedBytes == Limits.transactionBytesMax)
    #expect(command.bytes.count <= Limits.commandBytesMax)
  }
}
