import Base
import Model

/// etcd's TxnRequest.
struct EtcdTransaction: Hashable, Sendable {
  var transaction: Transaction

  init(from reader: inout MessageReader) throws(GatewayError) {
    let compares = try reader.messages("compare")
    let success = try reader.messages("success")
    let failure = try reader.messages("failure")
    try reader.finish()
    // Before they are read one by one, so that a long list costs no more than its parsing.
    for (name, count) in [("compare", compares.count), ("success", success.count), ("failure", failure.count)]
    where count > Limits.transactionOperationsMax {
      throw .invalid(
        "field '\(name)' has \(count) elements, at most \(Limits.transactionOperationsMax) are allowed",
        error: EtcdText.tooManyOperations)
    }
    transaction = Transaction(success: [])
    for var compare in compares { transaction.compares.append(try Compare(etcd: &compare)) }
    for var operation in success { transaction.success.append(try Operation(etcd: &operation)) }
    for var operation in failure { transaction.failure.append(try Operation(etcd: &operation)) }
  }
}

private enum CompareResult: Int, EtcdEnumeration {
  case equal, greater, less, notEqual
  static let first = CompareResult.equal
  var name: String { ["EQUAL", "GREATER", "LESS", "NOT_EQUAL"][rawValue] }

  var relation: Compare.Relation {
    switch self {
    case .equal: .equal
    case .greater: .greater
    case .less: .less
    case .notEqual: .notEqual
    }
  }
}

private enum CompareTarget: Int, EtcdEnumeration {
  case version, create, mod, value, lease
  static let first = CompareTarget.version
  var name: String { ["VERSION", "CREATE", "MOD", "VALUE", "LEASE"][rawValue] }
  /// The member that holds what is compared with.
  var field: String { ["version", "create_revision", "mod_revision", "value", "lease"][rawValue] }
}

extension Compare {
  /// etcd takes a member of another target than the one named for 0. That is a slip of the caller, so it is refused
  /// here; a missing number is 0 as it is there, but a missing value, which etcd takes for "equal to anything", is
  /// refused.
  fileprivate init(etcd reader: inout MessageReader) throws(GatewayError) {
    let result: CompareResult = try reader.choice("result")
    let target: CompareTarget = try reader.choice("target")
    let key = try reader.bytes("key") ?? []
    let version = try reader.uint64("version")
    let create = try reader.uint64("create_revision")
    let mod = try reader.uint64("mod_revision")
    let value = try reader.bytes("value")
    let lease = try reader.int64("lease")
    let rangeEnd = try reader.bytes("range_end") ?? []
    try reader.finish()
    guard !key.isEmpty else { throw .emptyKey(reader.name(of: "key")) }
    let given: [(CompareTarget, Bool)] = [
      (.version, version != nil), (.create, create != nil), (.mod, mod != nil), (.value, value != nil),
      (.lease, lease != nil),
    ]
    for (other, isGiven) in given where isGiven && other != target {
      throw .invalid("field '\(reader.name(of: other.field))' does not go with target \(target.name)")
    }
    guard rangeEnd.isEmpty else {
      throw .unimplemented("field '\(reader.name(of: "range_end"))': a compare is of one key here")
    }
    let ours: Target
    switch target {
    case .version: ours = .version(version ?? 0)
    case .create: ours = .createRevision(Revision(create ?? 0))
    case .mod: ours = .modRevision(Revision(mod ?? 0))
    case .value:
      guard let value else { throw .invalid("field '\(reader.name(of: "value"))' must be given with target VALUE") }
      guard result == .equal || result == .notEqual else {
        throw .unimplemented("field '\(reader.name(of: "result"))': values are compared for EQUAL and NOT_EQUAL here")
      }
      ours = .value(Digest(of: value))
    case .lease: throw .unimplemented("field '\(reader.name(of: "target"))': keys have no leases here")
    }
    self.init(key: Key(key), relation: result.relation, target: ours)
  }
}

extension Operation {
  /// One element of a list: exactly one of etcd's kinds of request.
  fileprivate init(etcd reader: inout MessageReader) throws(GatewayError) {
    let range = try reader.message("request_range")
    let put = try reader.message("request_put")
    let delete = try reader.message("request_delete_range")
    let nested = try reader.message("request_txn")
    try reader.finish()
    let given = [range, put, delete, nested].compactMap(\.self)
    guard given.count <= 1 else { throw .invalid("\(reader.place) holds more than one request") }
    guard nested == nil else {
      throw .unimplemented("field '\(reader.name(of: "request_txn"))': transactions do not nest here")
    }
    if var range {
      self = try Self.range(&range)
    } else if var put {
      let request = try EtcdPut(from: &put)
      guard !request.mustExist else {
        throw .unimplemented("field '\(put.name(of: "ignore_lease"))' is not served within a transaction")
      }
      self = request.operation
    } else if var delete {
      self = try EtcdDeleteRange(from: &delete).operation
    } else {
      throw .invalid("\(reader.place) holds no request", error: EtcdText.keyNotFound)
    }
  }

  /// What the gateway would have to do to the rows itself is refused: by then the transaction has happened.
  private static func range(_ reader: inout MessageReader) throws(GatewayError) -> Operation {
    let request = try EtcdRange(from: &reader)
    guard !request.filter.isSet else {
      throw .unimplemented("\(reader.place): filters by revision are not served within a transaction")
    }
    guard !request.isFinishedHere else {
      throw .unimplemented("field '\(reader.name(of: "sort_target"))': within a transaction ranges sort by KEY only")
    }
    return .range(request.query)
  }
}
