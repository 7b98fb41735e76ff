import Base
import JSON
import Model
import QuartetClient
import Wire

/// Answers in etcd's JSON shape, as its gateway writes it: names in snake case, 64-bit numbers in quotes, bytes in
/// Base64, and no field that is zero, false or empty.
enum EtcdAnswer {
  /// etcd's four fields, then our own.
  ///
  /// etcd's ids have 64 bits, ours 128 or a name: `cluster_id` is the exclusive or of the cluster id's two halves,
  /// `member_id` the first 64 bits of the SHA-256 of the answering node's name.
  ///
  /// - Parameter age: of an answer that may be stale.
  static func header(_ origin: Origin, age: Interval? = nil) -> JSONValue {
    .object(present: [
      "cluster_id": number(clusterID(origin.cluster)), "member_id": number(memberID(origin.node)),
      "revision": number(origin.revision.rawValue), "raft_term": number(origin.term),
      "keyspace": text(origin.keyspace), "node": text(origin.node), "nation": text(origin.nation),
      "stale": flag(age != nil), "age_ms": age.map { .protobuf($0.milliseconds) },
    ])
  }

  static func clusterID(_ cluster: Identifier) -> UInt64 { cluster.high ^ cluster.low }
  static func memberID(_ node: String) -> UInt64 { node.isEmpty ? 0 : Digest(of: Array(node.utf8)).word0 }

  static func put(_ previous: KeyValue?, _ header: JSONValue) throws(GatewayError) -> JSONValue {
    guard let previous else { return .object([JSONMember("header", header)]) }
    return .object([JSONMember("header", header), JSONMember("prev_kv", try item(previous))])
  }

  static func range(_ result: RangeResult, _ header: JSONValue) throws(GatewayError) -> JSONValue {
    .object(present: [
      "header": header, "kvs": try items(result.items), "more": flag(result.more), "count": number(result.count),
    ])
  }

  static func delete(_ count: Int, _ previous: [KeyValue], _ header: JSONValue) throws(GatewayError) -> JSONValue {
    .object(present: ["header": header, "deleted": number(count), "prev_kvs": try items(previous)])
  }

  /// Each response has a header with the revision alone, as in etcd.
  static func transaction(_ result: TransactionResult, _ origin: Origin) throws(GatewayError) -> JSONValue {
    let inner = JSONValue.object(present: ["revision": number(origin.revision.rawValue)])
    var responses: [JSONValue] = []
    for response in result.responses {
      switch response {
      case .put(let previous): responses.append(["response_put": try put(previous, inner)])
      case .delete(let count, let previous):
        responses.append(["response_delete_range": try delete(count, previous, inner)])
      case .range(let result): responses.append(["response_range": try range(result, inner)])
      }
    }
    return .object(present: [
      "header": header(origin), "succeeded": flag(result.succeeded),
      "responses": responses.isEmpty ? nil : .array(responses),
    ])
  }

  static func compaction(_ origin: Origin) -> JSONValue { .object([JSONMember("header", header(origin))]) }

  /// etcd's StatusResponse, whose fields after the header are in camel case in etcd too. `version` is this program's;
  /// sizes are of all the node's files, which its keyspaces share.
  static func status(_ status: NodeStatus, _ group: NodeStatus.Group) -> JSONValue {
    let origin = Origin(
      keyspace: group.keyspace, revision: Revision(group.applied + group.base), node: status.node,
      nation: status.nation, cluster: status.cluster, term: group.term)
    return .object(present: [
      "header": header(origin), "version": text(status.version), "dbSize": number(status.diskUsed),
      "leader": number(memberID(group.leader)), "raftIndex": number(group.commit), "raftTerm": number(group.term),
      "raftAppliedIndex": number(group.applied),
      "errors": status.notServing.isEmpty ? nil : [.string(status.notServing)],
      "dbSizeInUse": number(status.diskUsed), "isLearner": flag(group.role == "learner"),
    ])
  }

  /// Our own: what became of a request.
  static func outcome(_ outcome: RequestOutcome, _ origin: Origin) -> JSONValue {
    switch outcome {
    case .notRemembered:
      return ["header": header(origin), "outcome": "not_remembered"]
    case .applied(let revision, let succeeded, let logTime, let result):
      return .object(present: [
        "header": header(origin), "outcome": "applied", "revision": .protobuf(revision.rawValue),
        "succeeded": .bool(succeeded), "log_time_ms": .protobuf(logTime.nanoseconds / 1_000_000),
        "result_kept": .bool(!result.isEmpty),
      ])
    }
  }

  /// Our own: the keyspaces and who leads them.
  static func keyspaces(_ map: ClusterMap) -> JSONValue {
    .object(present: [
      "cluster": .string("\(map.cluster)"), "cluster_id": number(clusterID(map.cluster)),
      "keyspaces": .array(
        map.keyspaces.map { keyspace in
          .object(present: [
            "name": .string(keyspace.name), "group": .integer(keyspace.group.rawValue),
            "leader": text(keyspace.leader), "raft_term": number(keyspace.term),
          ])
        }),
    ])
  }

  // MARK: Parts

  private static func items(_ items: [KeyValue]) throws(GatewayError) -> JSONValue? {
    guard !items.isEmpty else { return nil }
    var values: [JSONValue] = []
    values.reserveCapacity(items.count)
    for item in items { values.append(try self.item(item)) }
    return .array(values)
  }

  private static func item(_ item: KeyValue) throws(GatewayError) -> JSONValue {
    var bytes: [UInt8] = []
    if let value = item.value {
      guard value.format == 1, value.codec == 0, value.keyID == 0 else {
        throw .unimplemented("a value is stored in a form that this version cannot read")
      }
      bytes = value.bytes
    }
    return .object(present: [
      "key": .base64(item.key.bytes), "create_revision": number(item.createRevision.rawValue),
      "mod_revision": number(item.modRevision.rawValue), "version": number(item.version),
      "value": bytes.isEmpty ? nil : .base64(bytes),
    ])
  }

  private static func number<Integer: FixedWidthInteger>(_ value: Integer) -> JSONValue? {
    value == 0 ? nil : .protobuf(value)
  }

  private static func flag(_ value: Bool) -> JSONValue? { value ? true : nil }
  private static func text(_ value: String) -> JSONValue? { value.isEmpty ? nil : .string(value) }
}
