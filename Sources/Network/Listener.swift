import Base
import Glibc

/// A listening socket of a reactor.
struct Listener {
  let descriptor: Int32
  let options: ConnectionOptions
  /// ``Base/Moment/never`` while it accepts; otherwise when it accepts again.
  var pausedUntil = Moment.never
}

/// One descriptor held back, so that a process that has used up all others can still accept a connection and close it:
/// otherwise the connection would stay ready for ever and the reactor would spin on it.
final class ReserveDescriptor {
  private var descriptor: Int32

  init() { descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC) }

  deinit { release() }

  /// Runs `body` with one descriptor free; false if there was none to give.
  func lend(_ body: () -> Void) -> Bool {
    guard descriptor >= 0 else {
      descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      return false
    }
    release()
    body()
    descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
    return true
  }

  private func release() {
    if descriptor >= 0 { _ = close(descriptor) }
    descriptor = -1
  }
}

extension Reactor {
  /// Connections accepted of one listener in one round.
  private static let acceptsMax = 256
  /// How long a listener rests when the kernel has no memory or descriptor for another connection.
  private static let acceptBackOff = Interval.milliseconds(100)

  /// Accepts connections on `address`; port 0 lets the system choose.
  /// - Parameters:
  ///   - backlog: connections that may wait to be accepted (the kernel bounds it by net.core.somaxconn).
  ///   - options: of every accepted connection.
  /// - Returns: the listener and the address that it really has.
  public func listen(
    on address: Address, backlog: Int32 = 1_024, options: ConnectionOptions
  ) throws(NetworkError) -> (ListenerID, Address) {
    let (descriptor, actual) = try Socket.listen(on: address, backlog: backlog)
    let id = ListenerID()
    let code = poller.add(descriptor, .readable, tag: id.raw | Self.listenerTag)
    guard code == 0 else {
      _ = Glibc.close(descriptor)
      throw .system(call: "epoll_ctl", code: code)
    }
    listeners[id] = Listener(descriptor: descriptor, options: options)
    return (id, actual)
  }

  /// Accepts no more on `listener`; its connections stay.
  public func close(_ listener: ListenerID) {
    guard let gone = listeners.removeValue(forKey: listener) else { return }
    _ = Glibc.close(gone.descriptor)
  }

  /// Accepts what waits; true if more may wait.
  func acceptAll(_ id: ListenerID) -> Bool {
    guard let listener = listeners[id], listener.pausedUntil == .never else { return false }
    for _ in 0..<Self.acceptsMax {
      let (made, peer) = Socket.accept(listener.descriptor)
      if made >= 0 {
        Socket.setNoDelay(made)
        guard let connection = adopt(made, listener.options, state: .open) else { continue }
        acceptedNews.append((connection, id, Address(peer)))
        continue
      }
      switch -made {
      case EAGAIN:
        return false
      case ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH:
        // That connection's own trouble (accept(2)); the next may be well.
        continue
      case EMFILE, ENFILE:
        if refuseOne(of: listener) { continue }
        pause(id)
        return false
      default:
        pause(id)
        return false
      }
    }
    return true
  }

  /// Takes one waiting connection and closes it at once, so that its peer learns that it is not served.
  private func refuseOne(of listener: Listener) -> Bool {
    var refused = false
    let lent = reserve.lend {
      let (made, _) = Socket.accept(listener.descriptor)
      guard made >= 0 else { return }
      _ = Glibc.close(made)
      refused = true
    }
    return lent && refused
  }

  private func pause(_ id: ListenerID) {
    guard let listener = listeners[id] else { return }
    listeners[id]?.pausedUntil = Clock.now() + Self.acceptBackOff
    poller.change(listener.descriptor, [], tag: id.raw | Self.listenerTag)
  }

  func resume(_ id: ListenerID) {
    guard let listener = listeners[id] else { return }
    listeners[id]?.pausedUntil = .never
    poller.change(listener.descriptor, .readable, tag: id.raw | Self.listenerTag)
  }
}
