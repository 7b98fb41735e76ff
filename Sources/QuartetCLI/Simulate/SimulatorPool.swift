import Glibc
import Network

/// Runs many requests: in child processes, or one after the other in this one.
final class SimulatorPool {
  private let simulator: SimulatorEngine
  private var processes: [SimulatorProcess] = []
  /// Whether somebody has asked the whole run to end.
  private let isInterrupted: () -> Bool

  /// - Parameter jobs: child processes; 0: none.
  init(_ simulator: SimulatorEngine, jobs: Int, isInterrupted: @escaping () -> Bool) throws(FileProblem) {
    self.simulator = simulator
    self.isInterrupted = isInterrupted
    guard let executable = simulator.executable else { return }
    for _ in 0..<jobs { processes.append(try SimulatorProcess(executable)) }
  }

  /// Runs what `next` gives until that is nil; `done` is told of each run as it ends, in whatever order.
  func run(_ next: () -> SimulatedRequest?, done: (SimulatedRequest, SimulatedRun) throws -> Void) throws {
    // What is under way when it is interrupted is never asked for again.
    guard !isInterrupted() else { return }
    guard !processes.isEmpty else {
      while !isInterrupted(), let request = next() { try done(request, try simulator.run(request) { _ in }) }
      return
    }
    for process in processes { if let request = next() { process.begin(request) } }
    while processes.contains(where: { $0.request != nil }), !isInterrupted() {
      for process in try readable() {
        guard let request = process.request, let run = try process.take() else { continue }
        try done(request, run)
        if let next = next() { process.begin(next) }
      }
    }
  }

  /// Runs all of `requests`; runs come in their order. Fewer when it was interrupted.
  func runAll(_ requests: [SimulatedRequest]) throws -> [SimulatedRun] {
    var place = 0
    var runs = [SimulatedRun?](repeating: nil, count: requests.count)
    var under: [(request: SimulatedRequest, place: Int)] = []
    try run(
      {
        guard place < requests.count else { return nil }
        defer { place += 1 }
        under.append((requests[place], place))
        return requests[place]
      },
      done: { request, run in
        guard let position = under.firstIndex(where: { $0.request == request }) else { return }
        runs[under.remove(at: position).place] = run
      })
    return runs.compactMap { $0 }
  }

  /// Processes that have something to say; waits a little for the first.
  private func readable() throws(FileProblem) -> [SimulatorProcess] {
    let busy = processes.filter { $0.request != nil }
    var descriptors = busy.map { pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0) }
    let count = poll(&descriptors, UInt(descriptors.count), 200)
    guard count >= 0 || errno == EINTR else { throw FileProblem("wait for", "simulator processes") }
    return zip(busy, descriptors).filter { $0.1.revents != 0 }.map(\.0)
  }
}
