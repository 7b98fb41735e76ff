import Base
import Testing

@testable import ClientCore

struct AgendaTests {
  @Test("An agenda gives back everything in the order of its moments, and nothing early")
  func order() {
    var generator = SplitMix64(seed: 4)
    var agenda = Agenda<Int>()
    var expected: [(Int64, Int)] = []
    var now: Int64 = 0
    var isRight = true
    for item in 0..<5_000 {
      let at = now + Int64(generator.below(generator.oneIn(2) ? 2_000_000_000 : 20_000_000))
      agenda.add(item, at: Moment(nanoseconds: at))
      expected.append((at, item))
      guard generator.oneIn(3) else { continue }
      now += Int64(generator.below(30_000_000))
      if let first = expected.map(\.0).min() { isRight = isRight && agenda.next.nanoseconds <= first }
      var due = expected.filter { $0.0 <= now }.sorted { $0 < $1 }
      expected.removeAll { $0.0 <= now }
      while let item = agenda.pop(Moment(nanoseconds: now)) {
        isRight = isRight && !due.isEmpty && due.removeFirst().1 == item
      }
      isRight = isRight && due.isEmpty
    }
    #expect(isRight)
    #expect(!expected.isEmpty)
  }

  @Test("What is due never is not kept")
  func never() {
    var agenda = Agenda<Int>()
    agenda.add(1, at: .never)
    #expect(agenda.next == .never)
    #expect(agenda.pop(Moment(nanoseconds: .max - 1)) == nil)
  }
}

struct SessionTests {
  @Test("The lowest unacknowledged sequence moves only over settled ones, and the window is never passed")
  func window() {
    var session = Session(id: 9, at: .zero)
    for expected in UInt64(1)...1_024 { if session.take() != expected { Issue.record("not \(expected)") } }
    #expect(!session.hasRoom)
    for sequence in UInt64(2)...1_024 { session.settle(sequence) }
    #expect(session.lowest == 1)
    #expect(!session.hasRoom)
    session.settle(1)
    #expect(session.lowest == 1_025)
    #expect(session.hasRoom)
    #expect(!session.isBusy)
  }
}

struct CallQueueTests {
  @Test("Calls that ended while they waited are passed over and not counted")
  func ended() {
    var queue = CallQueue()
    for id in UInt64(1)...3 { queue.append(CallID(id)) }
    queue.noteEnded()
    #expect(queue.waiting == 2)
    #expect(queue.popFirst { $0 != CallID(1) } == CallID(2))
    #expect(queue.popFirst { $0 != CallID(1) } == CallID(3))
    #expect(queue.isEmpty)
    #expect(queue.popFirst { _ in true } == nil)
  }
}
