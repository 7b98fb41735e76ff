import Base
import Model
import QuartetClient
import Wire

/// Any keyspace, so that one table of commands serves a cluster and the tests' keyspaces in memory.
struct AnyKeyspace: KeyValueStore {
  private let store: any KeyValueStore

  init(_ store: any KeyValueStore) { self.store = store }

  var name: String { store.name }

  func read(
    _ query: ReadRequest.Query, options: ReadOptions
  ) async throws(QuartetError) -> Reply<ReadResult.Value> {
    try await store.read(query, options: options)
  }

  func readStale(
    _ query: ReadRequest.Query, within bound: StaleBound, options: ReadOptions
  ) async throws(QuartetError) -> StaleReply<ReadResult.Value> {
    try await store.readStale(query, within: bound, options: options)
  }

  func write(_ command: CommandBody, options: WriteOptions) async throws(QuartetError) -> Reply<CommandResult> {
    try await store.write(command, options: options)
  }
}
