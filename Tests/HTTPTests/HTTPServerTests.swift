import Base
import HTTP
import Network
import Synchronization
import Testing

private typealias Part = HTTPTestClient.Part

/// Runs `body` against a server that is stopped afterwards.
private func serving(
  limits: HTTPLimits = HTTPLimits(), _ handler: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void,
  _ body: (Address) throws -> Void
) throws {
  let server = HTTPServer(address: .loopback(port: 0), limits: limits, handler: handler)
  let address = try server.start()
  defer { server.stop() }
  try body(address)
}

/// Answers with the request's parts.
@Sendable private func echo(_ request: HTTPRequest, _ responder: HTTPResponder) {
  responder.respond(
    HTTPResponse(.ok, headers: ["X-Path": request.path, "X-Method": request.method.name], body: request.body))
}

private func get(_ path: String, _ more: String = "", version: String = "1.1") -> String {
  "GET \(path) HTTP/\(version)\r\nHost: a\r\n\(more)\r\n"
}

private let close = "Connection: close\r\n"

@Suite struct HTTPServerTests {
  @Test("A request is answered with status, fields, length, date and body, and the connection ends when asked")
  func roundTrip() throws {
    try serving(echo) { address in
      let client = try HTTPTestClient.exchange(
        address, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\(close)\r\nhello")
      #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\nx-path: /p\r\nx-method: POST\r\ndate: "))
      #expect(client.text.hasSuffix(" GMT\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"))
      #expect(client.reason == .ended)
    }
  }

  @Test("Chunked bodies arrive whole; HEAD tells the length without the body")
  func chunkedAndHead() throws {
    try serving(echo) { address in
      let client = try HTTPTestClient.exchange(
        address,
        "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
          + "HEAD /h HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\(close)\r\nbody")
      #expect(client.statuses == [200, 200])
      #expect(client.text.contains("\r\ncontent-length: 5\r\n\r\nabcdeHTTP/1.1 200"))
      #expect(client.text.hasSuffix("\r\ncontent-length: 4\r\nconnection: close\r\n\r\n"))
    }
  }

  @Test("HTTP/1.0 closes unless it asks to be kept alive")
  func http10() throws {
    try serving(echo) { address in
      let client = try HTTPTestClient.exchange(
        address, get("/1", "Connection: keep-alive\r\n", version: "1.0") + get("/2", version: "1.0") + get("/3"))
      #expect(client.statuses == [200, 200])
      #expect(client.text.contains("connection: keep-alive"))
      #expect(client.text.contains("x-path: /2"))
    }
  }

  @Test("Pipelined requests are answered in their order, though answered backwards and from other threads")
  func pipelineOrder() throws {
    let held = Mutex<[(String, HTTPResponder)]>([])
    let count = 20
    try serving({ request, responder in
      let all = held.withLock { held in
        held.append((request.path, responder))
        return held.count == count ? held : []
      }
      guard !all.isEmpty else { return }
      held.withLock { $0 = [] }
      // A failure to start the thread lets the responders go, and they answer 500.
      _ = try? WorkerThread(name: "answers") {
        for (path, responder) in all.reversed() { responder.respond(.text(.ok, path)) }
      }
    }) { address in
      let requests = (1...count).map { get("/\($0);", $0 == count ? close : "") }.joined()
      let client = try HTTPTestClient.exchange(address, requests)
      let bodies = client.text.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != ";" } }
      #expect(bodies == (1...count).map { "/\($0)" })
    }
  }

  @Test("More pipelined requests than may be in flight are all served, a few at a time")
  func pipelineBound() throws {
    var limits = HTTPLimits()
    limits.pipelinedMax = 3
    try serving(limits: limits, echo) { address in
      let requests = String(repeating: get("/"), count: 500) + get("/", close)
      let client = try HTTPTestClient.exchange(address, requests)
      #expect(client.statuses.count == 501)
    }
  }

  @Test("No more requests are taken than may be in flight while none is answered")
  func pipelineHolds() throws {
    var limits = HTTPLimits()
    limits.pipelinedMax = 4
    let responders = BlockingQueue<HTTPResponder>()
    let surpluses = BlockingQueue<Int>()
    try serving(
      limits: limits,
      { request, responder in
        if request.path == "/probe" { responder.respond(.text(.ok, "x")) } else { responders.put(responder) }
      }
    ) { address in
      let answering = try WorkerThread(name: "answers") {
        for _ in 0..<3 {
          let four = (0..<4).compactMap { _ in responders.takeFirst() }
          // Another connection's round trip: the server has had every chance to take a fifth.
          _ = try? HTTPTestClient.exchange(address, get("/probe", close))
          surpluses.put(responders.count)
          for responder in four { responder.respond(.text(.ok, "x")) }
        }
      }
      let client = try HTTPTestClient.exchange(address, String(repeating: get("/"), count: 11) + get("/", close))
      responders.close()
      answering.join()
      #expect(client.statuses == Array(repeating: 200, count: 12))
      var seen: [Int] = []
      #expect(surpluses.takeAll(into: &seen))
      #expect(seen == [0, 0, 0])
    }
  }

  @Test("100 Continue is sent before the body, and after the answers to earlier requests")
  func continues() throws {
    try serving(echo) { address in
      let head = "POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\(close)\r\n"
      let client = try HTTPTestClient.exchange(
        address,
        [Part(bytes: Array((get("/first") + head).utf8)), Part(awaits: "100 Continue", bytes: Array("abc".utf8))])
      #expect(client.statuses == [200, 100, 200])
      #expect(client.text.hasSuffix("\r\n\r\nabc"))
    }
  }

  @Test("A client that ended its side after asking is answered")
  func halfClose() throws {
    let responders = BlockingQueue<HTTPResponder>()
    try serving({ _, responder in responders.put(responder) }) { address in
      let answering = try WorkerThread(name: "answers") {
        while let responder = responders.takeFirst() { responder.respond(.text(.ok, "late")) }
      }
      let answer = halfClosedExchange(address, get("/a"))
      responders.close()
      answering.join()
      #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("late"))
    }
  }

  @Test("Requests that break a rule or a limit are answered with its status after those before them, and closed")
  func refusals() throws {
    var limits = HTTPLimits()
    limits.bodyBytesMax = 10
    try serving(limits: limits, echo) { address in
      let cases: [(String, Int)] = [
        ("BAD\r\n\r\n", 400), (get("/" + String(repeating: "a", count: 9_000)), 414),
        (get("/", "X: " + String(repeating: "a", count: 40_000) + "\r\n"), 431),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n" + String(repeating: "x", count: 200_000), 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
      ]
      for (text, status) in cases {
        let client = try HTTPTestClient.exchange(address, get("/ok") + text + get("/never"))
        #expect(client.statuses == [200, status])
        #expect(client.reason == .ended)
      }
    }
  }

  @Test("A header and a body that stop arriving are answered 408; a connection without a request is closed")
  func timeouts() throws {
    var limits = HTTPLimits()
    limits.headerTimeout = .milliseconds(50)
    limits.bodyTimeout = .milliseconds(50)
    limits.idleTimeout = .milliseconds(80)
    try serving(limits: limits, echo) { address in
      let header = try HTTPTestClient.exchange(address, "GET / HT")
      #expect(header.statuses == [408])
      let body = try HTTPTestClient.exchange(address, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
      #expect(body.statuses == [408])
      let idle = try HTTPTestClient.exchange(address, "")
      #expect(idle.answer.isEmpty && idle.reason == .ended && !idle.gaveUp)
      let kept = try HTTPTestClient.exchange(address, get("/"))
      #expect(kept.statuses == [200])
      #expect(kept.reason == .ended && !kept.gaveUp)
    }
  }

  @Test("A connection over the limit is answered 503")
  func tooMany() throws {
    var limits = HTTPLimits()
    limits.connectionsMax = 0
    try serving(limits: limits, echo) { address in
      let client = try HTTPTestClient.exchange(address, get("/"))
      #expect(client.statuses == [503])
    }
  }

  @Test("A request whose responder is let go is answered 500")
  func forgotten() throws {
    try serving({ _, _ in }) { address in
      let client = try HTTPTestClient.exchange(address, get("/", close))
      #expect(client.statuses == [500])
    }
  }

  @Test("A large answer arrives whole, and a second request waits for it")
  func largeAnswer() throws {
    let body = [UInt8](repeating: 120, count: 12 << 20)
    try serving({ _, responder in responder.respond(HTTPResponse(.ok, body: body)) }) { address in
      let client = try HTTPTestClient.exchange(address, get("/1") + get("/2", close))
      #expect(client.answer.count > 2 * body.count && client.answer.count < 2 * body.count + 400)
    }
  }

  @Test("Stopping sends the answers that are under way, closes what is idle, and takes nothing more")
  func gracefulStop() throws {
    let responders = BlockingQueue<HTTPResponder>()
    let server = HTTPServer(address: .loopback(port: 0)) { _, responder in responders.put(responder) }
    let address = try server.start()
    let stopped = BlockingQueue<Bool>()
    let stopper = try WorkerThread(name: "stopper") {
      guard let responder = responders.takeFirst() else { return }
      let waiter = try? WorkerThread(name: "waiter") {
        server.stop()
        stopped.put(true)
      }
      // An idle connection is closed only once the server is stopping: then answer.
      _ = try? HTTPTestClient.exchange(address, "")
      responder.respond(.text(.ok, "done"))
      waiter?.join()
    }
    let client = try HTTPTestClient.exchange(address, get("/slow"))
    stopper.join()
    #expect(client.statuses == [200])
    #expect(client.text.contains("connection: close") && client.text.hasSuffix("done"))
    #expect(stopped.count == 1)
    let late = try HTTPTestClient.exchange(address, get("/"))
    guard case .connectFailed? = late.reason else {
      Issue.record("a stopped server took a connection: \(String(describing: late.reason))")
      return
    }
  }

  @Test("Stopping gives up on answers that do not come within its time")
  func stopGivesUp() throws {
    var limits = HTTPLimits()
    limits.stopTimeout = .milliseconds(50)
    let responders = BlockingQueue<HTTPResponder>()
    let server = HTTPServer(address: .loopback(port: 0), limits: limits) { _, responder in responders.put(responder) }
    let address = try server.start()
    let held = Mutex<HTTPResponder?>(nil)
    let stopper = try WorkerThread(name: "stopper") {
      held.withLock { $0 = responders.takeFirst() }
      server.stop()
    }
    let client = try HTTPTestClient.exchange(address, get("/never"))
    stopper.join()
    #expect(client.answer.isEmpty && !client.gaveUp)
    held.withLock { $0 = nil }
  }

  @Test("A server starts once")
  func startsOnce() throws {
    let server = HTTPServer(address: .loopback(port: 0), handler: echo)
    _ = try server.start()
    #expect(throws: NetworkError.self) { try server.start() }
    server.stop()
    server.stop()
    #expect(throws: NetworkError.self) { try server.start() }
  }
}
