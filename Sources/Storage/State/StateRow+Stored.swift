internal import Base
internal import Model

extension StateRow {
  /// The number under which the row stands in the file.
  var id: RowID { RowID(revision, ordinal: ordinal, isDeletion: value == nil) }

  /// Over every column but itself.
  var seal: [UInt8] {
    let digest = value?.digest ?? .zero
    return Seal(
      .row,
      [
        UInt64(bitPattern: id.rawValue), createRevision.rawValue, version, value?.form ?? 0, digest.word0, digest.word1,
        digest.word2, digest.word3,
      ], [key.bytes, value?.bytes ?? []]
    ).bytes
  }

  /// Whether the value's digest is that of its bytes, as far as this node can read them.
  var hasHonestDigest: Bool {
    guard let value, value.format == 1, value.codec == 0, value.keyID == 0 else { return true }
    return value.digest == Digest(of: value.bytes)
  }
}

extension Value {
  /// Format, codec and key id as one column.
  var form: UInt64 { UInt64(format) | UInt64(codec) << 8 | UInt64(keyID) << 16 }

  init(form: UInt64, digest: Digest, bytes: [UInt8]) {
    self.init(
      format: UInt8(truncatingIfNeeded: form), codec: UInt8(truncatingIfNeeded: form >> 8),
      keyID: UInt32(truncatingIfNeeded: form >> 16), digest: digest, bytes: bytes)
  }
}
