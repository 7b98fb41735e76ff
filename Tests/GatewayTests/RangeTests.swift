import Base
import JSON
import Model
import Testing

@testable import Gateway

/// Keys `k0`… with values in the opposite order; `k1` was put last.
private func filled(_ cluster: FakeCluster, _ count: Int = 6) {
  for place in 0..<count { cluster.put("k\(place)", "v\(9 - place)") }
  cluster.put("k1", "v8")
}

private func keys(_ json: JSONValue) -> [String] {
  (json["kvs"]?.array ?? []).map { String(decoding: $0["key"]?.base64Bytes ?? [], as: UTF8.self) }
}

private func body(_ more: String) -> String { #"{"key":"\#(base64("k"))","range_end":"\#(base64("l"))"\#(more)}"# }

@Suite struct RangeTests {
  @Test(
    "Rows leave in etcd's order, filtered and cut as etcd does",
    arguments: [
      ("", ["k0", "k1", "k2", "k3", "k4", "k5"], false),
      (#","limit":2"#, ["k0", "k1"], true),
      (#","limit":6"#, ["k0", "k1", "k2", "k3", "k4", "k5"], false),
      (#","sort_order":"DESCEND","limit":2"#, ["k5", "k4"], true),
      (#","sort_order":"ASCEND","sort_target":"VALUE","limit":2,"keys_only":true"#, ["k5", "k4"], true),
      (#","sort_order":"DESCEND","sort_target":"MOD","limit":2"#, ["k1", "k5"], true),
      (#","sort_order":"DESCEND","sort_target":"VERSION""#, ["k1", "k0", "k2", "k3", "k4", "k5"], false),
      (#","sort_target":"MOD","limit":2"#, ["k0", "k2"], true),
      (#","sort_target":"MOD""#, ["k0", "k2", "k3", "k4", "k5", "k1"], false),
      (#","min_create_revision":"5""#, ["k3", "k4", "k5"], false),
      (#","max_mod_revision":"5","limit":2"#, ["k0", "k2"], true),
      (#","max_mod_revision":"5","limit":3"#, ["k0", "k2", "k3"], false),
      (#","min_mod_revision":"4","max_create_revision":"6","sort_order":"DESCEND""#, ["k4", "k3", "k2", "k1"], false),
      (#","count_only":true"#, [], false),
    ] as [(String, [String], Bool)])
  func order(more: String, expected: [String], hasMore: Bool) async {
    // Small pages must not change any answer.
    for pageKeys in [1, 2, 5, 100] {
      let cluster = FakeCluster(pageKeys: pageKeys)
      filled(cluster)
      let answer = await gateway(cluster).post("kv/range", body(more))
      #expect(keys(answer.json) == expected, "pages of \(pageKeys)")
      #expect((answer.json["more"]?.bool ?? false) == hasMore, "pages of \(pageKeys)")
      #expect(answer.json["count"]?.string == "6", "pages of \(pageKeys)")
    }
  }

  @Test("keys_only leaves the values out, also after a sort by them")
  func keysOnly() async {
    let cluster = FakeCluster()
    filled(cluster)
    for more in [#","keys_only":true"#, #","keys_only":true,"sort_order":"ASCEND","sort_target":"VALUE""#] {
      let items = await gateway(cluster).post("kv/range", body(more)).json["kvs"]?.array ?? []
      #expect(items.count == 6)
      #expect(items.allSatisfy { $0["value"] == nil })
    }
  }

  @Test("All pages are of the revision of the first, whatever is written meanwhile")
  func pinned() async {
    let cluster = FakeCluster(
      pageKeys: 2,
      beforeRead: { cluster in
        // Would change each later page if that were of its own moment.
        if cluster.calls.count > 1 { cluster.put("k5", "changed") }
        if cluster.calls.count > 1 { cluster.put("k9", "new") }
      })
    filled(cluster)
    let answer = await gateway(cluster).post("kv/range", body(#","serializable":true"#))
    #expect(keys(answer.json) == ["k0", "k1", "k2", "k3", "k4", "k5"])
    #expect(answer.json["kvs"]?[5]?["value"]?.string == base64("v4"))
    #expect(answer.json["header"]?["revision"]?.string == "8")
    #expect(answer.json["count"]?.string == "6")
    #expect(
      cluster.calls.map(\.kind) == [
        .stale(.seconds(10), notBefore: .zero), .stale(.seconds(10), notBefore: Revision(8)),
        .stale(.seconds(10), notBefore: Revision(8)),
      ])
  }

  @Test("An answer at its bounds says that there is more, and one that needs all rows is refused by name")
  func bounds() async {
    let cluster = FakeCluster(pageKeys: 2)
    filled(cluster)
    var limits = GatewayLimits()
    limits.rangeKeysMax = 4
    let byKeys = gateway(cluster, limits: limits)
    let answer = await byKeys.post("kv/range", body(""))
    #expect(keys(answer.json) == ["k0", "k1", "k2", "k3"])
    #expect(answer.json["more"]?.bool == true)
    #expect(answer.json["count"]?.string == "6")
    let sorted = await byKeys.post("kv/range", body(#","sort_order":"ASCEND","sort_target":"MOD""#))
    #expect(sorted.code == 501)
    #expect(sorted.json["code"]?.int64 == 12)
    limits = GatewayLimits()
    limits.rangeBytesMax = 4
    #expect(keys(await gateway(cluster, limits: limits).post("kv/range", body("")).json) == ["k0", "k1"])
  }

  @Test("Rows that would hold too much memory in all are refused as overload")
  func memory() async {
    let cluster = FakeCluster()
    cluster.put("k", String(repeating: "v", count: 1_000))
    var limits = GatewayLimits()
    limits.bytesMax = 500
    let gateway = gateway(cluster, limits: limits)
    #expect(await gateway.post("kv/range", body("")).code == 429)
    #expect(await gateway.post("kv/range", body(#","keys_only":true"#)).code == 200)
  }
}
