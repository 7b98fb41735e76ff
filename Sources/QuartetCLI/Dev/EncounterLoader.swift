import Base
import JSON
import Model
import QuartetClient
import Synthetic

/// Puts synthetic encounters in a cluster, each as one transaction in its nation's keyspace.
struct EncounterLoader: Sendable {
  let client: QuartetClient
  /// Told how many are loaded, now and then.
  let progress: @Sendable (Int) -> Void

  static let seed: UInt64 = 2026
  /// Where it is written, in `system`, how many there are: a restart need not look for them.
  private static let countKey = Key("dev/encounters")
  private static let inFlightMax = 64
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
      value["seed"]?.uint64 == Self.seed, let count = value["count"]?.int64
    else { return 0 }
    return Int(count)
  }

  /// Loads those from the `start`-th up to `count`.
  func load(from start: Int, to count: Int) async throws {
    var encounters = SyntheticEncounters(seed: Self.seed)
    for _ in 0..<start { _ = encounters.next() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in start..<count {
        if number - start >= Self.inFlightMax { _ = try await group.next() }
        let encounter = encounters.next()
        group.addTask { try await put(encounter) }
        if number % 16 == 0 { progress(number) }
      }
      try await group.waitForAll()
    }
    let mark: JSONValue = ["seed": .integer(Self.seed), "count": .integer(count)]
    _ = try await client.keyspace("system").put(
      Self.countKey, mark.serialized(), options: WriteOptions(timeout: .seconds(30)))
    progress(count)
  }

  /// A put that is done twice leaves the same, so whatever goes wrong may be tried again.
  private func put(_ encounter: SyntheticEncounters.Encounter) async throws(QuartetError) {
    let puts = encounter.resources.map {
      Operation.put(key: $0.key, value: Value($0.body), wantsPrevious: false)
    }
    let store = client.keyspace(encounter.nation.description)
    for attempt in 1... {
      do throws(QuartetError) {
        _ = try await store.transaction(
          Transaction(success: puts), options: WriteOptions(timeout: .seconds(20)))
        return
      } catch {
        if attempt >= Self.retries || error.code == .cancelled || error.code == .invalidArgument { throw error }
      }
    }
  }
}
