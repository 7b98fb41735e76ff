/// A map in key order: runs of bounded length, each sorted, so that an insertion moves a few hundred elements at most
/// however large the map is. A value; a copy shares what neither side has changed.
struct SortedMap<Key: Comparable, Value> {
  fileprivate struct Run {
    var keys: [Key]
    var values: [Value]
  }

  private static var runMax: Int { 256 }

  /// Invariant: no run is empty, keys ascend within and across runs.
  private var runs: [Run] = []
  /// How many keys there are.
  private(set) var count = 0

  /// A place in the map. It means nothing after a change.
  struct Place: Equatable {
    fileprivate var run: Int
    fileprivate var position: Int
  }

  var isEmpty: Bool { count == 0 }
  var first: Place { Place(run: 0, position: 0) }
  var end: Place { Place(run: runs.count, position: 0) }

  /// The first place whose key is not below `key`.
  func lowerBound(_ key: Key) -> Place {
    // The last run that starts at or below `key` is the only one that can hold it.
    let run = Self.partition(runs.count) { runs[$0].keys[0] <= key } - 1
    guard run >= 0 else { return first }
    let position = Self.partition(runs[run].keys.count) { runs[run].keys[$0] < key }
    return position < runs[run].keys.count ? Place(run: run, position: position) : Place(run: run + 1, position: 0)
  }

  func place(after place: Place) -> Place {
    place.position + 1 < runs[place.run].keys.count
      ? Place(run: place.run, position: place.position + 1) : Place(run: place.run + 1, position: 0)
  }

  /// nil before the first place.
  func place(before place: Place) -> Place? {
    if place.position > 0 { return Place(run: place.run, position: place.position - 1) }
    return place.run > 0 ? Place(run: place.run - 1, position: runs[place.run - 1].keys.count - 1) : nil
  }

  func key(at place: Place) -> Key { runs[place.run].keys[place.position] }
  func value(at place: Place) -> Value { runs[place.run].values[place.position] }

  subscript(key: Key) -> Value? {
    let place = lowerBound(key)
    return holds(place, key) ? value(at: place) : nil
  }

  /// Sets the value of `key`.
  mutating func set(_ key: Key, _ value: Value) {
    let place = lowerBound(key)
    if holds(place, key) {
      runs[place.run].values[place.position] = value
    } else {
      insert(key, value, at: place)
    }
  }

  /// Changes the value of `key`, which must be there, in its place.
  mutating func update(_ key: Key, _ body: (inout Value) -> Void) {
    let place = lowerBound(key)
    precondition(holds(place, key), "a key is changed that is not there")
    body(&runs[place.run].values[place.position])
  }

  /// Takes `key` out; nil when it was not there.
  @discardableResult
  mutating func remove(_ key: Key) -> Value? {
    let place = lowerBound(key)
    guard holds(place, key) else { return nil }
    runs[place.run].keys.remove(at: place.position)
    let value = runs[place.run].values.remove(at: place.position)
    if runs[place.run].keys.isEmpty { runs.remove(at: place.run) }
    count -= 1
    return value
  }

  private func holds(_ place: Place, _ key: Key) -> Bool { place.run < runs.count && self.key(at: place) == key }

  private mutating func insert(_ key: Key, _ value: Value, at place: Place) {
    count += 1
    guard !runs.isEmpty else {
      runs.append(Run(keys: [key], values: [value]))
      return
    }
    // At the start of a run (or after the last) the run before has room at its end as well.
    var (run, position) = (place.run, place.position)
    if position == 0, run > 0 {
      run -= 1
      position = runs[run].keys.count
    }
    runs[run].keys.insert(key, at: position)
    runs[run].values.insert(value, at: position)
    let length = runs[run].keys.count
    guard length > Self.runMax else { return }
    // Keys that only ascend leave full runs behind; others leave halves.
    let cut = position == length - 1 ? length - 1 : length / 2
    let upper = Run(keys: Array(runs[run].keys[cut...]), values: Array(runs[run].values[cut...]))
    runs[run].keys.removeSubrange(cut...)
    runs[run].values.removeSubrange(cut...)
    runs.insert(upper, at: run + 1)
  }

  /// The first of `0..<count` for which `isBefore` does not hold; it must hold for all before and none after.
  private static func partition(_ count: Int, _ isBefore: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension SortedMap: Sendable where Key: Sendable, Value: Sendable {}
extension SortedMap.Run: Sendable where Key: Sendable, Value: Sendable {}

/// In key order.
extension SortedMap: Sequence {
  struct Iterator: IteratorProtocol {
    fileprivate let map: SortedMap
    fileprivate var place: Place

    mutating func next() -> (key: Key, value: Value)? {
      guard place != map.end else { return nil }
      defer { place = map.place(after: place) }
      return (map.key(at: place), map.value(at: place))
    }
  }

  func makeIterator() -> Iterator { Iterator(map: self, place: first) }
  var underestimatedCount: Int { count }
}
