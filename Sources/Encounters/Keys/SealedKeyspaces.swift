import Base
import Model
import QuartetClient
import Synchronization

/// The keyspaces whose rows are known to be made with the store's index keys: a seal never changes, so that a process looks
/// once.
final class SealedKeyspaces: Sendable {
  private let known = Mutex<Set<Nation>>([])

  var areAll: Bool { known.withLock { $0.count == Nation.allCases.count } }
  func insert(_ nation: Nation) { known.withLock { _ = $0.insert(nation) } }
}

extension EncounterStore {
  /// Refuses to look for anybody with other index keys than those that the rows were made with.
  func requireOwnKeys(timeout: Interval) async throws(EncounterError) {
    if sealed.areAll { return }
    let answers = try await everywhere { (store: Store) async throws(QuartetError) in
      try await store.get(Keys.indexKeys, options: ReadOptions(timeout: timeout))
    }
    for (nation, reply) in answers {
      // A keyspace without a seal has no rows of operations yet.
      guard let bytes = reply.value?.value?.bytes else { continue }
      guard bytes == secrets.seal else { throw .wrongIndexKeys(nation) }
      sealed.insert(nation)
    }
  }
}
