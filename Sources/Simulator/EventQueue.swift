import Base

/// What happens when, in virtual time: a binary heap by (moment, order of scheduling), so that equal moments keep their
/// order and a seed repeats itself.
struct EventQueue<Happening> {
  private var heap: [(at: Moment, order: UInt64, place: Int)] = []
  /// What happens, by place, so that the heap moves numbers alone.
  private var happenings: [Happening?] = []
  private var freePlaces: [Int] = []
  private var next: UInt64 = 0
  /// Moments in the heap are so much earlier than they mean.
  private var postponed = Interval.zero

  var count: Int { heap.count }

  mutating func schedule(_ what: Happening, at moment: Moment) {
    let place: Int
    if let free = freePlaces.popLast() {
      place = free
      happenings[free] = what
    } else {
      place = happenings.count
      happenings.append(what)
    }
    heap.append((moment - postponed, next, place))
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
    guard let what = happenings[first.place].take() else { preconditionFailure("nothing stands at \(first.place)") }
    freePlaces.append(first.place)
    return (first.at + postponed, what)
  }

  /// Everything happens so much later.
  mutating func postpone(by interval: Interval) { postponed = postponed + interval }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].at, heap[left].order) < (heap[right].at, heap[right].order)
  }
}
