import Base
import Benchmarking
import JSON
import Model
import Testing

@Suite("The load over HTTP")
struct GatewayCodingTests {
  private func text(_ request: GatewayRequest?) -> String { String(decoding: request?.body ?? [], as: UTF8.self) }
  private func put(_ key: String, _ value: String) -> Operation {
    .put(key: Key(key), value: Value(Array(value.utf8)), wantsPrevious: false)
  }

  @Test("A lone put is a put, everything else a transaction; what the API cannot say is not said")
  func writes() throws {
    let lone = try #require(GatewayRequest(Transaction(success: [put("foo", "bar")]), in: "wales"))
    #expect(lone.path == "/keyspaces/wales/v3/kv/put" && lone.isWrite)
    #expect(text(lone) == #"{"key":"Zm9v","value":"YmFy"}"#)
    let read = Operation.range(RangeQuery(range: KeyRange(only: Key("a")), limit: 1))
    let swap = Transaction(
      compares: [
        Compare(key: Key("foo"), relation: .equal, target: .modRevision(Revision(7))),
        Compare(key: Key("foo"), relation: .notEqual, target: .version(0)),
      ], success: [read, put("foo", "bar")],
      failure: [.delete(KeyRange(start: Key("a"), end: Key("b")), wantsPrevious: true)])
    let request = try #require(GatewayRequest(swap, in: "wales"))
    #expect(request.path == "/keyspaces/wales/v3/kv/txn")
    #expect(
      text(request)
        == #"{"compare":[{"key":"Zm9v","result":"EQUAL","target":"MOD","mod_revision":"7"},"#
        + #"{"key":"Zm9v","result":"NOT_EQUAL","target":"VERSION","version":"0"}],"#
        + #""success":[{"request_range":{"key":"YQ==","limit":"1"}},{"request_put":{"key":"Zm9v","value":"YmFy"}}],"#
        + #""failure":[{"request_delete_range":{"key":"YQ==","range_end":"Yg==","prev_kv":true}}]}"#)
    // Whatever was built, it is JSON.
    _ = try JSONValue(parsing: request.body)
    let digest = Compare(key: Key("foo"), relation: .equal, target: .value(Digest(of: [1])))
    #expect(GatewayRequest(Transaction(compares: [digest], success: [read]), in: "wales") == nil)
  }

  @Test("One key has no end, all keys end in a zero byte, a stale read says how old it may be")
  func reads() {
    func body(_ range: KeyRange, maxAge: Interval? = nil) -> String {
      text(GatewayRequest(RangeQuery(range: range, revision: Revision(9), limit: 100), in: "x", maxAge: maxAge))
    }
    #expect(body(KeyRange(only: Key("a"))) == #"{"key":"YQ==","limit":"100","revision":"9"}"#)
    #expect(
      body(KeyRange(start: Key("a"), end: nil)) == #"{"key":"YQ==","range_end":"AA==","limit":"100","revision":"9"}"#)
    #expect(body(.all).hasPrefix(#"{"key":"AA==","range_end":"AA==""#))
    #expect(body(KeyRange(only: Key("a")), maxAge: .seconds(10)).hasSuffix(#""serializable":true}"#))
    var bytes: [UInt8] = []
    GatewayRequest(RangeQuery(range: .all), in: "x", maxAge: .seconds(10))
      .append(to: &bytes, host: "127.0.0.1:1", timeout: .seconds(90))
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "POST /keyspaces/x/v3/kv/range HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: application/json\r\n"
        + "X-Timeout-Ms: 60000\r\nX-Max-Age-Ms: 10000\r\nContent-Length: 53\r\n\r\n"
        + #"{"key":"AA==","range_end":"AA==","serializable":true}"#)
  }

  private static let header = #""header":{"revision":"12","raft_term":"3","node":"wales-1","nation":"wales""#

  private func answer(_ text: String, _ kind: GatewayRequest.Kind) throws -> GatewayAnswer {
    try GatewayAnswer(Array(text.utf8), to: kind)
  }

