import Base
import JSON

// MARK: Priority

extension UpgradePriority {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let loaded = try view.task(task, .dispatch)
    guard priority.rank <= (loaded.resource.rank ?? 9) else {
      throw .refused(
        .broken(
          rule: 8, "an upgrade must not lower the place in the queue: this would be a downgrade", [loaded.reference]))
    }
    return try view.reprioritise(loaded, to: priority, reason: reason)
  }
}

extension DowngradePriority {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let loaded = try view.task(task, .dispatch)
    try view.require(
      priority.rank > (loaded.resource.rank ?? 0), "priority", "it is not less urgent than what the task has")
    if priority.rank > Priority.clinicianCallbackRank, let encounter = loaded.resource.encounter,
      try view.evidence(R4.Encounter.self, encounter).repeatCaller == .yes
    {
      throw .refused(.broken(rule: 8, "a repeat caller reaches a clinician at least", [loaded.reference]))
    }
    return try view.reprioritise(loaded, to: priority, reason: reason)
  }
}

// MARK: Claims

extension ClaimTask {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Claimed {
    try view.claim(try view.dispatch(task, .claim), holder: holder, seconds: seconds)
  }
}

extension ReleaseTask {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let item = try view.dispatch(task, .release)
    try view.requireLease(lease, on: item.loaded.resource.lease, of: item.loaded.reference)
    return try view.advance(item) { $0.endLease() }
  }
}

// MARK: Units

extension AllocateUnit {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.dispatch(task, part == .lead ? .allocate : .support)
    try view.require(
      unit.service.nation == view.home && unit.service.code == loaded.resource.service, "unit",
      "the unit is of another service than the task: send the task there by mutual aid")
    var changed = loaded.resource
    switch part {
    case .lead:
      try view.requireLease(lease, on: loaded.resource.lease, of: loaded.reference)
      changed.setLead(unit.callsign)
      changed.endLease()
    case .support:
      guard changed.lead != unit.callsign, !changed.support.contains(unit.callsign) else {
        throw .refused(EncounterError(.duplicate, "the unit is on the task already", about: [loaded.reference]))
      }
      changed.setSupporters(changed.supporters + [R4.Task.Supporter(callsign: unit.callsign, status: nil)])
    }
    changed.setStatus(status, at: view.at)
    return try view.update(loaded, changed)
  }
}

extension UpdateUnitStatus {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let loaded = try view.task(task, .dispatch)
    try view.require(
      unit.service.nation == view.home && unit.service.code == loaded.resource.service, "unit",
      "the unit is of another service than the task")
    return loaded.resource.lead == unit.callsign ? try leading(&view, loaded) : try supporting(&view, loaded)
  }

  private func leading(_ view: inout DecisionView, _ loaded: Loaded<R4.Task>) throws(DecisionStop) -> VersionedID {
    let event: DispatchEvent = status == .clear ? .clear : .progress
    let next = try view.next(LifeCycles.dispatch, loaded.resource.status, event, of: loaded.reference)
    try requireForward(from: loaded.resource.unitStatus, of: loaded.reference)
    var changed = loaded.resource
    changed.setUnitStatus(status)
    changed.setStatus(next, at: view.at)
    if next == .completed { try view.endRequest(of: changed, "completed") }
    if status == .onScene { try attend(&view, loaded.resource) }
    return try view.update(loaded, changed)
  }

  /// A crew is with the patient.
  private func attend(_ view: inout DecisionView, _ task: R4.Task) throws(DecisionStop) {
    guard let id = task.encounter, (id.home ?? view.home) == view.home else { return }
    let encounter = try view.require(R4.Encounter.self, id)
    guard let status = encounter.resource.status, let next = LifeCycles.encounter.next(status, .attend) else { return }
    _ = try view.move(encounter, to: next)
  }

  private func supporting(_ view: inout DecisionView, _ loaded: Loaded<R4.Task>) throws(DecisionStop) -> VersionedID {
    var supporters = loaded.resource.supporters
    guard let place = supporters.firstIndex(where: { $0.callsign == unit.callsign }) else {
      throw .refused(EncounterError(.notFound, "the unit is not on the task", about: [loaded.reference]))
    }
    let next = try view.next(LifeCycles.dispatch, loaded.resource.status, .support, of: loaded.reference)
    try requireForward(from: supporters[place].status, of: loaded.reference)
    if status == .clear { supporters.remove(at: place) } else { supporters[place].status = status }
    var changed = loaded.resource
    changed.setSupporters(supporters)
    changed.setStatus(next, at: view.at)
    return try view.update(loaded, changed)
  }

  private func requireForward(from before: UnitStatus?, of about: String) throws(DecisionStop) {
    guard let before, status.order <= before.order else { return }
    throw .refused(
      EncounterError(
        .invalidTransition, "the unit is '\(before.rawValue)' already: '\(status.rawValue)' comes before it",
        about: [about]))
  }
}

