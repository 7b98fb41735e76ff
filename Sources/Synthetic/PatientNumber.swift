import Base

/// A patient's number as one of the national schemes writes it: ten digits, kept as text because a CHI number may begin
/// with 0.
public struct PatientNumber: Hashable, Sendable {
  public enum Scheme: Hashable, Sendable, CaseIterable {
    /// England and Wales.
    case nhs
    /// Scotland: six digits of the date of birth, two more, one that is odd for males, a check digit.
    case chi
    /// Northern Ireland: health and care number.
    case healthAndCare

    /// The system of the number in FHIR.
    public var system: String {
      switch self {
      case .nhs: "https://fhir.nhs.uk/Id/nhs-number"
      case .chi: "https://fhir.nhs.uk/Id/chi-number"
      case .healthAndCare: "https://fhir.nhs.uk/Id/hsc-number"
      }
    }

    init(of nation: Nation) {
      switch nation {
      case .england, .wales: self = .nhs
      case .scotland: self = .chi
      case .northernIreland: self = .healthAndCare
      }
    }
  }

  public let scheme: Scheme
  public let digits: String

  /// The check digit of nine digits by the rule of all three schemes: weights 10 down to 2, modulo 11. Nil for the one
  /// stem in eleven that no number has.
  public static func checkDigit(of stem: [Int]) -> Int? {
    precondition(stem.count == 9, "a stem of \(stem.count) digits")
    let sum = zip(stem, (2...10).reversed()).reduce(0) { $0 + $1.0 * $1.1 }
    let check = (11 - sum % 11) % 11
    return check == 10 ? nil : check
  }

  /// Draws a number for somebody who does not exist: NHS numbers of the test block 999, health and care numbers from 32
  /// on, CHI numbers of the date of birth given.
  static func draw(
    _ scheme: Scheme, born: CalendarDate, male: Bool, _ random: inout SplitMix64
  ) -> PatientNumber {
    while true {
      var stem: [Int]
      switch scheme {
      case .nhs: stem = [9, 9, 9] + (0..<6).map { _ in random.below(10) }
      case .healthAndCare: stem = [3, 2] + (0..<6).map { _ in random.below(10) } + [1 + random.below(9)]
      case .chi:
        let date = [born.day, born.month, born.year % 100].flatMap { [$0 / 10, $0 % 10] }
        stem = date + [random.below(10), random.below(10), 2 * random.below(5) + (male ? 1 : 0)]
      }
      guard let check = checkDigit(of: stem) else { continue }
      return PatientNumber(scheme: scheme, digits: (stem + [check]).map { String($0) }.joined())
    }
  }
}