  @Test("Answers are read back: rows, fields that are left out, branches, ages")
  func answers() throws {
    let put = try answer("{\(Self.header)}}", .put)
    #expect(put.content == .transaction(TransactionResult(succeeded: true, responses: [.put(previous: nil)])))
    #expect(put.revision == Revision(12) && put.term == 3 && put.node == "wales-1" && put.age == nil)
    let rows =
      #""kvs":[{"key":"YQ==","create_revision":"2","mod_revision":"5","version":"3","value":"YmFy"},{"key":"Yg=="}]"#
    let range = try answer(
      "{\(Self.header),\"stale\":true,\"age_ms\":\"40\"},\(rows),\"more\":true,\"count\":\"9\"}", .range)
    let first = KeyValue(
      key: Key("a"), value: Value(Array("bar".utf8)), createRevision: Revision(2), modRevision: Revision(5), version: 3)
    let second = KeyValue(key: Key("b"), value: Value([]), createRevision: .zero, modRevision: .zero, version: 0)
    #expect(range.content == .range(RangeResult(items: [first, second], more: true, count: 9)))
    #expect(range.age == .milliseconds(40))
    let transaction = try answer(
      "{\(Self.header)},\"responses\":[{\"response_range\":{\(rows)}},{\"response_put\":{}},"
        + #"{"response_delete_range":{"deleted":"2"}}]}"#, .transaction)
    #expect(
      transaction.content
        == .transaction(
          TransactionResult(
            succeeded: false,
            responses: [
              .range(RangeResult(items: [first, second], more: false, count: 0)), .put(previous: nil),
              .delete(count: 2, previous: []),
            ])))
    for broken in [
      "", "{}", "[]", #"{"header":{}}"#, "{\(Self.header)},\"kvs\":[{}]}",
      "{\(Self.header)},\"kvs\":[{\"key\":\"?\"}]}",
    ] {
      #expect(throws: GatewayAnswer.Malformed.self, "\(broken)") { try answer(broken, .range) }
    }
  }

  @Test("An error tells whether a write was applied; where nobody says so nothing is known")
  func failures() {
    func failure(_ status: Int, _ body: String, isWrite: Bool = true) -> GatewayFailure {
      GatewayFailure(status: status, body: Array(body.utf8), isWrite: isWrite)
    }
    let told = failure(504, #"{"reason":"deadlineExceeded","outcome":"unknown","message":"late","code":4}"#)
    #expect(told.reason == "deadlineExceeded" && told.outcome == .unknown && told.message == "late")
    #expect(failure(503, #"{"reason":"unavailable","outcome":"notApplied"}"#).outcome == .notApplied)
    #expect(failure(409, #"{"reason":"resultNotKept","outcome":"applied"}"#).outcome == .applied)
    #expect(failure(503, "too many connections\n").outcome == .unknown)
    #expect(failure(500, #"{"outcome":"perhaps"}"#).outcome == .unknown)
    #expect(failure(431, "").outcome == .notApplied && failure(431, "").reason == "http431")
    #expect(failure(502, "", isWrite: false).outcome == .notApplied)
  }

  @Test("An answer is taken whole, wherever the bytes are cut, and what follows is left")
  func answersOfHTTP() throws {
    let whole = Array(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length:  5 \r\n\r\nhelloHTTP/1.1".utf8)
    let end = whole.count - 8
    for cut in 0..<end {
      let part = Array(whole[..<cut])
      #expect(try HTTPAnswer(part.span) == nil, "cut at \(cut)")
    }
    let answer = try #require(try HTTPAnswer(whole.span))
    #expect(answer.status == 200 && answer.body == Array("hello".utf8) && answer.keepsAlive && answer.length == end)
    let last = Array("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".utf8)
    let closing = try #require(try HTTPAnswer(last.span))
    #expect(closing.status == 503 && !closing.keepsAlive && closing.body.isEmpty)
    for broken in [
      "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "\r\n\r\n",
      "SSH-2.0 x\r\n\r\n",
      "HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      String(repeating: "x", count: 70_000),
    ] {
      let bytes = Array(broken.utf8)
      #expect(throws: HTTPAnswer.Malformed.self, "\(broken.prefix(60))") { try HTTPAnswer(bytes.span) }
    }
  }

  @Test("--protocol is Quartet's, and not for the winter weekend; connections are one a client")
  func options() throws {
    let options = try RunOptions(["--protocol", "http", "--clients", "256"])
    #expect(options.transport == .http && options.connectionCount(of: .quartet) == 256)
    #expect(options.connectionCount(of: .etcd) == 25)
    #expect(try RunOptions(["--protocol", "http", "--clients", "9000"]).connectionCount(of: .quartet) == 1_000)
    #expect(try RunOptions([]).transport == .native)
    for words in [
      ["--protocol", "grpc"], ["--protocol", "http", "--target", "etcd"],
      ["--protocol", "http", "--target", "postgres"],
      ["--protocol", "http", "--workload", "winter-weekend"],
    ] {
      #expect(throws: UsageError.self, "\(words)") { try RunOptions(words) }
    }
  }

  @Test("A report says which protocol, and a comparison of two protocols says so")
  func reports() throws {
    let window = Recorder.Window(start: .zero, end: Moment(nanoseconds: 1_000_000_000))
    func report(_ options: RunOptions) -> RunReport {
      RunReport(options: options, connections: 1, recorder: Recorder(window))
    }
    var options = RunOptions()
    let native = report(options)
    options.transport = .http
    let http = report(options)
    #expect(native.lines[0].contains("over native,") && http.lines[0].contains("over http,"))
    #expect(try Comparison(native.json, http.json).differences == [#"protocol: "native" and "http""#])
    // The peer of a `versus --protocol http` did not speak it.
    options.target = .etcd
    #expect(report(options).lines[0].contains("over grpc,"))
    var old = native.json
    old.setMember("protocol", to: nil)
    #expect(try Comparison(old, native.json).differences.isEmpty)
  }
}
