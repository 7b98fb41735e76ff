import Base
import Benchmarking
import Model
import Network
import QuartetClient
import Synchronization
import Wire

/// Where clients put what they saw; one of a few, so that they seldom wait for one another.
final class Shard: Sendable {
  struct State {
    var recorder: Recorder
    var events: [HistoryEvent] = []
    var successes = 0
  }
  let state: Mutex<State>
  init(_ window: Recorder.Window) { state = Mutex(State(recorder: Recorder(window))) }
}

/// A load on a Quartet cluster by clients of this process.
protocol QuartetLoad: Sendable {
  var clients: [QuartetClient] { get }
  /// Of the load, by whichever protocol.
  var connections: Int { get }
  var keyspaceNames: [String] { get }
  /// All keys of the run begin so, and nothing else does.
  var prefix: String { get }
  /// Puts what the run needs to be there.
  func fill(since origin: Moment) async throws -> [HistoryEvent]
  /// Loads the cluster until the window's end; returns when all is answered.
  func run(_ shards: [Shard], _ window: Recorder.Window, from start: Moment) async throws
  func close()
}

extension QuartetLoad {
  var connections: Int { clients.count }
  func close() { for client in clients { client.close() } }

  /// What every key of the run holds now, for the check of the history.
  func finalRows() async throws -> [String: FinalRow] {
    var rows: [String: FinalRow] = [:]
    for name in keyspaceNames {
      let query = RangeQuery(range: KeyRange(prefix: Key(prefix)))
      for try await page in clients[0].keyspace(name).pages(query, size: 500) {
        for item in page.value.items {
          guard let value = item.value else { continue }
          rows[QuartetDriver.name(item.key, in: name)] = FinalRow(value: value.digest, version: item.version)
        }
      }
    }
    return rows
  }
}

/// One of the workloads with one key an operation: clients as tasks, on a few connections.
struct QuartetDriver: QuartetLoad {
  let options: RunOptions
  let workload: Workload
  let clients: [QuartetClient]
  /// Over HTTP what carries the load; the client library looks after the cluster then, and reads it at the end.
  private let pool: HTTPPool?
  /// Keys of this run alone: nothing is there when it begins.
  let prefix: String
  let keepsHistory: Bool

  static let shardCount = 8

  init(_ options: RunOptions, _ workload: Workload, _ cluster: QuartetCluster) throws {
    self.options = options
    self.workload = workload
    prefix = "bench/\(options.seed)-\(Clock.now().nanoseconds)/"
    keepsHistory = options.history != nil
    let connections = options.connectionCount(of: .quartet)
    switch options.transport {
    case .native:
      clients = try Self.connect(connections, cluster.addresses)
      pool = nil
    case .http:
      clients = try Self.connect(1, cluster.addresses)
      pool = try HTTPPool(nodes: try cluster.httpAddresses, connections: connections)
    }
  }

  var connections: Int { pool?.connections ?? clients.count }

  func close() {
    pool?.close()
    for client in clients { client.close() }
  }

  static func connect(_ count: Int, _ addresses: [String]) throws -> [QuartetClient] {
    try (0..<count).map { number in
      try QuartetClient(
        nodes: addresses, options: QuartetClient.Options(name: "quartet-bench-\(number)", timeout: .seconds(30)))
    }
  }

  var keyspaceNames: [String] { Array(QuartetCluster.keyspaces.prefix(options.keyspaces)) }

  func keyspace(of client: Int) -> LoadKeyspace {
    if let pool {
      return .http(HTTPKeyspace(pool: pool, name: keyspaceNames[client % keyspaceNames.count]))
    }
    let name = keyspaceNames[client / clients.count % keyspaceNames.count]
    return .native(clients[client % clients.count].keyspace(name))
  }

  func key(_ number: Int) -> Key {
    let digits = String(number)
    return Key(prefix + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits)
  }

