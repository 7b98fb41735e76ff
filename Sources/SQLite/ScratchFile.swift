public import Base
internal import Synchronization

/// A file without a name, in memory: what SQLite sorts or builds for a while never reaches a disk. Lives as long as its
/// handle; ``close()`` and ``sync()`` do nothing.
public final class ScratchFile: File {
  private let content = Mutex<[UInt8]>([])

  public init() {}

  public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    content.withLock { content in
      let start = Int(offset)
      let count = max(0, min(buffer.count, content.count - start))
      guard count > 0 else { return 0 }
      content.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
      }
      return count
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError) {
    content.withLock { content in
      let start = Int(offset)
      Self.extend(&content, to: start + bytes.count)
      content.withUnsafeMutableBytes {
        UnsafeMutableRawBufferPointer(rebasing: $0[start..<start + bytes.count]).copyMemory(from: bytes)
      }
    }
  }

  public func truncate(to size: Int64) throws(StorageError) {
    content.withLock { content in
      if content.count > Int(size) { content.removeLast(content.count - Int(size)) }
      Self.extend(&content, to: Int(size))
    }
  }

  private static func extend(_ content: inout [UInt8], to size: Int) {
    if size > content.count { content += [UInt8](repeating: 0, count: size - content.count) }
  }

  public func sync() throws(StorageError) {}
  public func size() throws(StorageError) -> Int64 { content.withLock { Int64($0.count) } }
  public func close() {}
}
