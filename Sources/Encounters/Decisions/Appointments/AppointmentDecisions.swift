import Base
import JSON

extension PublishSlots {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Written {
    try view.require(
      (1...Self.slotsMax).contains(times.count), "times", "one request opens 1 to \(Self.slotsMax) slots")
    for slot in times { try view.require(slot.start < slot.end, "times", "a slot ends after it begins") }
    var written: [VersionedID] = []
    let id: ResourceID
    let plan: R4.Schedule
    switch schedule {
    case .existing(let existing):
      id = existing
      plan = try view.require(R4.Schedule.self, existing).resource
    case .new(let new):
      try view.requireNew(new, R4.Schedule.type)
      let made = try view.create(new, role: "schedule")
      written.append(made)
      id = made.id
      plan = new
    }
    guard let service = keyPart(plan.dosService) else {
      throw .refused(
        .invalid("Schedule.actor", "it names its healthcare service by the id in the directory of services"))
    }
    for (place, times) in times.enumerated() {
      written.append(try view.create(R4.Slot(of: id, dosService: service, times), role: "slot-\(place)"))
    }
    return Written(written)
  }
}

extension DecisionView {
  /// Makes a free slot busy.
  fileprivate mutating func take(_ slot: Loaded<R4.Slot>) throws(DecisionStop) {
    guard let status = slot.resource.status, LifeCycles.slot.next(status, .book) == .busy else {
      throw .refused(EncounterError(.conflict, "the slot is not free: choose another", about: [slot.reference]))
    }
    var busy = slot.resource
    busy.setStatus(.busy)
    try update(slot, busy)
  }

  fileprivate mutating func free(_ id: ResourceID?) throws(DecisionStop) {
    guard let id else { return }
    let slot = try require(R4.Slot.self, id)
    let status = try next(LifeCycles.slot, slot.resource.status, .free, of: slot.reference)
    var free = slot.resource
    free.setStatus(status)
    try update(slot, free)
  }

  fileprivate mutating func appointment(
    _ id: ResourceID, _ event: AppointmentEvent
  ) throws(DecisionStop) -> (Loaded<R4.Appointment>, AppointmentStatus) {
    let loaded = try subject(R4.Appointment.self, id)
    note(encounter: loaded.resource.encounter, patient: loaded.resource.patient)
    return (loaded, try next(LifeCycles.appointment, loaded.resource.status, event, of: loaded.reference))
  }

  /// A booked appointment in a slot.
  fileprivate func booked(_ draft: R4.Appointment, in slot: Loaded<R4.Slot>) -> R4.Appointment {
    var appointment = draft
    appointment.setStatus(.booked)
    appointment.json.setMember("slot", to: [.reference(R4.Slot.type, slot.id)])
    appointment.json.setMember("start", to: slot.resource.json["start"])
    appointment.json.setMember("end", to: slot.resource.json["end"])
    appointment.json.setMember("created", to: .instant(at))
    return appointment
  }
}

extension BookAppointment {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    try view.requireNew(appointment, R4.Appointment.type)
    var subject = patient
    if let encounter {
      let found = try view.evidence(R4.Encounter.self, encounter)
      guard let status = found.status, status != .cancelled, status != .enteredInError else {
        throw .refused(
          EncounterError(
            .invalidTransition, "nothing is booked for an encounter that was cancelled or entered in error",
            about: ["\(R4.Encounter.type)/\(encounter)"]))
      }
      subject = subject ?? found.patient
    }
    guard let subject else { throw .refused(.invalid("patient", "say for whom it is, or for which encounter")) }
    try view.requireExists(R4.Patient.type, subject)
    let slot = try view.subject(R4.Slot.self, slot)
    view.note(encounter: encounter, patient: subject)
    try view.take(slot)
    var draft = appointment
    let others = draft.json["participant"]?.array ?? []
    let person: JSONValue = ["actor": .reference(R4.Patient.type, subject), "status": "accepted"]
    draft.json.setMember("participant", to: .array([person] + others))
    if let encounter {
      let others = draft.json["supportingInformation"]?.array ?? []
      draft.json.setMember(
        "supportingInformation", to: .array([.reference(R4.Encounter.type, encounter)] + others))
    }
    return try view.create(view.booked(draft, in: slot), role: "appointment")
  }
}

extension RebookAppointment {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Written {
    try view.require(
      (slot.home ?? view.home) == view.home, "slot", "the slot is of another nation: rebook in two steps")
    let (old, status) = try view.appointment(appointment, .cancel)
    let new = try view.require(R4.Slot.self, slot)
    try view.require(old.resource.slot != slot, "slot", "the appointment is in this slot already")
    try view.take(new)
    var draft = old.resource
    draft.json.setMember("id", to: nil)
    let made = try view.create(view.booked(draft, in: new), role: "appointment")
    var cancelled = old.resource
    cancelled.setStatus(status, reason: reason)
    try view.free(old.resource.slot)
    return Written([made, try view.update(old, cancelled)])
  }
}

/// First half of rebooking between nations: the same booking in another nation's slot. Its arguments are ids alone, so that
/// a retry after the old booking was cancelled is the same request.
struct TakeOverBooking: EncounterOperation {
  static let name = "takeOverBooking"
  var origin: ResourceID
  var slot: ResourceID

  var home: Nation? { slot.home }

  func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let old = try view.evidence(R4.Appointment.self, origin)
    _ = try view.next(LifeCycles.appointment, old.status, .cancel, of: "\(R4.Appointment.type)/\(origin)")
    let slot = try view.require(R4.Slot.self, slot)
    view.note(encounter: old.encounter, patient: old.patient)
    try view.take(slot)
    var draft = old
    draft.json.setMember("id", to: nil)
    return try view.create(view.booked(draft, in: slot), role: "appointment")
  }
}

extension CancelAppointment {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.appointment(appointment, .cancel)
    var changed = loaded.resource
    changed.setStatus(status, reason: reason)
    try view.free(loaded.resource.slot)
    return try view.update(loaded, changed)
  }
}

extension MarkAttendance {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let event: AppointmentEvent =
      switch attendance {
      case .arrived: .arrive
      case .fulfilled: .fulfil
      case .noShow: .miss
      }
    let (loaded, status) = try view.appointment(appointment, event)
    var changed = loaded.resource
    changed.setStatus(status)
    return try view.update(loaded, changed)
  }
}
