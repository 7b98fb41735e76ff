internal import Base

/// Where a scrub goes on: at a key, or among what has no keys, for which a key that nobody can write stands.
///
/// ``Wire/DigestResult/next`` has the form of a key. A bound of a range may be one byte longer than a key
/// (``Base/Limits/keyBytesMax``), and then ends in zero because it is a key's successor; one that ends otherwise is
/// ours.
enum ScrubCursor: Hashable {
  case key(Key)
  /// Rows of the table above this number.
  case rows(after: Int64)
  /// Results of sessions above (session, sequence).
  case results(session: Int64, sequence: Int64)
  /// Requests above this number.
  case requests(after: Int64)

  private static let byteCount = Limits.keyBytesMax + 1
  private static let mark: UInt8 = 1
  private static let tailBytes = 18

  init(_ start: Key) {
    let bytes = start.bytes
    let head = Self.byteCount - Self.tailBytes
    guard bytes.count == Self.byteCount, bytes.last == Self.mark, bytes[..<head].allSatisfy({ $0 == 0xFF }) else {
      self = .key(start)
      return
    }
    func number(_ offset: Int) -> Int64 {
      Int64(bitPattern: bytes[(head + offset)..<(head + offset + 8)].reduce(0) { $0 << 8 | UInt64($1) })
    }
    switch bytes[head] {
    case 1: self = .rows(after: number(1))
    case 2: self = .results(session: number(1), sequence: number(9))
    case 3: self = .requests(after: number(1))
    default: self = .key(start)
    }
  }

  var key: Key {
    switch self {
    case .key(let key): key
    case .rows(let after): Self.key(1, after, 0)
    case .results(let session, let sequence): Self.key(2, session, sequence)
    case .requests(let after): Self.key(3, after, 0)
    }
  }

  private static func key(_ kind: UInt8, _ first: Int64, _ second: Int64) -> Key {
    var bytes = [UInt8](repeating: 0xFF, count: byteCount - tailBytes)
    bytes.append(kind)
    for number in [first, second] {
      withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
    bytes.append(mark)
    return Key(bytes)
  }
}
