internal import Base
internal import SQLite

/// The pages of a database that SQLite never reads for what they hold (sqlite.org/fileformat.html, "The Freelist"): leaves
/// of the list of free pages, the page that locks stand on, and what lies behind the end until a checkpoint cuts it off.
///
/// SQLite need not write them, so a file that grew by a checkpoint that was interrupted may have anything there.
struct IdlePages {
  private static let lockPage = UInt32(0x4000_0000 / PageSeal.pageBytes) + 1
  /// In the header of a database.
  private static let sizeOffset = 28
  private static let firstTrunkOffset = 32
  private static let freeCountOffset = 36
  private static let leavesMax = (PageSeal.pageBytes - PageSeal.bytes) / 4 - 2

  /// Pages of the database; all that there can be when its header cannot be read, so that nothing lies behind the end.
  let pages: UInt32
  let leaves: Set<UInt32>

  /// - Parameters:
  ///   - file: the database, which nobody has open.
  ///   - wal: what has the last word about the pages in it; nil when there is none.
  init(_ file: any File, _ outline: WALOutline, wal: (any File)?) throws(StorageError) {
    let reader = Reader(file: file, outline: outline, wal: wal)
    guard let header = try reader.page(1) else {
      pages = .max
      leaves = []
      return
    }
    pages = outline.committed > 0 ? outline.databasePages : header.number(Self.sizeOffset)
    var leaves: Set<UInt32> = []
    var left = header.number(Self.freeCountOffset)
    var trunk = header.number(Self.firstTrunkOffset)
    while left > 0, trunk > 1, trunk <= pages, let page = try reader.page(trunk) {
      let count = min(page.number(4), UInt32(Self.leavesMax))
      for place in 0..<Int(count) { leaves.insert(page.number(8 + 4 * place)) }
      left -= min(left, count + 1)
      trunk = page.number(0)
    }
    self.leaves = leaves
  }

  func contains(_ number: UInt32) -> Bool { number > pages || number == Self.lockPage || leaves.contains(number) }

  /// Pages as the WAL and the file have them together.
  private struct Reader {
    let file: any File
    let outline: WALOutline
    let wal: (any File)?

    /// nil when it is not as it was written.
    func page(_ number: UInt32) throws(StorageError) -> Page? {
      if let frame = outline.frames[number], let wal {
        let offset = WALScanner.headerBytes + (frame - 1) * WALScanner.frameBytes + WALScanner.frameHeaderBytes
        let bytes = try wal.bytes(at: Int64(offset), count: PageSeal.pageBytes)
        return bytes.count == PageSeal.pageBytes ? Page(bytes: bytes) : nil
      }
      let bytes = try file.bytes(at: Int64(number - 1) * Int64(PageSeal.pageBytes), count: PageSeal.pageBytes)
      return bytes.withUnsafeBytes { PageSeal(of: $0, number: number) } == nil ? nil : Page(bytes: bytes)
    }
  }

  private struct Page {
    let bytes: [UInt8]

    func number(_ offset: Int) -> UInt32 {
      bytes.withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }
  }
}
