/// An identifier of SNOMED CT, and so also one of the dictionary of medicines and devices (dm+d), whose codes are
/// identifiers of SNOMED CT (SNOMED International, identifiers and partitions).
public struct SNOMEDCode: Hashable, Sendable {
  /// 6 to 18 ASCII digits.
  public let digits: String
  public let kind: Kind
  /// Seven digits that name the organisation which made it; nil of those that SNOMED International made itself.
  public let namespace: String?

  public enum Kind: Hashable, Sendable, CaseIterable {
    case concept
    case description
    case relationship
  }

  /// The systems in FHIR whose codes are such identifiers.
  public static let systems = ["http://snomed.info/sct", "https://dmd.nhs.uk"]

  public init(_ text: String) throws(IdentifierFault) {
    let digits = Array(text.utf8)
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .character }
    guard (6...18).contains(digits.count) else { throw .length(found: digits.count, expected: 6...18) }
    guard digits[0] != 0x30 else { throw .leadingZero }
    guard Self.hasVerhoeffCheck(digits) else { throw .checkDigit }
    let partition = digits[(digits.count - 3)..<(digits.count - 1)].map { Int($0 - 0x30) }
    guard partition[0] <= 1, let kind = Kind.allCases.indices.contains(partition[1]) ? Kind.allCases[partition[1]] : nil
    else { throw .partition }
    if partition[0] == 1 {
      // At least one digit of its own before the namespace, the partition and the check digit.
      guard digits.count >= 11 else { throw .length(found: digits.count, expected: 11...18) }
      namespace = String(decoding: digits[(digits.count - 10)..<(digits.count - 3)], as: UTF8.self)
    } else {
      namespace = nil
    }
    self.digits = text
    self.kind = kind
  }

  /// Verhoeff's check over the whole, the check digit being the last: a product in the dihedral group of order ten, which
  /// catches every wrong digit and every transposition of neighbours.
  private static func hasVerhoeffCheck(_ digits: [UInt8]) -> Bool {
    var check = 0
    for (place, byte) in digits.reversed().enumerated() {
      check = product[check][permutations[place % 8][Int(byte - 0x30)]]
    }
    return check == 0
  }

  private static let product: [[Int]] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  ]

  private static let permutations: [[Int]] = {
    let turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    return (0..<7).reduce(into: [Array(0...9)]) { rows, _ in rows.append(turn.map { rows[rows.count - 1][$0] }) }
  }()
}
