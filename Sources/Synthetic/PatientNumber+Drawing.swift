import Base
import Identifiers

extension PatientNumber {
  /// Draws a number for somebody who does not exist: NHS numbers of the test block 999, health and care numbers from 32
  /// on, CHI numbers of the date of birth given, every fourth of them by the check rule of 2026.
  static func draw(
    _ scheme: Scheme, born: CalendarDate, male: Bool, _ random: inout SplitMix64
  ) -> PatientNumber {
    while true {
      let stem: [Int]
      var rule = CheckRule.modulo11
      switch scheme {
      case .nhs: stem = [9, 9, 9] + (0..<6).map { _ in random.below(10) }
      case .healthAndCare: stem = [3, 2] + (0..<6).map { _ in random.below(10) } + [1 + random.below(9)]
      case .chi:
        let date = [born.day, born.month, born.year % 100].flatMap { [$0 / 10, $0 % 10] }
        stem = date + [random.below(10), random.below(10), 2 * random.below(5) + (male ? 1 : 0)]
        if random.oneIn(4) { rule = .modulo10 }
      }
      if let number = PatientNumber(stem: stem, rule: rule) { return number }
    }
  }
}
