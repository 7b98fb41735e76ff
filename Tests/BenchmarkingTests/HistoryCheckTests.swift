import Base
import Benchmarking
import Testing

@Suite("The check of a history")
struct HistoryCheckTests {
  private func digest(_ value: Int) -> Digest { Digest(0, 0, 0, UInt64(value)) }

  private func put(
    _ value: Int, _ start: Int64, _ end: Int64, _ result: HistoryEvent.Result = .ok
  ) -> HistoryEvent {
    HistoryEvent(start: start, end: end, client: 1, kind: .put, key: "k", value: digest(value), result: result)
  }

  private func get(_ value: Int?, _ start: Int64, _ end: Int64, stale: Bool = false) -> HistoryEvent {
    HistoryEvent(
      start: start, end: end, client: 2, kind: stale ? .getStale : .get, key: "k", value: value.map(digest), result: .ok
    )
  }

  private func swap(_ from: Int?, _ value: Int, _ start: Int64, _ end: Int64) -> HistoryEvent {
    HistoryEvent(
      start: start, end: end, client: 3, kind: .swap, key: "k", value: digest(value), expected: from.map(digest),
      result: .ok)
  }

  private func rules(
    _ events: [HistoryEvent], final: (value: Int, version: UInt64)? = nil, isFinalKnown: Bool = true
  ) -> Set<HistoryCheck.Finding.Rule> {
    let rows = final.map { ["k": FinalRow(value: digest($0.value), version: $0.version)] } ?? [:]
    return Set(HistoryCheck(events, final: isFinalKnown ? rows : nil).findings.map(\.rule))
  }

  @Test("Operations that overlap may have happened either way round")
  func concurrent() {
    #expect(rules([put(1, 0, 10), put(2, 5, 15), get(1, 6, 20)], final: (2, 2)).isEmpty)
    #expect(rules([put(1, 0, 10), put(2, 5, 15), get(2, 6, 20)], final: (1, 2)).isEmpty)
    #expect(rules([get(nil, 0, 5), put(1, 3, 9), get(nil, 4, 8), get(1, 4, 12)], final: (1, 1)).isEmpty)
  }

  @Test("An acknowledged write that is gone at the end is found, with and without a counter")
  func lost() {
    #expect(rules([put(1, 0, 10), put(2, 20, 30)], final: (1, 1)) == [.lost, .order])
    #expect(rules([put(1, 0, 10)]) == [.lost, .order])
    // Lost in the middle: nobody sees it but the counter.
    #expect(rules([put(1, 0, 10), put(2, 20, 30), put(3, 40, 50)], final: (3, 2)) == [.lost])
  }

  @Test("A write that happened twice is found by the counter")
  func doubled() {
    #expect(rules([put(1, 0, 10), put(2, 20, 30)], final: (2, 3)) == [.doubled])
    #expect(rules([put(1, 0, 10, .unknown)], final: (1, 2)) == [.doubled])
  }

  @Test("A write of unknown fate may have happened or not, and may happen late")
  func unknown() {
    #expect(rules([put(1, 0, 10), put(2, 20, 30, .unknown)], final: (1, 1)).isEmpty)
    #expect(rules([put(1, 0, 10), put(2, 20, 30, .unknown)], final: (2, 2)).isEmpty)
    #expect(
      rules([put(1, 0, 10), put(2, 20, 30, .unknown), get(1, 40, 50), get(2, 60, 70)], final: (2, 2)).isEmpty)
    // But not come and go.
    #expect(
      rules([put(1, 0, 10), put(2, 20, 30, .unknown), get(2, 40, 50), get(1, 60, 70)], final: (1, 2)) == [.order])
  }

  @Test(
    "A read that misses what was acknowledged before it is found; one that may be stale is not judged by its moment")
  func stale() {
    let writes = [put(1, 0, 10), put(2, 20, 30)]
    #expect(rules(writes + [get(1, 40, 50)], final: (2, 2)) == [.order])
    #expect(rules(writes + [get(nil, 40, 50)], final: (2, 2)) == [.order])
    #expect(rules(writes + [get(1, 40, 50, stale: true)], final: (2, 2)).isEmpty)
    #expect(rules(writes + [get(2, 15, 18, stale: true)], final: (2, 2)) == [.future])
  }

  @Test("Two readers must not see two writes in opposite orders")
  func opposite() {
    let writes = [put(1, 0, 100), put(2, 0, 100)]
    #expect(rules(writes + [get(1, 10, 20), get(2, 30, 40), get(1, 50, 60)], isFinalKnown: false) == [.order])
  }

  @Test("What nobody wrote, what was refused, and what is yet to be written cannot be seen")
  func impossible() {
    #expect(rules([put(1, 0, 10), get(9, 20, 30)], final: (1, 1)) == [.invented])
    #expect(rules([put(1, 0, 10, .notApplied), get(1, 20, 30)], isFinalKnown: false) == [.refusedSeen])
    #expect(rules([get(1, 0, 5), put(1, 20, 30)], isFinalKnown: false) == [.future])
    let rows = ["other": FinalRow(value: digest(1), version: 1)]
    #expect(HistoryCheck([], final: rows).findings.map(\.rule) == [.invented])
  }

  @Test("A value can be replaced on condition only once")
  func swaps() {
    #expect(rules([put(1, 0, 10), swap(1, 2, 20, 30), swap(2, 3, 40, 50)], final: (3, 3)).isEmpty)
    #expect(
      rules([put(1, 0, 10), swap(1, 2, 20, 30), swap(1, 3, 25, 35)], final: (3, 3)).contains(.doubleSwap))
  }

  @Test("Histories made by one register are never blamed, with any overlap")
  func sound() {
    for seed in 0..<200 {
      var random = SplitMix64(seed: UInt64(seed))
      var held: Int?
      var events: [HistoryEvent] = []
      var version: UInt64 = 0
      for step in 0..<60 {
        // It takes effect at one instant; what the client sees begins before and ends after.
        let instant = Int64(step) * 10
        let (start, end) = (instant - Int64(random.below(80)), instant + Int64(random.below(80)))
        if random.oneIn(2) {
          held = step
          version += 1
          events.append(put(step, start, end, random.oneIn(5) ? .unknown : .ok))
        } else {
          events.append(get(held, start, end))
        }
      }
      let final = held.map { (value: $0, version: version) }
      #expect(rules(events, final: final).isEmpty, "seed \(seed)")
    }
  }
}
