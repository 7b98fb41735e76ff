public import Base

/// A patient's number as one of the national schemes writes it: ten digits, kept as text because a CHI number may begin
/// with 0.
///
/// The schemes share one space of numbers, so the range tells the scheme and with it where the patient is at home. Values
/// exist only of numbers that hold by the rules of their scheme.
public struct PatientNumber: Hashable, Sendable {
  public let scheme: Scheme
  /// Ten ASCII digits: the one form to store, compare and index.
  public let digits: String

  public enum Scheme: Hashable, Sendable, CaseIterable {
    /// England, Wales and the Isle of Man.
    case nhs
    /// Scotland: six digits of the date of birth, two more, one that is odd for males, a check digit.
    case chi
    /// Northern Ireland.
    case healthAndCare

    /// Its system in FHIR: the one to write. ``systems`` are those to read.
    public var system: String {
      switch self {
      case .nhs: "https://fhir.nhs.uk/Id/nhs-number"
      case .chi: "https://fhir.nhs.uk/Id/chi-number"
      case .healthAndCare: "https://fhir.nhs.uk/Id/hsc-number"
      }
    }

    /// Every system in FHIR under which its numbers are known; the first is ``system``.
    public var systems: [String] {
      switch self {
      case .nhs, .healthAndCare: [system]
      case .chi: [system, "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53"]
      }
    }

    /// The scheme of a system in FHIR, under any of its names.
    public init?(system: String) {
      guard let scheme = Self.allCases.first(where: { $0.systems.contains(system) }) else { return nil }
      self = scheme
    }

    public init(of nation: Nation) {
      switch nation {
      case .england, .wales: self = .nhs
      case .scotland: self = .chi
      case .northernIreland: self = .healthAndCare
      }
    }

    /// Whose services give its numbers.
    public var nations: [Nation] {
      switch self {
      case .nhs: [.england, .wales]
      case .chi: [.scotland]
      case .healthAndCare: [.northernIreland]
      }
    }

    /// The one nation whose keyspace decides who a number belongs to. It must not depend on who asks, or two nodes could
    /// give one number to two patients; England and Wales share a scheme, so England's decides for both.
    public var registry: Nation { nations[0] }

    var plural: String {
      switch self {
      case .nhs: "NHS numbers"
      case .chi: "CHI numbers"
      case .healthAndCare: "health and care numbers"
      }
    }
  }

  /// Reads ten digits, with blanks or hyphens in the form 943-476-5919 or none. With `declared` the number must be of that
  /// scheme; without, its range tells.
  public init(_ text: String, as declared: Scheme? = nil) throws(IdentifierFault) {
    let digits = try Self.tenDigits(of: text)
    let range = Self.range(of: digits)
    if declared == .chi || range == .issued(.chi) { guard Self.beginsWithDate(digits) else { throw .date } }
    let rules: [CheckRule] = range == .issued(.chi) ? [.modulo11, .modulo10] : [.modulo11]
    guard rules.contains(where: { $0.digit(for: digits.dropLast()) == digits[9] }) else { throw .checkDigit }
    switch range {
    case .issued(let scheme):
      if let declared, declared != scheme { throw .otherScheme(scheme) }
      self.init(scheme: scheme, checked: digits)
    case .notIssued: throw .notIssued
    case .ireland: throw .foreign
    }
  }

  /// Builds a number from its first nine digits; nil when no number of any scheme has them, by this rule.
  public init?(stem: [Int], rule: CheckRule = .modulo11) {
    guard let check = rule.digit(for: stem[...]), let number = try? PatientNumber((stem + [check]).map(String.init).joined())
    else { return nil }
    self = number
  }

  private init(scheme: Scheme, checked digits: [Int]) {
    self.scheme = scheme
    self.digits = digits.map(String.init).joined()
  }

  /// As people write and read it aloud: `943 476 5919`.
  public var grouped: String {
    let digits = Array(digits)
    return [digits[..<3], digits[3..<6], digits[6...]].map { String($0) }.joined(separator: " ")
  }

  /// Whether it is an NHS number out of the block that is kept for tests and never given to anybody.
  public var isForTests: Bool { digits.utf8.first == UInt8(ascii: "9") }
}

extension PatientNumber: CustomStringConvertible, CustomDebugStringConvertible {
  /// The scheme, never the number: it names a patient.
  public var description: String { "one of the \(scheme.plural)" }
  public var debugDescription: String { description }
}
