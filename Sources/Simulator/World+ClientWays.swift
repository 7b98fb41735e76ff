import Base
import Wire

/// How clients reach nodes: each stands beside a node, and what cuts that node's links cuts the client's.
extension World {
  /// How long a client waits before its next call. Everybody hurries when little was written so far, and at the end.
  func thinkTime() -> Interval {
    random.interval(.microseconds(100), isHealing ? .milliseconds(5) : writesBehind(9) > 0 ? plan.thinkMax / 4 : plan.thinkMax)
  }

  /// How many acknowledged writes are missing to `rate` a second so far.
  func writesBehind(_ rate: Int64) -> Int {
    Int(lived.milliseconds * rate / 1_000) - checks.acknowledgedWrites
  }

  /// How long a message of a client takes to a node; nil: it does not arrive.
  func way(ofClient position: Int, to node: Int) -> Interval? {
    let way = network.way(from: homes[position], to: node, random: &random)
    if way == nil { count(.clientCut) }
    return way
  }

  func way(from node: Int, toClient position: Int) -> Interval? {
    let way = network.way(from: node, to: homes[position], random: &random)
    if way == nil { count(.clientCut) }
    return way
  }

  /// The same over a connection, which is dead once something of it was lost.
  func way(over connection: inout ClientConnection, toNode: Bool) -> Interval? {
    guard !connection.isDead else { return nil }
    let way =
      toNode
      ? way(ofClient: connection.client, to: connection.node) : way(from: connection.node, toClient: connection.client)
    if way == nil { connection.isDead = true }
    return way
  }

  /// When, in true time, the clock of a node showed the moment that a stale answer's age counts from. The age was counted
  /// in the node's last turn.
  func basis(of reply: ClientReply, at node: Int) -> Moment {
    guard case .read(let result) = reply.body, let staleness = result.staleness else { return now }
    return nodes[node].clock.moment(of: nodes[node].turnReading - staleness.age)
  }
}