  /// What no other write of the run has: who wrote it and which of its writes this is, then what the seed gives.
  static func value(_ client: Int, _ sequence: Int, size: Int, _ random: inout SplitMix64) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var position = 0
      var word = UInt64(bitPattern: Int64(client))
      while position < size {
        for shift in stride(from: UInt64(0), to: 64, by: 8) where position < size {
          buffer.initializeElement(at: position, to: UInt8(truncatingIfNeeded: word >> shift))
          position += 1
        }
        word = position == 8 ? UInt64(sequence) : random.next()
      }
      count = size
    }
  }

  // MARK: Filling

  /// Puts every key that the workload needs, a hundred at a time.
  func fill(since origin: Moment) async throws -> [HistoryEvent] {
    guard workload.needsKeys else { return [] }
    let size = min(100, max(1, 3_000_000 / (options.valueSize + 100)))
    var starts: [(keyspace: Int, first: Int)] = []
    for keyspace in 0..<keyspaceNames.count {
      starts += stride(from: 0, to: options.keys, by: size).map { (keyspace, $0) }
    }
    let chunks = starts
    let workers = 8
    return try await withThrowingTaskGroup(of: [HistoryEvent].self) { group in
      for worker in 0..<workers {
        group.addTask {
          var events: [HistoryEvent] = []
          for position in stride(from: worker, to: chunks.count, by: workers) {
            let (keyspace, first) = chunks[position]
            events += try await fill(keyspace, first..<min(first + size, options.keys), since: origin)
          }
          return events
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  private func fill(_ keyspace: Int, _ keys: Range<Int>, since origin: Moment) async throws -> [HistoryEvent] {
    let name = keyspaceNames[keyspace]
    var random = SplitMix64(seed: options.seed, stream: UInt64(1_000_000_000 + keys.lowerBound))
    let rows = keys.map { number in
      (key: key(number), value: Value(Self.value(-1 - keyspace, number, size: options.valueSize, &random)))
    }
    let begun = Clock.now()
    let store = pool.map { LoadKeyspace.http(HTTPKeyspace(pool: $0, name: name)) } ?? .native(clients[0].keyspace(name))
    _ = try await store.transaction(
      Transaction(success: rows.map { .put(key: $0.key, value: $0.value, wantsPrevious: false) }))
    guard keepsHistory else { return [] }
    let end = Clock.now()
    return rows.map {
      HistoryEvent(
        start: (begun - origin).nanoseconds, end: (end - origin).nanoseconds, client: -1, kind: .put,
        key: Self.name($0.key, in: name), value: $0.value.digest, result: .ok)
    }
  }

  static func name(_ key: Key, in keyspace: String) -> String {
    "\(keyspace)/\(String(decoding: key.bytes, as: UTF8.self))"
  }

  // MARK: Running

  func run(_ shards: [Shard], _ window: Recorder.Window, from start: Moment) async throws {
    let gate = Gate()
    var pacer: WorkerThread?
    if let rate = options.rate { pacer = try gate.run(ArrivalSchedule(start: start, rate: rate), until: window.end) }
    let isOpen = options.rate != nil
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<options.clients {
        group.addTask {
          var client = QuartetLoadClient(self, number, origin: start)
          let shard = shards[number % shards.count]
          if isOpen {
            while let arrival = await gate.next() { await client.step(intended: arrival.moment, into: shard) }
          } else {
            while true {
              let now = Clock.now()
              guard now < window.end else { return }
              await client.step(intended: now, into: shard)
            }
          }
        }
      }
    }
    pacer?.join()
  }
}

/// One client: does one operation after another and records each.
struct QuartetLoadClient {
  private let driver: QuartetDriver
  private let number: Int
  private let origin: Moment
  private let keyspace: LoadKeyspace
  private var stream: OperationStream
  private var random: SplitMix64
  private var sequence = 0
  private var events: [HistoryEvent] = []
  private var payload = 0

  init(_ driver: QuartetDriver, _ number: Int, origin: Moment) {
    self.driver = driver
    self.number = number
    self.origin = origin
    keyspace = driver.keyspace(of: number)
    let options = driver.options
    stream = OperationStream(
      driver.workload, keys: options.keys, client: number, clients: options.clients, seed: options.seed)
    random = SplitMix64(seed: options.seed, stream: UInt64(500_000_000 + number))
  }

  /// An operation that is over.
  struct Done {
    var kind: OperationKind
    var begun: Moment
    var end: Moment
    /// nil of a success.
    var failure: String?
    var payload: Int
    var events: [HistoryEvent]
  }

  mutating func step() async -> Done {
    let operation = stream.next()
    let begun = Clock.now()
    payload = 0
    let failure = await perform(operation)
    defer { events.removeAll(keepingCapacity: true) }
    return Done(
      kind: operation.kind, begun: begun, end: Clock.now(), failure: failure, payload: payload, events: events)
  }

  mutating func step(intended: Moment, into shard: Shard) async {
    let done = await step()
    shard.state.withLock { state in
      state.recorder.record(
        done.kind, intended: intended, begun: done.begun, end: done.end, failure: done.failure, payload: done.payload)
      if done.failure == nil { state.successes += 1 }
      state.events += done.events
    }
  }

  /// Returns why it failed, or nil.
  private mutating func perform(_ operation: PlannedOperation) async -> String? {
    let key = driver.key(operation.key)
    do throws(QuartetError) {
      switch operation.kind {
      case .get: _ = try await get(key)
      case .getStale: try await getStale(key)
      case .range: try await range(from: key)
      case .transaction: try await transaction(key, driver.key(operation.other))
      case .swap:
        let row = try await get(key)
        guard try await swap(key, row) else { return "somebody else was faster" }
      case .readModifyWrite:
        _ = try await get(key)
        try await put(key)
      default: try await put(key)
      }
      return nil
    } catch {
      return "\(error.code) (\(error.outcome))"
    }
  }

  private mutating func newValue() -> Value {
    sequence += 1
    return Value(QuartetDriver.value(number, sequence, size: driver.options.valueSize, &random))
  }

  private mutating func note(
    _ kind: HistoryEvent.Kind, _ key: Key, since begun: Moment, _ value: Digest?, expected: Digest? = nil,
    _ result: HistoryEvent.Result
  ) {
    guard driver.keepsHistory else { return }
    events.append(
      HistoryEvent(
        start: (begun - origin).nanoseconds, end: (Clock.now() - origin).nanoseconds, client: number, kind: kind,
        key: QuartetDriver.name(key, in: keyspace.name), value: value, expected: expected, result: result))
  }

  private mutating func put(_ key: Key) async throws(QuartetError) {
    let value = newValue()
    let begun = Clock.now()
    do {
      let put = Transaction(success: [.put(key: key, value: value, wantsPrevious: false)])
      _ = try await keyspace.transaction(put)
    } catch {
      note(.put, key, since: begun, value.digest, HistoryEvent.Result(error.outcome))
      throw error
    }
    note(.put, key, since: begun, value.digest, .ok)
    payload += value.bytes.count
  }

  private mutating func get(_ key: Key) async throws(QuartetError) -> KeyValue? {
    let begun = Clock.now()
    let row = try await keyspace.get(key).value
    note(.get, key, since: begun, row?.value?.digest, .ok)
    return row
  }

  private mutating func getStale(_ key: Key) async throws(QuartetError) {
    let begun = Clock.now()
    let row = try await keyspace.stale(maxAge: .seconds(10)).get(key).staleValue
    note(.getStale, key, since: begun, row?.value?.digest, .ok)
  }

  private mutating func range(from key: Key) async throws(QuartetError) {
    let begun = Clock.now()
    let range = KeyRange(start: key, end: Key(driver.prefix).prefixEnd)
    let rows = try await keyspace.range(RangeQuery(range: range, limit: 100)).value.items
    for row in rows { note(.get, row.key, since: begun, row.value?.digest, .ok) }
  }

  /// Puts `key` whichever way the compare goes, and reads `other` with it.
  private mutating func transaction(_ key: Key, _ other: Key) async throws(QuartetError) {
    let value = newValue()
    let put = Operation.put(key: key, value: value, wantsPrevious: false)
    let read = Operation.range(RangeQuery(range: KeyRange(only: other), limit: 1))
    let begun = Clock.now()
    let result: TransactionResult
    do {
      result = try await keyspace.transaction(
        Transaction(
          compares: [Compare(key: key, relation: .notEqual, target: .version(0))], success: [read, put],
          failure: [read, put])
      ).value
    } catch {
      note(.put, key, since: begun, value.digest, HistoryEvent.Result(error.outcome))
      throw error
    }
    note(.put, key, since: begun, value.digest, .ok)
    // The read came before the put; of the same key it saw what the put replaced.
    if other != key, case .range(let rows)? = result.responses.first {
      note(.get, other, since: begun, rows.items.first?.value?.digest, .ok)
    }
    payload += value.bytes.count
  }

  private mutating func swap(_ key: Key, _ row: KeyValue?) async throws(QuartetError) -> Bool {
    let value = newValue()
    let expected = row?.value?.digest
    let begun = Clock.now()
    let succeeded: Bool
    do {
      succeeded = try await keyspace.transaction(
        Transaction(
          compares: [Compare(key: key, relation: .equal, target: .modRevision(row?.modRevision ?? .zero))],
          success: [.put(key: key, value: value, wantsPrevious: false)])
      ).value.succeeded
    } catch {
      note(.swap, key, since: begun, value.digest, expected: expected, HistoryEvent.Result(error.outcome))
      throw error
    }
    note(.swap, key, since: begun, value.digest, expected: expected, succeeded ? .ok : .refused)
    if succeeded { payload += value.bytes.count }
    return succeeded
  }
}

extension HistoryEvent.Result {
  init(_ outcome: Outcome) {
    switch outcome {
    case .applied: self = .ok
    case .notApplied: self = .notApplied
    case .unknown: self = .unknown
    }
  }
}
