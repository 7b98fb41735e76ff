import Base
import Model
import Wire

/// What a client wants next, and how it is to be known when it is asked for again.
struct Wish {
  enum Manner {
    /// By its place in a session.
    case inSession
    /// By its request id alone.
    case byRequest
    /// Not at all: it may be sent once.
    case once
  }

  var body: ClientCall.Body
  var manner = Manner.inSession
  var request = Identifier.zero
  var keepFor = Interval.zero
  /// A request of another client that is taken up: when that one first asked.
  var firstInvoked: Moment?
}

/// What clients ask of the keyspaces of a world: every operation there is, on few keys, so that they meet.
struct Workload {
  /// Of every keyspace, in order.
  let keys: [Key]
  /// How long sessions outlive their last command, by clients that choose.
  let sessionTimeToLive: Interval
  private var lastCall: UInt64 = 0
  private var lastNumber: UInt64 = 0
  private var compacted = ByGroup<Revision>(.zero)
  /// Requests whose clients are gone, and that others may ask for again.
  private var orphans = ByGroup<[ClientCall]>([])
  /// Requests that were made, for whoever asks what became of them.
  private var requests = ByGroup<[Identifier]>([])

  init(_ random: inout SplitMix64) {
    keys = (0..<[3, 5, 8, 12][random.below(4)]).map { Key("key-\($0 < 10 ? "0" : "")\($0)") }
    sessionTimeToLive = [.seconds(3_600), .seconds(3_600), .seconds(3_600), .seconds(1), .seconds(4), .seconds(10)][random.below(6)]
  }

  mutating func nextCall() -> UInt64 {
    lastCall += 1
    return lastCall
  }

  /// The client of a call is gone: nobody waits for the answer.
  mutating func orphan(_ call: ClientCall) { if !call.request.isZero { orphans[call.group].append(call) } }

  // MARK: Values

  /// No two puts of a world put the same.
  static func value(_ number: UInt64) -> Value {
    var writer = ByteWriter()
    writer.u64(number)
    // Some results are too long to be remembered whole.
    for _ in 0..<(number % 61 == 0 ? 600 : number % 5) { writer.u64(0) }
    return Value(writer.bytes)
  }

  static func number(_ value: Value) -> UInt64? {
    var reader = ByteReader(value.bytes)
    return try? reader.u64("value")
  }

  private mutating func newValue() -> Value {
    lastNumber += 1
    return Self.value(lastNumber)
  }

  // MARK: Drawing

  /// - Parameter isQuiet: logs stand still: only reads.
  mutating func draw(
    _ memory: inout ClientMemory, _ group: GroupID, isQuiet: Bool, _ random: inout SplitMix64
  ) -> Wish {
    if let page = memory.takePage(of: group) { return Wish(body: read(.range(page), .linearizable)) }
    switch isQuiet ? 15 + random.below(15) : random.below(30) {
    case 0...9, 11: return named(.transaction(drawTransaction(memory, group, &random)), group, &random)
    case 10: return named(.transaction(Transaction(success: [drawDelete(&random)])), group, &random)
    case 12: return random.oneIn(8) ? drawCompaction(memory, group, &random) : takeUp(memory, group, &random)
    case 13, 14:
      return random.oneIn(12) ? Wish(body: .closeSession) : takeUp(memory, group, &random)
    case 15...18: return Wish(body: read(.range(RangeQuery(range: KeyRange(only: drawKey(&random)))), .linearizable))
    case 19...21: return Wish(body: read(.range(drawRange(&random)), .linearizable))
    case 22: return drawPage(&random)
    case 23: return Wish(body: read(drawHistory(&random), drawConsistency(memory, group, &random)))
    case 24: return drawPast(memory, group, &random)
    case 25: return drawOutcome(memory, group, &random)
    default:
      let query = random.oneIn(2) ? drawRange(&random) : RangeQuery(range: KeyRange(only: drawKey(&random)))
      return Wish(body: read(.range(query), drawStaleness(memory, group, &random)))
    }
  }

  /// One more write, at the end.
  mutating func lastWrite(_ random: inout SplitMix64) -> Wish {
    let put = Model.Operation.put(key: drawKey(&random), value: newValue(), wantsPrevious: false)
    return Wish(body: .transaction(Transaction(success: [put])))
  }

  /// One more read of everything.
  func lastRead() -> Wish { Wish(body: read(.range(RangeQuery(range: .all)), .linearizable)) }

  /// Opening is asked for under a request id, so that a copy gives the same session.
  mutating func opening(_ random: inout SplitMix64) -> Wish {
    Wish(body: .openSession, manner: .byRequest, request: random.identifier(), keepFor: .seconds(60))
  }

  private func read(_ query: ReadRequest.Query, _ consistency: ReadConsistency) -> ClientCall.Body {
    .read(ReadRequest(consistency: consistency, query: query))
  }

