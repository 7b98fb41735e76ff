import Base

/// What the steps of one list have changed so far, in key order, over a state that does not show it yet.
struct Overlay {
  struct Entry {
    let key: Key
    /// Whether the state below has the key.
    let isLiveBelow: Bool
    /// The row as it is now; nil when it was deleted.
    var row: Row?
  }

  struct Row {
    var head: RowHead
    var value: Value

    func item(_ key: Key, keysOnly: Bool) -> KeyValue {
      KeyValue(
        key: key, value: keysOnly ? nil : value, createRevision: head.createRevision, modRevision: head.modRevision,
        version: head.version)
    }
  }

  /// Invariant: ascending by key, each key once.
  private(set) var entries: [Entry] = []

  /// The position of the first entry whose key is not before `key`.
  private func position(_ key: Key) -> Int {
    // Keys of a range delete come in order: most searches end at the last entry.
    if let last = entries.last, last.key < key { return entries.count }
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The change of `key`; nil when no step has touched it.
  func entry(_ key: Key) -> Entry? {
    let position = position(key)
    guard position < entries.count, entries[position].key == key else { return nil }
    return entries[position]
  }

  /// Records what `key` is now. `isLiveBelow` counts when this is the first step to touch it.
  mutating func set(_ key: Key, _ row: Row?, isLiveBelow: Bool) {
    let position = position(key)
    if position < entries.count, entries[position].key == key {
      entries[position].row = row
    } else {
      entries.insert(Entry(key: key, isLiveBelow: isLiveBelow, row: row), at: position)
    }
  }

  /// The changes to keys of `range`, in key order.
  func entries(in range: KeyRange) -> ArraySlice<Entry> {
    let start = position(range.start)
    let end = range.end.map(position) ?? entries.count
    return entries[start..<max(start, end)]
  }

  /// How many more live keys `range` has than below.
  func countChange(in range: KeyRange) -> Int {
    var change = 0
    for entry in entries(in: range) {
      change += (entry.row == nil ? 0 : 1) - (entry.isLiveBelow ? 1 : 0)
    }
    return change
  }
}
