import Base
import HTTP
import Network

/// One exchange with a server over a connection of its own: sends `parts`, each once the bytes before it were answered
/// with what `awaits` names, and collects everything until the server closes. Runs a reactor on the caller's thread, so
/// that a test waits for events and never for time.
final class HTTPTestClient: ReactorHandler {
  struct Part {
    var awaits = ""
    var bytes: [UInt8]
  }

  private let reactor: Reactor
  private var parts: [Part]
  private var connection: ConnectionID?
  private(set) var answer: [UInt8] = []
  private(set) var reason: CloseReason?
  private(set) var gaveUp = false
  private let giveUpAt = Clock.now() + .seconds(20)

  private init(_ parts: [Part]) throws {
    reactor = try Reactor()
    self.parts = parts
  }

  /// Everything that the server sent until it closed the connection.
  static func exchange(_ address: Address, _ parts: [Part]) throws -> HTTPTestClient {
    let client = try HTTPTestClient(parts)
    client.connection = client.reactor.connect(to: address, options: ConnectionOptions(outputBytesMax: 64 << 20))
    client.reactor.run(client)
    return client
  }

  static func exchange(_ address: Address, _ text: String) throws -> HTTPTestClient {
    try exchange(address, [Part(bytes: Array(text.utf8))])
  }

  var text: String { String(decoding: answer, as: UTF8.self) }
  /// The status codes of all answers, in order.
  var statuses: [Int] {
    text.split(separator: "HTTP/1.1 ").dropFirst(text.hasPrefix("HTTP/1.1 ") ? 0 : 1).compactMap { Int($0.prefix(3)) }
  }

  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address) {}
  func connected(_ connection: ConnectionID) { sendParts() }

  func received(_ connection: ConnectionID, bytes: inout InputBuffer) {
    answer += bytes.take(bytes.count)
    sendParts()
  }

  func closed(_ connection: ConnectionID, reason: CloseReason) {
    self.reason = reason
    reactor.stop()
  }

  private func sendParts() {
    guard let connection else { return }
    while let part = parts.first, text.contains(part.awaits) || part.awaits.isEmpty {
      reactor.send(connection, part.bytes)
      parts.removeFirst()
    }
  }

  func turn(at now: Moment) -> Moment {
    if now >= giveUpAt {
      gaveUp = true
      reactor.stop()
    }
    return giveUpAt
  }
}
