import Base
import Glibc
import Network
import Testing

@Suite struct SilentPeerTests {
  /// A machine that answers nothing: Linux drops whoever calls a listener whose queue is full.
  private final class DeafListener {
    private var descriptors: [Int32] = []
    let port: UInt16

    init() throws {
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      descriptors.append(listener)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          bind(listener, pointer, length) == 0 && listen(listener, 0) == 0
            && getsockname(listener, pointer, &length) == 0
        }
      }
      try #require(bound)
      port = UInt16(bigEndian: address.sin_port)
      for _ in 0..<8 {
        let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        descriptors.append(caller)
        withUnsafePointer(to: &address) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(caller, $0, length) }
        }
      }
    }

    deinit { for descriptor in descriptors { _ = close(descriptor) } }
  }

  @Test("A machine that answers nothing is given up after the time that the connection allows")
  func silentMachine() throws {
    let deaf = try DeafListener()
    let script = try Script()
    script.onClosed = { [reactor = script.reactor] _, _ in reactor.stop() }
    let options = ConnectionOptions(outputBytesMax: 1 << 20, unacknowledgedMax: .milliseconds(500))
    let id = script.reactor.connect(to: try Address(parsing: "127.0.0.1:\(deaf.port)"), options: options)
    script.run()
    #expect(script.closed[id] == [.connectFailed(code: ETIMEDOUT)])
    withExtendedLifetime(deaf) {}
  }
}
