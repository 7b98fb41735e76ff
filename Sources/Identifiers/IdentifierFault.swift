/// Why a text is not the identifier that it was taken for. It never holds a character of the text: that is a patient's
/// or a clinician's data.
public enum IdentifierFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// Digits or letters, separators not counted.
  case length(found: Int, expected: ClosedRange<Int>)
  /// A character that no such identifier has at this place.
  case character
  /// Blanks or hyphens stand elsewhere than the form has them.
  case grouping(form: String)
  case checkDigit
  /// A CHI number that does not begin with a day of the calendar.
  case date
  /// Well formed, but of a range out of which no number is given.
  case notIssued
  /// An individual health identifier of the Republic of Ireland: no patient number of the United Kingdom.
  case foreign
  /// A patient number of this scheme, where one of another was declared.
  case otherScheme(PatientNumber.Scheme)
  case leadingZero
  /// The digits of a SNOMED CT identifier that tell what it stands for tell nothing.
  case partition
  /// Not of the form, which is given in words.
  case form(String)

  public var description: String {
    switch self {
    case .length(let found, let expected):
      expected.lowerBound == expected.upperBound
        ? "has \(found) characters, not \(expected.lowerBound)"
        : "has \(found) characters, not \(expected.lowerBound) to \(expected.upperBound)"
    case .character: "has a character that such an identifier cannot have there"
    case .grouping(let form): "has blanks or hyphens elsewhere than in the form \(form)"
    case .checkDigit: "fails its check digit"
    case .date: "does not begin with a date of birth"
    case .notIssued: "is of a range that is not issued"
    case .foreign: "is of the range of the Republic of Ireland"
    case .otherScheme(let scheme): "is of the range of \(scheme.plural)"
    case .leadingZero: "begins with 0"
    case .partition: "has a partition that does not exist"
    case .form(let words): "is not \(words)"
    }
  }
}
