import Base
import HTTP
import JSON
import Wire

@testable import Gateway

extension Gateway {
  /// The answer to one request.
  func answer(to request: HTTPRequest) async -> HTTPResponse {
    await withCheckedContinuation { continuation in
      handle(request) { continuation.resume(returning: $0) }
    }
  }

  /// POSTs a body to an etcd path of `england`.
  func post(_ path: String, _ body: String, _ headers: HTTPHeaders = [:]) async -> HTTPResponse {
    await answer(
      to: HTTPRequest(
        method: .post, path: "/keyspaces/england/v3/\(path)", headers: headers, body: Array(body.utf8)))
  }

  func get(_ path: String, query: String? = nil) async -> HTTPResponse {
    await answer(to: HTTPRequest(method: .get, path: path, query: query))
  }
}

extension HTTPResponse {
  var text: String { String(decoding: body, as: UTF8.self) }
  var code: Int { status.code }
  /// The body as JSON; null if it is none.
  var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  /// The body without its header, as text.
  var rest: String {
    var json = json
    json.setMember("header", to: nil)
    return json.text()
  }
}

/// A gateway over `cluster` on a node that is well.
func gateway(
  _ cluster: FakeCluster, limits: GatewayLimits = GatewayLimits(),
  status: @escaping StatusProbe.Source = { $0(.well, true) }
) -> Gateway {
  Gateway(stores: cluster, node: FakeCluster.nodeName, limits: limits, status: status)
}

func base64(_ text: String) -> String { Base64.encode(Array(text.utf8)) }

extension NodeStatus {
  static let well = NodeStatus(
    node: FakeCluster.nodeName, nation: "england", supplier: "supplier-a", version: "0.1.0",
    store: Identifier(high: 1, low: 2), cluster: FakeCluster.clusterID, bootCount: 3, pid: 4, uptime: .seconds(5),
    memory: 6, diskFree: 7, diskUsed: 8, isLowOnSpace: false, fsyncAge: .milliseconds(9), fsyncWorst: .milliseconds(10),
    sqliteVersion: "3.40.1", hasWALResetFix: false, notServing: "",
    peers: [
      Peer(node: "wales-1", isConnected: true, refusal: "", roundTrip: .milliseconds(12)),
      Peer(node: "scotland-1", isConnected: false, refusal: "no", roundTrip: .zero),
    ],
    groups: [
      Group(
        keyspace: "england", group: GroupID(1), replica: ReplicaID(2), role: "leader", leader: FakeCluster.nodeName,
        term: 7, commit: 20, applied: 19, lastIndex: 21, firstIndex: 5, durableIndex: 21, base: 100, compacted: 110,
        liveKeys: 13, sessions: 2, chainHead: .zero, setHash: .zero, lastContact: .milliseconds(30),
        followers: [
          Follower(
            node: "wales-1", match: 20, lag: 1, lastContact: .milliseconds(40), fsyncAge: .zero, state: "replicate")
        ], lag: 1, voters: ["england-1", "wales-1", "scotland-1"], outgoing: [])
    ])
}
