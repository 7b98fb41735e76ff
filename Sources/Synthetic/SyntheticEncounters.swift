public import Base
public import Identifiers
import JSON

/// An endless row of made-up urgent-care encounters: the same seed gives the same row, byte for byte.
///
/// Nations and kinds of call come in the proportions of a winter weekend's peak day. One in ten patients is not
/// identified, as one who calls for a stranger on the street has no number to give; about one in twelve of the others
/// is at home in another nation than the one that takes the call.
public struct SyntheticEncounters: Sendable {
  /// How the encounter began.
  public enum Kind: Hashable, Sendable {
    /// A call to 111 or an out-of-hours service.
    case urgentCall
    /// A call to 999.
    case emergencyCall
  }

  /// One FHIR resource as it is stored.
  public struct Resource: Hashable, Sendable {
    /// For example `Patient`.
    public let type: String
    public let id: Identifier
    /// `r/{type}/{id}`
    public let key: Key
    /// Compact JSON.
    public let body: [UInt8]
  }

  /// What one call leaves in the store once it was triaged.
  public struct Encounter: Hashable, Sendable {
    /// Whose keyspace holds it.
    public let nation: Nation
    public let kind: Kind
    /// Nil when the patient is not identified.
    public let patientNumber: PatientNumber?
    /// Patient, Encounter, ServiceRequest, Task, QuestionnaireResponse, and an Observation or a CarePlan: about 8 KB.
    public let resources: [Resource]
  }

  private var random: SplitMix64
  /// Seconds since 1970 of the next call: they follow each other from Saturday 10 January 2026.
  private var clock = 1_768_003_200

  public init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// Contacts of the peak day: a nation's calls to 111, then to 999.
  private static let volumes: [(nation: Nation, kind: Kind, count: Int)] = [
    (.england, .urgentCall, 85_000), (.scotland, .urgentCall, 11_000), (.wales, .urgentCall, 4_500),
    (.northernIreland, .urgentCall, 3_000), (.england, .emergencyCall, 30_200), (.scotland, .emergencyCall, 2_000),
    (.wales, .emergencyCall, 1_300), (.northernIreland, .emergencyCall, 600),
  ]

  /// The next encounter.
  public mutating func next() -> Encounter {
    let (nation, kind) = drawOrigin()
    let identified = !random.oneIn(10)
    let home = random.oneIn(12) ? Nation.allCases[random.below(Nation.allCases.count)] : nation
    let person = Person(of: home, &random)
    clock += 1 + random.below(2)
    var author = ResourceAuthor(
      nation: nation, kind: kind, person: identified ? person : nil, start: clock, random: random)
    let resources = author.resources()
    random = author.random
    return Encounter(
      nation: nation, kind: kind, patientNumber: identified ? person.number : nil, resources: resources)
  }

  private mutating func drawOrigin() -> (nation: Nation, kind: Kind) {
    var place = random.below(Self.volumes.reduce(0) { $0 + $1.count })
    for (nation, kind, count) in Self.volumes {
      if place < count { return (nation, kind) }
      place -= count
    }
    preconditionFailure("a place beyond the sum of the volumes")
  }
}
