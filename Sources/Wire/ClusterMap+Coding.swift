public import Base

/// Cluster (16), nodes (list), keyspaces (list).
extension ClusterMap: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.identifier(cluster)
    writer.list(nodes)
    writer.list(keyspaces)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    cluster = try reader.identifier("cluster")
    nodes = try reader.list("nodes", limit: Bounds.nodesMax, each: Node.byteCountMin)
    keyspaces = try reader.list("keyspaces", limit: Bounds.groupsMax, each: 20)
  }
}

/// Six texts: name, nation, supplier; client, peer and HTTP address.
extension ClusterMap.Node: WirePart {
  static let byteCountMin = 24

  func write(to writer: inout ByteWriter) {
    writer.text(name)
    writer.text(nation)
    writer.text(supplier)
    writer.text(client)
    writer.text(peer)
    writer.text(http)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    name = try reader.name("node's name")
    nation = try reader.name("node's nation")
    supplier = try reader.name("node's supplier")
    client = try reader.text("client address", limit: Bounds.addressBytesMax)
    peer = try reader.text("peer address", limit: Bounds.addressBytesMax)
    http = try reader.text("HTTP address", limit: Bounds.addressBytesMax)
  }
}

/// Name, group (4), leader, term (8).
extension ClusterMap.Keyspace: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.text(name)
    writer.u32(group.rawValue)
    writer.text(leader)
    writer.u64(term)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    name = try reader.name("keyspace's name")
    group = try reader.group("keyspace's group")
    leader = try reader.name("keyspace's leader")
    term = try reader.counter("keyspace's term")
  }
}

/// | bytes | what |
/// |---|---|
/// | 2 | version, ``version`` |
/// | texts | node, nation, supplier |
/// | 16, 8 | store, boot count |
/// | blob | the encoded genesis, or empty |
///
/// Also the payload of the identity file.
extension NodeIdentity: WireForm, WirePart {
  public static let version: UInt16 = 1

  public func encode(into writer: inout ByteWriter) { write(to: &writer) }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try self.init(from: &reader)
    try reader.finish()
  }

  func write(to writer: inout ByteWriter) {
    writer.u16(Self.version)
    writer.text(node)
    writer.text(nation)
    writer.text(supplier)
    writer.identifier(store)
    writer.u64(bootCount)
    writer.blob(genesis)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    try reader.version(Self.version, "identity version")
    node = try reader.name("identity's node")
    nation = try reader.name("identity's nation")
    supplier = try reader.name("identity's supplier")
    store = try reader.identifier("identity's store")
    bootCount = try reader.counter("identity's boot count")
    genesis = try reader.blob("identity's genesis", limit: Bounds.genesisBytesMax)
  }
}
