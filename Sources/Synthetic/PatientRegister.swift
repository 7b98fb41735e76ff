import Base
import Identifiers

/// Gives numbers to people who do not exist, each number once: of a number there can be one patient in a store.
///
/// NHS numbers are of the blocks from 999 down to 900, which are never given to anybody; health and care numbers begin with
/// 32; CHI numbers with the date of birth, every fourth of them by the check rule of 2026.
struct PatientRegister {
  private var given: [PatientNumber.Scheme: Int] = [:]
  private let offset: Int

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed ^ 0x5EED_0F_0A11)
    offset = random.below(10_000_000)
  }

  /// - Parameter born: of a CHI number the register decides it.
  mutating func register(
    _ scheme: PatientNumber.Scheme, male: Bool, _ random: inout SplitMix64
  ) -> (number: PatientNumber, born: CalendarDate) {
    while true {
      let place = given[scheme, default: 0]
      given[scheme] = place + 1
      let digits: Int
      var born = Self.birthday(random.below(Self.birthdays))
      switch scheme {
      case .nhs:
        precondition(place < 100_000_000, "the blocks for tests are used up")
        digits = (999 - place / 1_000_000) * 1_000_000 + (place * 700_001 + offset) % 1_000_000
      case .healthAndCare:
        precondition(place < 10_000_000, "the block is used up")
        digits = 320_000_000 + (place * 7_000_001 + offset) % 10_000_000
      case .chi:
        // A day and three digits more: the day steps through all of them before the digits move on.
        let serial = place / Self.birthdays
        precondition(serial < 500, "the dates of birth are used up")
        born = Self.birthday((place * 7_001 + offset) % Self.birthdays)
        let date = born.day * 10_000 + born.month * 100 + born.year % 100
        digits = date * 1_000 + serial / 5 * 10 + serial % 5 * 2 + (male ? 1 : 0)
      }
      let stem = [100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1].map { digits / $0 % 10 }
      let isOfNewRule = scheme == .chi && random.oneIn(4)
      if let number = PatientNumber(stem: stem, rule: isOfNewRule ? .modulo10 : .modulo11) { return (number, born) }
    }
  }

  /// From 1 January 1930 on, 90 years: none has another's two-digit year and a different century.
  private static let birthdays = 32_850
  private static func birthday(_ day: Int) -> CalendarDate { CalendarDate(daysSince1970: -14_610 + day) }
}
