/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) under one key: for index keys that must not give away what they index.
///
/// The key's two halves are hashed once, so that a code costs no more than hashing the message and one block.
public struct HMAC: Sendable {
  private let inner: SHA256
  private let outer: SHA256
  private static let blockBytes = 64

  public init(key: [UInt8]) {
    var block = key.count > Self.blockBytes ? Digest(of: key).bytes : key
    block.append(contentsOf: repeatElement(0, count: Self.blockBytes - block.count))
    var inner = SHA256()
    inner.update(block.map { $0 ^ 0x36 })
    var outer = SHA256()
    outer.update(block.map { $0 ^ 0x5C })
    self.inner = inner
    self.outer = outer
  }

  /// The code of `message`.
  public func code(of message: [UInt8]) -> Digest {
    var inner = inner
    inner.update(message)
    var outer = outer
    outer.update(inner.finish())
    return outer.finish()
  }
}
