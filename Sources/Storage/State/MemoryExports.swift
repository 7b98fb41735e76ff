internal import Synchronization

/// Where stores in memory put finished snapshots: durable at once.
final class MemoryExports: Sendable {
  private let files = Mutex<[String: [UInt8]]>([:])

  func put(_ name: String, _ bytes: [UInt8]) { files.withLock { $0[name] = bytes } }
  func bytes(_ name: String) -> [UInt8]? { files.withLock { $0[name] } }
  func remove(_ name: String) { files.withLock { $0[name] = nil } }
  func removeAllBut(_ names: [String]) { files.withLock { $0 = $0.filter { names.contains($0.key) } } }
  var byteCount: Int { files.withLock { $0.values.reduce(0) { $0 + $1.count } } }

  func copy() -> MemoryExports {
    let copy = MemoryExports()
    let files = files.withLock { $0 }
    copy.files.withLock { $0 = files }
    return copy
  }
}
