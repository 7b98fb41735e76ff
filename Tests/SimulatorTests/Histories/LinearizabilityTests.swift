import Base
import Simulator
import Testing

/// The checker is checked: by histories made by hand, and against trying all orders.
@Suite struct LinearizabilityTests {
  private func judge(_ operations: Operation...) -> Bool { Linearizability.check(operations) == .linearizable }

  private func write(_ value: UInt64, _ from: Int64, _ to: Int64?, _ answer: Operation.Answer = .written) -> Operation {
    operation(.write(value), from, to, answer)
  }
  private func read(_ value: UInt64?, _ from: Int64, _ to: Int64) -> Operation {
    operation(.read, from, to, .value(value))
  }
  private func swap(_ expected: UInt64?, _ new: UInt64, _ from: Int64, _ to: Int64?, _ answer: Operation.Answer) -> Operation {
    operation(.swap(expected: expected, new: new), from, to, answer)
  }
  private func operation(
    _ kind: Operation.Kind, _ from: Int64, _ to: Int64?, _ answer: Operation.Answer
  ) -> Operation {
    Operation(
      client: 0, key: 0, kind: kind, invoked: Moment(nanoseconds: from),
      returned: to.map { Moment(nanoseconds: $0) } ?? .never, answer: answer)
  }

  @Test("an empty history, and reads of nothing, are in order")
  func nothing() {
    #expect(Linearizability.check([]) == .linearizable)
    #expect(judge(read(nil, 0, 1), read(nil, 2, 3)))
    #expect(!judge(read(5, 0, 1)))
  }

  @Test("a read that began after a write was acknowledged sees it")
  func stale() {
    #expect(judge(write(1, 0, 1), write(2, 2, 3), read(2, 4, 5)))
    #expect(!judge(write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)))
    #expect(!judge(write(1, 0, 1), read(nil, 2, 3)))
  }

  @Test("while a write is under way a read may see either value, but never the old one after the new")
  func overlap() {
    #expect(judge(write(1, 0, 1), write(2, 2, 9), read(1, 3, 4), read(2, 5, 6)))
    #expect(!judge(write(1, 0, 1), write(2, 2, 9), read(2, 3, 4), read(1, 5, 6)))
    #expect(judge(write(1, 0, 9), write(2, 1, 8), read(2, 10, 11)))
    #expect(judge(write(1, 0, 9), write(2, 1, 8), read(1, 10, 11)))
  }

  @Test("an acknowledged write that nobody ever sees is lost")
  func lost() {
    #expect(!judge(write(1, 0, 1), write(2, 2, 3), read(1, 4, 5), read(1, 6, 7)))
  }

  @Test("a write that takes effect a second time is found")
  func twice() {
    #expect(!judge(write(1, 0, 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7), read(1, 8, 9)))
    // A write of unknown outcome may come late, but once only.
    #expect(!judge(write(1, 0, nil, .unknown), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7), read(1, 8, 9)))
  }

  @Test("a write of unknown outcome may have happened, happen late, or never")
  func unknown() {
    #expect(judge(write(1, 0, 1), write(2, 2, nil, .unknown), read(1, 4, 5), read(1, 6, 7)))
    #expect(judge(write(1, 0, 1), write(2, 2, nil, .unknown), read(2, 4, 5)))
    #expect(judge(write(1, 0, 1), write(2, 2, nil, .unknown), read(1, 4, 5), read(2, 6, 7)))
    #expect(!judge(write(1, 0, 1), write(2, 2, nil, .unknown), read(2, 4, 5), read(1, 6, 7)))
    #expect(!judge(read(2, 0, 1), write(2, 2, nil, .unknown)))
  }

  @Test("a write that was refused is never seen")
  func refused() {
    #expect(judge(write(1, 0, 1), write(2, 2, 3, .notApplied), read(1, 4, 5)))
    #expect(!judge(write(1, 0, 1), write(2, 2, 3, .notApplied), read(2, 4, 5)))
  }

  @Test("a swap succeeds exactly when it finds what it expects")
  func swaps() {
    #expect(judge(swap(nil, 1, 0, 1, .swapped(true)), swap(1, 2, 2, 3, .swapped(true)), read(2, 4, 5)))
    #expect(judge(write(1, 0, 1), swap(9, 2, 2, 3, .swapped(false)), read(1, 4, 5)))
    #expect(!judge(write(1, 0, 1), swap(9, 2, 2, 3, .swapped(true)), read(2, 4, 5)))
    #expect(!judge(write(1, 0, 1), swap(1, 2, 2, 3, .swapped(false)), read(1, 4, 5)))
    // Of two that expect the same, one.
    #expect(!judge(write(1, 0, 1), swap(1, 2, 2, 9, .swapped(true)), swap(1, 3, 2, 9, .swapped(true))))
    #expect(judge(write(1, 0, 1), swap(1, 2, 2, nil, .unknown), read(1, 4, 5), read(2, 6, 7)))
    #expect(judge(write(1, 0, 1), swap(7, 2, 2, nil, .unknown), read(1, 4, 5)))
    #expect(!judge(write(1, 0, 1), swap(7, 2, 2, nil, .unknown), read(2, 4, 5)))
  }

  @Test("what is shown of a violation is its beginning only")
  func prefix() {
    let wrong = [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]
    let later = (10..<30).map { read(2, Int64($0) * 10, Int64($0) * 10 + 1) }
    guard case .violated(let shown) = Linearizability.check(wrong + later) else {
      Issue.record("not found")
      return
    }
    // The next operation is what shows that the wrong read had returned.
    #expect(Array(shown.prefix(3)) == wrong)
    #expect(shown.count <= 4)
  }

  @Test("the checker agrees with trying every order, on 20,000 small histories")
  func bruteForce() {
    var random = SplitMix64(seed: 2_718)
    var counts = (right: 0, wrong: 0)
    for round in 0..<20_000 {
      let history = SmallHistory.draw(&random)
      let expected = SmallHistory.isLinearizable(history)
      if expected { counts.right += 1 } else { counts.wrong += 1 }
      guard (Linearizability.check(history) == .linearizable) == expected else {
        Issue.record("history \(round), linearizable: \(expected): \(history)")
        return
      }
    }
    #expect(counts.right > 4_000 && counts.wrong > 4_000, "right \(counts.right), wrong \(counts.wrong)")
  }

  @Test("a long history of many clients is judged in time, and one wrong answer in it is found")
  func long() {
    var random = SplitMix64(seed: 3_141)
    var history: [Operation] = []
    var value: UInt64?
    var now: Int64 = 0
    for number in 1...2_000 as ClosedRange<UInt64> {
      // Takes effect at `now`, among others that are under way.
      now += 10
      let (from, to) = (now - Int64(random.below(60)), now + 1 + Int64(random.below(60)))
      if random.oneIn(3) {
        history.append(write(number, from, to))
        value = number
      } else {
        history.append(read(value, from, to))
      }
    }
    #expect(Linearizability.check(history) == .linearizable)
    guard let place = history.indices.last(where: { history[$0].kind == .read }) else { return }
    history[place].answer = .value(1)
    #expect(Linearizability.check(history) != .linearizable)
  }
}
