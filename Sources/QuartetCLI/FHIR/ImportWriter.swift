import Base
import Encounters
import JSON
import Network
import QuartetClient

/// How resources are put into the store.
struct ImportOptions: Sendable {
  /// Where resources go that nothing in them tells a home of.
  var nation: Nation?
  /// Whether a resource that differs from the stored one replaces it, or is refused.
  var replaces = false
  /// Whether identifiers that break the rules of their system are refused, or told as warnings.
  var isStrict = false
  var takesUnknownTypes = false
  /// Whether to begin at the beginning, whatever an earlier run has done.
  var isFromStart = false
  /// Transactions under way at once.
  var inFlightMax = 48
  /// How long one transaction may take before it is tried again.
  var timeout = Interval.seconds(20)
  /// How long it is tried again.
  var patience = Interval.seconds(300)

  /// How often it is kept how far everything is done.
  var markInterval = Interval.seconds(2)

  /// What must be the same for a run to go on where another ended.
  var fingerprint: String { "\(nation.map(\.description) ?? "-") \(replaces) \(isStrict) \(takesUnknownTypes)" }
}

/// Stores batches of resources, each in one transaction.
struct ImportWriter<Store: KeyValueStore>: Sendable {
  let encounters: EncounterStore<Store>
  let options: ImportOptions
  let agent: Agent

  struct Batch: Sendable {
    var number: Int
    var nation: Nation
    var items: [ImportItem] = []
    var cost = 0
    var bytes = 0
    /// Makes the requests of this source, and of this run where it matters, its own.
    var salt: Identifier

    static var costMax: Int { 100 }
    static var bytesMax: Int { 512 << 10 }

    mutating func add(_ item: ImportItem) {
      items.append(item)
      cost += item.cost
      bytes += item.bytes
    }

    func hasRoom(for item: ImportItem) -> Bool {
      items.isEmpty || cost + item.cost <= Self.costMax && bytes + item.bytes <= Self.bytesMax
    }
  }

  struct Done: Sendable {
    var batch: Batch
    /// By the item's place in the batch.
    var refusals: [Int: ImportRefusal] = [:]
    /// Why the import cannot go on.
    var failure: EncounterError?
  }

  func store(_ batch: Batch) async -> Done {
    var done = Done(batch: batch)
    do throws(EncounterError) {
      try await store(batch.items.indices, of: batch, into: &done)
    } catch {
      done.failure = error
    }
    return done
  }

  /// One transaction; what it refuses is divided until the one is found that is at fault.
  private func store(_ range: Range<Int>, of batch: Batch, into done: inout Done) async throws(EncounterError) {
    do throws(EncounterError) {
      try await perform(range, of: batch)
    } catch {
      if Self.passes(error) { throw error }
      guard range.count > 1 else {
        let item = batch.items[range.lowerBound]
        if item.isConditional, error.code == .duplicate { return }
        done.refusals[range.lowerBound] = ImportRefusal(
          item.place, item.order, error.code.name, error.message + Self.about(error), path: item.type)
        return
      }
      let middle = range.lowerBound + range.count / 2
      try await store(range.lowerBound..<middle, of: batch, into: &done)
      try await store(middle..<range.upperBound, of: batch, into: &done)
    }
  }

  private static func about(_ error: EncounterError) -> String {
    error.about.isEmpty ? "" : " [\(error.about.joined(separator: ", "))]"
  }

  /// Whether it is about the store's state, not about what is stored.
  private static func passes(_ error: EncounterError) -> Bool { [.unavailable, .deadline].contains(error.code) }

  private func perform(_ range: Range<Int>, of batch: Batch) async throws(EncounterError) {
    // One resource may stand in a batch twice, as a patient's who called twice: alike it is stored once, and unlike the
    // second is refused when the batch is divided.
    var resources: [JSONValue] = []
    var known: [String: JSONValue] = [:]
    for item in batch.items[range] where known[item.reference] != item.json {
      known[item.reference] = item.json
      resources.append(item.json)
    }
    let operation = StoreResources(at: batch.nation, resources, replaces: options.replaces)
    let request = Request(
      requestID(range, of: batch), by: agent, at: Self.now(), deadline: options.timeout)
    let end = ContinuousClock.now + .milliseconds(options.patience.milliseconds)
    for attempt in 0... {
      do throws(EncounterError) {
        _ = try await encounters.perform(operation, as: request)
        return
      } catch {
        guard Self.passes(error), ContinuousClock.now < end else { throw error }
        try? await Task.sleep(for: .milliseconds(min(100 << min(attempt, 6), 5_000)))
      }
    }
  }

  /// The same for the same resources at the same place of the same source.
  private func requestID(_ range: Range<Int>, of batch: Batch) -> Identifier {
    var hasher = SHA256()
    hasher.update(Array("import \(batch.nation) \(batch.salt)".utf8))
    for item in batch.items[range] {
      hasher.update(UInt64(item.order))
      hasher.update(item.digest)
    }
    let digest = hasher.finish()
    return Identifier(high: digest.word0 | 1, low: digest.word1)
  }

  private static func now() -> Instant {
    let now = Clock.wall()
    guard let instant = Instant(milliseconds: now.milliseconds) else {
      preconditionFailure("this machine's clock stands at \(now.milliseconds) ms since 1970")
    }
    return instant
  }
}
