import Base
import Network
import Synchronization
import Testing

@Suite struct ThreadTests {
  @Test("Messages of several threads wake the reactor and arrive complete, each thread's in order")
  func mailbox() throws {
    let script = try Script()
    let mailbox = Mailbox<(thread: Int, number: Int)>(waking: script.reactor.waker)
    let workers = try (0..<4).map { thread in
      try WorkerThread(name: "sender \(thread)") {
        for number in 0..<10_000 { mailbox.put((thread, number)) }
      }
    }
    var next = [0, 0, 0, 0]
    var disorder = 0
    var batch: [(thread: Int, number: Int)] = []
    script.onTurn = { [reactor = script.reactor] _ in
      mailbox.takeAll(into: &batch)
      for message in batch {
        if message.number != next[message.thread] { disorder += 1 }
        next[message.thread] += 1
      }
      if next == [10_000, 10_000, 10_000, 10_000] { reactor.stop() }
      return .never
    }
    script.run()
    for worker in workers { worker.join() }
    #expect(disorder == 0)
    #expect(next == [10_000, 10_000, 10_000, 10_000])
  }

  @Test("Each of many wake-ups of a sleeping reactor is seen: no wake-up is lost")
  func pingPong() throws {
    let script = try Script()
    let toReactor = Mailbox<Int>(waking: script.reactor.waker)
    let toWorker = BlockingQueue<Int>()
    let worker = try WorkerThread(name: "ping pong") {
      var batch: [Int] = []
      while toWorker.takeAll(into: &batch) {
        for message in batch { toReactor.put(message + 1) }
      }
    }
    var last = 0
    toWorker.put(0)
    script.onTurn = { [reactor = script.reactor] _ in
      for message in toReactor.takeAll() {
        last = message
        if message < 5_000 { toWorker.put(message) } else { reactor.stop() }
      }
      return .never
    }
    script.run()
    toWorker.close()
    worker.join()
    #expect(last == 5_000)
  }

  @Test("Another thread stops a sleeping reactor, and its connections are closed with that reason")
  func stop() throws {
    let script = try Script()
    let address = try script.listen()
    let client = script.reactor.connect(to: address, options: .roomy)
    let go = BlockingQueue<Bool>()
    let waker = script.reactor.waker
    let worker = try WorkerThread(name: "stopper") {
      if go.takeFirst() == true { waker.stop() }
    }
    script.onAccepted = { _ in go.put(true) }
    script.run()
    worker.join()
    #expect(script.closed[client] == [.stopped])
    #expect(script.closed.count == 2)
  }

  @Test("A full mailbox and a full or closed queue refuse and keep what they have")
  func bounds() throws {
    let mailbox = Mailbox<Int>(waking: try Reactor().waker, capacity: 2)
    #expect(mailbox.put(1))
    #expect(!mailbox.put(contentsOf: [2, 3]))
    #expect(mailbox.put(2))
    #expect(!mailbox.put(3))
    #expect(mailbox.takeAll() == [1, 2])
    #expect(mailbox.put(contentsOf: [4, 5]))

    let queue = BlockingQueue<Int>(capacity: 2)
    #expect(queue.put(1))
    #expect(queue.put(2))
    #expect(!queue.put(3))
    #expect(queue.takeFirst() == 1)
    queue.close()
    #expect(!queue.put(4))
    var rest: [Int] = [99]
    #expect(queue.takeAll(into: &rest))
    #expect(rest == [2])
    #expect(!queue.takeAll(into: &rest))
    #expect(rest.isEmpty)
    #expect(queue.takeFirst() == nil)
  }

  @Test("Several threads on one queue take every message exactly once")
  func sharedQueue() throws {
    let queue = BlockingQueue<Int>()
    let sum = Sum()
    let workers = try (0..<3).map { index in
      try WorkerThread(name: "taker \(index)") {
        while let message = queue.takeFirst() { sum.add(message) }
      }
    }
    for number in 1...10_000 { queue.put(number) }
    queue.close()
    for worker in workers { worker.join() }
    #expect(sum.value == 50_005_000)
  }

  @Test("The two clocks run: the monotonic one never backwards")
  func clocks() {
    var last = Clock.now()
    var backwards = 0
    for _ in 0..<10_000 {
      let now = Clock.now()
      if now < last { backwards += 1 }
      last = now
    }
    #expect(backwards == 0)
    #expect(Clock.wall().milliseconds > 1_700_000_000_000)
  }
}

private final class Sum: Sendable {
  private let total = Mutex(0)
  func add(_ number: Int) { total.withLock { $0 += number } }
  var value: Int { total.withLock { $0 } }
}