// MARK: Ways out

extension StandDown {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let item = try view.dispatch(task, .standDown)
    try view.endRequest(of: item.loaded.resource, "revoked")
    return try view.advance(item, because: reason) { $0.endLease() }
  }
}

extension RejectTask {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    try view.advance(try view.dispatch(task, .reject), because: reason) { $0.clearCrew() }
  }
}

// MARK: Mutual aid

/// Into the queue of another service of the same nation.
struct ReassignTask: EncounterOperation {
  static let name = "reassignTask"
  var task: ResourceID
  var service: Service
  var reason: String

  var home: Nation? { task.home }

  func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let item = try view.dispatch(task, .reassign)
    try view.require(service.nation == view.home, "service", "it is of another nation")
    try view.require(service.code != item.loaded.resource.service, "service", "the task stands in this queue already")
    return try view.advance(item, because: reason) {
      $0.endLease()
      $0.setService(service.code)
    }
  }
}

/// First half of mutual aid between nations: a task of its own for the service that takes over, with the rank, clock and
/// deadline of the other. Idempotent by its request id, which is derived from that of the whole.
struct TakeOverTask: EncounterOperation {
  static let name = "takeOverTask"
  var origin: ResourceID
  var service: Service
  var reason: String

  var home: Nation? { service.nation }

  func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let other = try view.evidence(R4.Task.self, origin)
    try view.require(other.kind == .dispatch, "task", "it is no task of dispatch")
    _ = try view.next(LifeCycles.dispatch, other.status, .handOver, of: "\(R4.Task.type)/\(origin)")
    guard let encounter = other.encounter else {
      throw .refused(.damaged("a task has no encounter", ["\(R4.Task.type)/\(origin)"]))
    }
    view.note(encounter: encounter, patient: other.patient)
    var task = R4.Task(.dispatch, encounter: encounter, patient: other.json["for"], at: view.at)
    for member in ["focus", "executionPeriod", "restriction", "priority", "input"] {
      task.json.setMember(member, to: other.json[member])
    }
    task.setService(service.code)
    task.json.setMember("partOf", to: [.reference(R4.Task.type, origin)])
    task.setReason(reason)
    return try view.create(task, role: "task")
  }
}

/// Second half: the task leaves the queue it stood in.
struct HandOverTask: EncounterOperation {
  static let name = "handOverTask"
  var task: ResourceID
  /// The task that took its place.
  var successor: ResourceID
  var reason: String

  var home: Nation? { task.home }

  func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let item = try view.dispatch(task, .handOver)
    guard try view.evidence(R4.Task.self, successor).status?.isOpen == true else {
      throw .refused(
        EncounterError(
          .conflict, "the other service's task has ended: ask anew", about: ["\(R4.Task.type)/\(successor)"]))
    }
    return try view.advance(item, because: reason) {
      $0.endLease()
      $0.json.setExtension(
        Vocabulary.extensionBase + "handed-over-to", "valueReference", .reference(R4.Task.type, successor))
    }
  }
}

/// Instead of the second half: the request's id is used up, so that no copy of it can hand over any more. Changes nothing.
struct GiveUpHandOver: EncounterOperation {
  static let name = "giveUpHandOver"
  var task: ResourceID

  var home: Nation? { task.home }

  func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let loaded = try view.require(R4.Task.self, task)
    return VersionedID(type: R4.Task.type, id: task, version: loaded.version)
  }
}
