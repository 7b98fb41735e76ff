import Base
import JSON
import Topology
import Wire

extension ClusterView {
  /// For people.
  var text: String {
    var lines = ["May be lost now without harm: \(marginLine)", ""]
    lines += nodeTable.lines
    for keyspace in keyspaces {
      let leader = keyspace.leader.map { "led by \($0.node.name)" } ?? "no leader"
      lines += ["", "\(keyspace.name): \(leader), term \(keyspace.term); \(keyspace.margin)"]
      if let group = keyspace.leader?.group, !group.notHome.isEmpty {
        let preferred = group.preferred.isEmpty ? "" : "\(group.preferred.joined(separator: " or ")) should lead: "
        lines.append("  not at home: \(preferred)\(group.notHome)")
      }
      lines += replicaTable(keyspace).lines.map { "  \($0)" }
    }
    let warnings = warnings
    if !warnings.isEmpty { lines += ["", "Look at:"] + warnings.map { "  \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }

  private var nodeTable: TextTable {
    var table = TextTable([
      "NODE", "NATION", "SUPPLIER", "STATE", ">UP", ">BOOT", ">FSYNC NOW", ">WORST", ">MEMORY", ">DATA", ">FREE",
      "LEADS",
    ])
    for node in nodes {
      guard let status = node.status else {
        let silence = silence(of: node.file.name).map { " \(Quantities.text($0))" } ?? ""
        table.add(
          [node.file.name, node.file.nation, node.file.supplier, "unreachable\(silence)"]
            + Array(repeating: "-", count: 8))
        continue
      }
      let leads = leads(node.file.name)
      table.add([
        node.file.name, node.file.nation, node.file.supplier, status.notServing.isEmpty ? "serving" : "not serving",
        Quantities.text(status.uptime), "\(status.bootCount)", Quantities.text(status.fsyncAge),
        Quantities.text(status.fsyncWorst), Quantities.bytes(status.memory), Quantities.bytes(status.diskUsed),
        Quantities.bytes(status.diskFree), leads.isEmpty ? "-" : leads.joined(separator: " "),
      ])
    }
    return table
  }

  private func replicaTable(_ keyspace: Keyspace) -> TextTable {
    var table = TextTable([
      "NODE", "ROLE", ">TERM", ">COMMIT", ">APPLIED", ">LAG", ">LAST CONTACT", ">DURABLE", ">KEYS", "LOG",
    ])
    for node in nodes {
      guard let replica = keyspace.replicas.first(where: { $0.node.name == node.file.name }) else {
        let follower = keyspace.leader?.group.followers.first { $0.node == node.file.name }
        table.add(
          [node.file.name, "unreachable", "-", "-", "-", follower.map { "\($0.lag)" } ?? "-"]
            + [follower.map { Quantities.text($0.lastContact) } ?? "-", "-", "-", follower?.state ?? "-"])
        continue
      }
      let group = replica.group
      table.add([
        node.file.name, group.role, "\(group.term)", "\(group.commit)", "\(group.applied)",
        "\(lag(of: replica, keyspace))", Quantities.text(group.lastContact), "\(group.durableIndex)",
        "\(group.liveKeys)",
        "\(group.firstIndex)..\(group.lastIndex)",
      ])
    }
    return table
  }

  /// What is missing here: entries not applied, or not even arrived.
  private func lag(of replica: Replica, _ keyspace: Keyspace) -> UInt64 {
    let behind = keyspace.leader?.group.followers.first { $0.node == replica.node.name }?.lag ?? 0
    return max(replica.group.lag, behind)
  }

  // MARK: JSON

  /// For programs; the shape is stable.
  var json: JSONValue {
    let cluster = nodes.compactMap(\.status).map(\.cluster).first { !$0.isZero }
    return [
      "cluster": cluster.map { .string($0.description) } ?? .null,
      "margin": .string(marginLine),
      "writes_possible": .bool(writesPossible),
      "warnings": .array(warnings.map { .string($0) }),
      "nodes": .array(nodes.map { json($0) }),
      "keyspaces": .array(keyspaces.map { json($0) }),
    ]
  }

  private func json(_ node: Node) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember("name", .string(node.file.name)), JSONMember("nation", .string(node.file.nation)),
      JSONMember("supplier", .string(node.file.supplier)), JSONMember("client", .string(node.file.client)),
      JSONMember("peer", .string(node.file.peer)), JSONMember("http", .string(node.file.http)),
      JSONMember("reachable", .bool(node.status != nil)),
    ]
    guard let status = node.status else {
      let silence = silence(of: node.file.name)
      members.append(JSONMember("error", .string(node.failure)))
      members.append(JSONMember("unreachable_ms", silence.map { .integer($0.milliseconds) } ?? .null))
      return .object(members)
    }
    members += [
      JSONMember("serving", .bool(status.notServing.isEmpty)), JSONMember("not_serving", .string(status.notServing)),
      JSONMember("pid", .integer(status.pid)), JSONMember("version", .string(status.version)),
      JSONMember("store", .string(status.store.description)), JSONMember("boot_count", .integer(status.bootCount)),
      JSONMember("uptime_ms", .integer(status.uptime.milliseconds)),
      JSONMember("memory_bytes", .integer(status.memory)), JSONMember("disk_free_bytes", .integer(status.diskFree)),
      JSONMember("disk_used_bytes", .integer(status.diskUsed)),
      JSONMember("disk_low", .bool(status.isLowOnSpace)),
      JSONMember("fsync_age_us", .integer(status.fsyncAge.nanoseconds / 1_000)),
      JSONMember("fsync_worst_us", .integer(status.fsyncWorst.nanoseconds / 1_000)),
      JSONMember("sqlite_version", .string(status.sqliteVersion)),
      JSONMember("sqlite_wal_reset_fix", .bool(status.hasWALResetFix)),
      JSONMember("leads", .array(leads(node.file.name).map { .string($0) })),
      JSONMember(
        "peers",
        .array(
          status.peers.map {
            [
              "node": .string($0.node), "connected": .bool($0.isConnected), "refusal": .string($0.refusal),
              "round_trip_us": .integer($0.roundTrip.nanoseconds / 1_000),
            ]
          })),
    ]
    return .object(members)
  }

  private func json(_ keyspace: Keyspace) -> JSONValue {
    let margin = keyspace.margin
    return [
      "name": .string(keyspace.name),
      "leader": keyspace.leader.map { .string($0.node.name) } ?? .null,
      "term": .integer(keyspace.term),
      "writes_possible": .bool(margin.writesPossible),
      "margin": .string(margin.description),
      "may_lose_nodes": .integer(margin.nodes),
      "may_lose_suppliers": .array(margin.suppliers.map { .string($0.name) }),
      "may_not_lose_suppliers": .array(margin.harmfulSuppliers.map { .string($0.name) }),
      "may_lose_nations": .array(margin.nations.map { .string($0.description) }),
      "may_not_lose_nations": .array(margin.harmfulNations.map { .string($0.description) }),
      "replicas": .array(keyspace.replicas.map { json($0, keyspace) }),
    ]
  }

  private func json(_ replica: Replica, _ keyspace: Keyspace) -> JSONValue {
    let group = replica.group
    return [
      "node": .string(replica.node.name), "role": .string(group.role), "group": .integer(group.group.rawValue),
      "replica": .integer(group.replica.rawValue), "leader": .string(group.leader), "term": .integer(group.term),
      "commit": .integer(group.commit), "applied": .integer(group.applied), "lag": .integer(lag(of: replica, keyspace)),
      "last_index": .integer(group.lastIndex), "first_index": .integer(group.firstIndex),
      "durable_index": .integer(group.durableIndex), "base": .integer(group.base),
      "compacted": .integer(group.compacted), "live_keys": .integer(group.liveKeys),
      "sessions": .integer(group.sessions), "last_contact_ms": .integer(group.lastContact.milliseconds),
      "chain_head": .string(group.chainHead.description), "set_hash": .string(group.setHash.description),
      "quarantine": .string(group.quarantine), "rebuild_received_bytes": .integer(group.received),
      "rebuild_bytes": .integer(group.receiving), "rebuilds": .integer(group.rebuilds),
      "scrubs": .integer(group.scrubs), "preferred": .array(group.preferred.map { .string($0) }),
      "not_home": .string(group.notHome),
      "voters": .array(group.voters.map { .string($0) }), "outgoing": .array(group.outgoing.map { .string($0) }),
      "followers": .array(
        group.followers.map {
          [
            "node": .string($0.node), "match": .integer($0.match), "lag": .integer($0.lag),
            "last_contact_ms": .integer($0.lastContact.milliseconds),
            "fsync_age_us": .integer($0.fsyncAge.nanoseconds / 1_000), "state": .string($0.state),
          ]
        }),
    ]
  }
}
