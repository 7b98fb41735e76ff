import Base
import HTTP
import QuartetClient
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite struct HealthTests {
  @Test("A node whose reactor answers is alive; one whose reactor is stuck is not, and is asked again")
  func liveness() async {
    #expect(await gateway(FakeCluster()).get("/livez").text == "ok\n")
    var limits = GatewayLimits()
    limits.aliveWithin = .milliseconds(1)
    let asked = Mutex(0)
    let stuck = gateway(FakeCluster(), limits: limits) { _ in asked.withLock { $0 += 1 } }
    #expect(await stuck.get("/livez").code == 503)
    #expect(await stuck.get("/livez").code == 503)
    #expect(await stuck.get("/readyz").text == "the node's reactor does not answer\n")
    #expect(asked.withLock { $0 } >= 2)
    #expect(await stuck.get("/metrics").text.contains("quartet_node_alive 0\n"))
  }

  @Test("Those who ask at the same time share one question")
  func sharedQuestion() async {
    let asked = Mutex<[@Sendable (NodeStatus, Bool) -> Void]>([])
    let probe = StatusProbe(patience: .seconds(60)) { answer in asked.withLock { $0.append(answer) } }
    let tasks = (0..<10).map { _ in Task { await probe.ask(within: .seconds(60)) } }
    while probe.waiterCount < 10 { await Task.yield() }
    let open = asked.withLock { $0 }
    #expect(open.count == 1)
    open.first?(.well, true)
    for task in tasks { #expect(await task.value?.isReady == true) }
  }

  @Test("A node that is not ready says why, one reason a line")
  func readiness() async {
    #expect(await gateway(FakeCluster()).get("/readyz").text == "ok\n")
    var status = NodeStatus.well
    status.notServing = "no genesis yet"
    status.groups[0].leader = ""
    let answer = await gateway(FakeCluster(), status: { [status] in $0(status, false) }).get("/readyz")
    #expect(answer.code == 503)
    #expect(answer.text == "no genesis yet\nkeyspace england: no leader is known\n")
    let silent = await gateway(FakeCluster(), status: { $0(.well, false) }).get("/readyz")
    #expect(silent.text == "keyspace england: 1 committed entries are to be applied\n")
  }

  @Test("/readyz?sync tries until this node itself has answered a read of every keyspace")
  func sync() async throws {
    let cluster = FakeCluster()
    let behind = QuartetError(code: .unavailable, outcome: .notApplied, message: "no leader")
    cluster.failNext([behind, behind])
    let ready = Mutex(0)
    let gateway = gateway(
      cluster,
      status: { answer in
        let times = ready.withLock { times in
          times += 1
          return times
        }
        answer(.well, times > 1)
      })
    #expect(await gateway.get("/readyz", query: "sync&timeout=60s").text == "ok\n")
    #expect(ready.withLock { $0 } == 4)
    #expect(cluster.calls.count == 3)
    #expect(cluster.calls.allSatisfy { $0.kind == .read && $0.read?.node == "england-1" })
  }

  @Test("/readyz?sync ends with the reasons when its time is over")
  func syncTimeout() async {
    let cluster = FakeCluster()
    let behind = QuartetError(code: .unavailable, outcome: .notApplied, message: "no leader")
    cluster.failNext(Array(repeating: behind, count: 100_000))
    let answer = await gateway(cluster).get("/readyz", query: "sync&timeout=60ms")
    #expect(answer.code == 503)
    #expect(answer.text.hasPrefix("keyspace england: "))
    for text in ["0", "-1", "61", "1h", "", "60001ms"] {
      #expect(await gateway(cluster).get("/readyz", query: "sync&timeout=\(text)").code == 400)
    }
  }

  @Test("Metrics are well-formed: every sample belongs to the family before it, and no family comes twice")
  func metricsFormat() async throws {
    let gateway = gateway(FakeCluster())
    _ = await gateway.get("/livez")
    _ = await gateway.post("kv/range", #"{"key":"Zm9v"}"#)
    _ = await gateway.post("kv/range", "[]")
    let answer = await gateway.get("/metrics")
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    var family = ""
    var kinds: [String: String] = [:]
    var strays: [String] = []
    for line in answer.text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words.starts(with: ["#", "HELP"]) {
        family = words[2]
        if kinds[family] != nil { strays.append(family) }
      } else if words.starts(with: ["#", "TYPE"]) {
        if words[2] != family { strays.append(words[2]) }
        kinds[family] = words[3]
      } else {
        let name = String(line.prefix { $0 != "{" && $0 != " " })
        let suffixes = kinds[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        if !suffixes.contains(where: { family + $0 == name }) { strays.append(name) }
        if Double(words.last ?? "") == nil { strays.append(String(line)) }
      }
    }
    #expect(strays == [])
    #expect(kinds.keys.allSatisfy { $0.hasPrefix("quartet_") })
    #expect(answer.text.hasSuffix("\n"))
  }

  @Test("Metrics tell the node, its groups, its peers, and requests by route and status")
  func metricsContent() async {
    let gateway = gateway(FakeCluster())
    _ = await gateway.post("kv/range", #"{"key":"Zm9v"}"#)
    _ = await gateway.post("kv/range", #"{"key":"Zm9v"}"#)
    _ = await gateway.post("kv/range", "[]")
    let text = await gateway.get("/metrics").text
    for line in [
      #"quartet_group_role{keyspace="england",group="1",role="leader"} 1"#,
      #"quartet_group_role{keyspace="england",group="1",role="follower"} 0"#,
      #"quartet_group_log_entries{keyspace="england",group="1"} 17"#,
      #"quartet_group_last_contact_seconds{keyspace="england",group="1"} 0.03"#,
      #"quartet_follower_lag_entries{keyspace="england",follower="wales-1"} 1"#,
      "quartet_peers_connected 1", "quartet_disk_free_bytes 7", "quartet_fsync_worst_seconds 0.01",
      #"quartet_http_requests_total{route="/v3/kv/range",code="200"} 2"#,
      #"quartet_http_requests_total{route="/v3/kv/range",code="400"} 1"#,
      #"quartet_http_request_duration_seconds_bucket{route="/v3/kv/range",le="+Inf"} 3"#,
      #"quartet_http_request_duration_seconds_count{route="/v3/kv/range"} 3"#,
    ] {
      #expect(text.contains("\n" + line + "\n"), "\(line)")
    }
  }

  @Test("Label values are escaped")
  func escaping() {
    #expect(PrometheusText.escaped("a\\b\"c\nd") == #"a\\b\"c\nd"#)
  }

  @Test("Durations fall into the bucket whose bound they do not exceed")
  func buckets() {
    let metrics = HTTPMetrics()
    for milliseconds in [1, 2, 10_000, 10_001] as [Int64] {
      metrics.count(.range, status: 200, took: .milliseconds(milliseconds))
    }
    var text = PrometheusText()
    metrics.write(to: &text)
    for (bound, count) in [("0.001", 1), ("0.0025", 2), ("5.0", 2), ("10.0", 3), ("+Inf", 4)] {
      #expect(text.text.contains(#"_bucket{route="/v3/kv/range",le="\#(bound)"} \#(count)"# + "\n"), "\(bound)")
    }
  }
}
