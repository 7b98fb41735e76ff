import Base
import CLinux
import Glibc

/// System calls on sockets: retried when a signal interrupts them, never raising SIGPIPE, never blocking.
enum Socket {
  enum Transfer {
    case moved(Int)
    case wouldBlock
    /// The peer has ended its side.
    case ended
    case failed(Int32)
  }

  private static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

  /// A TCP socket, or errno as a negative number.
  static func make(family: Int32) -> Int32 {
    let made = socket(family, Int32(SOCK_STREAM.rawValue) | flags, 0)
    return made >= 0 ? made : -errno
  }

  static func setOption(_ target: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    // A refusal costs speed or a later restart at most.
    _ = setsockopt(target, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  static func setNoDelay(_ target: Int32) { setOption(target, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }

  /// Closes the socket with ETIMEDOUT when the other machine has acknowledged nothing for so long (tcp(7)).
  static func setUnacknowledgedMax(_ target: Int32, _ length: Interval) {
    let tcp = Int32(IPPROTO_TCP)
    setOption(target, tcp, TCP_USER_TIMEOUT, Int32(clamping: max(length.milliseconds, 1)))
    setOption(target, SOL_SOCKET, SO_KEEPALIVE, 1)
    setOption(target, tcp, TCP_KEEPIDLE, Int32(clamping: max(length.milliseconds / 1_000, 1)))
    setOption(target, tcp, TCP_KEEPINTVL, 1)
    // The time-out above ends the probing; it is this many only where that is not known.
    setOption(target, tcp, TCP_KEEPCNT, 3)
  }

  /// A listening socket and the address that it got.
  static func listen(on address: Address, backlog: Int32) throws(NetworkError) -> (Int32, Address) {
    guard let wanted = address.socketAddress() else { throw .invalidAddress(address.description) }
    let made = make(family: wanted.family)
    guard made >= 0 else { throw .system(call: "socket", code: -made) }
    setOption(made, SOL_SOCKET, SO_REUSEADDR, 1)
    guard wanted.withPointer({ bind(made, $0, $1) }) == 0 else { throw failure("bind", closing: made) }
    guard Glibc.listen(made, backlog) == 0 else { throw failure("listen", closing: made) }
    var got = SocketAddress()
    guard got.withMutablePointer({ getsockname(made, $0, $1) }) == 0 else {
      throw failure("getsockname", closing: made)
    }
    return (made, Address(got))
  }

  private static func failure(_ call: StaticText, closing target: Int32) -> NetworkError {
    let code = errno
    _ = close(target)
    return .system(call: call, code: code)
  }

  /// The next connection, or errno as a negative number.
  static func accept(_ listener: Int32) -> (Int32, SocketAddress) {
    while true {
      var peer = SocketAddress()
      let made = peer.withMutablePointer { accept4(listener, $0, $1, flags) }
      if made >= 0 { return (made, peer) }
      if errno != EINTR { return (-errno, peer) }
    }
  }

  /// Starts connecting: 0 if it stands, EINPROGRESS if it is under way, or another errno.
  static func connect(_ target: Int32, to address: SocketAddress) -> Int32 {
    // An interrupted connect goes on by itself.
    guard address.withPointer({ Glibc.connect(target, $0, $1) }) != 0 else { return 0 }
    return errno == EINTR ? EINPROGRESS : errno
  }

  /// The pending error of a socket, 0 if it has none.
  static func pendingError(_ target: Int32) -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(target, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
  }

  static func receive(_ target: Int32, into memory: UnsafeMutableRawBufferPointer) -> Transfer {
    while true {
      let count = recv(target, memory.baseAddress, memory.count, 0)
      if count > 0 { return .moved(count) }
      if count == 0 { return .ended }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      default: return .failed(errno)
      }
    }
  }

  static func send(_ target: Int32, _ bytes: UnsafeRawBufferPointer) -> Transfer {
    while true {
      let count = Glibc.send(target, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .moved(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN, ENOBUFS: return .wouldBlock
      default: return .failed(errno)
      }
    }
  }
}
