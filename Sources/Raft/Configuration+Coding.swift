public import Base

extension Configuration {
  /// The canonical form: the payload of a configuration entry, and part of snapshots and genesis.
  public func write(to writer: inout ByteWriter) {
    writer.u16(1)
    writer.u32(UInt32(members.count))
    for member in members {
      writer.u64(member.replica.rawValue)
      writer.text(member.node.name)
      writer.identifier(member.store)
      writer.u8(member.role.rawValue)
      writer.u8(member.nation.rawValue)
      writer.text(member.supplier)
      writer.u32(UInt32(member.labels.count))
      for label in member.labels {
        writer.text(label.name)
        writer.text(label.value)
      }
    }
    writer.u32(UInt32(outgoing.count))
    for replica in outgoing { writer.u64(replica.rawValue) }
  }

  /// The canonical form as bytes.
  public var bytes: [UInt8] {
    var writer = ByteWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// Reads and validates the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    let version = try reader.u16("configuration version")
    guard version == 1 else { throw .unknownVersion(version) }
    var members: [Member] = []
    for _ in 0..<(try reader.count("members", limit: Limits.membersMax, each: 38)) {
      members.append(try Member(from: &reader))
    }
    var outgoing: [ReplicaID] = []
    for _ in 0..<(try reader.count("outgoing voters", limit: Limits.membersMax, each: 8)) {
      outgoing.append(ReplicaID(try reader.u64("outgoing voter")))
    }
    self.members = members
    self.outgoing = outgoing
    try validate()
  }
}

extension Member {
  fileprivate init(from reader: inout ByteReader) throws(DecodeError) {
    replica = ReplicaID(try reader.u64("member's replica"))
    guard let node = NodeID(try reader.text("member's node", limit: 63)) else { throw .invalid(field: "member's node") }
    self.node = node
    store = try reader.identifier("member's store")
    guard let role = MemberRole(rawValue: try reader.u8("member's role")) else { throw .invalid(field: "member's role") }
    self.role = role
    guard let nation = Nation(rawValue: try reader.u8("member's nation")) else {
      throw .invalid(field: "member's nation")
    }
    self.nation = nation
    supplier = try reader.text("member's supplier", limit: 63)
    labels = []
    for _ in 0..<(try reader.count("member's labels", limit: 16, each: 8)) {
      let name = try reader.text("label's name", limit: 63)
      labels.append(Label(name: name, value: try reader.text("label's value", limit: 63)))
    }
  }
}
