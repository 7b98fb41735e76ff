import Base
import Encounters
import JSON
import Model
import Network
import QuartetClient
import Synthetic

/// Puts synthetic encounters in a cluster by the operation that stores resources, so that they are found by their indexes
/// and can be worked with like any others. Some encounters of one nation go in each transaction.
struct EncounterLoader: Sendable {
  let client: QuartetClient
  let indexKeys: IndexKeys
  /// Told how many are loaded, now and then.
  let progress: @Sendable (Int) -> Void

  static let seed: UInt64 = 2026
  /// Where it is written, in `system`, how many there are: a restart need not look for them.
  private static let countKey = Key("dev/encounters")
  /// What is loaded by a program that loads otherwise is loaded again.
  private static let form = 2
  private static let inFlightMax = 48
  private static let retries = 5

  /// The first resource that is loaded: what a newcomer reads first.
  static func sample() -> (nation: Nation, key: Key) {
    var encounters = SyntheticEncounters(seed: seed)
    let first = encounters.next()
    guard let resource = first.resources.first else { preconditionFailure("an encounter without resources") }
    return (first.nation, resource.key)
  }

  /// How many an earlier run has loaded.
  func loaded() async throws(QuartetError) -> Int {
    let row = try await client.keyspace("system").get(Self.countKey, options: ReadOptions(timeout: .seconds(30))).value
    guard let bytes = row?.value?.bytes, let value = try? JSONValue(parsing: bytes),
      value["seed"]?.uint64 == Self.seed, value["form"]?.int64 == Int64(Self.form), let count = value["count"]?.int64
    else { return 0 }
    return Int(count)
  }

  /// Loads those from the `start`-th up to `count`.
  func load(from start: Int, to count: Int) async throws {
    let store = EncounterStore(client, secrets: indexKeys)
    var encounters = SyntheticEncounters(seed: Self.seed)
    for _ in 0..<start { _ = encounters.next() }
    try await withThrowingTaskGroup(of: Int.self) { group in
      var filling: [Nation: Batch] = [:]
      var underWay = 0
      var done = start
      func send(_ batch: Batch) async throws {
        if underWay >= Self.inFlightMax, let loaded = try await group.next() {
          underWay -= 1
          done += loaded
          progress(done)
        }
        underWay += 1
        group.addTask {
          try await Self.put(batch, into: store)
          return batch.encounters
        }
      }
      for _ in start..<count {
        let encounter = encounters.next()
        var batch = filling.removeValue(forKey: encounter.nation) ?? Batch(nation: encounter.nation)
        batch.add(encounter)
        if batch.isFull { try await send(batch) } else { filling[encounter.nation] = batch }
      }
      for nation in Nation.allCases { if let batch = filling[nation] { try await send(batch) } }
      try await group.waitForAll()
    }
    let mark: JSONValue = [
      "seed": .integer(Self.seed), "form": .integer(Self.form), "count": .integer(count),
    ]
    _ = try await client.keyspace("system").put(
      Self.countKey, mark.serialized(), options: WriteOptions(timeout: .seconds(30)))
    progress(count)
  }

  /// What goes in one transaction.
  private struct Batch: Sendable {
    let nation: Nation
    private(set) var encounters = 0
    private(set) var resources: [JSONValue] = []
    private var keys: Set<Key> = []

    init(nation: Nation) { self.nation = nation }

    var isFull: Bool { encounters >= 3 }

    /// A patient who calls twice stands in two encounters, byte for byte the same.
    mutating func add(_ encounter: SyntheticEncounters.Encounter) {
      encounters += 1
      for resource in encounter.resources where keys.insert(resource.key).inserted {
        guard let json = try? JSONValue(parsing: resource.body) else { preconditionFailure("a resource that is no JSON") }
        resources.append(json)
      }
    }
  }

  /// What is there already is left alone, so whatever goes wrong may be tried again.
  private static func put(_ batch: Batch, into store: EncounterStore<Keyspace>) async throws(EncounterError) {
    guard let now = Instant(milliseconds: Clock.wall().milliseconds) else {
      preconditionFailure("this machine's clock is not between the years 1970 and 9999")
    }
    let agent = Agent(user: "quartet dev", role: "import", organisation: "", software: "quartet \(Versions.program)")
    let request = Request(by: agent, at: now, deadline: .seconds(20))
    for attempt in 1... {
      do throws(EncounterError) {
        _ = try await store.perform(StoreResources(at: batch.nation, batch.resources), as: request)
        return
      } catch {
        if attempt >= retries || ![.unavailable, .deadline].contains(error.code) { throw error }
      }
    }
  }
}
