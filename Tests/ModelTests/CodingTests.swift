import Base
import Model
import Testing

/// Random values of every coded type.
struct RandomValues {
  var commands: RandomCommands
  init(seed: UInt64) { commands = RandomCommands(seed: seed) }

  mutating func number() -> UInt64 { commands.random.next() >> UInt64(commands.random.below(64)) }
  mutating func digest() -> Digest { Digest(number(), number(), number(), number()) }
  mutating func time() -> LogTime { LogTime(nanoseconds: Int64(number() >> 1)) }
  mutating func text() -> String { String("Zürich → 42".prefix(commands.random.below(12))) }

  mutating func command() -> Command {
    var envelope = commands.envelope()
    envelope.session = number()
    envelope.correlation = commands.random.identifier()
    envelope.actor = Actor(
      principal: text(), onBehalfOf: text(), role: text(), supplier: text(), purpose: text(),
      isAuthenticated: commands.random.oneIn(2))
    return Command(envelope: envelope, body: commands.body(100))
  }

  mutating func item() -> KeyValue {
    KeyValue(
      key: commands.key(), value: commands.random.oneIn(3) ? nil : commands.value(), createRevision: Revision(number()),
      modRevision: Revision(number()), version: number())
  }

  mutating func items() -> [KeyValue] { (0..<commands.random.below(4)).map { _ in item() } }

  mutating func response() -> OperationResult {
    switch commands.random.below(3) {
    case 0: .put(previous: commands.random.oneIn(2) ? item() : nil)
    case 1: .delete(count: commands.random.below(10_000), previous: items())
    default:
      .range(
        RangeResult(items: items(), more: commands.random.oneIn(2), count: commands.random.below(1_000_000)))
    }
  }

  mutating func result() -> CommandResult {
    let revision = Revision(number())
    let refusals: [CommandRefusal] = [
      .unknownSession, .acknowledgedBefore, .sessionWindowFull, .tooManySessions, .requestReused, .requestMemoryFull,
      .compacted(revision), .futureRevision(revision), .tooManyKeys, .resultTooLarge,
    ]
    switch commands.random.below(9) {
    case 0: return .compacted
    case 1: return .session(number())
    case 2: return .sessionClosed
    case 3, 4: return .refused(refusals[commands.random.below(refusals.count)])
    case 5: return .appliedBefore(revision: revision, succeeded: commands.random.oneIn(2))
    default:
      let responses = (0..<commands.random.below(4)).map { _ in response() }
      return .transaction(TransactionResult(succeeded: commands.random.oneIn(2), responses: responses))
    }
  }

  mutating func remembered() -> Remembered {
    Remembered(
      body: digest(), revision: Revision(number()), logTime: time(), keepUntil: time(),
      result: (0..<commands.random.below(40)).map { UInt8($0) }, succeeded: commands.random.oneIn(2))
  }

  mutating func session() -> SessionHead {
    SessionHead(
      timeToLive: Interval(nanoseconds: time().nanoseconds), lastActive: time(), lowestUnacknowledged: number(),
      highest: number())
  }

  mutating func header() -> StateHeader {
    StateHeader(
      applied: number(), appliedTerm: number(), base: number(), logTime: time(), compacted: Revision(number()),
      chainHead: digest(), setHash: digest(), liveKeys: number(), liveBytes: number(), sessions: number(),
      remembered: number(), featureLevel: UInt16(truncatingIfNeeded: number()),
      configuration: (0..<commands.random.below(40)).map { UInt8($0) }, configurationIndex: number(),
      entryHash: digest())
  }

  /// `bytes` with one to three small changes.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...commands.random.below(3) {
      guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: commands.random.next())] }
      let position = commands.random.below(bytes.count)
      switch commands.random.below(6) {
      case 0: bytes[position] ^= UInt8(1 << commands.random.below(8))
      case 1: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF][commands.random.below(5)]
      case 2: bytes.removeSubrange(position...)
      case 3: bytes.remove(at: position)
      case 4: bytes.insert(UInt8(truncatingIfNeeded: commands.random.next()), at: position)
      default:
        for index in position..<min(position + 8, bytes.count) { bytes[index] = 0xFF }
      }
    }
    return bytes
  }
}

@Suite("Coding")
struct CodingTests {
  /// Random values come back; then whatever bytes are accepted are the only form of what they mean.
  private func check<Value: Equatable>(
    _ seed: UInt64, _ make: (inout RandomValues) -> Value, _ encode: (Value) -> [UInt8],
    _ decode: ([UInt8]) throws(DecodeError) -> Value
  ) throws {
    var values = RandomValues(seed: seed)
    var samples: [[UInt8]] = []
    var wrong = 0
    for _ in 0..<500 {
      let value = make(&values)
      let bytes = encode(value)
      samples.append(bytes)
      if try decode(bytes) != value { wrong += 1 }
      if bytes.count > 1, (try? decode(Array(bytes.dropLast()))) != nil { wrong += 1 }
      if (try? decode(bytes + [0])) != nil { wrong += 1 }
    }
    #expect(wrong == 0)

    // The shortest samples, so that changes hit structure and not the inside of a value.
    samples.sort { $0.count < $1.count }
    var accepted = 0
    var otherForms = 0
    for round in 0..<100_000 {
      let bytes = values.mutated(samples[round % 300])
      guard let value = try? decode(bytes) else { continue }
      accepted += 1
      if encode(value) != bytes { otherForms += 1 }
    }
    #expect(otherForms == 0)
    #expect(accepted > 0)
  }

