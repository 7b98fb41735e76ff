import Base

/// Whether a history of one register is linearizable: Wing and Gong's search with Lowe's memory of configurations seen.
///
/// Linearizability is local (Herlihy and Wing 1990), so keys are judged one by one. An operation of unknown outcome may
/// take effect at any moment after its start, or never.
public enum Linearizability {
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

  /// Cuts from the end what is not needed to fail, so that a person can read what is left.
  private static func shortestFailure(of operations: [Operation], budget: Int) -> [Operation] {
    var low = 1
    var high = operations.count
    func fails(_ count: Int) -> Bool {
      // Operations that had not returned by the cut may be of any outcome.
      let cut = operations[count - 1].invoked
      let prefix = operations.prefix(count).map { operation -> Operation in
        var open = operation
        if open.returned > cut, open.kind != .read { open.answer = .unknown }
        return open
      }.filter { !($0.kind == .read && $0.returned > cut) }
      var search = Search(prefix, budget: budget)
      return search.run() == false
    }
    while low < high {
      let middle = (low + high) / 2
      if fails(middle) { high = middle } else { low = middle + 1 }
    }
    return Array(operations.prefix(high))
  }

  private struct Search {
    let operations: [Operation]
    private var budget: Int
    /// Configurations (set of operations that took effect, value) that were seen to lead nowhere.
    private var seen: Set<Configuration> = []

    private struct Configuration: Hashable {
      var done: [UInt64]
      var value: UInt64?
    }

    init(_ operations: [Operation], budget: Int) {
      self.operations = operations
      self.budget = budget
    }

    mutating func run() -> Bool? {
      var done = [UInt64](repeating: 0, count: operations.count / 64 + 1)
      var stack: [(next: Int, chosen: Int, value: UInt64?)] = []
      var value: UInt64?
      var from = 0
      while true {
        if operations.indices.allSatisfy({ contains(done, $0) || operations[$0].answer == .unknown }) { return true }
        var advanced = false
        let limit = earliestReturn(done)
        var candidate = from
        while candidate < operations.count, operations[candidate].invoked <= limit {
          defer { candidate += 1 }
          guard !contains(done, candidate), let after = step(operations[candidate], value) else { continue }
          var marked = done
          marked[candidate / 64] |= 1 << UInt64(candidate % 64)
          guard seen.insert(Configuration(done: marked, value: after.value)).inserted else { continue }
          budget -= 1
          if budget < 0 { return nil }
          stack.append((candidate + 1, candidate, value))
          done = marked
          value = after.value
          advanced = true
          break
        }
        if advanced {
          from = 0
          continue
        }
        guard let last = stack.popLast() else { return false }
        done[last.chosen / 64] &= ~(1 << UInt64(last.chosen % 64))
        value = last.value
        from = last.next
      }
    }

    private func contains(_ done: [UInt64], _ index: Int) -> Bool { done[index / 64] >> UInt64(index % 64) & 1 == 1 }

    /// Nothing that began after some unfinished operation returned may come before it.
    private func earliestReturn(_ done: [UInt64]) -> Moment {
      var earliest = Moment.never
      for index in operations.indices where !contains(done, index) && operations[index].answer != .unknown {
        earliest = min(earliest, operations[index].returned)
      }
      return earliest
    }

    private struct After { var value: UInt64? }

    /// The register after `operation`; nil if its answer is impossible at `value`.
    private func step(_ operation: Operation, _ value: UInt64?) -> After? {
      switch (operation.kind, operation.answer) {
      case (.write(let new), .written), (.write(let new), .unknown): After(value: new)
      case (.swap(let expected, let new), .swapped(true)): value == expected ? After(value: new) : nil
      case (.swap(let expected, _), .swapped(false)): value == expected ? nil : After(value: value)
      case (.swap(let expected, let new), .unknown): After(value: value == expected ? new : value)
      case (.read, .value(let seen)): value == seen ? After(value: value) : nil
      default: nil
      }
    }
  }
}
