public import Base
public import Identifiers
import JSON
import Model
import QuartetClient

/// Patients found, and how far each keyspace had come when it was asked: keyspaces have no common order.
public struct PatientsFound: Hashable, Sendable {
  public var patients: [Match]
  public var revisions: [KeyspaceRevision]

  public struct Match: Hashable, Sendable {
    public var patient: ResourceID
    /// Of five demographics, in how many the record agrees; nil when it was found by its number.
    public var agreement: Int?
    /// Whether the number was traced to the person.
    public var isVerified: Bool
  }

  public struct KeyspaceRevision: Hashable, Sendable {
    public var nation: Nation
    public var revision: Revision
  }
}

/// A slot as a search shows it.
public struct SlotFound: Hashable, Sendable {
  public var slot: ResourceID
  public var start: Instant
  public var end: Instant?
  public var status: SlotStatus
}

/// An item of a prescription as a pharmacy's list shows it.
public struct PrescriptionFound: Hashable, Sendable {
  public var item: ResourceID
  public var issued: Instant
  public var status: PrescriptionStatus
}

/// A message that waits to be sent.
public struct MessageFound: Hashable, Sendable {
  public var message: ResourceID
  public var due: Instant
}

/// An encounter in a list.
public struct EncounterFound: Hashable, Sendable {
  public var encounter: ResourceID
  public var start: Instant
  public var status: EncounterStatus
  public var rank: Int?
}

extension EncounterStore {
  // MARK: Patients

