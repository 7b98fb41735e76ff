import Base
import Benchmarking
import Model
import Network
import QuartetClient
import Synchronization
import Wire

/// The winter weekend on a Quartet cluster: an open loop over all four nations, and paper that is replayed meanwhile.
struct WinterDriver: QuartetLoad {
  let options: RunOptions
  let clients: [QuartetClient]
  let prefix: String
  let model: WinterWeekend

  init(_ options: RunOptions, addresses: [String]) throws {
    self.options = options
    prefix = "bench/\(options.seed)-\(Clock.now().nanoseconds)/"
    clients = try QuartetDriver.connect(options.connectionCount(of: .quartet), addresses)
    model = WinterWeekend(hour: options.hour, scale: options.scale, open: options.keys, seed: options.seed)
  }

  var keyspaceNames: [String] { QuartetCluster.keyspaces }

  /// Every nation has every open encounter's rows; nobody counts them across nations.
  func fill(since origin: Moment) async throws -> [HistoryEvent] {
    let size = 50
    return try await withThrowingTaskGroup(of: [HistoryEvent].self) { group in
      for nation in keyspaceNames.indices {
        group.addTask {
          let client = WinterClient(self, -1, origin: origin)
          var events: [HistoryEvent] = []
          for first in stride(from: 0, to: options.keys, by: size) {
            let writes = (first..<min(first + size, options.keys)).flatMap { WinterWeekend.founding($0) }
            var seen = Seen()
            try await client.write(writes, nation, identity: 1 << 60 | first, &seen)
            events += seen.events
          }
          return events
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  func run(_ shards: [Shard], _ window: Recorder.Window, from start: Moment) async throws {
    let gate = Gate()
    let pacer = try gate.run(ArrivalSchedule(start: start, rate: model.rate), until: window.end)
    let paper = PaperPile()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<options.clients {
        group.addTask {
          let client = WinterClient(self, number, origin: start)
          let shard = shards[number % shards.count]
          while let arrival = await gate.next() {
            await client.perform(model.action(arrival.number), arrival, shard)
          }
        }
      }
      for number in 0..<options.backlog {
        group.addTask {
          let client = WinterClient(self, options.clients + number, origin: start)
          while Clock.now() < window.end { await client.replay(paper.take(), shards[number % shards.count]) }
        }
      }
    }
    pacer.join()
  }
}

/// Numbers the paper encounters, so that no two clients take the same.
private final class PaperPile: Sendable {
  private let next = Atomic<Int>(0)
  func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// What an operation leaves for the record.
struct Seen {
  var payload = 0
  var events: [HistoryEvent] = []
}

/// Does operations of the model, one at a time.
struct WinterClient: Sendable {
  private let driver: WinterDriver
  private let number: Int
  private let origin: Moment

  init(_ driver: WinterDriver, _ number: Int, origin: Moment) {
    self.driver = driver
    self.number = number
    self.origin = origin
  }

  private func keyspace(_ nation: Int) -> Keyspace {
    driver.clients[max(0, number) % driver.clients.count].keyspace(driver.keyspaceNames[nation])
  }

  func perform(_ action: WinterWeekend.Action, _ arrival: Gate.Arrival, _ shard: Shard) async {
    let begun = Clock.now()
    var seen = Seen()
    var failure: String?
    do throws(QuartetError) {
      if let key = action.get {
        try await get(key, action.nation, &seen)
      } else if let prefix = action.list {
        try await list(prefix, action.nation, &seen)
      } else {
        try await write(action.writes, action.nation, identity: arrival.number, &seen)
      }
    } catch {
      failure = "\(error.code) (\(error.outcome))"
    }
    record(action.kind, arrival.moment, begun, failure, seen, shard)
  }

  func replay(_ paper: Int, _ shard: Shard) async {
    let begun = Clock.now()
    var seen = Seen()
    var failure: String?
    do throws(QuartetError) {
      for (step, writes) in WinterWeekend.replay(paper).enumerated() {
        try await write(writes, paper % driver.keyspaceNames.count, identity: 1 << 61 | paper << 2 | step, &seen)
      }
    } catch {
      failure = "\(error.code) (\(error.outcome))"
    }
    record(.replay, begun, begun, failure, seen, shard)
  }

  private func record(
    _ kind: OperationKind, _ intended: Moment, _ begun: Moment, _ failure: String?, _ seen: Seen, _ shard: Shard
  ) {
    let end = Clock.now()
    shard.state.withLock { state in
      state.recorder.record(
        kind, intended: intended, begun: begun, end: end, failure: failure, payload: seen.payload)
      if failure == nil { state.successes += 1 }
      state.events += seen.events
    }
  }

  private func note(
    _ kind: HistoryEvent.Kind, _ key: Key, _ nation: Int, since begun: Moment, _ value: Digest?,
    _ result: HistoryEvent.Result, _ seen: inout Seen
  ) {
    guard driver.options.history != nil else { return }
    seen.events.append(
      HistoryEvent(
        start: (begun - origin).nanoseconds, end: (Clock.now() - origin).nanoseconds, client: number, kind: kind,
        key: QuartetDriver.name(key, in: driver.keyspaceNames[nation]), value: value, result: result))
  }

  /// - Parameter identity: no two operations of a run have the same, so no two values are equal.
  func write(
    _ writes: [WinterWeekend.Write], _ nation: Int, identity: Int, _ seen: inout Seen
  ) async throws(QuartetError) {
    var random = SplitMix64(seed: driver.options.seed, stream: UInt64(identity))
    let rows = writes.enumerated().map { position, write in
      (
        key: Key(driver.prefix + write.key),
        value: Value(QuartetDriver.value(identity, position, size: write.size, &random))
      )
    }
    let begun = Clock.now()
    do {
      _ = try await keyspace(nation).transaction(
        Transaction(success: rows.map { .put(key: $0.key, value: $0.value, wantsPrevious: false) }))
    } catch {
      for row in rows {
        note(.put, row.key, nation, since: begun, row.value.digest, HistoryEvent.Result(error.outcome), &seen)
      }
      throw error
    }
    for row in rows {
      note(.put, row.key, nation, since: begun, row.value.digest, .ok, &seen)
      seen.payload += row.value.bytes.count
    }
  }

  private func get(_ name: String, _ nation: Int, _ seen: inout Seen) async throws(QuartetError) {
    let key = Key(driver.prefix + name)
    let begun = Clock.now()
    let row = try await keyspace(nation).get(key).value
    note(.get, key, nation, since: begun, row?.value?.digest, .ok, &seen)
  }

  private func list(_ name: String, _ nation: Int, _ seen: inout Seen) async throws(QuartetError) {
    let range = KeyRange(prefix: Key(driver.prefix + name))
    let begun = Clock.now()
    let rows = try await keyspace(nation).range(RangeQuery(range: range, limit: WinterWeekend.listingLimit)).value.items
    for row in rows { note(.get, row.key, nation, since: begun, row.value?.digest, .ok, &seen) }
  }
}
