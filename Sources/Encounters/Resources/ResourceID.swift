public import Base

/// The logical id of a resource.
///
/// An id made here is a letter for the nation where the resource is at home, a hyphen, and 26 characters of Base32: so
/// any id tells its keyspace. Imported resources keep the id they came with; for these the home has to be said or looked
/// up (``EncounterStore/locate(_:_:)``).
public struct ResourceID: Hashable, Comparable, Sendable, CustomStringConvertible, Encodable {
  /// As it stands in `id` and in references.
  public let text: String
  /// Where the resource is at home; nil when the id does not tell.
  public let home: Nation?

  /// Returns nil unless `text` is an id by FHIR R4: 1 to 64 of `A-Z`, `a-z`, `0-9`, `-` and `.`.
  ///
  /// - Parameter home: overrules nothing: an id made here always tells its own home.
  public init?(_ text: String, at home: Nation? = nil) {
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
    self.text = text
    self.home = Self.home(told: text) ?? home
  }

  /// The id of what request `request` makes in the role `role`: the same for every try, from any machine.
  init(home: Nation, request: Identifier, role: String) {
    let digest = Digest(of: request.bytes + Array(role.utf8))
    text = "\(home.letter)-\(base32(digest.bytes, 26))"
    self.home = home
  }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: false
    }
  }

  private static func home(told text: String) -> Nation? {
    let bytes = Array(text.utf8)
    guard bytes.count == 28, bytes[1] == UInt8(ascii: "-"),
      bytes[2...].allSatisfy({ (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) })
    else { return nil }
    return Nation.allCases.first { $0.letter.utf8.first == bytes[0] }
  }

  /// Whether it was made here, so that it tells its home.
  public var isMadeHere: Bool { Self.home(told: text) != nil }

  public static func == (left: Self, right: Self) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
  public static func < (left: Self, right: Self) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
  public var description: String { text }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A version of a resource.
public struct VersionedID: Hashable, Sendable, CustomStringConvertible {
  /// For example `Encounter`.
  public var type: String
  public var id: ResourceID
  /// From 1, without gaps.
  public var version: UInt64

  public init(type: String, id: ResourceID, version: UInt64) {
    self.type = type
    self.id = id
    self.version = version
  }

  /// `Encounter/e-…`
  public var reference: String { "\(type)/\(id)" }
  /// `Encounter/e-…/_history/3`
  public var description: String { "\(type)/\(id)/_history/\(version)" }
}

extension Nation {
  /// Stands before the ids of what is at home there.
  var letter: String {
    switch self {
    case .england: "e"
    case .scotland: "s"
    case .wales: "w"
    case .northernIreland: "n"
    }
  }
}

/// The first `count` characters of RFC 4648's Base32 in lower case.
func base32(_ bytes: [UInt8], _ count: Int) -> String {
  let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
  var text: [UInt8] = []
  var buffer: UInt32 = 0
  var bits: UInt32 = 0
  for byte in bytes where text.count < count {
    buffer = buffer << 8 | UInt32(byte)
    bits += 8
    while bits >= 5 {
      bits -= 5
      text.append(alphabet[Int(buffer >> bits & 31)])
    }
    buffer &= (1 << bits) - 1
  }
  precondition(text.count >= count, "\(bytes.count) bytes give fewer than \(count) characters")
  return String(decoding: text.prefix(count), as: UTF8.self)
}
