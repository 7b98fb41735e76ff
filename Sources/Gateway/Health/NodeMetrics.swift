import Base
import Wire

extension PrometheusText {
  /// A node's status as metrics.
  mutating func write(_ status: NodeStatus, isReady: Bool) {
    let serves = status.notServing.isEmpty
    begin("node_info", .gauge, "Always 1; the labels say which node this is.")
    sample(
      [
        "node": status.node, "nation": status.nation, "supplier": status.supplier, "version": status.version,
        "sqlite": status.sqliteVersion,
      ], 1)
    single("node_ready", .gauge, "Whether the node is ready.", isReady ? 1 : 0)
    single("node_serving", .gauge, "Whether the node serves; when not, /readyz says why.", serves ? 1 : 0)
    single("node_boots_total", .counter, "Starts of the node on this store.", status.bootCount)
    single("node_uptime_seconds", .gauge, "Since the process started.", status.uptime.seconds)
    single("node_memory_bytes", .gauge, "Resident memory.", status.memory)
    single("disk_free_bytes", .gauge, "Free on the data directory's volume.", status.diskFree)
    single(
      "disk_low", .gauge, "1 when fewer bytes are free than low-space asks for.", status.isLowOnSpace ? 1 : 0)
    single("disk_used_bytes", .gauge, "Used by the node's files.", status.diskUsed)
    single("fsync_age_seconds", .gauge, "How long the oldest write to disk is outstanding.", status.fsyncAge.seconds)
    single("fsync_worst_seconds", .gauge, "The longest write to disk of the last minute.", status.fsyncWorst.seconds)
    single(
      "sqlite_wal_reset_fix", .gauge, "Whether this libsqlite3 has the mend of the WAL-reset fault.",
      status.hasWALResetFix ? 1 : 0)
    writePeers(status.peers)
    writeGroups(status.groups)
    writeFollowers(status.groups)
  }

  private mutating func writePeers(_ peers: [NodeStatus.Peer]) {
    single("peers_connected", .gauge, "Other nodes with a link to this one.", peers.count { $0.isConnected })
    begin("peer_connected", .gauge, "Whether there is a link to the peer.")
    for peer in peers { sample(["peer": peer.node], peer.isConnected ? 1 : 0) }
    begin("peer_round_trip_seconds", .gauge, "Measured by heartbeats.")
    for peer in peers where peer.isConnected { sample(["peer": peer.node], peer.roundTrip.seconds) }
  }

  private static let roles = [
    "leader", "follower", "candidate", "preCandidate", "learner", "suspended", "quarantined",
  ]

  private mutating func writeGroups(_ groups: [NodeStatus.Group]) {
    begin("group_role", .gauge, "1 for the role that the replica has, 0 for the others.")
    for group in groups {
      for role in Self.roles {
        let number = "\(group.group.rawValue)"
        sample(["keyspace": group.keyspace, "group": number, "role": role], group.role == role ? 1 : 0)
      }
    }
    write(groups, "group_has_leader", "Whether the replica knows a leader.") { $0.leader.isEmpty ? 0 : 1 }
    write(groups, "group_term", "Raft term.") { $0.term }
    write(groups, "group_commit_index", "Highest index known committed.") { $0.commit }
    write(groups, "group_applied_index", "Highest index applied.") { $0.applied }
    write(groups, "group_lag_entries", "Entries committed but not applied.") { $0.lag }
    write(groups, "group_log_first_index", "First index of the log.") { $0.firstIndex }
    write(groups, "group_log_last_index", "Last index of the log.") { $0.lastIndex }
    write(groups, "group_log_durable_index", "Highest index durable in the log.") { $0.durableIndex }
    write(groups, "group_log_entries", "Entries in the log.") {
      $0.lastIndex >= $0.firstIndex ? $0.lastIndex - $0.firstIndex + 1 : 0
    }
    write(groups, "group_revision", "Newest revision applied.") { $0.applied + $0.base }
    write(groups, "group_compacted_revision", "Revisions below it cannot be read.") { $0.compacted }
    write(groups, "group_keys", "Live keys.") { $0.liveKeys }
    write(groups, "group_sessions", "Open sessions.") { $0.sessions }
    write(groups, "group_voters", "Nodes that vote.") { UInt64($0.voters.count) }
    write(groups, "group_rebuild_received_bytes", "Bytes that have arrived of a snapshot.") { $0.received }
    write(groups, "group_rebuild_bytes", "Bytes of the snapshot that is arriving.") { $0.receiving }
    write(groups, "group_rebuilds_total", "How often the state was rebuilt from a leader.", .counter) { $0.rebuilds }
    write(groups, "group_scrubs_total", "How often the whole state was read through.", .counter) { $0.scrubs }
    begin(
      "group_last_contact_seconds", .gauge,
      "Since the leader was heard, or on the leader since a majority confirmed it.")
    for group in groups {
      sample(["keyspace": group.keyspace, "group": "\(group.group.rawValue)"], group.lastContact.seconds)
    }
  }

  private mutating func write(
    _ groups: [NodeStatus.Group], _ name: String, _ help: StaticString, _ kind: Kind = .gauge,
    _ value: (NodeStatus.Group) -> UInt64
  ) {
    begin(name, kind, help)
    for group in groups { sample(["keyspace": group.keyspace, "group": "\(group.group.rawValue)"], value(group)) }
  }

  /// The leader's view of the others; empty elsewhere.
  private mutating func writeFollowers(_ groups: [NodeStatus.Group]) {
    let followers = groups.flatMap { group in group.followers.map { (group.keyspace, $0) } }
    begin("follower_lag_entries", .gauge, "Entries of the leader's log that the follower does not have.")
    for (keyspace, follower) in followers {
      sample(["keyspace": keyspace, "follower": follower.node], follower.lag)
    }
    begin("follower_last_contact_seconds", .gauge, "Since the follower was heard.")
    for (keyspace, follower) in followers {
      sample(["keyspace": keyspace, "follower": follower.node], follower.lastContact.seconds)
    }
    begin("follower_fsync_age_seconds", .gauge, "How long the follower's oldest write to disk was outstanding.")
    for (keyspace, follower) in followers {
      sample(["keyspace": keyspace, "follower": follower.node], follower.fsyncAge.seconds)
    }
  }
}
