import Base
import Benchmarking
import Glibc
import Network
import Synchronization

/// Hands the arrivals of an open loop to whichever client is free; those that find none wait, in order, and their
/// latency runs.
final class Gate: Sendable {
  /// Which of the schedule's operations, and when it was meant to begin.
  struct Arrival: Sendable {
    var number: Int
    var moment: Moment
  }

  private struct State {
    var due: [Arrival] = []
    var taken = 0
    var idle: [CheckedContinuation<Arrival?, Never>] = []
    var isClosed = false
  }
  private let state = Mutex(State())

  /// The next arrival; nil at the end.
  func next() async -> Arrival? {
    await withCheckedContinuation { (waiter: CheckedContinuation<Arrival?, Never>) in
      let answer: Arrival?? = state.withLock { state in
        if state.taken < state.due.count {
          state.taken += 1
          return .some(state.due[state.taken - 1])
        }
        if state.isClosed { return .some(nil) }
        state.idle.append(waiter)
        return nil
      }
      if let answer { waiter.resume(returning: answer) }
    }
  }

  private func arrive(_ arrival: Arrival) {
    let waiter = state.withLock { state -> CheckedContinuation<Arrival?, Never>? in
      if let waiter = state.idle.popLast() { return waiter }
      if state.taken == state.due.count {
        state.due.removeAll(keepingCapacity: true)
        state.taken = 0
      }
      state.due.append(arrival)
      return nil
    }
    waiter?.resume(returning: arrival)
  }

  /// No arrival comes any more; those that nobody took are forgotten.
  func end() {
    state.withLock { state in
      state.taken = state.due.count
      state.isClosed = true
    }
    close()
  }

  private func close() {
    let idle = state.withLock { state in
      state.isClosed = true
      defer { state.idle = [] }
      return state.idle
    }
    for waiter in idle { waiter.resume(returning: nil) }
  }

  /// Lets arrivals in as the schedule says until `end`, on a thread of its own: timers of the concurrency pool may be a
  /// millisecond late, and all of that would count as latency.
  func run(_ schedule: ArrivalSchedule, until end: Moment) throws -> WorkerThread {
    try WorkerThread(name: "arrivals") {
      var number = 0
      while true {
        let due = schedule.due(at: Clock.now())
        while number < due, schedule.moment(number) < end {
          self.arrive(Arrival(number: number, moment: schedule.moment(number)))
          number += 1
        }
        let next = schedule.moment(number)
        guard next < end, !self.state.withLock({ $0.isClosed }) else { break }
        var time = timespec(
          tv_sec: Int(next.nanoseconds / 1_000_000_000), tv_nsec: Int(next.nanoseconds % 1_000_000_000))
        _ = clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &time, nil)
      }
      self.close()
    }
  }
}
