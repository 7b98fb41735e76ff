import Base
import QuartetClient
import Wire

/// What the gateway needs of a cluster: the seam at which tests put their own.
protocol Stores: Sendable {
  func store(_ keyspace: String) -> any KeyValueStore
  func cluster(timeout: Interval) async throws(QuartetError) -> ClusterMap
}

struct ClientStores: Stores {
  let client: QuartetClient

  func store(_ keyspace: String) -> any KeyValueStore { client.keyspace(keyspace) }

  func cluster(timeout: Interval) async throws(QuartetError) -> ClusterMap {
    try await client.cluster(timeout: timeout)
  }
}
