import Base

/// What is due when: a queue in which entries whose reason has gone are not searched for, but met and ignored.
///
/// Calls outlive their answers here until their deadline would have come: ten seconds of them. So what is further
/// away waits unsorted in slots of ``grain``, eight bytes each, and only what comes near is sorted.
struct Agenda<Item: Sendable>: Sendable {
  private struct Entry {
    var at: Moment
    /// Keeps entries of the same moment in the order in which they were added.
    var order: UInt64
    var item: Item
    func precedes(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
  }

  private static var grain: Int64 { 16_000_000 }

  /// A binary heap.
  private var near: [Entry] = []
  private var far: [Int64: [Entry]] = [:]
  /// Slots of `far`, ascending.
  private var slots: [Int64] = []
  private var order: UInt64 = 0
  /// Slots up to this one are in `near`.
  private var opened = Int64.min

  /// When ``pop(_:)`` has something at the earliest.
  var next: Moment {
    let nearest = near.first?.at ?? .never
    guard let slot = slots.first else { return nearest }
    return min(nearest, Moment(nanoseconds: slot * Self.grain))
  }

  mutating func add(_ item: Item, at moment: Moment) {
    guard moment != .never else { return }
    order += 1
    let entry = Entry(at: moment, order: order, item: item)
    let slot = moment.nanoseconds / Self.grain
    guard slot > opened else { return push(entry) }
    if far[slot] == nil {
      let place = slots.lastIndex { $0 < slot }.map { $0 + 1 } ?? 0
      slots.insert(slot, at: place)
      far[slot] = [entry]
    } else {
      far[slot]!.append(entry)
    }
  }

  /// The first item whose moment has come.
  mutating func pop(_ now: Moment) -> Item? {
    while let slot = slots.first, slot * Self.grain <= now.nanoseconds {
      slots.removeFirst()
      opened = slot
      for entry in far.removeValue(forKey: slot) ?? [] { push(entry) }
    }
    guard let first = near.first, first.at <= now else { return nil }
    removeFirst()
    return first.item
  }

  private mutating func push(_ entry: Entry) {
    near.append(entry)
    var child = near.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard near[child].precedes(near[parent]) else { return }
      near.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func removeFirst() {
    near.swapAt(0, near.count - 1)
    near.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < near.count && near[child].precedes(near[least]) {
        least = child
      }
      guard least != parent else { return }
      near.swapAt(parent, least)
      parent = least
    }
  }
}
