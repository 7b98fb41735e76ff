public import Base

/// A value with exactly one form in bytes.
///
/// Decoding is total: whatever the bytes are, it gives a value whose form they are, or throws; encoding a value that
/// was decoded gives the same bytes again. Numbers are little-endian, texts and blobs stand behind a 32-bit length, an
/// optional behind a byte 0 or 1, a list behind a 32-bit count. A format that has a version refuses every other one.
public protocol WireForm: Sendable {
  /// Appends the form.
  func encode(into writer: inout ByteWriter)
  /// Reads exactly this value: bytes left over are refused.
  init(decoding bytes: [UInt8]) throws(DecodeError)
}

extension WireForm {
  /// The form alone.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    encode(into: &writer)
    return writer.bytes
  }
}

/// A part of a ``WireForm``: it has no version of its own and ends where its last field ends.
protocol WirePart {
  func write(to writer: inout ByteWriter)
  init(from reader: inout ByteReader) throws(DecodeError)
}
