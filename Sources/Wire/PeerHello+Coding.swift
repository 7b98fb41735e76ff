import Base
import Raft

/// | bytes | what |
/// |---|---|
/// | 2, 2 | lowest and highest protocol version |
/// | 2 | feature level |
/// | 16, 4 | cluster, epoch |
/// | text | node |
/// | 16, 8, 16 | store, boot count, nonce |
/// | text | callee |
/// | list | for each group, ascending: group (4), last index (8), its term (8), whether it is suspended (1) |
extension PeerHello: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.versions(versions)
    writer.u16(featureLevel)
    writer.identifier(cluster)
    writer.u32(epoch)
    writer.text(node.name)
    writer.identifier(store)
    writer.u64(bootCount)
    writer.identifier(nonce)
    writer.text(callee.name)
    writer.list(logs)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    versions = try reader.versions("versions")
    featureLevel = try reader.u16("feature level")
    cluster = try reader.identifier("cluster")
    epoch = try reader.u32("epoch")
    node = try reader.node("node")
    store = try reader.identifier("store")
    bootCount = try reader.counter("boot count")
    nonce = try reader.identifier("nonce")
    callee = try reader.node("callee")
    logs = try reader.list("logs", limit: Bounds.groupsMax, each: 21)
    try reader.ascending(logs, by: \.group, "logs' order")
  }
}

extension PeerHello.LogEnd: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u32(group.rawValue)
    last.write(to: &writer)
    writer.bool(isSuspended)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    group = try reader.group("log's group")
    last = try EntryID(from: &reader)
    isSuspended = try reader.bool("log's suspension")
  }
}

/// A tag (1), then what the case carries: 1 version (2, 2), 2 other cluster (16), 3 other epoch (4), 4 not a member,
/// 5 wrong callee (text), 6 other store (16), 7 older boot (8), 8 doubled, 9 log shrank (4, 8, 8), 10 no genesis.
extension PeerRefusal: WirePart {
  func write(to writer: inout ByteWriter) {
    switch self {
    case .version(let versions):
      writer.u8(1)
      writer.versions(versions)
    case .otherCluster(let cluster):
      writer.u8(2)
      writer.identifier(cluster)
    case .otherEpoch(let epoch):
      writer.u8(3)
      writer.u32(epoch)
    case .notAMember: writer.u8(4)
    case .wrongCallee(let node):
      writer.u8(5)
      writer.text(node.name)
    case .otherStore(let bound):
      writer.u8(6)
      writer.identifier(bound)
    case .olderBoot(let seen):
      writer.u8(7)
      writer.u64(seen)
    case .doubled: writer.u8(8)
    case .logShrank(let group, let acknowledged, let last):
      writer.u8(9)
      writer.u32(group.rawValue)
      writer.u64(acknowledged.rawValue)
      writer.u64(last.rawValue)
    case .noGenesis: writer.u8(10)
    }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    switch try reader.u8("refusal") {
    case 1: self = .version(try reader.versions("refusal's versions"))
    case 2: self = .otherCluster(try reader.identifier("refusal's cluster"))
    case 3: self = .otherEpoch(try reader.u32("refusal's epoch"))
    case 4: self = .notAMember
    case 5: self = .wrongCallee(try reader.node("refusal's node"))
    case 6: self = .otherStore(bound: try reader.identifier("refusal's store"))
    case 7: self = .olderBoot(seen: try reader.counter("refusal's boot count"))
    case 8: self = .doubled
    case 9:
      let group = try reader.group("refusal's group")
      let acknowledged = try reader.index("refusal's acknowledged index")
      self = .logShrank(group: group, acknowledged: acknowledged, last: try reader.index("refusal's last index"))
    case 10: self = .noGenesis
    default: throw .invalid(field: "refusal")
    }
  }
}

extension PeerRefusal: CustomStringConvertible {
  /// The reason, and what the refused node's administrator can do about it.
  public var description: String {
    switch self {
    case .version(let versions):
      "no protocol version in common: the other node speaks \(versions.lowerBound) through \(versions.upperBound); "
        + "upgrade the older of the two programs"
    case .otherCluster(let cluster):
      "the other node belongs to cluster \(cluster): correct the peer's address, or the data directory in use"
    case .otherEpoch(let epoch):
      "the other node is in epoch \(epoch) of this cluster, so one of the two missed a recovery from a lost quorum: "
        + "the node with the lower epoch must be wiped and added again"
    case .notAMember:
      "this node is in no group that the other node knows: add it to the cluster, or, if it was removed, stop it"
    case .wrongCallee(let node):
      "the address leads to node \(node): correct the peer's address"
    case .otherStore(let bound):
      "the cluster knows this node with store \(bound), not with the one in its data directory: restore the right "
        + "directory, or remove the node and add it again with the new one"
    case .olderBoot(let seen):
      "start \(seen) of this store was seen before, so this data directory is a copy from an earlier time: wipe it, "
        + "remove the node and add it again"
    case .doubled:
      "another process with a copy of this store runs or ran: stop one of the two, and if both have run, wipe this "
        + "one, remove the node and add it again"
    case .logShrank(let group, let acknowledged, let last):
      "the store had acknowledged group \(group) through entry \(acknowledged) and now ends at \(last): it lost data "
        + "or was restored from a copy; wipe it, remove the node and add it again"
    case .noGenesis:
      "the other node belongs to no cluster yet: found the cluster there, or add that node"
    }
  }
}
