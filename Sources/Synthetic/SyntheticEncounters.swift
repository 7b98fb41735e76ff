public import Base
public import Identifiers
import JSON

/// An endless row of made-up urgent-care encounters: the same seed and detail give the same row, byte for byte.
///
/// Nations and kinds of call come in the proportions of a winter weekend's peak day, hour by hour, and so do what calls come
/// to. One patient in ten is not identified, as one who calls for a stranger on the street has no number to give; 8 % of the
/// others are at home in another nation than the one that takes the call; 3 % of all calls are somebody's third within 96
/// hours.
public struct SyntheticEncounters: Sendable {
  /// How the encounter began.
  public enum Kind: Hashable, Sendable {
    /// A call to 111 or an out-of-hours service.
    case urgentCall
    /// A call to 999.
    case emergencyCall
  }

  /// How much an encounter leaves.
  public enum Detail: Hashable, Sendable {
    /// Six resources, about 8 KB.
    case brief
    /// As much as real ones: of a call to 111 between 18 and 132 KB, in the middle 46.5, with 15 to 73 questions and their
    /// answers; of a call to 999 about 30 KB.
    case full
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
    /// Whose service takes the call, and whose keyspace holds it.
    public let nation: Nation
    public let kind: Kind
    /// Seconds since 1970.
    public let start: Int
    public let disposition: Disposition
    /// Nil when the patient is not identified.
    public let patientNumber: PatientNumber?
    /// Where the patient is at home; nil when that is not known.
    public let patientHome: Nation?
    /// 2 or 3 when the patient called before, within the last 96 hours. The Patient is that of the first call, byte for byte.
    public let callNumber: Int
    /// The Patient first, then the Encounter, then what refers to them: each resource before those that refer to it.
    public let resources: [Resource]
  }

  private let detail: Detail
  private var random: SplitMix64
  private var arrivals = Arrivals()
  private var register: PatientRegister
  /// Callers who will call again, soonest first.
  private var returning: [Caller] = []

  /// Somebody known who calls, perhaps not for the first time.
  private struct Caller {
    var due: Int
    var call: Int
    var nation: Nation
    var home: Nation
    var person: Person
    var patient: Resource
  }

  public init(seed: UInt64, detail: Detail = .brief) {
    self.detail = detail
    random = SplitMix64(seed: seed)
    register = PatientRegister(seed: seed)
  }

  /// The next encounter.
  public mutating func next() -> Encounter {
    let origin = arrivals.next(&random)
    if let caller = returning.first, caller.due <= arrivals.now {
      returning.removeFirst()
      return encounter(origin.kind, of: caller)
    }
    // Of those who call for the first time, so that of all calls one in ten is of somebody unknown.
    guard random.below(1_000) >= 106 else {
      return encounter(origin, of: nil, patient: nil, home: nil, call: 1)
    }
    let others = Nation.allCases.filter { $0 != origin.nation }
    let home = random.below(100) < 8 ? others[random.below(others.count)] : origin.nation
    let person = Person(of: home, &register, &random)
    let encounter = self.encounter(origin, of: person, patient: nil, home: home, call: 1)
    if random.below(1_000) < 35 {
      expect(
        Caller(
          due: arrivals.now, call: 1, nation: origin.nation, home: home, person: person,
          patient: encounter.resources[0]))
    }
    return encounter
  }

  /// Lets a caller come back after half a minute to an hour: most soon.
  private mutating func expect(_ caller: Caller) {
    var caller = caller
    caller.call += 1
    caller.due = arrivals.now + (30_000 << random.below(8)) + random.below(30_000)
    let place = returning.firstIndex { $0.due > caller.due } ?? returning.endIndex
    returning.insert(caller, at: place)
  }

  private mutating func encounter(_ kind: Kind, of caller: Caller) -> Encounter {
    if caller.call < 3 { expect(caller) }
    return encounter(
      Arrivals.Origin(nation: caller.nation, kind: kind), of: caller.person, patient: caller.patient, home: caller.home,
      call: caller.call)
  }

  private mutating func encounter(
    _ origin: Arrivals.Origin, of person: Person?, patient: Resource?, home: Nation?, call: Int
  ) -> Encounter {
    let disposition = Disposition.draw(origin.kind, &random)
    let start = arrivals.now / 1_000
    var author = ResourceAuthor(
      nation: origin.nation, kind: origin.kind, disposition: disposition, person: person, patient: patient, start: start,
      random: random)
    let resources = author.resources(detail)
    random = author.random
    return Encounter(
      nation: origin.nation, kind: origin.kind, start: start, disposition: disposition, patientNumber: person?.number,
      patientHome: home, callNumber: call, resources: resources)
  }
}
