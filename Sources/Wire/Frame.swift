public import Base

/// How messages stand on a connection, between nodes and from clients alike.
///
/// | bytes | what |
/// |---|---|
/// | 4 | length n of what follows, little-endian, 1 through ``maximum`` |
/// | n | a ``PeerFrame``, ``ClientRequest`` or ``ClientReply`` |
public enum Frame {
  /// Bytes of a frame at most, its length not counted.
  public static let maximum = Limits.frameBytesMax
  /// Bytes of the length.
  public static let lengthByteCount = 4

  /// Appends `value` as one frame. That it fits is the caller's promise: all that can be long is bounded before.
  public static func append(_ value: some WireForm, to writer: inout ByteWriter) {
    let start = writer.count
    writer.u32(0)
    value.encode(into: &writer)
    let count = writer.count - start - lengthByteCount
    precondition(count > 0 && count <= maximum, "a frame of \(count) bytes")
    writer.patchU32(UInt32(count), at: start)
  }

  /// The length of the frame that begins at `offset`; nil while its four bytes are not all there. A length of zero or
  /// beyond ``maximum`` throws: the connection cannot be read any further.
  public static func length(in bytes: [UInt8], at offset: Int = 0) throws(DecodeError) -> Int? {
    guard offset >= 0, bytes.count - offset >= lengthByteCount else { return nil }
    var reader = ByteReader(bytes, offset..<offset + lengthByteCount)
    let count = Int(try reader.u32("frame length"))
    guard count > 0 else { throw .invalid(field: "frame length") }
    guard count <= maximum else { throw .tooLong(field: "frame length") }
    return count
  }
}
