import Base
import Network
import Testing

/// A handler made of closures that keeps count of what it was told, and gives up after a generous time.
final class Script: ReactorHandler {
  let reactor: Reactor
  var onAccepted: (ConnectionID) -> Void = { _ in }
  var onConnected: (ConnectionID) -> Void = { _ in }
  var onReceived: (ConnectionID, inout InputBuffer) -> Void = { $1.consume($1.count) }
  var onDrained: (ConnectionID) -> Void = { _ in }
  var onClosed: (ConnectionID, CloseReason) -> Void = { _, _ in }
  var onTurn: (Moment) -> Moment = { _ in .never }

  private(set) var accepted: [ConnectionID] = []
  private(set) var connected: [ConnectionID] = []
  private(set) var closed: [ConnectionID: [CloseReason]] = [:]
  private(set) var turns = 0
  private(set) var timedOut = false
  private let giveUp = Clock.now() + .seconds(30)

  init() throws { reactor = try Reactor() }

  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address) {
    accepted.append(connection)
    onAccepted(connection)
  }

  func connected(_ connection: ConnectionID) {
    connected.append(connection)
    onConnected(connection)
  }

  func received(_ connection: ConnectionID, bytes: inout InputBuffer) { onReceived(connection, &bytes) }
  func drained(_ connection: ConnectionID) { onDrained(connection) }

  func closed(_ connection: ConnectionID, reason: CloseReason) {
    closed[connection, default: []].append(reason)
    onClosed(connection, reason)
  }

  func turn(at now: Moment) -> Moment {
    turns += 1
    if now >= giveUp {
      timedOut = true
      reactor.stop()
    }
    return min(giveUp, onTurn(now))
  }

  /// Runs until something stops the reactor; fails the test if nothing does.
  func run(sourceLocation: SourceLocation = #_sourceLocation) {
    reactor.run(self)
    #expect(!timedOut, "the script came to no end", sourceLocation: sourceLocation)
    #expect(closed.values.allSatisfy { $0.count == 1 }, "a connection was closed twice", sourceLocation: sourceLocation)
    #expect(
      Set(closed.keys).isSuperset(of: accepted + connected), "a connection was never closed",
      sourceLocation: sourceLocation)
    #expect(reactor.connectionCount == 0, sourceLocation: sourceLocation)
  }

  func listen(_ options: ConnectionOptions = .roomy) throws -> Address {
    try reactor.listen(on: .loopback(port: 0), options: options).1
  }
}

extension ConnectionOptions {
  static let roomy = ConnectionOptions(outputBytesMax: 64 << 20)
}
