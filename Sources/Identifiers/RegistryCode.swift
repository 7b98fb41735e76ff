/// A code out of a national register that has a form and no check digit: of an organisation, a clinician, an address.
public struct RegistryCode: Hashable, Sendable {
  public let register: Register
  /// As the register writes it: without blanks at the ends, in upper case.
  public let text: String

  public enum Register: Hashable, Sendable, CaseIterable {
    /// The Organisation Data Service's code of an organisation.
    case odsOrganisation
    /// The same, of one of its sites.
    case odsSite
    /// The Spine Directory Service's ids of a user and of a user in a role.
    case sdsUser
    case sdsRoleProfile
    /// A service in the Directory of Services.
    case dosService
    /// General Medical Council.
    case gmc
    /// General Pharmaceutical Council.
    case gphc
    /// Nursing and Midwifery Council.
    case nmc
    /// Health and Care Professions Council.
    case hcpc
    /// General medical practitioner, NHS Prescription Services.
    case gmp
    /// An address of Great Britain.
    case uprn

    /// Its system in FHIR; nil of the one that stands in an extension of the address instead.
    public var system: String? {
      switch self {
      case .odsOrganisation: "https://fhir.nhs.uk/Id/ods-organization-code"
      case .odsSite: "https://fhir.nhs.uk/Id/ods-site-code"
      case .sdsUser: "https://fhir.nhs.uk/Id/sds-user-id"
      case .sdsRoleProfile: "https://fhir.nhs.uk/Id/sds-role-profile-id"
      case .dosService: "https://fhir.nhs.uk/Id/dos-service-id"
      case .gmc: "https://fhir.hl7.org.uk/Id/gmc-number"
      case .gphc: "https://fhir.hl7.org.uk/Id/gphc-number"
      case .nmc: "https://fhir.hl7.org.uk/Id/nmc-number"
      case .hcpc: "https://fhir.hl7.org.uk/Id/hcpc-number"
      case .gmp: "https://fhir.hl7.org.uk/Id/gmp-number"
      case .uprn: nil
      }
    }

    /// The form in words, for messages.
    public var form: String {
      switch self {
      case .odsOrganisation, .odsSite: "3 to 10 capital letters and digits"
      case .sdsUser, .sdsRoleProfile: "10 to 12 digits"
      case .dosService: "a row of digits"
      case .gmc: "7 digits, or a letter and 6 or 7 digits"
      case .gphc: "7 digits of which the first is 2"
      case .nmc: "two digits, a letter, four digits and a letter"
      case .hcpc: "two letters and up to 6 digits"
      case .gmp: "G and 7 digits"
      case .uprn: "1 to 12 digits, the first not 0"
      }
    }

    /// The forms as patterns; a text is a code when it fits one.
    fileprivate var patterns: [[Element]] {
      switch self {
      case .odsOrganisation, .odsSite: [[.either(3...10)]]
      case .sdsUser, .sdsRoleProfile: [[.digits(10...12)]]
      case .dosService: [[.digits(1...18)]]
      case .gmc: [[.digits(7...7)], [.letters(1...1), .digits(6...7)]]
      case .gphc: [[.exactly("2"), .digits(6...6)]]
      case .nmc: [[.digits(2...2), .letters(1...1), .digits(4...4), .letters(1...1)]]
      case .hcpc: [[.letters(2...2), .digits(1...6)]]
      case .gmp: [[.exactly("G"), .digits(7...7)]]
      case .uprn: [[.digits(1...12)]]
      }
    }

    /// The register of a system in FHIR.
    public init?(system: String) {
      guard let register = Self.allCases.first(where: { $0.system == system }) else { return nil }
      self = register
    }
  }

  /// Reads a code of `register`; lower case is taken where letters stand.
  public init(_ text: String, of register: Register) throws(IdentifierFault) {
    let code = trimmed(text).map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 0x20 : $0 }
    if register == .uprn, code.first == UInt8(ascii: "0") { throw .leadingZero }
    guard register.patterns.contains(where: { Self.fits(code, $0) }) else { throw .form(register.form) }
    self.register = register
    self.text = String(decoding: code, as: UTF8.self)
  }

  /// A run of characters; each takes as many as it can, which is never too many, as neighbours share no characters.
  fileprivate enum Element {
    case exactly(Unicode.Scalar)
    case digits(ClosedRange<Int>)
    case letters(ClosedRange<Int>)
    case either(ClosedRange<Int>)
  }

  private static func fits(_ code: [UInt8], _ pattern: [Element]) -> Bool {
    var rest = code[...]
    for element in pattern {
      let count: ClosedRange<Int>
      let belongs: (UInt8) -> Bool
      switch element {
      case .exactly(let character): (count, belongs) = (1...1, { $0 == UInt8(ascii: character) })
      case .digits(let range): (count, belongs) = (range, isDigit)
      case .letters(let range): (count, belongs) = (range, isCapital)
      case .either(let range): (count, belongs) = (range, { isDigit($0) || isCapital($0) })
      }
      let run = rest.prefix(count.upperBound).prefix(while: belongs)
      guard run.count >= count.lowerBound else { return false }
      rest = rest.dropFirst(run.count)
    }
    return rest.isEmpty
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
}
