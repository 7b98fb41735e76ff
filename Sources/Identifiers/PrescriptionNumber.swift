/// The short-form id of an electronic prescription, as `24F5DA-A83008-7EFE6Z`: six hexadecimal digits, the code of the
/// prescriber's organisation filled up to six with 0 from the left, five hexadecimal digits, and a check character by
/// ISO 7064 MOD 37-2 with `+` in the place of `*`.
public struct PrescriptionNumber: Hashable, Sendable {
  /// Twenty characters, upper case, with hyphens: the one form to store, compare and index.
  public let text: String

  /// Its system in FHIR.
  public static let system = "https://fhir.nhs.uk/Id/prescription-order-number"

  private static let form = "HHHHHH-OOOOOO-HHHHHC"

  /// Reads the form with or without its hyphens, in upper or lower case.
  public init(_ text: String) throws(IdentifierFault) {
    var characters: [UInt8] = []
    var hyphens: [Int] = []
    for byte in trimmed(text) {
      if byte == UInt8(ascii: "-") {
        hyphens.append(characters.count)
      } else {
        characters.append((UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 0x20 : byte)
      }
    }
    guard characters.allSatisfy({ Self.values[Int($0)] != nil }) else { throw .character }
    guard characters.count == 18 else { throw .length(found: characters.count, expected: 18...18) }
    guard hyphens.isEmpty || hyphens == [6, 12] else { throw .grouping(form: Self.form) }
    let values = characters.map { Self.values[Int($0)] ?? 0 }
    guard (values[..<6] + values[12..<17]).allSatisfy({ $0 < 16 }), values[..<17].allSatisfy({ $0 < 36 }) else {
      throw .character
    }
    guard Self.check(values[..<17]) == values[17] else { throw .checkDigit }
    self.init(checked: characters)
  }

  /// The number of these parts: 24 and 20 bits drawn by the prescribing system, and the code of its organisation, of at
  /// most six letters and digits.
  public init(first: UInt32, organisation: String, last: UInt32) throws(IdentifierFault) {
    let code = Array(organisation.utf8)
    guard (1...6).contains(code.count) else { throw .length(found: code.count, expected: 1...6) }
    guard first < 1 << 24, last < 1 << 20 else { throw .form("of 24 and 20 bits") }
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 6)
    func hex(_ value: UInt32, _ count: Int) -> [UInt8] {
      (zeros + Array(String(value, radix: 16, uppercase: true).utf8)).suffix(count)
    }
    let stem = hex(first, 6) + (zeros + code).suffix(6) + hex(last, 5)
    guard stem.allSatisfy({ (Self.values[Int($0)] ?? 36) < 36 }) else { throw .character }
    let check = Self.check(stem.map { Self.values[Int($0)] ?? 0 }[...])
    self.init(checked: stem + [Self.alphabet[check]])
  }

  private init(checked characters: [UInt8]) {
    text = [characters[..<6], characters[6..<12], characters[12...]].map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: "-")
  }

  private static func check(_ stem: ArraySlice<Int>) -> Int {
    (38 - stem.reduce(0) { ($0 + $1) * 2 % 37 }) % 37
  }

  private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+".utf8)

  private static let values: [Int?] = {
    var values = [Int?](repeating: nil, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = value }
    return values
  }()
}

extension PrescriptionNumber: CustomStringConvertible, CustomDebugStringConvertible {
  /// Never the number: it stands for what a patient takes.
  public var description: String { "a prescription number" }
  public var debugDescription: String { description }
}
