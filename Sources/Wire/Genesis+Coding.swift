public import Base
import Raft

/// | bytes | what |
/// |---|---|
/// | 2 | format version, ``version`` |
/// | 16, 4 | cluster, epoch |
/// | 8, 2 | created at (wall time), feature level |
/// | list | nodes: six texts each, by name ascending |
/// | list | groups, ascending: keyspace, group (4), the configuration's canonical form |
extension Genesis: WireForm {
  /// The only format version known here.
  public static let version: UInt16 = 1

  public func encode(into writer: inout ByteWriter) {
    writer.u16(formatVersion)
    writer.identifier(cluster)
    writer.u32(epoch)
    writer.i64(createdAt.milliseconds)
    writer.u16(featureLevel)
    writer.list(nodes)
    writer.list(groups)
  }

  /// Reads and validates.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    guard bytes.count <= Bounds.genesisBytesMax else { throw .tooLong(field: "genesis") }
    var reader = ByteReader(bytes)
    try reader.version(Self.version, "genesis version")
    formatVersion = Self.version
    cluster = try reader.identifier("genesis cluster")
    epoch = try reader.u32("genesis epoch")
    createdAt = WallTime(milliseconds: try reader.i64("genesis time"))
    featureLevel = try reader.u16("genesis feature level")
    nodes = try reader.list("genesis nodes", limit: Bounds.nodesMax, each: ClusterMap.Node.byteCountMin)
    groups = try reader.list("genesis groups", limit: Bounds.groupsMax, each: 18)
    try reader.finish()
    try validate()
  }

  /// SHA-256 of the form: what two nodes compare to know that they were founded together.
  public var digest: Digest { Digest(of: encoded) }

  /// What founds a cluster must hold together: nodes sorted and unique, each of a known nation; groups sorted and
  /// unique, as are the names of keyspaces; each configuration legal, not joint, its members on nodes of the record
  /// with the same nation and supplier there, each node once, and one store for each node in all groups. Called by the
  /// decoder, and by whoever makes a record before it is sent out.
  public func validate() throws(DecodeError) {
    guard formatVersion == Self.version else { throw .unknownVersion(formatVersion) }
    guard !cluster.isZero else { throw .invalid(field: "genesis cluster") }
    guard !nodes.isEmpty, nodes.count <= Bounds.nodesMax else { throw .invalid(field: "genesis nodes") }
    guard !groups.isEmpty, groups.count <= Bounds.groupsMax else { throw .invalid(field: "genesis groups") }
    try validateNodes()
    for (left, right) in zip(groups, groups.dropFirst()) where left.group >= right.group {
      throw .invalid(field: "genesis groups' order")
    }
    let keyspaces = groups.map(\.keyspace).sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    for (left, right) in zip(keyspaces, keyspaces.dropFirst()) where left == right {
      throw .invalid(field: "genesis keyspaces")
    }
    // The store of `nodes[i]`, once a configuration has named it.
    var stores = [Identifier?](repeating: nil, count: nodes.count)
    for group in groups { try validate(group, stores: &stores) }
  }

  private func validateNodes() throws(DecodeError) {
    var previous: NodeID?
    for node in nodes {
      guard let name = NodeID(node.name) else { throw .invalid(field: "genesis node's name") }
      if let previous, previous >= name { throw .invalid(field: "genesis nodes' order") }
      previous = name
      guard Nation(node.nation) != nil else { throw .invalid(field: "genesis node's nation") }
      guard !node.supplier.isEmpty, node.supplier.utf8.count <= Bounds.nameBytesMax else {
        throw .invalid(field: "genesis node's supplier")
      }
      for address in [node.client, node.peer, node.http] where address.utf8.count > Bounds.addressBytesMax {
        throw .tooLong(field: "genesis node's address")
      }
    }
  }

  private func validate(_ group: Group, stores: inout [Identifier?]) throws(DecodeError) {
    guard NodeID(group.keyspace) != nil else { throw .invalid(field: "genesis keyspace's name") }
    // By its bytes: a label that is too long must not make a record that nobody can read.
    var reader = ByteReader(group.configuration.bytes)
    _ = try reader.configuration("genesis member's replica")
    guard !group.configuration.isJoint else { throw .invalid(field: "genesis configuration") }
    var taken = [Bool](repeating: false, count: nodes.count)
    for member in group.configuration.members {
      guard let place = place(of: member.node), !taken[place] else { throw .invalid(field: "genesis member's node") }
      taken[place] = true
      let node = nodes[place]
      guard node.nation == member.nation.description else { throw .invalid(field: "genesis member's nation") }
      guard node.supplier == member.supplier else { throw .invalid(field: "genesis member's supplier") }
      guard !member.store.isZero, stores[place] ?? member.store == member.store else {
        throw .invalid(field: "genesis member's store")
      }
      stores[place] = member.store
    }
  }

  /// By bisection, for `nodes` are sorted.
  private func place(of name: NodeID) -> Int? {
    var low = 0
    var high = nodes.count
    while low < high {
      let middle = low + (high - low) / 2
      if nodes[middle].name.utf8.lexicographicallyPrecedes(name.name.utf8) { low = middle + 1 } else { high = middle }
    }
    return low < nodes.count && nodes[low].name == name.name ? low : nil
  }
}

extension Genesis.Group: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.text(keyspace)
    writer.u32(group.rawValue)
    configuration.write(to: &writer)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let keyspace = try reader.name("genesis keyspace")
    let group = try reader.group("genesis group")
    self.init(keyspace: keyspace, group: group, configuration: try reader.configuration("genesis member's replica"))
  }
}
