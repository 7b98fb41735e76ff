import Base
import CLinux
import Glibc

/// An epoll instance with room for one call's events.
final class Poller {
  struct Interest: OptionSet {
    let rawValue: UInt32
    static let readable = Interest(rawValue: EPOLLIN.rawValue)
    static let writable = Interest(rawValue: EPOLLOUT.rawValue)
    /// Always reported, whether asked for or not.
    static let error = Interest(rawValue: EPOLLERR.rawValue)
    static let hangUp = Interest(rawValue: EPOLLHUP.rawValue)
  }

  /// Events that one call may report; when that many are reported, more may be ready.
  static let eventsMax = 1_024

  private let descriptor: Int32
  private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: eventsMax)

  init() throws(NetworkError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else {
      let code = errno
      events.deallocate()
      throw .system(call: "epoll_create1", code: code)
    }
  }

  deinit {
    events.deallocate()
    _ = close(descriptor)
  }

  /// Returns errno, or 0.
  func add(_ target: Int32, _ interest: Interest, tag: UInt64) -> Int32 {
    control(EPOLL_CTL_ADD, target, interest, tag)
  }

  func change(_ target: Int32, _ interest: Interest, tag: UInt64) {
    let code = control(EPOLL_CTL_MOD, target, interest, tag)
    precondition(code == 0 || code == ENOMEM, "descriptor \(target) is not registered (errno \(code))")
  }

  private func control(_ operation: Int32, _ target: Int32, _ interest: Interest, _ tag: UInt64) -> Int32 {
    var event = epoll_event()
    event.events = interest.rawValue
    event.data.u64 = tag
    return epoll_ctl(descriptor, operation, target, &event) == 0 ? 0 : errno
  }

  /// Waits at most `milliseconds` (-1: without end) and returns how many events came; a signal counts as none.
  func wait(milliseconds: Int32) -> Int {
    let count = epoll_wait(descriptor, events, Int32(Self.eventsMax), milliseconds)
    if count < 0 {
      precondition(errno == EINTR, "epoll_wait failed (errno \(errno))")
      return 0
    }
    return Int(count)
  }

  subscript(index: Int) -> (tag: UInt64, interest: Interest) {
    (events[index].data.u64, Interest(rawValue: events[index].events))
  }
}
