/// Calls that wait for the same thing, first come first served. Calls that end meanwhile stay until they are met.
struct CallQueue: Sendable {
  private var ids: [CallID] = []
  private var head = 0
  /// Calls that still wait; kept by whoever ends one.
  private(set) var waiting = 0

  var isEmpty: Bool { waiting == 0 }

  mutating func append(_ id: CallID) {
    ids.append(id)
    waiting += 1
  }

  /// A call that waits here has ended.
  mutating func noteEnded() {
    precondition(waiting > 0, "nothing waits")
    waiting -= 1
    if waiting == 0 { removeAll() }
  }

  /// The next one that `waits` says is still here; it is taken out.
  mutating func popFirst(where waits: (CallID) -> Bool) -> CallID? {
    while head < ids.count {
      let id = ids[head]
      head += 1
      guard waits(id) else { continue }
      waiting -= 1
      if waiting == 0 {
        removeAll()
      } else if head > 1_024, head > ids.count / 2 {
        ids.removeFirst(head)
        head = 0
      }
      return id
    }
    removeAll()
    return nil
  }

  /// Everything, also what has ended.
  mutating func takeAll() -> [CallID] {
    defer { removeAll() }
    return Array(ids[head...])
  }

  private mutating func removeAll() {
    ids.removeAll(keepingCapacity: true)
    head = 0
    waiting = 0
  }
}
