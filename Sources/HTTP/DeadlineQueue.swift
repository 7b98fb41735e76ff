import Base
import Network

/// Connections by the moment at which to look at them: a binary heap. Entries are never removed early; the owner knows
/// which of them still counts.
struct DeadlineQueue {
  private var heap: [(due: Moment, id: ConnectionID)] = []

  /// The earliest moment, or never.
  var next: Moment { heap.first?.due ?? .never }

  mutating func push(_ due: Moment, _ id: ConnectionID) {
    heap.append((due, id))
    var child = heap.count - 1
    while child > 0, heap[child].due < heap[(child - 1) / 2].due {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes out the earliest entry if it is due.
  mutating func pop(at now: Moment) -> (due: Moment, id: ConnectionID)? {
    guard let first = heap.first, first.due <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].due < heap[least].due {
        least = child
      }
      guard least != parent else { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
