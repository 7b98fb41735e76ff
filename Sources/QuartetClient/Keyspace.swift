import Base
import ClientCore
public import Model
public import Wire

/// One keyspace of a cluster, over a ``QuartetClient``.
public struct Keyspace: KeyValueStore {
  public let name: String
  private let client: QuartetClient

  init(client: QuartetClient, name: String) {
    self.client = client
    self.name = name
  }

  public func read(
    _ query: ReadRequest.Query, options: ReadOptions
  ) async throws(QuartetError) -> Reply<ReadResult.Value> {
    let reply = try await perform(query, .linearizable, options)
    guard case .read(let result) = reply.body, result.staleness == nil else { throw .unexpected(reply) }
    return Reply(result.value, origin: Origin(reply.header))
  }

  public func readStale(
    _ query: ReadRequest.Query, within bound: StaleBound, options: ReadOptions
  ) async throws(QuartetError) -> StaleReply<ReadResult.Value> {
    let consistency = ReadConsistency.stale(maxAge: bound.maxAge, notBefore: bound.notBefore)
    let reply = try await perform(query, consistency, options)
    guard case .read(let result) = reply.body, let staleness = result.staleness else { throw .unexpected(reply) }
    return StaleReply(result.value, origin: Origin(reply.header), age: staleness.age)
  }

  private func perform(
    _ query: ReadRequest.Query, _ consistency: ReadConsistency, _ options: ReadOptions
  ) async throws(QuartetError) -> ClientReply {
    do {
      try query.validate()
    } catch {
      throw QuartetError(error)
    }
    let request = ReadRequest(consistency: consistency, query: query)
    let call = Call(.read(keyspace: name, request, node: options.node), timeout: options.timeout)
    return try await client.perform(call)
  }

  public func write(
    _ command: CommandBody, options: WriteOptions
  ) async throws(QuartetError) -> Reply<CommandResult> {
    let write = Write(
      command, request: options.request, keepFor: options.keepFor, actor: options.actor,
      correlation: options.correlation, resending: options.resending == .once ? .once : .inSession)
    do {
      try write.validate()
    } catch {
      throw QuartetError(error)
    }
    let reply = try await client.perform(Call(.write(keyspace: name, write), timeout: options.timeout))
    guard case .applied(let bytes, let logTime) = reply.body else {
      throw .malformed("the answer is of another kind than the command", outcome: .unknown, node: reply.header.node)
    }
    let result: CommandResult
    do {
      result = try CommandResult(bytes: bytes)
    } catch {
      throw .malformed("the result cannot be read: \(error)", outcome: .applied, node: reply.header.node)
    }
    return Reply(result, origin: Origin(reply.header), logTime: logTime)
  }
}

extension ReadRequest.Query {
  /// What a node would refuse whatever it holds.
  fileprivate func validate() throws(CommandInvalid) {
    switch self {
    case .range(let query): try query.validate()
    case .history(let key, _, let limit):
      try RangeQuery(range: KeyRange(only: key), limit: limit).validate()
    case .outcome, .sessionOutcome: break
    }
  }
}
