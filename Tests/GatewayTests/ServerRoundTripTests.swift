import Base
import HTTP
import Network
import Testing

@testable import Gateway

/// Sends bytes to a server and collects everything until it closes the connection, on the caller's thread.
private final class RawClient: ReactorHandler {
  private let reactor: Reactor
  private let request: [UInt8]
  private(set) var answer: [UInt8] = []
  private let giveUpAt = Clock.now() + .seconds(20)

  private init(_ text: String) throws {
    reactor = try Reactor()
    request = Array(text.utf8)
  }

  static func exchange(_ address: Address, _ text: String) throws -> String {
    let client = try RawClient(text)
    _ = client.reactor.connect(to: address, options: ConnectionOptions(outputBytesMax: 1 << 20))
    client.reactor.run(client)
    return String(decoding: client.answer, as: UTF8.self)
  }

  func accepted(_ connection: ConnectionID, on listener: ListenerID, from peer: Address) {}
  func connected(_ connection: ConnectionID) { reactor.send(connection, request) }
  func received(_ connection: ConnectionID, bytes: inout InputBuffer) { answer += bytes.take(bytes.count) }
  func closed(_ connection: ConnectionID, reason: CloseReason) { reactor.stop() }

  func turn(at now: Moment) -> Moment {
    if now >= giveUpAt { reactor.stop() }
    return giveUpAt
  }
}

@Suite struct ServerRoundTripTests {
  @Test("Behind a server, pipelined requests are answered in order, with their ids echoed")
  func roundTrip() throws {
    let gateway = gateway(FakeCluster())
    let server = HTTPServer(address: .loopback(port: 0)) { gateway.handle($0, $1) }
    let address = try server.start()
    defer { server.stop() }
    func post(_ path: String, _ body: String, _ more: String) -> String {
      "POST /keyspaces/england/v3/\(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)"
    }
    let text = try RawClient.exchange(
      address,
      post("kv/range", #"{"key":"Zm9v"}"#, "X-Request-ID: one\r\n") + "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        + "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
        + post("kv/nothing", "", "Connection: close\r\n"))
    let answers = text.split(separator: "HTTP/1.1 ").map { String($0) }
    try #require(answers.map { $0.prefix(3) } == ["200", "200", "200", "501"])
    #expect(answers[0].contains("x-request-id: one\r\n"))
    #expect(answers[0].contains(#""keyspace":"england""#))
    #expect(answers[1].hasSuffix("\r\n\r\nok\n"))
    #expect(answers[3].contains(#""outcome":"notApplied"}"#))
  }
}
