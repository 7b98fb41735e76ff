/// Why a frame was refused; the connection is of no further use then, for nobody knows where the next frame begins.
public enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The announced length is beyond the limit.
  case tooLong(length: Int, limit: Int)

  public var description: String {
    switch self {
    case .tooLong(let length, let limit): "a frame of \(length) bytes is longer than \(limit)"
    }
  }
}

/// A frame: the payload's length as 32 bits, little-endian, then the payload, which may be empty.
public enum Frame {
  /// Bytes before the payload.
  public static let headerBytes = 4

  /// Appends a frame whose payload `write` appends; what stood there before must stay.
  public static func append(to bytes: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    bytes.append(contentsOf: [0, 0, 0, 0])
    write(&bytes)
    precondition(bytes.count >= start + headerBytes, "the writer of a frame removed bytes")
    let length = UInt32(bytes.count - start - headerBytes)
    for index in 0..<headerBytes { bytes[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(8 * index)) }
  }

  /// Appends a frame around `payload`.
  public static func append(_ payload: [UInt8], to bytes: inout [UInt8]) {
    append(to: &bytes) { $0.append(contentsOf: payload) }
  }
}

extension InputBuffer {
  /// Takes the next whole frame's payload out, or returns nil until it has come whole.
  ///
  /// Total: an announced length beyond `max` is an error as soon as its four bytes are here, and memory is taken only
  /// for bytes that arrived.
  public mutating func nextFrame(max: Int) throws(FrameError) -> [UInt8]? {
    guard let length = announcedLength else { return nil }
    guard length <= max else { throw .tooLong(length: length, limit: max) }
    guard count >= Frame.headerBytes + length else { return nil }
    consume(Frame.headerBytes)
    return take(length)
  }

  private var announcedLength: Int? {
    guard count >= Frame.headerBytes else { return nil }
    return (0..<Frame.headerBytes).reduce(0) { $0 | Int(self[$1]) << (8 * $1) }
  }
}
