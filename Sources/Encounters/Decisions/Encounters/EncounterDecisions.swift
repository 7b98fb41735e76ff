import Base
import JSON

extension OpenEncounter {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Opened {
    try view.requireNew(encounter, "Encounter")
    try view.require(
      [.planned, .arrived, .inProgress].contains(status), "Encounter.status",
      "an encounter begins planned, arrived or in-progress")
    try view.require(encounter.json["class"] != nil, "Encounter.class", "R4 asks for a class")
    let (patientID, patient) = try subject(&view)
    return try view.open(encounter, of: patientID, patient, at: service.code, status: status)
  }

  private func subject(_ view: inout DecisionView) throws(DecisionStop) -> (ResourceID, R4.Patient) {
    switch subject {
    case .patient(let id): return (id, try view.activePatient(id))
    case .new(let patient):
      try view.requireNew(patient, R4.Patient.type)
      try view.requireValidNumbers(patient)
      return (try view.create(patient, role: "patient").id, patient)
    }
  }
}

extension DecisionView {
  /// A new encounter in the role `encounter`, counted as a call of its patient.
  fileprivate mutating func open(
    _ draft: R4.Encounter, of patientID: ResourceID, _ patient: R4.Patient, at service: String?, status: EncounterStatus
  ) throws(DecisionStop) -> Opened {
    let id = ResourceID(home: home, request: request.id, role: "encounter")
    let verdict = try recordCall(marks(of: patient), by: id, since: at)
    var encounter = draft
    encounter.setStatus(status, at: at)
    encounter.setPatient(patientID)
    if let service { encounter.json.setMember("serviceProvider", to: .organisation(service)) }
    var period = encounter.json["period"] ?? .object([])
    period.setMember("start", to: .instant(at))
    encounter.json.setMember("period", to: period)
    encounter.setRepeatCaller(verdict.answer)
    note(encounter: id, patient: patientID)
    let version = try create(encounter, role: "encounter")
    return Opened(encounter: version, patient: patientID, repeatCaller: verdict)
  }
}

extension ReopenEncounter {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Opened {
    try view.require(
      [.planned, .arrived, .inProgress].contains(status), "Encounter.status",
      "an encounter begins planned, arrived or in-progress")
    let old = try view.subject(R4.Encounter.self, encounter)
    guard old.resource.status == .finished || old.resource.status == .cancelled else {
      throw .refused(
        EncounterError(
          .invalidTransition, "only a finished or cancelled encounter is followed by another", about: [old.reference]))
    }
    guard let patientID = old.resource.patient else {
      throw .refused(.damaged("an encounter has no patient", [old.reference]))
    }
    // Whoever has taken the patient's place since is the patient of the new one.
    var followed = patientID
    var patient = try view.evidence(R4.Patient.self, patientID)
    for _ in 0..<8 {
      guard !patient.isActive, let next = patient.replacedBy else { break }
      followed = next
      patient = try view.evidence(R4.Patient.self, next)
    }
    var draft = R4.Encounter(.virtual)
    if let `class` = old.resource.json["class"] { draft.json.setMember("class", to: `class`) }
    draft.json.setMember("partOf", to: .reference(R4.Encounter.type, encounter))
    return try view.open(draft, of: followed, patient, at: old.resource.service, status: status)
  }
}

extension RecordTriage {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Arranged {
    let (loaded, status) = try view.encounter(encounter, .triage)
    var response = response
    response.json.setMember("encounter", to: .reference(R4.Encounter.type, encounter))
    if let subject = loaded.resource.json["subject"] { response.json.setMember("subject", to: subject) }
    if response.json["authored"] == nil { response.json.setMember("authored", to: .instant(view.at)) }
    let saved: VersionedID
    if let replacing {
      let before = try view.require(R4.QuestionnaireResponse.self, replacing)
      guard before.resource.encounter == encounter else {
        throw .refused(.invalid("replacing", "the response is of another encounter"))
      }
      saved = try view.update(before, response)
    } else {
      try view.requireNew(response, R4.QuestionnaireResponse.type)
      saved = try view.create(response, role: "response")
    }
    let version = try view.move(loaded, to: status)
    return Arranged(encounter: version, made: ["response": saved])
  }
}

