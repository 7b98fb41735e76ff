import Base
import Identifiers
import JSON

// What several decisions share.
extension DecisionView {
  /// Where `event` leads from `state`, or the refusal.
  func next<State: RawRepresentable<String>, Event: RawRepresentable<String>>(
    _ cycle: LifeCycle<State, Event>, _ state: State?, _ event: Event, of about: String
  ) throws(DecisionStop) -> State {
    guard let state else { throw .refused(.damaged("a resource has no status that R4 knows", [about])) }
    guard let next = cycle.next(state, event) else {
      throw .refused(
        EncounterError(
          .invalidTransition, "'\(event.rawValue)' must not happen while the status is '\(state.rawValue)'",
          about: [about]))
    }
    return next
  }

  /// The encounter that the operation is about, its next status, and its patient noted for the audit.
  mutating func encounter(
    _ id: ResourceID, _ event: EncounterEvent
  ) throws(DecisionStop) -> (Loaded<R4.Encounter>, EncounterStatus) {
    let loaded = try subject(R4.Encounter.self, id)
    let status = try next(LifeCycles.encounter, loaded.resource.status, event, of: loaded.reference)
    note(encounter: id, patient: loaded.resource.patient)
    return (loaded, status)
  }

  /// For the audit.
  mutating func note(encounter: ResourceID?, patient: ResourceID?) {
    self.encounter = encounter
    self.patient = patient
  }

  /// What is still to be done for an encounter.
  mutating func openWork(_ encounter: ResourceID) throws(DecisionStop) -> [SharedRow.Entry] {
    try sharedRow(from: try row(Keys.openWork(encounter))).entries
  }

  /// Refuses while something is still to be done.
  mutating func requireNoOpenWork(_ encounter: ResourceID) throws(DecisionStop) {
    let open = try openWork(encounter)
    guard open.isEmpty else {
      throw .refused(
        .broken(
          rule: 6, "something is still to be done for the encounter: complete, stand down or cancel it first",
          open.map { "\(R4.Task.type)/\($0.id)" }))
    }
  }

  /// A resource that may be at home elsewhere.
  mutating func evidence<Resource: R4Resource>(
    _ type: Resource.Type, _ id: ResourceID
  ) throws(DecisionStop) -> Resource {
    let nation = id.home ?? home
    guard nation != home else { return try require(type, id).resource }
    guard case .row(let bytes?) = try elsewhere(nation, Keys.body(type.type, id), mustAnswer: true) else {
      throw .refused(.notFound(type.type, id))
    }
    guard let json = try? JSONValue(parsing: bytes), let resource = Resource(json: json) else {
      throw .refused(.damaged("a stored resource cannot be read", ["\(type.type)/\(id)"]))
    }
    return resource
  }

  /// An active patient, wherever it is at home.
  mutating func activePatient(_ id: ResourceID) throws(DecisionStop) -> R4.Patient {
    let patient = try evidence(R4.Patient.self, id)
    guard patient.isActive else {
      let survivor = patient.replacedBy.map { ["\(R4.Patient.type)/\($0)"] } ?? []
      throw .refused(
        EncounterError(
          .conflict, "the patient's record was replaced: use the one that took its place",
          about: survivor.isEmpty ? ["\(R4.Patient.type)/\(id)"] : survivor))
    }
    return patient
  }

  /// Refuses a resource that brings an id of its own: ids are made here.
  func requireNew(_ resource: some R4Resource, _ path: String) throws(DecisionStop) {
    guard resource.json["id"] == nil else {
      throw .refused(.invalid("\(path).id", "a new resource is given its id here: leave it out"))
    }
  }

  /// Refuses a patient with a number that no scheme has: it would be found by nobody, or claimed for somebody else.
  func requireValidNumbers(_ patient: R4.Patient) throws(DecisionStop) {
    for (place, identifier) in (patient.json["identifier"]?.array ?? []).enumerated() {
      guard let scheme = identifier["system"]?.string.flatMap({ PatientNumber.Scheme(system: $0) }) else { continue }
      let path = "Patient.identifier[\(place)].value"
      guard let value = identifier["value"]?.string else { throw .refused(.invalid(path, "the number is missing")) }
      do {
        _ = try PatientNumber(value, as: scheme)
      } catch {
        throw .refused(.invalid(path, "the number \(error)"))
      }
    }
  }

  func require(_ condition: Bool, _ path: String, _ message: @autoclosure () -> String) throws(DecisionStop) {
    guard condition else { throw .refused(.invalid(path, message())) }
  }

  // MARK: Items of queues

  /// An item, dispatch's or a callback, in the status that was found to be next, with what else `change` does to it.
  mutating func advance(
    _ item: (loaded: Loaded<R4.Task>, status: TaskStatus), because reason: String? = nil,
    _ change: (inout R4.Task) -> Void = { _ in }
  ) throws(DecisionStop) -> VersionedID {
    var changed = item.loaded.resource
    change(&changed)
    if let reason { changed.setReason(reason) }
    changed.setStatus(item.status, at: at)
    return try update(item.loaded, changed)
  }

  /// The next claim on an item.
  mutating func claim(
    _ item: (loaded: Loaded<R4.Task>, status: TaskStatus), holder: String, seconds: Int64
  ) throws(DecisionStop) -> Claimed {
    let lease = try claim(
      after: item.loaded.resource.lease, holder: holder, seconds: seconds, of: item.loaded.reference)
    return Claimed(item: try advance(item) { $0.setLease(lease) }, lease: lease.number, until: lease.until)
  }

  // MARK: Claims on queue items

  /// The next claim, if the one before has ended.
  func claim(after lease: Lease?, holder: String, seconds: Int64, of about: String) throws(DecisionStop) -> Lease {
    try require(!holder.isEmpty && holder.utf8.count <= 255, "holder", "it has 1 to 255 bytes")
    try require((1...86_400).contains(seconds), "seconds", "a claim lasts 1 s to a day")
    if let lease, lease.holder != holder, lease.isRunning(at: at) {
      throw .refused(
        EncounterError(.conflict, "another has claimed it until \(lease.until): take the next", about: [about]))
    }
    return Lease(number: (lease?.number ?? 0) + 1, holder: holder, until: at.adding(seconds: seconds), isHeld: true)
  }

  /// Refuses whoever's claim is not the running one.
  func requireLease(_ number: UInt64?, on lease: Lease?, of about: String) throws(DecisionStop) {
    guard let lease, lease.number == number, lease.isRunning(at: at) else {
      throw .refused(
        EncounterError(.leaseLost, "the claim is over, or another's: claim it again", about: [about]))
    }
  }

  // MARK: Priority

  /// A repeat caller reaches a clinician at least.
  func rank(of priority: Priority, for encounter: R4.Encounter) -> Int {
    encounter.repeatCaller == .yes ? min(priority.rank, Priority.clinicianCallbackRank) : priority.rank
  }
}
