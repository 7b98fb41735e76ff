import Base
import CLinux
import Glibc
import Synchronization

/// One operating system thread that runs one closure. Not the cooperative pool: what blocks on a disk or in epoll has
/// no place there.
public final class WorkerThread: Sendable {
  private let thread: pthread_t
  private let joined = Mutex<Bool>(false)
  public let name: String

  private final class Start {
    let name: String
    let body: () -> Void
    init(name: String, body: @escaping () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Starts the thread.
  /// - Parameters:
  ///   - name: what `ps` and debuggers show; the kernel keeps 15 bytes of it.
  ///   - body: what it runs; what it captures must not be used elsewhere.
  public init(name: String, _ body: sending @escaping () -> Void) throws(NetworkError) {
    self.name = name
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var created = pthread_t()
    let result = pthread_create(&created, nil, threadMain, start.toOpaque())
    guard result == 0 else {
      start.release()
      throw .system(call: "pthread_create", code: result)
    }
    thread = created
  }

  deinit {
    if !joined.withLock({ $0 }) { pthread_detach(thread) }
  }

  /// Waits until the closure has returned. Calls after the first return at once when that one has.
  public func join() {
    joined.withLock { joined in
      guard !joined else { return }
      precondition(pthread_equal(thread, pthread_self()) == 0, "thread \(name) waits for itself")
      pthread_join(thread, nil)
      joined = true
    }
  }

  fileprivate static func run(_ pointer: UnsafeMutableRawPointer) {
    let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
    _ = pthread_setname_np(pthread_self(), String(start.name.prefix(15)))
    start.body()
  }
}

private func threadMain(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let pointer { WorkerThread.run(pointer) }
  return nil
}
