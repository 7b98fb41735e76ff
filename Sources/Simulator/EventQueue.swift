import Base

/// What happens when, in virtual time: a binary heap by (moment, order of scheduling), so that equal moments keep their
/// order and a seed repeats itself.
struct EventQueue<Happening> {
  private var heap: [(at: Moment, order: UInt64, what: Happening)] = []
  private var next: UInt64 = 0
  /// Moments in the heap are so much earlier than they mean.
  private var postponed = Interval.zero

  var count: Int { heap.count }

  mutating func schedule(_ what: Happening, at moment: Moment) {
    heap.append((moment - postponed, next, what))
    next += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(child, parent) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> (at: Moment, what: Happening)? {
    guard !heap.isEmpty else { return nil }
    heap.swapAt(0, heap.count - 1)
    let first = heap.removeLast()
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < heap.count else { break }
      let right = left + 1
      let child = right < heap.count && precedes(right, left) ? right : left
      guard precedes(child, parent) else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return (first.at + postponed, first.what)
  }

  /// Everything happens so much later.
  mutating func postpone(by interval: Interval) { postponed = postponed + interval }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].at, heap[left].order) < (heap[right].at, heap[right].order)
  }
}
