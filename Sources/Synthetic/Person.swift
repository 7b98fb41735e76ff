import Base
import Identifiers

/// Somebody who does not exist.
struct Person {
  let given: String
  let family: String
  let male: Bool
  let born: CalendarDate
  let number: PatientNumber
  let phone: String
  let line: String
  let city: String

  /// `nation` is where the person is at home, which decides the scheme of the number.
  init(of nation: Nation, _ register: inout PatientRegister, _ random: inout SplitMix64) {
    func pick(_ words: [String]) -> String { words[random.below(words.count)] }
    let male = random.oneIn(2)
    (number, born) = register.register(PatientNumber.Scheme(of: nation), male: male, &random)
    self.male = male
    given = pick(male ? Self.maleNames : Self.femaleNames)
    family = pick(Self.families)
    // The numbers that the regulator keeps free for drama.
    phone = "07700900" + String(1_000 + random.below(1_000)).dropFirst()
    line = "\(1 + random.below(199)) \(pick(Self.streets))"
    city = pick(Self.cities)
  }

  private static let maleNames = ["Alder", "Brann", "Corwin", "Dorian", "Ewart", "Fenn", "Garrick", "Hale"]
  private static let femaleNames = ["Anwyn", "Brisa", "Calla", "Dervla", "Elowen", "Fia", "Gwenda", "Hester"]
  private static let families = [
    "Testwood", "Samplesby", "Mockridge", "Fictley", "Exampleton", "Dummond", "O'Specimen", "Llanfiction",
    "MacSynthetic",
  ]
  private static let streets = ["Imaginary Row", "Placeholder Lane", "Test Terrace", "Sample Street", "Mock Mews"]
  private static let cities = ["Exampleford", "Testminster", "Samplebridge", "Mockton-on-Sea"]
}
