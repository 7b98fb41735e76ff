import Base
import Model
import QuartetClient
import Wire

/// `/readyz?sync`: waits until the node says that it is ready, and then until it has answered a linearizable read of
/// each of its keyspaces itself. Such an answer proves that a leader with a majority confirmed the commit index after
/// the question, and that this node has applied everything up to it.
struct SyncCheck: Sendable {
  let probe: StatusProbe
  let stores: any Stores
  let node: String
  let limits: GatewayLimits

  /// What is still missing when the time is over; none if the node has caught up.
  func run(until deadline: Deadline) async -> [String] {
    var proven: [String] = []
    while true {
      let answer = await probe.ask(within: min(limits.aliveWithin, max(deadline.remaining, .milliseconds(1))))
      var reasons = Readiness.reasons(answer)
      if reasons.isEmpty, let answer {
        for group in answer.status.groups where !proven.contains(group.keyspace) {
          if let failure = await read(group.keyspace, deadline) {
            reasons.append("keyspace \(group.keyspace): \(failure)")
          } else {
            proven.append(group.keyspace)
          }
        }
        if reasons.isEmpty { return [] }
      }
      guard deadline.remaining > limits.syncPause else { return reasons }
      try? await Task.sleep(for: .nanoseconds(limits.syncPause.nanoseconds))
    }
  }

  /// Why the read was not answered by this node; nil if it was.
  private func read(_ keyspace: String, _ deadline: Deadline) async -> String? {
    guard !deadline.isOver else { return "not read in time" }
    let query = RangeQuery(range: KeyRange(only: Key([0])), countOnly: true)
    let options = ReadOptions(timeout: deadline.remaining, node: node)
    do {
      let reply = try await stores.store(keyspace).read(.range(query), options: options)
      return reply.origin.node == node ? nil : "another node answered"
    } catch {
      return "\(error.code.name): \(error.message)"
    }
  }
}
