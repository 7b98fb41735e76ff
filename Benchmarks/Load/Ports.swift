import Glibc

enum Ports {
  /// The first of so many neighbours on loopback that nobody listens on.
  static func free(_ count: Int) throws -> Int {
    for base in stride(from: 17_400, to: 60_000, by: 100) where (0..<count).allSatisfy({ isFree(base + $0) }) {
      return base
    }
    throw Problem("there are no \(count) free ports beside one another")
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
