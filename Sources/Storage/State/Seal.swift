internal import Base

/// 16 bytes that a stored row carries over all its other bytes, so that a bit that flips on the disk is found by
/// whoever reads the row: SQLite itself notices damage to its own structures alone.
struct Seal: Hashable {
  static let byteCount = 16

  let bytes: [UInt8]

  /// - Parameters:
  ///   - kind: the table; the same bytes in two tables have two seals.
  ///   - fixed: the columns of fixed width, in one form.
  ///   - blobs: the others; each is hashed with its length.
  init(_ kind: Kind, _ fixed: [UInt64], _ blobs: [[UInt8]]) {
    var hasher = SHA256()
    hasher.update(UInt64(kind.rawValue))
    for number in fixed { hasher.update(number) }
    for blob in blobs {
      hasher.update(UInt64(blob.count))
      hasher.update(blob)
    }
    bytes = Array(hasher.finish().bytes.prefix(Self.byteCount))
  }

  enum Kind: UInt8 {
    case meta = 1
    case row = 2
    case session = 3
    case result = 4
    case request = 5
  }
}