  /// Who has a number, in whichever nation the record is at home: four keyspaces are read at once.
  public func findPatients(
    _ number: PatientNumber, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> PatientsFound {
    try await requireOwnKeys(timeout: timeout)
    let code = secrets.code(of: number)
    let answers = try await everywhere { (store: Store) async throws(QuartetError) in
      try await store.range(
        RangeQuery(range: Keys.patients(ofNumber: code), limit: 100), options: ReadOptions(timeout: timeout))
    }
    var found = PatientsFound(patients: [], revisions: [])
    for (nation, reply) in answers {
      found.revisions.append(PatientsFound.KeyspaceRevision(nation: nation, revision: reply.revision))
      for row in reply.value.items {
        guard let patient = row.key.lastPart.flatMap({ ResourceID($0, at: nation) }) else { continue }
        let isVerified = row.json?["verified"]?.bool ?? false
        found.patients.append(PatientsFound.Match(patient: patient, agreement: nil, isVerified: isVerified))
      }
    }
    return found
  }

  /// Who agrees in at least three of the five demographics, best first.
  public func matchPatients(
    _ demographics: Demographics, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> PatientsFound {
    let marks = CallerMarks(number: nil, demographics, secrets)
    guard !marks.blocks.isEmpty else {
      throw .invalid("demographics", "give two names, a name with a postcode, or date of birth with gender, at least")
    }
    try await requireOwnKeys(timeout: timeout)
    var best: [ResourceID: Int] = [:]
    var revisions: [PatientsFound.KeyspaceRevision] = []
    for block in marks.blocks {
      let answers = try await everywhere { (store: Store) async throws(QuartetError) in
        try await store.range(
          RangeQuery(range: Keys.patients(alike: block), limit: 1_000), options: ReadOptions(timeout: timeout))
      }
      revisions = answers.map { PatientsFound.KeyspaceRevision(nation: $0.0, revision: $0.1.revision) }
      for (nation, reply) in answers {
        for row in reply.value.items {
          guard let patient = row.key.lastPart.flatMap({ ResourceID($0, at: nation) }) else { continue }
          let agreement = CallerMarks.agreement(marks.fields, CallerMarks.fields(row.json))
          if agreement >= 3 { best[patient] = agreement }
        }
      }
    }
    let matches = best.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      PatientsFound.Match(patient: $0.key, agreement: $0.value, isVerified: false)
    }
    return PatientsFound(patients: matches, revisions: revisions)
  }

  /// Says whether a caller would count as a repeat caller, without opening anything.
  public func checkRepeatCaller(
    _ patient: ResourceID, at: Instant, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> RepeatCaller {
    let found = try await read(R4.Patient.self, patient, timeout: timeout)
    let number = found.resource.numbers.first { $0.isVerified }?.number
    let marks = CallerMarks(number: number, found.resource.demographics, secrets)
    var tally = CallTally(marks: marks, call: nil, windowStart: at.adding(seconds: -RepeatCaller.windowSeconds))
    let keys = marks.callRows
    let patience = min(timeout, .seconds(1))
    for nation in Nation.allCases {
      for key in keys {
        guard let row = try? await store(of: nation).get(key, options: ReadOptions(timeout: patience)) else {
          tally.missed(nation)
          continue
        }
        guard let shared = row.value?.value.flatMap({ SharedRow($0.bytes) }) else { continue }
        tally.count(shared, of: nation, isNumbers: marks.isNumberRow(key))
      }
    }
    return tally.verdict
  }

  /// The encounters of a patient, latest first, wherever they took place.
  public func encounters(
    of patient: ResourceID, limit: Int = 100, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [EncounterFound] {
    let answers = try await everywhere { (store: Store) async throws(QuartetError) in
      try await store.range(
        RangeQuery(range: Keys.ofPatient(patient), limit: limit), options: ReadOptions(timeout: timeout))
    }
    var found: [EncounterFound] = []
    for (nation, reply) in answers {
      for row in reply.value.items {
        guard let id = row.key.lastPart.flatMap({ ResourceID($0, at: nation) }),
          let start = row.key.part(fromEnd: 1).flatMap({ Instant(reverseSortText: $0) })
        else { continue }
        if let encounter = EncounterFound(id, start, row.json) { found.append(encounter) }
      }
    }
    return Array(found.sorted { ($1.start, $0.encounter) < ($0.start, $1.encounter) }.prefix(limit))
  }

  /// The encounters that a service has open, oldest first.
  public func openEncounters(
    at service: Service, limit: Int = 500, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [EncounterFound] {
    var found: [EncounterFound] = []
    try await scan(Keys.openEncounters(service.code), of: service.nation, timeout, limit: limit) { row in
      guard let id = row.key.lastPart.flatMap({ ResourceID($0, at: service.nation) }),
        let start = row.key.part(fromEnd: 1).flatMap({ Instant(sortText: $0) })
      else { return }
      if let encounter = EncounterFound(id, start, row.json) { found.append(encounter) }
    }
    return found
  }

  // MARK: Queues

  /// Tasks that wait for a unit: most urgent first, then longest waiting.
  public func dispatchQueue(
    of service: Service, limit: Int = 500, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [QueueItem] {
    try await queue(Keys.dispatch(service.nation, service.code), of: service.nation, limit, timeout)
  }

  /// Of these, those whose target passes before `instant`, soonest first.
  public func breaching(
    before instant: Instant, of service: Service, limit: Int = 500, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [QueueItem] {
    try await queue(
      Keys.breaches(service.nation, service.code, before: instant), of: service.nation, limit, timeout)
  }

  /// Callbacks that wait: most urgent first, then soonest due.
  public func callbackQueue(
    of provider: Service, limit: Int = 500, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [QueueItem] {
    try await queue(Keys.callbacks(provider.nation, provider.code), of: provider.nation, limit, timeout)
  }

  private func queue(
    _ range: KeyRange, of nation: Nation, _ limit: Int, _ timeout: Interval
  ) async throws(EncounterError) -> [QueueItem] {
    var items: [QueueItem] = []
    try await scan(range, of: nation, timeout, limit: limit) { row in
      if let item = row.json.flatMap({ QueueItem($0, home: nation) }) { items.append(item) }
    }
    return items
  }

  /// The task that a unit is on; nil when it is free.
  public func task(of unit: Unit, timeout: Interval = .seconds(5)) async throws(EncounterError) -> ResourceID? {
    let key = Keys.task(ofUnit: unit.callsign, service: unit.service.code)
    let reply = try await reading { () async throws(QuartetError) in
      try await store(of: unit.service.nation).get(key, options: ReadOptions(timeout: timeout))
    }
    guard let bytes = reply.value?.value?.bytes else { return nil }
    return LocalReference(String(decoding: bytes, as: UTF8.self)).flatMap {
      ResourceID($0.id.text, at: unit.service.nation)
    }
  }

  /// Messages that are due before `instant`, soonest first.
  public func outbox(
    _ channel: OutboxChannel, of nation: Nation, before instant: Instant, limit: Int = 500,
    timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [MessageFound] {
    var found: [MessageFound] = []
    try await scan(Keys.outbox(channel, before: instant), of: nation, timeout, limit: limit) { row in
      guard let id = row.key.lastPart.flatMap({ ResourceID($0, at: nation) }),
        let due = row.key.part(fromEnd: 1).flatMap({ Instant(sortText: $0) })
      else { return }
      found.append(MessageFound(message: id, due: due))
    }
    return found
  }

  // MARK: Slots and prescriptions

  /// Slots of a healthcare service that begin in `from` up to, not including, `before`, in order.
  public func slots(
    ofService dosService: String, at nation: Nation, from: Instant, before: Instant, status: SlotStatus? = .free,
    limit: Int = 500, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [SlotFound] {
    guard let dosService = keyPart(dosService) else { throw .invalid("service", "it is an id of the directory") }
    var found: [SlotFound] = []
    try await scan(Keys.slots(dosService, from: from, before: before), of: nation, timeout) { row in
      guard found.count < limit, let slot = row.key.lastPart.flatMap({ ResourceID($0, at: nation) }),
        let start = row.key.part(fromEnd: 1).flatMap({ Instant(sortText: $0) }), let json = row.json,
        let state = json["status"]?.string.flatMap({ SlotStatus(rawValue: $0) }), status == nil || status == state
      else { return }
      let end = json["end"]?.int64.flatMap { Instant(milliseconds: $0) }
      found.append(SlotFound(slot: slot, start: start, end: end, status: state))
    }
    return found
  }

  /// Items for a pharmacy that were issued in a nation, latest first.
  public func prescriptions(
    forPharmacy ods: String, issuedIn nation: Nation, limit: Int = 500, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [PrescriptionFound] {
    guard Service.isCode(ods) else { throw .invalid("pharmacy", "it is an ODS code") }
    var found: [PrescriptionFound] = []
    try await scan(Keys.items(forPharmacy: ods), of: nation, timeout, limit: limit) { row in
      guard let item = row.key.lastPart.flatMap({ ResourceID($0, at: nation) }),
        let issued = row.key.part(fromEnd: 1).flatMap({ Instant(reverseSortText: $0) }),
        let status = row.json?["status"]?.string.flatMap({ PrescriptionStatus(rawValue: $0) })
      else { return }
      found.append(PrescriptionFound(item: item, issued: issued, status: status))
    }
    return found
  }

  /// The items of a prescription as they stand: none means that its number was never used.
  public func prescription(
    _ number: String, _ form: PrescriptionForm, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [Found<R4.MedicationRequest>] {
    try await requireOwnKeys(timeout: timeout)
    var ids: [ResourceID] = []
    let number = form == .electronic ? (try? PrescriptionNumber(number).text) ?? number : number
    for nation in Nation.allCases {
      let registry = IndexEntries.registry(of: form, home: nation)
      let key = Keys.items(
        ofPrescription: secrets.code(ofPrescription: number, system: form.system, registry: registry))
      let reply = try await reading { () async throws(QuartetError) in
        try await store(of: nation).get(key, options: ReadOptions(timeout: timeout))
      }
      let row = reply.value?.value.flatMap { SharedRow($0.bytes) }
      ids += (row?.entries ?? []).compactMap { ResourceID($0.id, at: nation) }
    }
    var items: [Found<R4.MedicationRequest>] = []
    for id in ids {
      items.append(try await read(R4.MedicationRequest.self, id, includingHidden: true, timeout: timeout))
    }
    return items
  }

  // MARK: Everything

  /// The encounter and all that was recorded for it, wherever it is at home: the encounter first, then by type and id.
  public func everything(
    of encounter: ResourceID, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [StoredJSON] {
    let encounter = try await locate(R4.Encounter.type, encounter, timeout: timeout)
    let head = try await read(R4.Encounter.self, encounter, includingHidden: true, timeout: timeout)
    var found = [StoredJSON(type: R4.Encounter.type, id: head.id, nation: head.nation, json: head.resource.json)]
    if let patient = head.resource.patient, let read = try? await read(R4.Patient.self, patient, timeout: timeout) {
      found.append(StoredJSON(type: R4.Patient.type, id: read.id, nation: read.nation, json: read.resource.json))
    }
    for nation in Nation.allCases {
      var parts: [(String, ResourceID)] = []
      try await scan(Keys.ofEncounter(encounter), of: nation, timeout) { row in
        guard let id = row.key.lastPart.flatMap({ ResourceID($0, at: nation) }), let type = row.key.part(fromEnd: 1)
        else { return }
        parts.append((type, id))
      }
      for (type, id) in parts {
        let reply = try await reading { () async throws(QuartetError) in
          try await store(of: nation).get(Keys.body(type, id), options: ReadOptions(timeout: timeout))
        }
        guard let json = reply.value?.json else { throw .damaged("an index names a resource that is not there", ["\(type)/\(id)"]) }
        found.append(StoredJSON(type: type, id: id, nation: nation, json: json))
      }
    }
    return found
  }
}

extension EncounterFound {
  init?(_ id: ResourceID, _ start: Instant, _ json: JSONValue?) {
    guard let status = json?["status"]?.string.flatMap({ EncounterStatus(rawValue: $0) }) else { return nil }
    self.init(encounter: id, start: start, status: status, rank: json?["rank"]?.int64.map { Int($0) })
  }
}

extension KeyValue {
  var json: JSONValue? { value.flatMap { try? JSONValue(parsing: $0.bytes) } }
}

extension Key {
  /// What stands behind the last slash.
  var lastPart: String? { part(fromEnd: 0) }

  func part(fromEnd count: Int) -> String? {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > count ? String(parts[parts.count - 1 - count]) : nil
  }
}

extension Instant {
  init?(sortText: String) {
    guard let milliseconds = Int64(sortText) else { return nil }
    self.init(milliseconds: milliseconds)
  }
  init?(reverseSortText: String) {
    guard let reversed = Int64(reverseSortText) else { return nil }
    self.init(milliseconds: 999_999_999_999_999 - reversed)
  }
}
