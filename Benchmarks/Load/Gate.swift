import Base
import Benchmarking
import Glibc
import Network
import Synchronization

/// Hands the arrivals of an open loop to whichever client is free; those that find none wait, in order, and their latency runs.
final class Gate: Sendable {
  private struct State {
    var due: [Moment] = []
    var taken = 0
    var idle: [CheckedContinuation<Moment?, Never>] = []
    var isClosed = false
  }
  private let state = Mutex(State())

  /// The next arrival's intended moment; nil at the end.
  func next() async -> Moment? {
    await withCheckedContinuation { (waiter: CheckedContinuation<Moment?, Never>) in
      let answer: Moment?? = state.withLock { state in
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

  private func arrive(_ moment: Moment) {
    let waiter = state.withLock { state -> CheckedContinuation<Moment?, Never>? in
      if let waiter = state.idle.popLast() { return waiter }
      if state.taken == state.due.count {
        state.due.removeAll(keepingCapacity: true)
        state.taken = 0
      }
      state.due.append(moment)
      return nil
    }
    waiter?.resume(returning: moment)
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
          self.arrive(schedule.moment(number))
          number += 1
        }
        let next = schedule.moment(number)
        guard next < end else { break }
        var time = timespec(
          tv_sec: Int(next.nanoseconds / 1_000_000_000), tv_nsec: Int(next.nanoseconds % 1_000_000_000))
        _ = clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &time, nil)
      }
      self.close()
    }
  }
}
