/// A day of the Gregorian calendar, made from a count of days; there is no clock and no time zone here.
struct CalendarDate {
  let year: Int
  let month: Int
  let day: Int

  /// Days since 1 January 1970, not before 1 March of the year 0. Years are counted from March, so that the leap day is
  /// the last of its year and months follow one linear rule.
  init(daysSince1970 days: Int) {
    let sinceEra = days + 719_468
    let era = sinceEra / 146_097
    let dayOfEra = sinceEra % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + 400 * era + (month <= 2 ? 1 : 0)
  }

  /// `2026-01-10`
  var text: String { "\(year)-\(twoDigits(month))-\(twoDigits(day))" }
}

/// Seconds since 1970 as FHIR writes an instant.
func instant(_ seconds: Int) -> String {
  let day = CalendarDate(daysSince1970: seconds / 86_400).text
  let rest = seconds % 86_400
  return "\(day)T\(twoDigits(rest / 3_600)):\(twoDigits(rest / 60 % 60)):\(twoDigits(rest % 60))+00:00"
}

func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
