import Glibc
import Synchronization

/// What one thread of a test has to do, and how it ended.
private final class Job: Sendable {
  let body: @Sendable () throws -> Void
  let failure = Mutex<(any Error)?>(nil)

  init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

  func run() {
    do { try body() } catch { failure.withLock { $0 = error } }
  }
}

/// Runs each of `bodies` on a thread of its own while `work` runs here, waits for all of them, and throws what the work threw, or
/// else the first error of a body.
///
/// Tests that wait for one another in loops or in synchronous calls need this: the tasks of all tests share a pool with a thread for
/// each core, and two that block it wait for a third that never gets a turn.
///
/// - Throws: also ``NoThread`` when the system gives none; the bodies that run already are waited for.
public func withThreads(_ bodies: [@Sendable () throws -> Void], during work: () throws -> Void = {}) throws {
  let jobs = bodies.map(Job.init)
  var threads: [pthread_t] = []
  do {
    defer { for thread in threads { pthread_join(thread, nil) } }
    for job in jobs {
      var thread = pthread_t()
      let retained = Unmanaged.passRetained(job)
      let code = pthread_create(
        &thread, nil,
        { pointer in
          if let pointer { Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().run() }
          return nil
        }, retained.toOpaque())
      guard code == 0 else {
        retained.release()
        throw NoThread(code: code)
      }
      threads.append(thread)
    }
    try work()
  }
  if let failure = jobs.lazy.compactMap({ $0.failure.withLock { $0 } }).first { throw failure }
}

/// The system gave no thread.
public struct NoThread: Error { public let code: Int32 }
