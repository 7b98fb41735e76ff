import Base
import Glibc
import Network

/// Whether something listens at an address of this or another machine, and who holds a port here.
enum TCPProbe {
  /// Tries to connect; the connection is closed at once.
  static func answers(_ text: String, within timeout: Interval) -> Bool {
    guard var address = socketAddress(text) else { return false }
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return true }
    guard errno == EINPROGRESS else { return false }
    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&waiting, 1, Int32(clamping: timeout.milliseconds)) == 1 else { return false }
    var failure: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 && failure == 0
  }

  /// Whether this machine would let somebody listen at the address now; errno when not.
  static func refusalToListen(_ text: String) -> Int32? {
    guard var address = socketAddress(text) else { return EADDRNOTAVAIL }
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var one: Int32 = 1
    _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0 else { return errno }
    // A second listener is refused only here when both asked for the address to be reused.
    return listen(descriptor, 1) == 0 ? nil : errno
  }

  /// An IPv4 address; `quartet dev` listens at no other kind.
  private static func socketAddress(_ text: String) -> sockaddr_in? {
    guard let address = try? Address(parsing: text) else { return nil }
    var result = sockaddr_in()
    let host = address.host == "localhost" ? "127.0.0.1" : address.host
    guard inet_pton(AF_INET, host, &result.sin_addr) == 1 else { return nil }
    result.sin_family = sa_family_t(AF_INET)
    result.sin_port = address.port.bigEndian
    return result
  }

  /// The process that listens at a port of this machine, when the system lets this user see it.
  static func holder(of text: String) -> (pid: Int32, name: String)? {
    guard let address = try? Address(parsing: text) else { return nil }
    let port = String(address.port, radix: 16, uppercase: true)
    let suffix = ":" + String(repeating: "0", count: 4 - port.count) + port
    var inodes: [Substring] = []
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      guard let bytes = try? LocalFiles.contents(of: table) else { continue }
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: " ")
        // Local address, state 0A (listening), inode.
        if fields.count > 9, fields[1].hasSuffix(suffix), fields[3] == "0A" { inodes.append(fields[9]) }
      }
    }
    guard !inodes.isEmpty, let processes = try? LocalFiles.names(in: "/proc") else { return nil }
    for process in processes {
      guard let pid = Int32(process), let descriptors = try? LocalFiles.names(in: "/proc/\(process)/fd") else {
        continue
      }
      for descriptor in descriptors {
        guard let target = ProcessTable.linkTarget("/proc/\(process)/fd/\(descriptor)") else { continue }
        if inodes.contains(where: { target == "socket:[\($0)]" }) { return (pid, ProcessTable.name(of: pid)) }
      }
    }
    return nil
  }
}
