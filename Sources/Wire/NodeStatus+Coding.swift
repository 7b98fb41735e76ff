import Base

/// All fields in the order of their declaration: texts, numbers of 8 bytes (`pid` 4), identifiers, intervals (8), flags
/// (1); then peers and groups (lists).
extension NodeStatus: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.text(node)
    writer.text(nation)
    writer.text(supplier)
    writer.prose(version)
    writer.identifier(store)
    writer.identifier(cluster)
    writer.u64(bootCount)
    writer.u32(pid)
    writer.interval(uptime)
    writer.u64(memory)
    writer.u64(diskFree)
    writer.u64(diskUsed)
    writer.bool(isLowOnSpace)
    writer.interval(fsyncAge)
    writer.interval(fsyncWorst)
    writer.prose(sqliteVersion)
    writer.bool(hasWALResetFix)
    writer.prose(notServing)
    writer.list(peers)
    writer.list(groups)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    node = try reader.name("status' node")
    nation = try reader.name("status' nation")
    supplier = try reader.name("status' supplier")
    version = try reader.prose("status' version")
    store = try reader.identifier("status' store")
    cluster = try reader.identifier("status' cluster")
    bootCount = try reader.counter("status' boot count")
    pid = try reader.u32("status' pid")
    uptime = try reader.interval("status' uptime")
    memory = try reader.counter("status' memory")
    diskFree = try reader.counter("status' free disk")
    diskUsed = try reader.counter("status' used disk")
    isLowOnSpace = try reader.bool("status' low space")
    fsyncAge = try reader.interval("status' fsync age")
    fsyncWorst = try reader.interval("status' worst fsync")
    sqliteVersion = try reader.prose("status' SQLite version")
    hasWALResetFix = try reader.bool("status' WAL-reset fix")
    notServing = try reader.prose("status' reason")
    peers = try reader.list("status' peers", limit: Bounds.nodesMax, each: 17)
    groups = try reader.list("status' groups", limit: Bounds.groupsMax, each: Group.byteCountMin)
  }
}

/// Node, connected (1), refusal, round trip (8).
extension NodeStatus.Peer: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.text(node)
    writer.bool(isConnected)
    writer.prose(refusal)
    writer.interval(roundTrip)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    node = try reader.name("peer's node")
    isConnected = try reader.bool("peer's connection")
    refusal = try reader.prose("peer's refusal")
    roundTrip = try reader.interval("peer's round trip")
  }
}

/// Node, match (8), lag (8), last contact (8), fsync age (8), state.
extension NodeStatus.Follower: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.text(node)
    writer.u64(match)
    writer.u64(lag)
    writer.interval(lastContact)
    writer.interval(fsyncAge)
    writer.text(state)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    node = try reader.name("follower's node")
    match = try reader.counter("follower's match")
    lag = try reader.counter("follower's lag")
    lastContact = try reader.interval("follower's last contact")
    fsyncAge = try reader.interval("follower's fsync age")
    state = try reader.name("follower's state")
  }
}

/// All fields in the order of their declaration.
extension NodeStatus.Group: WirePart {
  static let byteCountMin = 240

  func write(to writer: inout ByteWriter) {
    writer.text(keyspace)
    writer.u32(group.rawValue)
    writer.u64(replica.rawValue)
    writer.text(role)
    writer.text(leader)
    writer.u64(term)
    writer.u64(commit)
    writer.u64(applied)
    writer.u64(lastIndex)
    writer.u64(firstIndex)
    writer.u64(durableIndex)
    writer.u64(base)
    writer.u64(compacted)
    writer.u64(liveKeys)
    writer.u64(sessions)
    writer.digest(chainHead)
    writer.digest(setHash)
    writer.interval(lastContact)
    writer.list(followers)
    writer.u64(lag)
    writer.names(voters)
    writer.names(outgoing)
    writer.prose(quarantine)
    writer.u64(received)
    writer.u64(receiving)
    writer.u64(rebuilds)
    writer.u64(scrubs)
    writer.names(preferred)
    writer.prose(notHome)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    keyspace = try reader.name("group's keyspace")
    group = try reader.group("group")
    replica = ReplicaID(try reader.counter("group's replica"))
    role = try reader.name("group's role")
    leader = try reader.name("group's leader")
    term = try reader.counter("group's term")
    commit = try reader.counter("group's commit")
    applied = try reader.counter("group's applied index")
    lastIndex = try reader.counter("group's last index")
    firstIndex = try reader.counter("group's first index")
    durableIndex = try reader.counter("group's durable index")
    base = try reader.counter("group's base")
    compacted = try reader.counter("group's compacted revision")
    liveKeys = try reader.counter("group's live keys")
    sessions = try reader.counter("group's sessions")
    chainHead = try reader.digest("group's chain head")
    setHash = try reader.digest("group's set hash")
    lastContact = try reader.interval("group's last contact")
    followers = try reader.list("group's followers", limit: Limits.membersMax, each: 40)
    lag = try reader.counter("group's lag")
    voters = try reader.names("group's voters", limit: Limits.membersMax)
    outgoing = try reader.names("group's outgoing voters", limit: Limits.membersMax)
    quarantine = try reader.prose("group's quarantine")
    received = try reader.counter("group's received bytes")
    receiving = try reader.counter("group's bytes to receive")
    rebuilds = try reader.counter("group's rebuilds")
    scrubs = try reader.counter("group's scrubs")
    preferred = try reader.names("group's preferred nodes", limit: Limits.membersMax)
    notHome = try reader.prose("group's way home")
  }
}
