import CLinux
import Glibc

/// A TCP address: a literal IPv4 or IPv6 address, or `localhost`, and a port.
///
/// Names are not looked up: a resolver blocks, and a store that must run when its supplier's DNS is down does not lean
/// on it.
public struct Address: Hashable, Sendable, CustomStringConvertible {
  /// `127.0.0.1`, `::1`, or `localhost`, which means 127.0.0.1.
  public let host: String
  public let port: UInt16

  /// - Throws: ``NetworkError/invalidAddress(_:)`` if `host` is no literal address.
  public init(host: String, port: UInt16) throws(NetworkError) {
    self.init(uncheckedHost: host, port: port)
    guard socketAddress() != nil else { throw .invalidAddress(description) }
  }

  /// Parses `127.0.0.1:7400`, `[::1]:7400` or `localhost:7400`.
  public init(parsing text: String) throws(NetworkError) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw .invalidAddress(text) }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let port = UInt16(digits)
    else {
      throw .invalidAddress(text)
    }
    var host = text[..<colon]
    if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]"), host.utf8.count > 2 {
      host = host.dropFirst().dropLast()
      guard host.utf8.contains(UInt8(ascii: ":")) else { throw .invalidAddress(text) }
    } else if host.utf8.contains(UInt8(ascii: ":")) {
      throw .invalidAddress(text)
    }
    self.init(uncheckedHost: String(host), port: port)
    guard socketAddress() != nil else { throw .invalidAddress(text) }
  }

  /// `127.0.0.1` with `port`; port 0 lets the system choose one.
  public static func loopback(port: UInt16) -> Address { Address(uncheckedHost: "127.0.0.1", port: port) }

  private init(uncheckedHost host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  public var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// True for addresses that never leave this machine: the only ones on which plaintext may be served.
  public var isLoopback: Bool { host == "localhost" || host == "::1" || host.utf8.starts(with: "127.".utf8) }
}

/// A `sockaddr` of either family with its length.
struct SocketAddress {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  var family: Int32 { Int32(storage.ss_family) }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  mutating func withMutablePointer<Result>(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
  }
}

extension Address {
  func socketAddress() -> SocketAddress? {
    var result = SocketAddress()
    var four = sockaddr_in()
    if inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &four.sin_addr) == 1 {
      four.sin_family = sa_family_t(AF_INET)
      four.sin_port = port.bigEndian
      withUnsafeMutableBytes(of: &result.storage) { $0.storeBytes(of: four, as: sockaddr_in.self) }
      result.length = socklen_t(MemoryLayout<sockaddr_in>.size)
      return result
    }
    var six = sockaddr_in6()
    if inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
      six.sin6_family = sa_family_t(AF_INET6)
      six.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &result.storage) { $0.storeBytes(of: six, as: sockaddr_in6.self) }
      result.length = socklen_t(MemoryLayout<sockaddr_in6>.size)
      return result
    }
    return nil
  }

  /// What the kernel reported; `0.0.0.0:0` for a family that is not TCP's.
  init(_ address: SocketAddress) {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch address.family {
    case AF_INET:
      var four = withUnsafeBytes(of: address.storage) { $0.loadUnaligned(as: sockaddr_in.self) }
      _ = inet_ntop(AF_INET, &four.sin_addr, &text, socklen_t(text.count))
      self.init(uncheckedHost: textOf(text), port: UInt16(bigEndian: four.sin_port))
    case AF_INET6:
      var six = withUnsafeBytes(of: address.storage) { $0.loadUnaligned(as: sockaddr_in6.self) }
      _ = inet_ntop(AF_INET6, &six.sin6_addr, &text, socklen_t(text.count))
      self.init(uncheckedHost: textOf(text), port: UInt16(bigEndian: six.sin6_port))
    default:
      self.init(uncheckedHost: "0.0.0.0", port: 0)
    }
  }
}

private func textOf(_ characters: [CChar]) -> String {
  String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func errnoText(_ code: Int32) -> String {
  var text = [CChar](repeating: 0, count: 128)
  guard strerror_r(code, &text, text.count) == 0 else { return "errno \(code)" }
  return "\(textOf(text)) (errno \(code))"
}
