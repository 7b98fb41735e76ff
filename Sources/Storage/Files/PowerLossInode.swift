internal import Base
internal import SQLite

/// A file of a ``PowerLossFiles``: what is stable, and above it the pages that were changed since. Guarded by the lock
/// of its disk.
final class PowerLossInode: @unchecked Sendable {
  private static let pageBytes = 4_096

  let use: FileUse
  /// Handles that are open.
  var handles = 0
  /// The real file, or an image in memory for as long as no directory holds the file durably.
  private var stable: any File
  private(set) var isReal: Bool
  /// Bytes, as processes see it.
  private(set) var size: Int
  /// Stable bytes from here on were cut off since the last sync.
  private var cutAt = Int.max
  /// Pages changed since the last sync, whole, by number.
  private var pages: [Int: [UInt8]] = [:]

  /// A file that was just made.
  init(use: FileUse) {
    self.use = use
    stable = ScratchFile()
    isReal = false
    size = 0
  }

  /// A file that is there.
  init(_ file: any File, use: FileUse) throws(StorageError) {
    self.use = use
    stable = file
    isReal = true
    size = Int(try file.size())
  }

  /// Whether anything would be lost.
  var isClean: Bool {
    get throws(StorageError) {
      let stableSize = Int(try stable.size())
      return pages.isEmpty && cutAt == Int.max && size == stableSize
    }
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    let count = max(0, min(buffer.count, size - offset))
    guard count > 0 else { return 0 }
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    target.initializeMemory(as: UInt8.self, repeating: 0)
    let stableCount = min(count, cutAt - offset)
    if stableCount > 0 {
      _ = try stable.read(at: Int64(offset), into: UnsafeMutableRawBufferPointer(rebasing: target[..<stableCount]))
    }
    for number in offset / Self.pageBytes...(offset + count - 1) / Self.pageBytes {
      guard let page = pages[number] else { continue }
      let start = max(offset, number * Self.pageBytes)
      let end = min(offset + count, (number + 1) * Self.pageBytes)
      let inPage = start - number * Self.pageBytes
      UnsafeMutableRawBufferPointer(rebasing: target[start - offset..<end - offset]).copyBytes(
        from: page[inPage..<inPage + end - start])
    }
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    guard bytes.count > 0 else { return }
    for number in offset / Self.pageBytes...(offset + bytes.count - 1) / Self.pageBytes {
      var page = if let changed = pages[number] { changed } else { try load(number) }
      let start = max(offset, number * Self.pageBytes)
      let end = min(offset + bytes.count, (number + 1) * Self.pageBytes)
      let inPage = start - number * Self.pageBytes
      page.withUnsafeMutableBytes {
        UnsafeMutableRawBufferPointer(rebasing: $0[inPage..<inPage + end - start]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[start - offset..<end - offset]))
      }
      pages[number] = page
    }
    size = max(size, offset + bytes.count)
  }

  private func load(_ number: Int) throws(StorageError) -> [UInt8] {
    var page = [UInt8](repeating: 0, count: Self.pageBytes)
    var failure: StorageError?
    page.withUnsafeMutableBytes { buffer in
      do throws(StorageError) { _ = try read(at: number * Self.pageBytes, into: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
    return page
  }

  func truncate(to newSize: Int) {
    if newSize < size {
      cutAt = min(cutAt, newSize)
      pages = pages.filter { $0.key * Self.pageBytes < newSize }
      let last = newSize / Self.pageBytes
      if var page = pages[last] {
        let kept = newSize - last * Self.pageBytes
        page.replaceSubrange(kept..., with: repeatElement(0, count: Self.pageBytes - kept))
        pages[last] = page
      }
    }
    size = newSize
  }

  /// Brings everything to the stable file.
  func sync() throws(StorageError) {
    if cutAt < Int(try stable.size()) { try stable.truncate(to: Int64(cutAt)) }
    for number in pages.keys.sorted() {
      let start = number * Self.pageBytes
      guard let page = pages[number], start < size else { continue }
      try stable.write(Array(page.prefix(size - start)), at: Int64(start))
    }
    if Int(try stable.size()) != size { try stable.truncate(to: Int64(size)) }
    try stable.sync()
    pages = [:]
    cutAt = .max
  }

  /// Writes what was synced so far into `file`, which is the stable file from now on.
  func materialise(in file: any File) throws(StorageError) {
    let image = try stable.bytes(at: 0, count: Int(try stable.size()))
    try file.truncate(to: 0)
    try file.write(image, at: 0)
    try file.sync()
    stable = file
    isReal = true
  }

  func closeStable() { stable.close() }
}
