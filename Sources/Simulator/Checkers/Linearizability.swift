import Base

/// Whether a history of one register is linearizable: Wing and Gong's search with Lowe's memory of configurations seen.
///
/// Linearizability is local (Herlihy and Wing 1990), so keys are judged one by one. An operation of unknown outcome may
/// take effect at any moment after its start, or never.
public enum Linearizability {
  static let name = "linearizability"

  public enum Verdict: Hashable, Sendable {
    case linearizable
    /// No order explains it. The operations of the shortest prefix that already fails.
    case violated([Operation])
    /// Given up after too many configurations: says nothing.
    case undecided
  }

  /// - Parameter configurationsMax: how many configurations to look at before giving up.
  public static func check(_ history: [Operation], configurationsMax: Int = 2_000_000) -> Verdict {
    let relevant = history.filter { operation in
      switch operation.answer {
      case .notApplied: false
      // A read that told nothing constrains nothing.
      case .unknown: operation.kind != .read
      case .written, .swapped, .value: true
      }
    }
    var search = Search(relevant.sorted { $0.invoked < $1.invoked }, budget: configurationsMax)
    switch search.run() {
    case .some(true): return .linearizable
    case .none: return .undecided
    case .some(false): return .violated(shortestFailure(of: search.operations, budget: configurationsMax))
    }
  }

  /// The first `count` operations of a history, a history of its own: whoever had not returned when the last of them began
  /// may be of any outcome.
  public static func beginning(of history: [Operation], _ count: Int) -> [Operation] {
    guard history.count > count else { return history }
    return beginning(ofSorted: history.sorted { $0.invoked < $1.invoked }, count)
  }

  private static func beginning(ofSorted operations: [Operation], _ count: Int) -> [Operation] {
    guard count > 0 else { return [] }
    let cut = operations[count - 1].invoked
    return operations.prefix(count).compactMap { operation in
      guard operation.returned > cut else { return operation }
      guard operation.kind != .read else { return nil }
      var open = operation
      open.answer = .unknown
      return open
    }
  }

  /// Cuts from the end what is not needed to fail, so that a person can read what is left.
  private static func shortestFailure(of operations: [Operation], budget: Int) -> [Operation] {
    var low = 1
    var high = operations.count
    while low < high {
      let middle = (low + high) / 2
      var search = Search(beginning(ofSorted: operations, middle), budget: budget)
      if search.run() == false { high = middle } else { low = middle + 1 }
    }
    return Array(operations.prefix(high))
  }

  private struct Search {
    /// By their beginning.
    let operations: [Operation]
    /// How many must take effect: all but those of unknown outcome.
    private let required: Int
    private var budget: Int
    /// Configurations (set of operations that took effect, value) that were seen to lead nowhere.
    private var seen: Set<Configuration> = []

    private struct Configuration: Hashable {
      var done: [UInt64]
      var value: UInt64?
    }

    private struct Step {
      /// Where to go on looking for another one in its place.
      var next: Int
      var chosen: Int
      var value: UInt64?
      var first: Int
    }

    init(_ operations: [Operation], budget: Int) {
      self.operations = operations
      self.budget = budget
      required = operations.count { $0.answer != .unknown }
    }

    mutating func run() -> Bool? {
      var done = [UInt64](repeating: 0, count: operations.count / 64 + 1)
      var stack: [Step] = []
      var value: UInt64?
      var from = 0
      var finished = 0
      // The first operation that must take effect and has not.
      var first = skip(0, done)
      while finished < required {
        var advanced = false
        let limit = earliestReturn(from: first, done)
        var candidate = from
        while candidate < operations.count, operations[candidate].invoked <= limit {
          defer { candidate += 1 }
          guard !contains(done, candidate), let after = step(operations[candidate], value) else { continue }
          var marked = done
          marked[candidate / 64] |= 1 << UInt64(candidate % 64)
          guard seen.insert(Configuration(done: marked, value: after.value)).inserted else { continue }
          budget -= 1
          if budget < 0 { return nil }
          stack.append(Step(next: candidate + 1, chosen: candidate, value: value, first: first))
          done = marked
          value = after.value
          if operations[candidate].answer != .unknown { finished += 1 }
          first = skip(first, done)
          advanced = true
          break
        }
        if advanced {
          from = 0
          continue
        }
        guard let last = stack.popLast() else { return false }
        done[last.chosen / 64] &= ~(1 << UInt64(last.chosen % 64))
        if operations[last.chosen].answer != .unknown { finished -= 1 }
        value = last.value
        first = last.first
        from = last.next
      }
      return true
    }

    private func contains(_ done: [UInt64], _ index: Int) -> Bool { done[index / 64] >> UInt64(index % 64) & 1 == 1 }

    private func skip(_ from: Int, _ done: [UInt64]) -> Int {
      var place = from
      while place < operations.count, operations[place].answer == .unknown || contains(done, place) { place += 1 }
      return place
    }

    /// Nothing that began after some unfinished operation returned may come before it. Who begins after the earliest return
    /// cannot return earlier.
    private func earliestReturn(from first: Int, _ done: [UInt64]) -> Moment {
      var earliest = Moment.never
      var place = first
      while place < operations.count, operations[place].invoked <= earliest {
        if operations[place].answer != .unknown, !contains(done, place) { earliest = min(earliest, operations[place].returned) }
        place += 1
      }
      return earliest
    }

    private struct After { var value: UInt64? }

    /// The register after `operation`; nil if its answer is impossible at `value`.
    private func step(_ operation: Operation, _ value: UInt64?) -> After? {
      switch (operation.kind, operation.answer) {
      case (.write(let new), .written), (.write(let new), .unknown): After(value: new)
      case (.delete, .written), (.delete, .unknown): After(value: nil)
      case (.swap(let expected, let new), .swapped(true)): value == expected ? After(value: new) : nil
      case (.swap(let expected, _), .swapped(false)): value == expected ? nil : After(value: value)
      case (.swap(let expected, let new), .unknown): After(value: value == expected ? new : value)
      case (.read, .value(let seen)): value == seen ? After(value: value) : nil
      default: nil
      }
    }
  }
}
