internal import Base
internal import Synchronization

/// An anonymous file of SQLite's, in memory: what it sorts or builds for a while never reaches a disk.
final class ScratchFile: File {
  private let content = Mutex<[UInt8]>([])

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
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

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError) {
    content.withLock { content in
      let start = Int(offset)
      let missing = start + bytes.count - content.count
      if missing > 0 { content.append(contentsOf: repeatElement(0, count: missing)) }
      content.withUnsafeMutableBytes {
        UnsafeMutableRawBufferPointer(rebasing: $0[start..<start + bytes.count]).copyMemory(from: bytes)
      }
    }
  }

  func truncate(to size: Int64) throws(StorageError) {
    content.withLock { content in
      let excess = content.count - Int(size)
      if excess > 0 { content.removeLast(excess) } else { content.append(contentsOf: repeatElement(0, count: -excess)) }
    }
  }

  func sync() throws(StorageError) {}
  func size() throws(StorageError) -> Int64 { content.withLock { Int64($0.count) } }
  func close() {}
}

/// A disk without files.
final class NoFiles: Files {
  func open(_ path: String, _ mode: FileMode, use: FileUse) throws(StorageError) -> any File { throw .missing }
  func delete(_ path: String) throws(StorageError) { throw .missing }
  func rename(_ path: String, to newPath: String) throws(StorageError) { throw .missing }
  func exists(_ path: String) throws(StorageError) -> Bool { false }
  func list(_ directory: String) throws(StorageError) -> [String] { [] }
  func createDirectory(_ path: String) throws(StorageError) { throw .missing }
  func syncDirectory(_ path: String) throws(StorageError) { throw .missing }
  func freeSpace(_ path: String) throws(StorageError) -> Int64 { 0 }
  func lockDirectory(_ path: String) throws(StorageError) -> any DirectoryLock { throw .missing }
}
