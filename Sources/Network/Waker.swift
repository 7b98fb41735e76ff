import Base
import CLinux
import Glibc
import Synchronization

/// Wakes or stops one reactor, from any thread. It costs a system call only when the reactor may be asleep.
public final class Waker: Sendable {
  private static let awake: UInt8 = 0
  private static let asleep: UInt8 = 1
  private static let notified: UInt8 = 2

  let descriptor: Int32
  private let state = Atomic<UInt8>(Waker.awake)
  private let stopping = Atomic<Bool>(false)

  init() throws(NetworkError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw .system(call: "eventfd", code: errno) }
  }

  deinit { _ = close(descriptor) }

  /// Makes the reactor take a turn soon. What the caller did before is visible in that turn.
  public func wake() {
    guard state.exchange(Self.notified, ordering: .sequentiallyConsistent) == Self.asleep else { return }
    var one: UInt64 = 1
    // Fails only when the counter is full: then the reactor is being woken already.
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Makes ``Reactor/run(_:)`` return after its present turn.
  public func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  public var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

  /// Says that the reactor is about to sleep; false if somebody has woken it since ``noteAwake()``.
  func prepareToSleep() -> Bool {
    state.compareExchange(expected: Self.awake, desired: Self.asleep, ordering: .sequentiallyConsistent).exchanged
  }

  /// Says that the reactor looks at everything from here on: a wake-up until now needs no further turn.
  func noteAwake() { _ = state.exchange(Self.awake, ordering: .sequentiallyConsistent) }

  /// Takes the signal off the descriptor.
  func drain() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
  }
}
