import Glibc
import Network

/// Sends `text`, ends its side, and reads until the server ends its own: with plain blocking calls, for the reactor has
/// no half close of its own.
func halfClosedExchange(_ address: Address, _ text: String) -> String {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var patience = timeval(tv_sec: 20, tv_usec: 0)
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  var peer = sockaddr_in()
  peer.sin_family = sa_family_t(AF_INET)
  peer.sin_port = address.port.bigEndian
  inet_pton(AF_INET, address.host, &peer.sin_addr)
  let connected = withUnsafePointer(to: peer) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  let bytes = Array(text.utf8)
  guard connected == 0, send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
    return "not sent"
  }
  shutdown(descriptor, Int32(SHUT_WR))
  var answer: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4_096)
  while true {
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { return String(decoding: answer, as: UTF8.self) + (count < 0 ? " (error \(errno))" : "") }
    answer += chunk[..<count]
  }
}
