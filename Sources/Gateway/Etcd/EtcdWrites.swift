import Base
import Model

/// etcd's PutRequest.
struct EtcdPut: Hashable, Sendable {
  var key: Key
  var value: [UInt8]
  var wantsPrevious: Bool
  /// Put only if the key exists: what is left of etcd's `ignore_lease` where keys have no leases.
  var mustExist: Bool

  init(from reader: inout MessageReader) throws(GatewayError) {
    let key = try reader.bytes("key") ?? []
    value = try reader.bytes("value") ?? []
    let lease = try reader.int64("lease") ?? 0
    wantsPrevious = try reader.bool("prev_kv")
    let ignoresValue = try reader.bool("ignore_value")
    mustExist = try reader.bool("ignore_lease")
    try reader.finish()
    guard !key.isEmpty else { throw .emptyKey(reader.name(of: "key")) }
    self.key = Key(key)
    if ignoresValue, !value.isEmpty {
      throw .invalid(
        "field '\(reader.name(of: "ignore_value"))' excludes a value", error: EtcdText.valueProvided)
    }
    if mustExist, lease != 0 {
      throw .invalid(
        "field '\(reader.name(of: "ignore_lease"))' excludes a lease", error: EtcdText.leaseProvided)
    }
    guard lease == 0 else { throw .unimplemented("field '\(reader.name(of: "lease"))': keys have no leases here") }
    guard !ignoresValue else {
      throw .unimplemented("field '\(reader.name(of: "ignore_value"))' is not served: send the value")
    }
  }

  var operation: Operation { .put(key: key, value: Value(value), wantsPrevious: wantsPrevious) }

  var transaction: Transaction {
    let exists = Compare(key: key, relation: .greater, target: .version(0))
    return Transaction(compares: mustExist ? [exists] : [], success: [operation])
  }
}

/// etcd's DeleteRangeRequest.
struct EtcdDeleteRange: Hashable, Sendable {
  var range: KeyRange
  var wantsPrevious: Bool

  init(from reader: inout MessageReader) throws(GatewayError) {
    range = try KeyRange(etcd: &reader)
    wantsPrevious = try reader.bool("prev_kv")
    try reader.finish()
  }

  var operation: Operation { .delete(range, wantsPrevious: wantsPrevious) }
}

/// etcd's CompactionRequest. `physical` needs nothing: the state's file gives the room free as part of applying.
struct EtcdCompaction: Hashable, Sendable {
  var revision: Revision

  init(from reader: inout MessageReader) throws(GatewayError) {
    revision = Revision(try reader.uint64("revision") ?? 0)
    _ = try reader.bool("physical")
    try reader.finish()
  }
}
