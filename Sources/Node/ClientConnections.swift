import Network

/// Connections of clients, by a number that is never used again.
struct ClientConnections {
  private struct Client {
    var connection: ConnectionID
    var number: UInt64
    var hasPreamble = false
  }
  private var byConnection: [ConnectionID: Client] = [:]
  private var byNumber: [UInt64: ConnectionID] = [:]
  private var next: UInt64 = 1

  var count: Int { byConnection.count }

  mutating func accepted(_ connection: ConnectionID) {
    byConnection[connection] = Client(connection: connection, number: next)
    byNumber[next] = connection
    next += 1
  }

  func awaitsPreamble(_ connection: ConnectionID) -> Bool { !(byConnection[connection]?.hasPreamble ?? true) }
  mutating func passedPreamble(_ connection: ConnectionID) { byConnection[connection]?.hasPreamble = true }
  func number(_ connection: ConnectionID) -> UInt64 { byConnection[connection]?.number ?? 0 }
  func connection(_ number: UInt64) -> ConnectionID? { byNumber[number] }

  mutating func closed(_ connection: ConnectionID) -> UInt64? {
    guard let client = byConnection.removeValue(forKey: connection) else { return nil }
    byNumber[client.number] = nil
    return client.number
  }
}
