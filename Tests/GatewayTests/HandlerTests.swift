import Base
import HTTP
import JSON
import Model
import QuartetClient
import Testing

@testable import Gateway

@Suite struct HandlerTests {
  @Test("Put, then range: the answers have etcd's shape, and our additions in the header")
  func putAndRange() async {
    let gateway = gateway(FakeCluster())
    let put = await gateway.post("kv/put", #"{"key": "Zm9v", "value": "YmFy"}"#)
    let member = EtcdAnswer.memberID("england-1")
    let header =
      #"{"cluster_id":"255","member_id":"\#(member)","revision":"2","raft_term":"7","#
      + #""keyspace":"england","node":"england-1","nation":"england"}"#
    #expect(put.code == 200)
    #expect(put.headers["content-type"] == "application/json")
    #expect(put.text == #"{"header":\#(header)}"#)
    let range = await gateway.post("kv/range", #"{"key": "Zm9v"}"#)
    #expect(
      range.text
        == #"{"header":\#(header),"kvs":[{"key":"Zm9v","create_revision":"2","mod_revision":"2","version":"1","#
        + #""value":"YmFy"}],"count":"1"}"#)
  }

  @Test("Fields that are zero, false or empty are left out")
  func omitted() async {
    let gateway = gateway(FakeCluster())
    #expect(await gateway.post("kv/range", #"{"key":"Zm9v"}"#).rest == "{}")
    _ = await gateway.post("kv/put", #"{"key":"Zm9v"}"#)
    #expect(
      await gateway.post("kv/range", #"{"key":"Zm9v"}"#).rest
        == #"{"kvs":[{"key":"Zm9v","create_revision":"2","mod_revision":"2","version":"1"}],"count":"1"}"#)
    #expect(await gateway.post("kv/deleterange", #"{"key":"YmFy"}"#).rest == "{}")
    #expect(await gateway.post("kv/range", #"{"key":"Zm9w","range_end":"Zm9v"}"#).rest == "{}")
  }

  @Test("A transaction answers each request with a header of the revision alone")
  func transaction() async {
    let gateway = gateway(FakeCluster())
    _ = await gateway.post("kv/put", #"{"key":"Zm9v","value":"YmFy"}"#)
    let body =
      #"{"compare":[{"target":"CREATE","key":"Zm9v","createRevision":"2"}],"#
      + #""success":[{"requestPut":{"key":"Zm9v","value":"YmF6","prev_kv":true}},{"requestRange":{"key":"Zm9v"}},"#
      + #"{"requestDeleteRange":{"key":"cQ=="}}]}"#
    let inner = #""header":{"revision":"3"}"#
    let before = #"{"key":"Zm9v","create_revision":"2","mod_revision":"2","version":"1","value":"YmFy"}"#
    let after = #"{"key":"Zm9v","create_revision":"2","mod_revision":"3","version":"2","value":"YmF6"}"#
    #expect(
      await gateway.post("kv/txn", body).rest
        == #"{"succeeded":true,"responses":[{"response_put":{\#(inner),"prev_kv":\#(before)}},"#
        + #"{"response_range":{\#(inner),"kvs":[\#(after)],"count":"1"}},{"response_delete_range":{\#(inner)}}]}"#)
    let failed = #"{"compare":[{"version":"9","key":"Zm9v"}],"success":[{"request_put":{"key":"Zm9v"}}]}"#
    #expect(await gateway.post("kv/txn", failed).rest == "{}")
  }

  @Test("Delete tells how many went and, if asked, what they were")
  func delete() async {
    let cluster = FakeCluster()
    let gateway = gateway(cluster)
    for key in ["a1", "a2", "b"] { cluster.put(key, "v") }
    let answer = await gateway.post("kv/deleterange", #"{"key":"\#(base64("a"))","range_end":"Yg==","prev_kv":true}"#)
    #expect(answer.json["deleted"]?.string == "2")
    #expect(answer.json["prev_kvs"]?.array?.map { $0["key"]?.string } == [base64("a1"), base64("a2")])
  }

  @Test("ignore_lease puts only what exists, in etcd's words")
  func ignoreLease() async {
    let gateway = gateway(FakeCluster())
    let body = #"{"key":"Zm9v","value":"YmFy","ignore_lease":true}"#
    let refused = await gateway.post("kv/put", body)
    #expect(refused.code == 400)
    #expect(refused.json["error"]?.string == "etcdserver: key not found")
    _ = await gateway.post("kv/put", #"{"key":"Zm9v"}"#)
    #expect(await gateway.post("kv/put", body).code == 200)
  }

  @Test("Revisions that are gone or to come are OUT_OF_RANGE in etcd's words")
  func revisions() async {
    let cluster = FakeCluster()
    let gateway = gateway(cluster)
    for value in ["1", "2", "3"] { cluster.put("foo", value) }
    let old = await gateway.post("kv/range", #"{"key":"Zm9v","revision":"2"}"#)
    #expect(old.json["kvs"]?[0]?["value"]?.string == base64("1"))
    #expect(await gateway.post("kv/compaction", #"{"revision":"3","physical":true}"#).rest == "{}")
    let gone = await gateway.post("kv/range", #"{"key":"Zm9v","revision":"2"}"#)
    #expect(gone.code == 400)
    #expect(gone.json["code"]?.int64 == 11)
    #expect(gone.json["error"]?.string == "etcdserver: mvcc: required revision has been compacted")
    let future = await gateway.post("kv/range", #"{"key":"Zm9v","revision":"99"}"#)
    #expect(future.json["error"]?.string == "etcdserver: mvcc: required revision is a future revision")
    #expect(await gateway.post("kv/compaction", #"{"revision":"99"}"#).json["code"]?.int64 == 11)
    #expect(await gateway.post("kv/compaction", "{}").json["code"]?.int64 == 3)
  }

  @Test("A serializable range is a stale read of bounded age and says so")
  func serializable() async {
    let cluster = FakeCluster()
    let gateway = gateway(cluster)
    let body = #"{"key":"Zm9v","serializable":true}"#
    let answer = await gateway.post("kv/range", body)
    #expect(answer.json["header"]?["stale"]?.bool == true)
    #expect(answer.json["header"]?["age_ms"]?.string == "42")
    _ = await gateway.post("kv/range", body, ["X-Max-Age-Ms": "250"])
    #expect(
      cluster.calls.map(\.kind) == [
        .stale(.seconds(10), notBefore: .zero), .stale(.milliseconds(250), notBefore: .zero),
      ])
  }

  @Test("Write headers become the write's name, memory, actor and correlation, and are echoed")
  func writeHeaders() async throws {
    let cluster = FakeCluster()
    let gateway = gateway(cluster)
    let id = "00000000-0000-0001-0000-000000000002"
    let answer = await gateway.post(
      "kv/put", #"{"key":"Zm9v"}"#,
      ["X-Request-ID": id, "X-Correlation-ID": "call 7", "X-Actor": "desk", "X-Timeout-Ms": "1500"])
    #expect(answer.headers["x-request-id"] == id)
    #expect(answer.headers["x-correlation-id"] == "call 7")
    let options = try #require(cluster.calls.first?.write)
    #expect(options.request == Identifier(high: 1, low: 2))
    #expect(options.keepFor == .seconds(96 * 3_600))
    #expect(options.actor == Actor(principal: "desk"))
    let digest = Digest(of: Array("call 7".utf8))
    #expect(options.correlation == Identifier(high: digest.word0, low: digest.word1))
    let timeout = try #require(options.timeout)
    #expect(timeout > .zero && timeout <= .milliseconds(1_500))
    _ = await gateway.post("kv/put", #"{"key":"Zm9v"}"#)
    let plain = try #require(cluster.calls.last?.write)
    #expect(plain.request == .zero && plain.keepFor == .zero)
    _ = await gateway.post("kv/put", #"{"key":"Zm9v"}"#, ["X-Request-ID": "a", "X-Keep-For-Seconds": "604800"])
    #expect(cluster.calls.last?.write?.keepFor == Limits.keepForMax)
  }

  @Test(
    "Headers that cannot be meant are refused, and nothing is written",
    arguments: [
      ["X-Request-ID": ""], ["X-Request-ID": String(repeating: "x", count: 129)],
      ["X-Request-ID": "00000000000000000000000000000000"], ["X-Keep-For-Seconds": "60"],
      ["X-Request-ID": "a", "X-Keep-For-Seconds": "604801"], ["X-Request-ID": "a", "X-Keep-For-Seconds": "0"],
      ["X-Timeout-Ms": "0"], ["X-Timeout-Ms": "60001"], ["X-Timeout-Ms": "-5"], ["X-Max-Age-Ms": "soon"],
      ["X-Request-ID": "a", "x-request-id": "b"], ["X-Actor": String(repeating: "x", count: 256)],
    ] as [HTTPHeaders])
  func badHeaders(headers: HTTPHeaders) async {
    let cluster = FakeCluster()
    let answer = await gateway(cluster).post("kv/put", #"{"key":"Zm9v"}"#, headers)
    #expect(answer.code == 400)
    #expect(answer.json["outcome"]?.string == "notApplied")
    #expect(cluster.calls.isEmpty)
  }

  @Test("A write sent again with its request id is answered the same; with another body it is a conflict")
  func requestMemory() async {
    let gateway = gateway(FakeCluster())
    let headers: HTTPHeaders = ["X-Request-ID": "order-66"]
    let first = await gateway.post("kv/put", #"{"key":"Zm9v","value":"YmFy"}"#, headers)
    _ = await gateway.post("kv/put", #"{"key":"Zm9v","value":"YmF6"}"#)
    let again = await gateway.post("kv/put", #"{"value":"YmFy","lease":0,"key":"Zm9v"}"#, headers)
    #expect(again.text == first.text)
    let other = await gateway.post("kv/put", #"{"key":"Zm9v","value":"cXV4"}"#, headers)
    #expect(other.code == 409)
    #expect(other.json["reason"]?.string == "requestReused")
    #expect(other.json["outcome"]?.string == "notApplied")
    #expect(other.headers["x-request-id"] == "order-66")
    let now = await gateway.post("kv/range", #"{"key":"Zm9v"}"#)
    #expect(now.json["kvs"]?[0]?["value"]?.string == "YmF6")
  }

  @Test("The outcome of a request is told by its id")
  func outcome() async {
    let gateway = gateway(FakeCluster())
    let path = "/keyspaces/england/v3/outcome/order-66"
    #expect(await gateway.get(path).rest == #"{"outcome":"not_remembered"}"#)
    _ = await gateway.post("kv/put", #"{"key":"Zm9v"}"#, ["X-Request-ID": "order-66"])
    #expect(
      await gateway.get(path).rest
        == #"{"outcome":"applied","revision":"2","succeeded":true,"log_time_ms":"2","result_kept":true}"#)
    #expect(await gateway.get("/keyspaces/england/v3/outcome/" + String(repeating: "x", count: 129)).code == 400)
  }

  @Test("A failed call keeps its outcome; a result that was not kept is a conflict that says where it was applied")
  func failures() async {
    let cluster = FakeCluster()
    let gateway = gateway(cluster)
    cluster.failNext([
      QuartetError(code: .deadlineExceeded, outcome: .unknown, message: "no answer in time"),
      QuartetError(code: .resultNotKept, outcome: .applied, message: "applied before", revision: Revision(12)),
    ])
    let unknown = await gateway.post("kv/put", #"{"key":"Zm9v"}"#)
    #expect(unknown.code == 504)
    #expect(
      unknown.text
        == #"{"error":"no answer in time","code":4,"message":"no answer in time","reason":"deadlineExceeded","#
        + #""outcome":"unknown"}"#)
    let applied = await gateway.post("kv/put", #"{"key":"Zm9v"}"#)
    #expect(applied.code == 409)
    #expect(applied.json["outcome"]?.string == "applied")
    #expect(applied.json["revision"]?.string == "12")
  }

  @Test("What the model forbids is refused before anything is sent")
  func validation() async {
    let cluster = FakeCluster()
    let gateway = gateway(cluster)
    let put = #"{"request_put":{"key":"Zm9v"}}"#
    let twice = await gateway.post("kv/txn", #"{"success":[\#(put),\#(put)]}"#)
    #expect(twice.json["error"]?.string == "etcdserver: duplicate key given in txn request")
    let long = base64(String(repeating: "k", count: Limits.keyBytesMax + 1))
    #expect(
      await gateway.post("kv/put", #"{"key":"\#(long)"}"#).json["error"]?.string == "etcdserver: request is too large")
    #expect(
      await gateway.post("kv/range", "").json["error"]?.string == "etcdserver: key is not provided")
    #expect(cluster.calls.isEmpty)
  }

  @Test(
    "Unknown keyspaces and paths are 404, other methods 405 with Allow, etcd's other services 501",
    arguments: [
      ("POST", "/keyspaces/mars/v3/kv/range", 404, nil), ("POST", "/keyspaces/No%20Such/v3/kv/range", 404, nil),
      ("GET", "/nothing", 404, nil), ("GET", "/keyspaces/england", 404, nil), ("GET", "/%zz", 404, nil),
      ("GET", "/keyspaces/england/v3/kv/put", 405, "POST"), ("POST", "/livez", 405, "GET, HEAD"),
      ("DELETE", "/keyspaces", 405, "GET, HEAD"), ("POST", "/keyspaces/england/v3/watch", 501, nil),
      ("POST", "/keyspaces/england/v3/lease/grant", 501, nil), ("HEAD", "/", 200, nil),
    ] as [(String, String, Int, String?)])
  func routing(method: String, path: String, status: Int, allow: String?) async {
    let request = HTTPRequest(method: HTTPMethod(method), path: path, body: Array(#"{"key":"Zm9v"}"#.utf8))
    let answer = await gateway(FakeCluster()).answer(to: request)
    #expect(answer.code == status)
    #expect(answer.headers["allow"] == allow)
    if status != 200 { #expect(answer.json["outcome"]?.string == "notApplied") }
  }

  @Test("GET / names the routes, /keyspaces the keyspaces and their leaders")
  func indexes() async {
    let gateway = gateway(FakeCluster())
    #expect(await gateway.get("/").text.contains("POST /keyspaces/{keyspace}/v3/kv/txn"))
    #expect(
      await gateway.get("/keyspaces").text
        == #"{"cluster":"00000000-0000-00f0-0000-00000000000f","cluster_id":"255","#
        + #""keyspaces":[{"name":"england","group":1,"leader":"england-1","raft_term":"7"}]}"#)
  }

  @Test("maintenance/status tells the node's own view in etcd's shape")
  func status() async {
    let gateway = gateway(FakeCluster())
    let answer = await gateway.post("maintenance/status", "{}")
    #expect(answer.json["header"]?["revision"]?.string == "119")
    let leader = EtcdAnswer.memberID("england-1")
    #expect(
      answer.rest
        == #"{"version":"0.1.0","dbSize":"8","leader":"\#(leader)","raftIndex":"20","raftTerm":"7","#
        + #""raftAppliedIndex":"19","dbSizeInUse":"8"}"#)
  }

  @Test("Beyond the requests allowed at once the answer is 429, and there is room again afterwards")
  func overload() async {
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let (releases, release) = AsyncStream.makeStream(of: Void.self)
    let cluster = FakeCluster(beforeRead: { _ in
      arrived.yield()
      for await _ in releases { break }
    })
    var limits = GatewayLimits()
    limits.requestsMax = 1
    let gateway = gateway(cluster, limits: limits)
    async let first = gateway.post("kv/range", #"{"key":"Zm9v"}"#)
    for await _ in arrivals { break }
    let refused = await gateway.post("kv/range", #"{"key":"Zm9v"}"#)
    #expect(refused.code == 429)
    #expect(refused.json["error"]?.string == "etcdserver: too many requests")
    #expect(await gateway.get("/livez").code == 200)
    release.finish()
    #expect(await first.code == 200)
    #expect(await gateway.post("kv/range", #"{"key":"Zm9v"}"#).code == 200)
    let metrics = await gateway.get("/metrics").text
    #expect(metrics.contains("\nquartet_http_requests_under_way 0\n"))
    #expect(metrics.contains("\nquartet_http_bytes_under_way 0\n"))
  }
}
