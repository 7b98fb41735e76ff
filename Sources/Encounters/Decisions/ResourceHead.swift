import Base
import JSON

/// What stands beside a resource's body: small, so that many can be read.
struct ResourceHead: Hashable {
  /// 1, 2, 3…
  var version: UInt64
  /// SHA-256 over the chain digest of the version before (zero before the first), the version, and the body's digest: so
  /// that no version can be changed or left out without its successors showing it.
  var chain: Digest
  /// Whether the resource is marked deleted or entered in error.
  var isHidden: Bool
  /// Whether it came by import, where references may point outside the store and a status need not have a past.
  var isImported: Bool
  /// The request that wrote this version.
  var request: Identifier
  /// When that happened, as its caller told.
  var at: Instant

  static func chain(after previous: Digest, version: UInt64, body: [UInt8]) -> Digest {
    chain(after: previous, version: version, digest: Digest(of: body))
  }

  static func chain(after previous: Digest, version: UInt64, digest: Digest) -> Digest {
    var hasher = SHA256()
    hasher.update(previous)
    hasher.update(version)
    hasher.update(digest)
    return hasher.finish()
  }

  /// As it is stored.
  var bytes: [UInt8] {
    JSONValue.object(present: [
      "version": .integer(version), "chain": .string(chain.description), "hidden": isHidden ? true : nil,
      "imported": isImported ? true : nil, "request": .string(Keys.hex(request)), "at": .integer(at.milliseconds),
    ]).serialized()
  }

  init(
    version: UInt64, chain: Digest, isHidden: Bool, isImported: Bool, request: Identifier, at: Instant
  ) {
    self.version = version
    self.chain = chain
    self.isHidden = isHidden
    self.isImported = isImported
    self.request = request
    self.at = at
  }

  /// Nil when the bytes are no head.
  init?(_ bytes: [UInt8]) {
    guard let json = try? JSONValue(parsing: bytes), let version = json["version"]?.uint64, version >= 1,
      let chain = json["chain"]?.string.flatMap({ Digest(hex: $0) }),
      let request = json["request"]?.string.flatMap({ Identifier($0) }),
      let at = json["at"]?.int64.flatMap({ Instant(milliseconds: $0) })
    else { return nil }
    self.init(
      version: version, chain: chain, isHidden: json["hidden"]?.bool ?? false,
      isImported: json["imported"]?.bool ?? false, request: request, at: at)
  }
}

extension Digest {
  /// Reads the 64 digits that ``description`` writes.
  init?(hex: String) {
    guard hex.utf8.count == 64 else { return nil }
    var words: [UInt64] = []
    var rest = Substring(hex)
    for _ in 0..<4 {
      guard let word = UInt64(rest.prefix(16), radix: 16) else { return nil }
      words.append(word)
      rest = rest.dropFirst(16)
    }
    self.init(words[0], words[1], words[2], words[3])
  }
}