  private func drawKey(_ random: inout SplitMix64) -> Key { keys[random.below(keys.count)] }

  private func drawKeys(_ count: Int, _ random: inout SplitMix64) -> [Key] {
    var places = Array(keys.indices)
    for place in places.indices { places.swapAt(place, place + random.below(places.count - place)) }
    return places.prefix(count).map { keys[$0] }
  }

  /// Some writes get a name that outlives their session; some have nothing but one.
  private mutating func named(
    _ body: ClientCall.Body, _ group: GroupID, _ random: inout SplitMix64
  ) -> Wish {
    var wish = Wish(body: body)
    if random.oneIn(4) {
      wish.request = random.identifier()
      wish.keepFor = [.seconds(60), .seconds(3_600)][random.below(2)]
      if random.oneIn(2) { wish.manner = .byRequest }
      requests[group].append(wish.request)
    } else if random.oneIn(12) {
      wish.manner = .once
    }
    return wish
  }

  // MARK: Writes

  private mutating func drawTransaction(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> Transaction {
    switch random.below(11) {
    case 0...3: return Transaction(success: [put(drawKey(&random), &random)])
    case 4: return Transaction(success: puts(drawKeys(2 + random.below(3), &random), &random))
    case 5, 6: return drawSwap(memory, group, &random)
    case 7...9: return drawExchange(memory, group, &random)
    default:
      // What a list of steps has changed, its later steps see.
      let range = Model.Operation.range(drawRange(&random))
      return Transaction(success: [range, put(drawKey(&random), &random), range])
    }
  }

  private mutating func put(_ key: Key, _ random: inout SplitMix64) -> Model.Operation {
    .put(key: key, value: newValue(), wantsPrevious: random.oneIn(3))
  }

  private mutating func puts(_ keys: [Key], _ random: inout SplitMix64) -> [Model.Operation] {
    keys.map { put($0, &random) }
  }

  private func drawDelete(_ random: inout SplitMix64) -> Model.Operation {
    let key = drawKey(&random)
    let range = random.oneIn(3) ? KeyRange(start: key, end: nil) : KeyRange(only: key)
    return .delete(range, wantsPrevious: random.oneIn(2))
  }

  /// Puts a value in another's place, or where there is none.
  private mutating func drawSwap(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> Transaction {
    let key = drawKey(&random)
    let recent = lastNumber > 12 ? lastNumber - UInt64(random.below(10)) : 0
    let expected = random.oneIn(4) ? recent : memory.known(key, of: group)?.number ?? 0
    let target: Compare.Target = expected == 0 ? .version(0) : .value(Self.value(expected).digest)
    let put = Model.Operation.put(key: key, value: newValue(), wantsPrevious: false)
    return Transaction(compares: [Compare(key: key, relation: .equal, target: target)], success: [put])
  }

  /// Changes several keys if they are as the client has seen them; else reads them.
  private mutating func drawExchange(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> Transaction {
    let chosen = drawKeys(2 + random.below(3), &random)
    let compares = chosen.map { key -> Compare in
      let known = memory.known(key, of: group)
      guard let known, known.revision > .zero else { return Compare(key: key, relation: .equal, target: .version(0)) }
      let target = Compare.Target.modRevision(known.revision)
      return Compare(key: key, relation: random.oneIn(12) ? .less : .equal, target: target)
    }
    var success = puts(chosen, &random)
    if random.oneIn(4) { success[0] = .delete(KeyRange(only: chosen[0]), wantsPrevious: true) }
    let failure = chosen.map { Model.Operation.range(RangeQuery(range: KeyRange(only: $0))) }
    return Transaction(compares: compares, success: success, failure: failure)
  }

  private mutating func drawCompaction(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> Wish {
    let seen = memory.seen[group].rawValue
    let target = Revision(max(1, seen - min(seen, UInt64(random.below(40)))))
    compacted[group] = max(compacted[group], target)
    return Wish(body: .compact(target))
  }

  /// Takes up a request whose client is gone; a plain put when there is none.
  private mutating func takeUp(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> Wish {
    guard !orphans[group].isEmpty else {
      return named(.transaction(drawTransaction(memory, group, &random)), group, &random)
    }
    let call = orphans[group].remove(at: random.below(orphans[group].count))
    return Wish(
      body: call.body, manner: random.oneIn(2) ? .byRequest : .inSession, request: call.request,
      keepFor: .seconds(3_600), firstInvoked: call.firstInvoked)
  }

  // MARK: Reads

  private func drawRange(_ random: inout SplitMix64) -> RangeQuery {
    let start = random.oneIn(2) ? Key("") : drawKey(&random)
    var query = RangeQuery(range: KeyRange(start: start, end: nil))
    if random.oneIn(3) { query.limit = 1 + random.below(keys.count) }
    query.reverse = random.oneIn(4)
    query.keysOnly = random.oneIn(8)
    query.countOnly = random.oneIn(12)
    return query
  }

  /// The first page of several, all of one revision.
  private func drawPage(_ random: inout SplitMix64) -> Wish {
    Wish(body: read(.range(RangeQuery(range: .all, limit: 1 + random.below(3))), .linearizable))
  }

  private func drawHistory(_ random: inout SplitMix64) -> ReadRequest.Query {
    .history(drawKey(&random), before: .zero, limit: random.oneIn(4) ? 0 : 1 + random.below(20))
  }

  /// As of a revision that the client has seen, and that compaction has perhaps not reached.
  private func drawPast(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> Wish {
    let (low, high) = (compacted[group].rawValue, memory.seen[group].rawValue)
    guard high > low, high > 1 else { return lastRead() }
    var query = drawRange(&random)
    query.revision = Revision(max(2, high - UInt64(random.below(min(Int(high - low), 200)))))
    let isStale = random.oneIn(2)
    return Wish(body: read(.range(query), isStale ? .stale(maxAge: .seconds(5), notBefore: .zero) : .linearizable))
  }

  private func drawOutcome(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> Wish {
    let known = requests[group]
    guard !known.isEmpty else { return lastRead() }
    // Mostly of the latest: their fate is open.
    let place = random.oneIn(3) ? random.below(known.count) : known.count - 1 - random.below(min(known.count, 6))
    return Wish(body: read(.outcome(known[place]), drawConsistency(memory, group, &random)))
  }

  private func drawConsistency(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> ReadConsistency {
    random.oneIn(3) ? drawStaleness(memory, group, &random) : .linearizable
  }

  private func drawStaleness(
    _ memory: ClientMemory, _ group: GroupID, _ random: inout SplitMix64
  ) -> ReadConsistency {
    let maxAge = Interval.milliseconds([50, 200, 1_000, 5_000][random.below(4)])
    return .stale(maxAge: maxAge, notBefore: random.oneIn(3) ? memory.seen[group] : .zero)
  }
}

/// What a client has seen of keyspaces.
struct ClientMemory {
  struct Known {
    /// Zero: absent.
    var revision: Revision
    var number: UInt64?
  }

  /// The newest revision of an answer.
  private(set) var seen = ByGroup<Revision>(.zero)
  private var rows = ByGroup<[Key: Known]>([:])
  /// The rest of a range that was read in pages.
  private var page: (group: GroupID, query: RangeQuery)?

  func known(_ key: Key, of group: GroupID) -> Known? { rows[group][key] }

  mutating func takePage(of group: GroupID) -> RangeQuery? {
    guard let next = page, next.group == group else { return nil }
    page = nil
    return next.query
  }

  mutating func learn(_ call: ClientCall) {
    switch (call.body, call.answer) {
    case (.transaction(let transaction), .applied(.transaction(let result), let revision)):
      see(revision, of: call.group)
      let ran = result.succeeded ? transaction.success : transaction.failure
      for (operation, response) in zip(ran, result.responses) {
        switch (operation, response) {
        case (.put(let key, let value, _), _):
          rows[call.group][key] = Known(revision: revision, number: Workload.number(value))
        case (.delete(let range, _), _): forget(range, of: call.group)
        case (.range(let query), .range(let page)): learn(query, page, of: call.group)
        default: break
        }
      }
    case (_, .applied(_, let revision)): see(revision, of: call.group)
    case (.read(let request), .read(let value, let revision)):
      see(revision, of: call.group)
      guard case .range(let query) = request.query, case .range(let shown) = value else { return }
      learn(query, shown, of: call.group)
      turn(query, shown, revision, of: call.group)
    default: break
    }
  }

  private mutating func see(_ revision: Revision, of group: GroupID) { seen[group] = max(seen[group], revision) }

  private mutating func learn(_ query: RangeQuery, _ page: RangeResult, of group: GroupID) {
    guard query.revision == .zero, !query.countOnly else { return }
    if !page.more { forget(query.range, of: group) }
    for item in page.items {
      rows[group][item.key] = Known(revision: item.modRevision, number: item.value.flatMap(Workload.number))
    }
  }

  private mutating func forget(_ range: KeyRange, of group: GroupID) {
    for key in rows[group].keys.sorted() where range.contains(key) {
      rows[group][key] = Known(revision: .zero, number: nil)
    }
  }

  private mutating func turn(_ query: RangeQuery, _ shown: RangeResult, _ revision: Revision, of group: GroupID) {
    guard shown.more, !query.reverse, let last = shown.items.last else { return }
    var next = query
    next.range.start = last.key.successor
    next.revision = revision
    page = (group, next)
  }
}
