import Base
import Model

/// etcd's RangeRequest, and what of it the gateway does itself because the store does not: sort by anything but the
/// key, and filter by revisions.
struct EtcdRange: Hashable, Sendable {
  enum SortOrder: Int, EtcdEnumeration {
    case none, ascend, descend
    static let first = SortOrder.none
    var name: String { ["NONE", "ASCEND", "DESCEND"][rawValue] }
  }

  enum SortTarget: Int, EtcdEnumeration {
    case key, version, create, mod, value
    static let first = SortTarget.key
    var name: String { ["KEY", "VERSION", "CREATE", "MOD", "VALUE"][rawValue] }
  }

  /// Bounds of revisions, both inclusive; 0 for none.
  struct Filter: Hashable, Sendable {
    var minMod: UInt64 = 0
    var maxMod: UInt64 = 0
    var minCreate: UInt64 = 0
    var maxCreate: UInt64 = 0

    var isSet: Bool { self != Filter() }

    func passes(_ item: KeyValue) -> Bool {
      let mod = item.modRevision.rawValue
      let create = item.createRevision.rawValue
      return (minMod == 0 || mod >= minMod) && (maxMod == 0 || mod <= maxMod)
        && (minCreate == 0 || create >= minCreate) && (maxCreate == 0 || create <= maxCreate)
    }
  }

  var range: KeyRange
  /// 0: all.
  var limit: Int
  var revision: Revision
  var order: SortOrder
  var target: SortTarget
  var serializable: Bool
  var keysOnly: Bool
  var countOnly: Bool
  var filter: Filter

  init(from reader: inout MessageReader) throws(GatewayError) {
    range = try KeyRange(etcd: &reader)
    limit = Int(max(try reader.int64("limit") ?? 0, 0))
    revision = Revision(UInt64(max(try reader.int64("revision") ?? 0, 0)))
    order = try reader.choice("sort_order")
    target = try reader.choice("sort_target")
    serializable = try reader.bool("serializable")
    keysOnly = try reader.bool("keys_only")
    countOnly = try reader.bool("count_only")
    filter = Filter(
      minMod: try reader.uint64("min_mod_revision") ?? 0, maxMod: try reader.uint64("max_mod_revision") ?? 0,
      minCreate: try reader.uint64("min_create_revision") ?? 0,
      maxCreate: try reader.uint64("max_create_revision") ?? 0)
    try reader.finish()
  }

  /// The order in which rows leave: like etcd, another target than the key without an order means ascending.
  private var effectiveOrder: SortOrder { target != .key && order == .none ? .ascend : order }

  /// Whether rows leave in another order than that of their keys.
  private var isSorted: Bool { target != .key }

  /// Whether the answer depends on every row of the range.
  var needsWhole: Bool { !countOnly && (filter.isSet || isSorted && order != .none) }

  /// Whether the gateway has work of its own on the rows.
  var isFinishedHere: Bool { !countOnly && (filter.isSet || isSorted) }

  /// What the store is asked.
  ///
  /// Without a sort order etcd reads the first limit + 1 keys, and only then sorts those by another target than the key
  /// and drops the last. That is odd, but what its clients get, so it is done here too.
  var query: RangeQuery {
    let sortsFewer = isSorted && !needsWhole && limit > 0 && limit < Int.max
    return RangeQuery(
      range: range, revision: revision, limit: needsWhole || countOnly ? 0 : sortsFewer ? limit + 1 : limit,
      keysOnly: keysOnly && target != .value, countOnly: countOnly, reverse: target == .key && order == .descend)
  }

  /// The answer's rows out of the store's: filtered, sorted, cut. `count` stays that of the whole range, as in etcd.
  func finish(_ result: RangeResult) -> RangeResult {
    guard isFinishedHere else { return result }
    var items = filter.isSet ? result.items.filter(filter.passes) : result.items
    if isSorted { sort(&items) }
    var more = result.more
    if limit > 0, items.count > limit {
      items.removeSubrange(limit...)
      more = true
    }
    if keysOnly {
      for place in items.indices { items[place].value = nil }
    }
    return RangeResult(items: items, more: more, count: result.count)
  }

  /// Rows that are equal in the target stay in the order of their keys.
  private func sort(_ items: inout [KeyValue]) {
    func number(_ item: KeyValue) -> UInt64 {
      switch target {
      case .key, .value: 0
      case .version: item.version
      case .create: item.createRevision.rawValue
      case .mod: item.modRevision.rawValue
      }
    }
    let descends = effectiveOrder == .descend
    items.sort { left, right in
      if target == .value {
        let (first, second) = (Key(left.value?.bytes ?? []), Key(right.value?.bytes ?? []))
        if first != second { return descends ? second < first : first < second }
      } else if number(left) != number(right) {
        return descends ? number(left) > number(right) : number(left) < number(right)
      }
      return left.key < right.key
    }
  }
}

extension KeyRange {
  /// `key` and `range_end` by etcd's rules: no end means the one key, an end of one zero byte every key from `key` on.
  init(etcd reader: inout MessageReader) throws(GatewayError) {
    let key = try reader.bytes("key") ?? []
    let end = try reader.bytes("range_end") ?? []
    guard !key.isEmpty else { throw .emptyKey(reader.name(of: "key")) }
    if end.isEmpty {
      self.init(only: Key(key))
    } else if end == [0] {
      self.init(start: Key(key), end: nil)
    } else {
      self.init(start: Key(key), end: Key(end))
    }
  }
}

extension GatewayError {
  static func emptyKey(_ field: String) -> GatewayError {
    .invalid("field '\(field)' must have at least one byte", error: EtcdText.emptyKey)
  }
}
