import Base
import JSON

extension RegisterPatient {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    try view.requireNew(patient, R4.Patient.type)
    try view.requireValidNumbers(patient)
    let version = try view.create(patient, role: "patient")
    view.note(encounter: nil, patient: version.id)
    return version
  }
}

extension AmendPatient {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    try view.requireValidNumbers(patient)
    let loaded = try view.subject(R4.Patient.self, id)
    view.note(encounter: nil, patient: id)
    if let replacedBy = loaded.resource.replacedBy {
      throw .refused(
        EncounterError(
          .invalidTransition, "the record was replaced: amend the one that took its place",
          about: ["\(R4.Patient.type)/\(replacedBy)"]))
    }
    return try view.update(loaded, patient)
  }
}

extension MergePatients {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    try view.require(duplicate != survivor, "survivor", "a record is not merged into itself")
    let loaded = try view.subject(R4.Patient.self, duplicate)
    view.note(encounter: nil, patient: duplicate)
    guard loaded.resource.isActive else {
      throw .refused(
        EncounterError(.invalidTransition, "the record is not active: it cannot be merged", about: [loaded.reference]))
    }
    _ = try view.activePatient(survivor)
    var changed = loaded.resource
    changed.replace(by: survivor)
    return try view.update(loaded, changed)
  }
}

extension LinkPatient {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Opened {
    let (loaded, _) = try view.encounter(encounter, .arrange)
    let identified = try view.activePatient(patient)
    let placeholder = try placeholder(&view, of: loaded)
    let since = try view.forgetCall(encounter) ?? loaded.resource.start ?? view.at
    let verdict = try view.recordCall(view.marks(of: identified), by: encounter, since: since)

    var changed = loaded.resource
    changed.setPatient(patient)
    changed.setRepeatCaller(verdict.answer)
    if verdict.answer == .yes { changed.raiseToCallback() }
    let version = try view.update(loaded, changed)
    for open in try view.openWork(encounter) {
      guard let id = ResourceID(open.id, at: view.home) else { continue }
      let task = try view.require(R4.Task.self, id)
      var changed = task.resource
      changed.json.setMember("for", to: .reference(R4.Patient.type, patient))
      if verdict.answer == .yes, task.resource.kind == .callback { changed.raiseToCallback() }
      try view.update(task, changed)
    }
    if let placeholder {
      var replaced = placeholder.resource
      replaced.replace(by: patient)
      try view.update(placeholder, replaced)
    }
    view.note(encounter: encounter, patient: patient)
    return Opened(encounter: version, patient: patient, repeatCaller: verdict)
  }

  /// The record of somebody unknown that the encounter was opened with; nil when there is none to be replaced.
  private func placeholder(
    _ view: inout DecisionView, of encounter: Loaded<R4.Encounter>
  ) throws(DecisionStop) -> Loaded<R4.Patient>? {
    guard let before = encounter.resource.patient else { return nil }
    try view.require(before != patient, "patient", "the encounter is about this patient already")
    guard (before.home ?? view.home) == view.home else { return try refuseIdentified(encounter) }
    let loaded = try view.require(R4.Patient.self, before)
    guard !loaded.resource.numbers.contains(where: \.isVerified) else { return try refuseIdentified(encounter) }
    return loaded.resource.isActive ? loaded : nil
  }

  private func refuseIdentified(_ encounter: Loaded<R4.Encounter>) throws(DecisionStop) -> Loaded<R4.Patient>? {
    throw .refused(
      EncounterError(
        .conflict, "the encounter is about an identified patient: mark it as entered in error and open another",
        about: [encounter.reference]))
  }
}
