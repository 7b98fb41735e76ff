import Base
import Model

/// Random commands over few keys, so that they meet; with sessions, retries, forged retries and late copies.
struct RandomCommands {
  var random: SplitMix64
  var sessions: [(id: UInt64, next: UInt64)] = []
  var sent: [Command] = []

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func key() -> Key {
    Key((0..<(1 + random.below(3))).map { _ in UInt8(0x61 + random.below(2)) })
  }

  mutating func range() -> KeyRange {
    switch random.below(5) {
    case 0: KeyRange(only: key())
    case 1: KeyRange(prefix: key())
    case 2: .all
    default: KeyRange(start: key(), end: random.oneIn(4) ? nil : key())
    }
  }

  mutating func value() -> Value {
    let length = random.oneIn(10) ? 1_500 : random.below(8)
    return Value((0..<length).map { _ in UInt8(random.below(3)) })
  }

  mutating func operation(_ revision: UInt64) -> Operation {
    switch random.below(8) {
    case 0...3: .put(key: key(), value: value(), wantsPrevious: random.oneIn(2))
    case 4: .delete(range(), wantsPrevious: random.oneIn(2))
    default: .range(query(revision))
    }
  }

  mutating func query(_ revision: UInt64) -> RangeQuery {
    let range = range()
    let past = random.oneIn(4) ? Revision(UInt64(random.below(Int(revision) + 3))) : .zero
    return RangeQuery(
      range: range, revision: past, limit: random.below(6), keysOnly: random.oneIn(3), countOnly: random.oneIn(5),
      reverse: random.oneIn(3))
  }

  mutating func compare(_ revision: UInt64) -> Compare {
    let target: Compare.Target =
      switch random.below(4) {
      case 0: .version(UInt64(random.below(4)))
      case 1: .createRevision(Revision(UInt64(random.below(Int(revision) + 1))))
      case 2: .modRevision(Revision(UInt64(random.below(Int(revision) + 1))))
      default: .value(value().digest)
      }
    return Compare(
      key: key(), relation: Compare.Relation.allCases[random.below(Compare.Relation.allCases.count)], target: target)
  }

  mutating func body(_ revision: UInt64) -> CommandBody {
    if random.oneIn(25) { return .compact(Revision(UInt64(random.below(Int(revision) + 2)))) }
    if random.oneIn(15) { return .openSession(timeToLive: Interval(nanoseconds: 1 + Int64(random.below(200)))) }
    if random.oneIn(60) { return .closeSession }
    var transaction = Transaction(success: [])
    for _ in 0..<random.below(3) { transaction.compares.append(compare(revision)) }
    for _ in 0..<random.below(6) { transaction.success.append(operation(revision)) }
    for _ in 0..<random.below(3) { transaction.failure.append(operation(revision)) }
    return .transaction(transaction)
  }

  mutating func envelope() -> Envelope {
    var envelope = Envelope()
    if random.oneIn(3) {
      envelope.request = Identifier(high: 0, low: UInt64(1 + random.below(500)))
      envelope.keepFor = Interval(nanoseconds: Int64(random.below(200)))
    }
    if !sessions.isEmpty, random.oneIn(2) {
      let index = random.below(sessions.count)
      envelope.session = sessions[index].id
      envelope.sequence = sessions[index].next
      sessions[index].next += random.oneIn(200) ? 1_100 : UInt64(1 + random.below(2))
      let back = UInt64(random.below(12))
      envelope.lowestUnacknowledged = envelope.sequence > back ? envelope.sequence - back : 0
    }
    return envelope
  }

  /// The next command of the log, which will stand at `revision`.
  mutating func next(_ revision: UInt64) -> Command {
    if !sent.isEmpty, random.oneIn(4) {
      let recent = min(sent.count, 40)
      var copy = sent[sent.count - 1 - random.below(recent)]
      if random.oneIn(10) { copy.body = body(revision) }
      if random.oneIn(6) { copy.envelope.session = 0 }
      return copy
    }
    let command = Command(envelope: envelope(), body: body(revision))
    sent.append(command)
    return command
  }

  /// Learns of a session that was opened.
  mutating func learn(_ result: CommandResult) {
    guard case .session(let id) = result, !sessions.contains(where: { $0.id == id }) else { return }
    sessions.append((id, 1))
    if sessions.count > 4 { sessions.removeFirst() }
  }
}
