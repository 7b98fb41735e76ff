internal import COpenSSL

/// 256 bits: a SHA-256 value, a chain head, or a set hash.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// The value as four words, the first byte in the top of `word0`.
  public var word0: UInt64
  public var word1: UInt64
  public var word2: UInt64
  public var word3: UInt64

  public init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
    self.word0 = word0
    self.word1 = word1
    self.word2 = word2
    self.word3 = word3
  }

  /// All bits zero: the empty set's hash, and the hash before the first entry.
  public static let zero = Digest(0, 0, 0, 0)

  /// SHA-256 (FIPS 180-4) of `bytes`.
  public init(of bytes: [UInt8]) {
    var hasher = SHA256()
    hasher.update(bytes)
    self = hasher.finish()
  }

  /// The 32 bytes, first byte first.
  public var bytes: [UInt8] {
    var writer = ByteWriter(reserving: 32)
    writer.digest(self)
    return writer.bytes
  }

  /// 64 lower-case hexadecimal digits.
  public var description: String { hexText(word0) + hexText(word1) + hexText(word2) + hexText(word3) }
  /// The first 12 digits: enough for a log line.
  public var short: String { String(hexText(word0).prefix(12)) }

  /// Adds `member` to this value read as the hash of a set: addition modulo 2^256, so order does not matter.
  public mutating func insert(_ member: Digest) {
    var carry: UInt64 = 0
    word3 = Self.add(word3, member.word3, &carry)
    word2 = Self.add(word2, member.word2, &carry)
    word1 = Self.add(word1, member.word1, &carry)
    word0 = Self.add(word0, member.word0, &carry)
  }

  /// Takes `member` out again; the inverse of ``insert(_:)``.
  public mutating func remove(_ member: Digest) {
    var negated = Digest(~member.word0, ~member.word1, ~member.word2, ~member.word3)
    negated.insert(Digest(0, 0, 0, 1))
    insert(negated)
  }

  private static func add(_ left: UInt64, _ right: UInt64, _ carry: inout UInt64) -> UInt64 {
    let (first, overflow1) = left.addingReportingOverflow(right)
    let (second, overflow2) = first.addingReportingOverflow(carry)
    carry = overflow1 || overflow2 ? 1 : 0
    return second
  }
}

/// Incremental SHA-256 over the system's libcrypto: a pure function of what was fed, and as fast as the processor allows.
public struct SHA256: Sendable {
  private var context = SHA256_CTX()

  public init() { SHA256_Init(&context) }

  /// Feeds `bytes`.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { _ = SHA256_Update(&context, $0.baseAddress, $0.count) }
  }

  /// Feeds a digest's 32 bytes.
  public mutating func update(_ digest: Digest) {
    var words = (
      digest.word0.bigEndian, digest.word1.bigEndian, digest.word2.bigEndian, digest.word3.bigEndian
    )
    withUnsafeBytes(of: &words) { _ = SHA256_Update(&context, $0.baseAddress, $0.count) }
  }

  /// Feeds a number's 8 bytes, least significant first.
  public mutating func update(_ number: UInt64) {
    var little = number.littleEndian
    withUnsafeBytes(of: &little) { _ = SHA256_Update(&context, $0.baseAddress, $0.count) }
  }

  /// Ends the computation; the hasher must not be fed again.
  public mutating func finish() -> Digest {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) {
      _ = SHA256_Final($0.baseAddress!.assumingMemoryBound(to: UInt8.self), &context)
    }
    return Digest(
      UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2), UInt64(bigEndian: words.3))
  }
}
