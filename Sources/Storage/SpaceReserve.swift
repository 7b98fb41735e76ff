internal import Base
internal import Wire

/// A file that takes up space so that it can be given back when the disk is full: what was accepted before can then
/// still be made durable (design §6, "Errors").
struct SpaceReserve {
  static let name = "reserve"
  private static let pieceBytes = 1 << 20

  let files: any Files
  let directory: String
  let bytes: Int

  private var path: String { directory + "/" + Self.name }

  private static var header: [UInt8] {
    FileHeader(kind: .reserve, epoch: 0, featureLevel: 1, payload: []).encoded
  }

  /// Takes the space; false when there is not enough of it. What is there already is taken for good only when it is
  /// ours and whole.
  /// - Throws: `.corrupt` when a file that is not ours stands in its place.
  func take() throws(StorageError) -> Bool {
    guard bytes > 0 else { return true }
    let file = try files.open(path, .create)
    defer { file.close() }
    let size = try file.size()
    if size > 0 {
      let found = try file.bytes(at: 0, count: Self.header.count)
      // A header cut short is that of a start that lost power.
      guard found == Array(Self.header.prefix(found.count)) || found.allSatisfy({ $0 == 0 }) else {
        throw .corrupt(what: "the file 'reserve' is not this program's; move it out of the data directory")
      }
      if size == Int64(bytes) && found == Self.header { return true }
    }
    do throws(StorageError) {
      try fill(file)
      return true
    } catch {
      guard case .full = error else { throw error }
      try giveBack()
      return false
    }
  }

  /// Written, not only sized: and with bytes that a file system cannot fold, so that the blocks are really there.
  private func fill(_ file: any File) throws(StorageError) {
    try file.truncate(to: 0)
    var generator = SplitMix64(seed: UInt64(bytes))
    var offset = 0
    while offset < bytes {
      let count = min(Self.pieceBytes, bytes - offset)
      var piece = [UInt8](unsafeUninitializedCapacity: (count + 7) & ~7) { buffer, filled in
        let raw = UnsafeMutableRawBufferPointer(buffer)
        for place in stride(from: 0, to: raw.count, by: 8) {
          raw.storeBytes(of: generator.next(), toByteOffset: place, as: UInt64.self)
        }
        filled = raw.count
      }
      piece.removeLast(piece.count - count)
      if offset == 0 { piece.replaceSubrange(0..<min(Self.header.count, count), with: Self.header.prefix(count)) }
      try file.write(piece, at: Int64(offset))
      offset += count
    }
    try file.sync()
    try files.syncDirectory(directory)
  }

  func giveBack() throws(StorageError) {
    do throws(StorageError) { try files.delete(path) } catch {
      guard error.isMissing else { throw error }
    }
    try files.syncDirectory(directory)
  }
}
