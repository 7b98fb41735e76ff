public import Base

/// Digest (b) of design §6: the sum of one member for each live row, so that it follows every change at once and can
/// be computed anew from the rows in any order.
public enum SetHash {
  private static let version: UInt64 = 1

  /// What a live row adds. The value enters by the digest that stands beside it, so no value is read for it; that
  /// digest and bytes agree is for the scrub.
  public static func member(
    key: Key, create: Revision, mod: Revision, ordinal: UInt32, version: UInt64, valueDigest: Digest
  ) -> Digest {
    var hasher = SHA256()
    hasher.update(Self.version)
    hasher.update(create.rawValue)
    hasher.update(mod.rawValue)
    hasher.update(UInt64(ordinal))
    hasher.update(version)
    hasher.update(valueDigest)
    // The only part of variable length comes last, so no two rows feed the same bytes.
    hasher.update(key.bytes)
    return hasher.finish()
  }

  /// The member of the row that `head` describes.
  public static func member(key: Key, head: RowHead) -> Digest {
    member(
      key: key, create: head.createRevision, mod: head.modRevision, ordinal: head.ordinal, version: head.version,
      valueDigest: head.valueDigest)
  }
}
