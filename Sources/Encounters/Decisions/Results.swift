public import Base
public import JSON

extension VersionedID: RecordedResult {
  public var recorded: JSONValue { [.string(type), .string(id.text), .integer(version)] }

  public init?(recorded: JSONValue, home: Nation) {
    guard let type = recorded[0]?.string, let id = recorded[1]?.string.flatMap({ ResourceID($0, at: home) }),
      let version = recorded[2]?.uint64
    else { return nil }
    self.init(type: type, id: id, version: version)
  }
}

/// An encounter was opened.
public struct Opened: RecordedResult {
  public var encounter: VersionedID
  public var patient: ResourceID
  public var repeatCaller: RepeatCaller

  public init(encounter: VersionedID, patient: ResourceID, repeatCaller: RepeatCaller) {
    self.encounter = encounter
    self.patient = patient
    self.repeatCaller = repeatCaller
  }

  public var recorded: JSONValue {
    [
      "encounter": encounter.recorded, "patient": .string(patient.text),
      "repeatCaller": .string(repeatCaller.answer.rawValue),
      "earlier": .array(repeatCaller.earlier.map { .string($0.text) }),
      "unheard": .array(repeatCaller.unheard.map { .string($0.description) }),
    ]
  }

  public init?(recorded: JSONValue, home: Nation) {
    guard let encounter = recorded["encounter"].flatMap({ VersionedID(recorded: $0, home: home) }),
      let patient = recorded["patient"]?.string.flatMap({ ResourceID($0, at: home) }),
      let answer = recorded["repeatCaller"]?.string.flatMap({ RepeatCaller.Answer(rawValue: $0) }),
      let earlier = recorded["earlier"]?.array, let unheard = recorded["unheard"]?.array
    else { return nil }
    self.init(
      encounter: encounter, patient: patient,
      repeatCaller: RepeatCaller(
        answer: answer, earlier: earlier.compactMap { $0.string.flatMap { ResourceID($0, at: home) } },
        unheard: unheard.compactMap { $0.string.flatMap { Nation($0) } }))
  }
}

/// An encounter changed, and something was made for it.
public struct Arranged: RecordedResult {
  public var encounter: VersionedID
  /// By what they are: `task`, `request`, `response`, `message`, `patient`, `plan`, `location`.
  public var made: [String: VersionedID]
  /// Whether an open request for the same was there already, and this one was merged into it.
  public var wasMerged: Bool

  public init(encounter: VersionedID, made: [String: VersionedID] = [:], wasMerged: Bool = false) {
    self.encounter = encounter
    self.made = made
    self.wasMerged = wasMerged
  }

  public var task: ResourceID? { made["task"]?.id }
  public var recorded: JSONValue {
    [
      "encounter": encounter.recorded, "merged": .bool(wasMerged),
      "made": .object(made.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value.recorded) }),
    ]
  }

  public init?(recorded: JSONValue, home: Nation) {
    guard let encounter = recorded["encounter"].flatMap({ VersionedID(recorded: $0, home: home) }),
      let members = recorded["made"]?.members, let wasMerged = recorded["merged"]?.bool
    else { return nil }
    var made: [String: VersionedID] = [:]
    for member in members {
      guard let version = VersionedID(recorded: member.value, home: home) else { return nil }
      made[member.name] = version
    }
    self.init(encounter: encounter, made: made, wasMerged: wasMerged)
  }
}

/// A disposition was set.
public struct Disposed: RecordedResult {
  public var encounter: VersionedID
  /// The rank that the encounter has now.
  public var rank: Int
  /// Whether it was raised to that of a clinician's callback, because of a repeat caller.
  public var wasRaised: Bool

  public init(encounter: VersionedID, rank: Int, wasRaised: Bool) {
    self.encounter = encounter
    self.rank = rank
    self.wasRaised = wasRaised
  }

  public var recorded: JSONValue {
    ["encounter": encounter.recorded, "rank": .integer(rank), "raised": .bool(wasRaised)]
  }

  public init?(recorded: JSONValue, home: Nation) {
    guard let encounter = recorded["encounter"].flatMap({ VersionedID(recorded: $0, home: home) }),
      let rank = recorded["rank"]?.int64, let wasRaised = recorded["raised"]?.bool
    else { return nil }
    self.init(encounter: encounter, rank: Int(rank), wasRaised: wasRaised)
  }
}

/// A queue's item was claimed.
public struct Claimed: RecordedResult {
  public var item: VersionedID
  /// To be given with everything that the claimant does with the item.
  public var lease: UInt64
  public var until: Instant

  public init(item: VersionedID, lease: UInt64, until: Instant) {
    self.item = item
    self.lease = lease
    self.until = until
  }

  public var recorded: JSONValue {
    ["item": item.recorded, "lease": .integer(lease), "until": .integer(until.milliseconds)]
  }

  public init?(recorded: JSONValue, home: Nation) {
    guard let item = recorded["item"].flatMap({ VersionedID(recorded: $0, home: home) }),
      let lease = recorded["lease"]?.uint64,
      let until = recorded["until"]?.int64.flatMap({ Instant(milliseconds: $0) })
    else { return nil }
    self.init(item: item, lease: lease, until: until)
  }
}

/// Several resources were written, in the order in which they were given.
public struct Written: RecordedResult {
  public var resources: [VersionedID]
  public init(_ resources: [VersionedID]) { self.resources = resources }

  public var recorded: JSONValue { .array(resources.map(\.recorded)) }

  public init?(recorded: JSONValue, home: Nation) {
    guard let list = recorded.array else { return nil }
    let resources = list.compactMap { VersionedID(recorded: $0, home: home) }
    guard resources.count == list.count else { return nil }
    self.resources = resources
  }
}