  @Test("Commands come back, and no damaged bytes crash or have a second form")
  func commands() throws {
    try check(1, { $0.command() }, { $0.bytes }, { bytes throws(DecodeError) in try Command(bytes: bytes) })
  }

  @Test("Results come back, and no damaged bytes crash or have a second form")
  func results() throws {
    try check(2, { $0.result() }, { $0.bytes }, { bytes throws(DecodeError) in try CommandResult(bytes: bytes) })
  }

  @Test("Remembered requests come back, and no damaged bytes crash or have a second form")
  func remembered() throws {
    try check(3, { $0.remembered() }, { $0.bytes }, { bytes throws(DecodeError) in try Remembered(bytes: bytes) })
  }

  @Test("Sessions come back, and no damaged bytes crash or have a second form")
  func sessions() throws {
    try check(4, { $0.session() }, { $0.bytes }, { bytes throws(DecodeError) in try SessionHead(bytes: bytes) })
  }

  @Test("State headers come back, and no damaged bytes crash or have a second form")
  func headers() throws {
    try check(5, { $0.header() }, { $0.bytes }, { bytes throws(DecodeError) in try StateHeader(bytes: bytes) })
  }

  @Test("Whatever command is accepted can be evaluated, however senseless it is")
  func evaluationIsTotal() throws {
    var values = RandomValues(seed: 6)
    var log = Log()
    var ran = 0
    for _ in 0..<20_000 {
      guard let command = try? Command(bytes: values.mutated(values.command().bytes)) else { continue }
      try log.run(command)
      ran += 1
    }
    #expect(ran > 1_000)
    #expect(log.state.header.setHash == log.state.recomputedSetHash())
  }

  @Test("The bytes of a known command, its digests and the digests it leaves are what they always were")
  func golden() throws {
    var log = Log()
    let session = try log.openSession()
    let compare = Compare(key: Key("a"), relation: .equal, target: .version(0))
    let command = Command(
      envelope: Envelope(
        request: Identifier(high: 1, low: 2), keepFor: .seconds(60), session: session, sequence: 1,
        lowestUnacknowledged: 1, actor: Actor(principal: "p", role: "dispatcher", isAuthenticated: true),
        correlation: Identifier(high: 3, low: 4)),
      body: .transaction(
        Transaction(compares: [compare], success: [put("a", "1"), range("a"), deletePrefix("b")], failure: [get("a")])))
    try log.run(command)
    let header = log.state.header
    #expect(Digest(of: command.bytes).short == "18f06f9bf251")
    #expect(command.bodyDigest.short == "e6f370b17505")
    #expect(header.setHash.short == "3e56ba30f486")
    #expect(header.chainHead.short == "2626cd42be02")
    #expect(Digest(of: header.bytes).short == "320a7d183778")
    #expect(Digest(of: log.state.snapshotBytes).short == "c465d2567f7f")
  }

  @Test("A version or kind that is not known says so")
  func unknown() {
    let command = Command(envelope: Envelope(), body: .closeSession)
    var bytes = command.bytes
    bytes[0] = 2
    #expect(throws: DecodeError.unknownVersion(2)) { try Command(bytes: bytes) }
    bytes = command.bytes
    bytes[bytes.count - 1] = 5
    #expect(throws: DecodeError.invalid(field: "command kind")) { try Command(bytes: bytes) }
    #expect(throws: DecodeError.unknownVersion(9)) { try CommandResult(bytes: [9, 0, 1]) }
    #expect(throws: DecodeError.invalid(field: "result kind")) { try CommandResult(bytes: [1, 0, 77]) }
  }

  @Test("The digest of a body does not depend on the envelope, and does on every part of the body")
  func bodyDigest() {
    let operations = [put("a", "1")]
    let body = CommandBody.transaction(Transaction(success: operations))
    let digest = Command(envelope: Envelope(), body: body).bodyDigest
    let enveloped = Command(envelope: Envelope(session: 3, sequence: 4, actor: Actor(role: "r")), body: body)
    #expect(enveloped.bodyDigest == digest)
    let others: [CommandBody] = [
      .transaction(Transaction(success: [], failure: operations)),
      .transaction(Transaction(success: [put("a", "1", wantsPrevious: true)])),
      .transaction(Transaction(success: [put("a", "2")])), .transaction(Transaction(success: [put("b", "1")])),
      .closeSession,
    ]
    #expect(!others.map { Command(envelope: Envelope(), body: $0).bodyDigest }.contains(digest))
  }
}
