import Base
import Benchmarking
import Network
import QuartetClient
import Synchronization

/// What a load has come to, for somebody who waits until it goes on.
struct LoadProgress: Sendable {
  /// When the latest request began that has succeeded.
  var newestSuccess: Moment
  /// When the oldest request began that is under way.
  var oldestUnderWay: Moment?
}

/// A cluster under a load of puts, whose leader can be killed.
protocol FailoverSubject: Sendable {
  var fileSystem: String { get }
  func start() async throws
  /// Returns who leads once every node is there, has caught up, and leads what it should.
  func settle() async throws -> String
  /// Kills a node with -9; returns the moment before.
  func kill(_ node: String) async throws -> Moment
  func restart(_ node: String) async throws
  /// Hands leadership over to another node; returns it once it leads.
  func transfer(from node: String) async throws -> String
  func progress() async throws -> LoadProgress
  /// What was answered since the last call; nil where only the end of the load gives it.
  func takeSamples() -> [FailoverSample]?
  /// Ends the load; returns what `takeSamples` has not given, and fills in the rest of the report.
  func finish(_ report: inout FailoverReport) async throws -> [FailoverSample]
  func stop()
}

/// Puts by clients of this process until it is told to end.
final class FailoverLoad: Sendable {
  private struct State {
    var samples: [FailoverSample] = []
    var underWay: [Moment?]
    var newestSuccess = Moment.zero
    var events: [HistoryEvent] = []
    var isEnded = false
  }
  private let state: Mutex<State>
  private let driver: QuartetDriver
  private let gate = Gate()

  init(_ driver: QuartetDriver) {
    self.driver = driver
    state = Mutex(State(underWay: [Moment?](repeating: nil, count: driver.options.clients)))
  }

  /// Returns when the load has ended and all is answered.
  func run() async throws {
    let start = Clock.now()
    var pacer: WorkerThread?
    if let rate = driver.options.rate {
      pacer = try gate.run(ArrivalSchedule(start: start, rate: rate), until: start + .seconds(7 * 86_400))
    }
    let isOpen = pacer != nil
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<driver.options.clients {
        group.addTask {
          var client = QuartetLoadClient(self.driver, number, origin: start)
          while true {
            if isOpen, await self.gate.next() == nil { return }
            guard self.begin(number) else { return }
            self.end(number, await client.step())
          }
        }
      }
    }
    pacer?.join()
  }

  private func begin(_ client: Int) -> Bool {
    let now = Clock.now()
    return state.withLock { state in
      guard !state.isEnded else { return false }
      state.underWay[client] = now
      return true
    }
  }

  private func end(_ client: Int, _ done: QuartetLoadClient.Done) {
    state.withLock { state in
      state.underWay[client] = nil
      state.samples.append(FailoverSample(begun: done.begun, end: done.end, isSuccess: done.failure == nil))
      if done.failure == nil { state.newestSuccess = max(state.newestSuccess, done.begun) }
      state.events += done.events
    }
  }

  func end() {
    state.withLock { $0.isEnded = true }
    gate.end()
  }

  var progress: LoadProgress {
    state.withLock {
      LoadProgress(newestSuccess: $0.newestSuccess, oldestUnderWay: $0.underWay.compactMap(\.self).min())
    }
  }

  func takeSamples() -> [FailoverSample] {
    state.withLock { state in
      defer { state.samples = [] }
      return state.samples
    }
  }

  func takeEvents() -> [HistoryEvent] {
    state.withLock { state in
      defer { state.events = [] }
      return state.events
    }
  }
}

/// Runs what blocks on a thread of its own: the few threads of the pool carry the load.
func onItsOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withCheckedThrowingContinuation { waiter in
    do {
      _ = try WorkerThread(name: "blocking") { waiter.resume(with: Swift.Result { try body() }) }
    } catch {
      waiter.resume(throwing: error)
    }
  }
}