extension SetDisposition {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Disposed {
    let (loaded, status) = try view.encounter(encounter, .dispose)
    let rank = view.rank(of: priority, for: loaded.resource)
    var changed = loaded.resource
    changed.setDisposition(disposition, priority: priority, rank: rank)
    changed.setStatus(status, at: view.at)
    if var plan {
      try view.requireNew(plan, R4.CarePlan.type)
      plan.json.setMember("encounter", to: .reference(R4.Encounter.type, encounter))
      plan.json.setMember("subject", to: loaded.resource.json["subject"])
      plan.json.setMember("created", to: .instant(view.at))
      _ = try view.create(plan, role: "plan")
    }
    return Disposed(encounter: try view.update(loaded, changed), rank: rank, wasRaised: rank != priority.rank)
  }
}

extension MoveEncounter {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.encounter(encounter, step.event)
    return try view.move(loaded, to: status)
  }
}

extension MoveEncounter.Step {
  var event: EncounterEvent {
    switch self {
    case .arrive: .arrive
    case .attend: .attend
    case .leave: .leave
    case .comeBack: .comeBack
    }
  }
}

extension DecisionView {
  /// Another status, if it is another.
  mutating func move(_ loaded: Loaded<R4.Encounter>, to status: EncounterStatus) throws(DecisionStop) -> VersionedID {
    guard loaded.resource.status != status else {
      return VersionedID(type: R4.Encounter.type, id: loaded.id, version: loaded.version)
    }
    var changed = loaded.resource
    changed.setStatus(status, at: at)
    return try update(loaded, changed)
  }
}

extension TransferCare {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Arranged {
    let (loaded, _) = try view.encounter(encounter, .arrange)
    let code = JSONValue.concept("http://snomed.info/sct", "3457005", "Patient referral")
    var request = R4.ServiceRequest(
      encounter: encounter, patient: loaded.resource.json["subject"], code: code, performer: service, at: view.at)
    request.json.setMember("reasonCode", to: [["text": .string(reason)]])
    var changed = loaded.resource
    changed.setService(service)
    let made = try view.create(request, role: "request")
    return Arranged(encounter: try view.update(loaded, changed), made: ["request": made])
  }
}

extension CloseEncounter {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Arranged {
    let (loaded, status) = try view.encounter(encounter, .close)
    try view.requireNoOpenWork(encounter)
    var changed = loaded.resource
    changed.json.setExtension(Vocabulary.outcome, "valueCodeableConcept", outcome.concept)
    changed.setStatus(status, at: view.at)
    let version = try view.update(loaded, changed)
    let about = JSONValue.reference(R4.Encounter.type, encounter)
    var recipients: [String] = []
    if case .send(let to) = message {
      try view.require(!to.isEmpty && to.allSatisfy(Service.isCode), "message", "recipients are ODS codes, one at least")
      recipients = to
    }
    var communication = R4.Communication(
      .postEvent, about: about, encounter: encounter, patient: loaded.resource.json["subject"], recipients: recipients,
      at: view.at)
    if case .suppressed(let reason) = message {
      try view.require(!reason.isEmpty, "message", "say why nobody is told")
      communication.setStatus(.notDone, reason: reason)
    }
    return Arranged(encounter: version, made: ["message": try view.create(communication, role: "message")])
  }
}

extension CancelEncounter {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.encounter(encounter, .cancel)
    try view.requireNoOpenWork(encounter)
    var changed = loaded.resource
    if let duplicateOf {
      try view.require(duplicateOf != encounter, "duplicateOf", "an encounter is no duplicate of itself")
      try view.requireExists(R4.Encounter.type, duplicateOf)
      changed.json.setExtension(
        R4.Encounter.duplicateURL, "valueReference", .reference(R4.Encounter.type, duplicateOf))
      // One incident, one call.
      _ = try view.forgetCall(encounter)
    }
    changed.setReason(reason)
    changed.setStatus(status, at: view.at)
    return try view.update(loaded, changed)
  }
}

extension MarkEnteredInError {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.encounter(encounter, .enterInError)
    try view.requireNoOpenWork(encounter)
    _ = try view.forgetCall(encounter)
    var changed = loaded.resource
    changed.setReason(reason)
    changed.setStatus(status, at: view.at)
    return try view.update(loaded, changed, isHidden: true)
  }
}
