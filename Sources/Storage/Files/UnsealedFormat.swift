internal import Base
internal import SQLite

/// Format 1, whose pages bore no seal (``SQLite/PageSeal``): every page of such a file would pass for damaged. It is
/// refused by its name, before anything is mended in it.
enum UnsealedFormat {
  private static let version: UInt32 = 1
  /// In the header of a database (sqlite.org/fileformat.html, "The Database Header").
  private static let versionOffset = 60
  private static let applicationOffset = 68

  /// - Parameter application: the application id of a file of ours.
  /// - Throws: `.unknownFormat`.
  static func refuse(_ path: String, application: Int64, _ files: any Files) throws(StorageError) {
    guard try files.exists(path) else { return }
    let file = try files.open(path, .readOnly)
    defer { file.close() }
    let page = try file.bytes(at: 0, count: PageSeal.pageBytes)
    guard page.count == PageSeal.pageBytes else { return }
    let isUnsealed = page.withUnsafeBytes { page in
      func number(_ offset: Int) -> UInt32 { UInt32(bigEndian: page.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
      return number(versionOffset) == version && Int64(number(applicationOffset)) == application
        && page.suffix(PageSeal.bytes).allSatisfy { $0 == 0 }
    }
    if isUnsealed { throw .unknownFormat(version: version) }
  }
}
