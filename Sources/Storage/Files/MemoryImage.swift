internal import Base
internal import Synchronization

/// The stable bytes of a file that no directory holds durably yet.
final class MemoryImage: File {
  private let bytes = Mutex<[UInt8]>([])

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    bytes.withLock { bytes in
      let count = max(0, min(buffer.count, bytes.count - Int(offset)))
      guard count > 0 else { return 0 }
      UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).copyBytes(
        from: bytes[Int(offset)..<Int(offset) + count])
      return count
    }
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError) {
    bytes.withLock { MemoryInode.apply(.write(at: Int(offset), Array(source)), to: &$0) }
  }

  func truncate(to size: Int64) throws(StorageError) {
    bytes.withLock { MemoryInode.apply(.truncate(to: Int(size)), to: &$0) }
  }

  func sync() throws(StorageError) {}
  func size() throws(StorageError) -> Int64 { bytes.withLock { Int64($0.count) } }
  func close() {}
}
