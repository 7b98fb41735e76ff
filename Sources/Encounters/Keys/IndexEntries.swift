import Base
import Identifiers
import JSON

/// Which index rows a resource has. What is wrong in it, or nobody's to look for, has none.
struct IndexEntries {
  let home: Nation
  let secrets: IndexKeys

  func of(_ type: String, _ id: ResourceID, _ json: JSONValue) -> [IndexEntry] {
    switch type {
    case R4.Patient.type: R4.Patient(json: json).map { patient($0, id) } ?? []
    case R4.Encounter.type: R4.Encounter(json: json).map { encounter($0, id) } ?? []
    case R4.Task.type: R4.Task(json: json).map { task($0, id) } ?? []
    case R4.MedicationRequest.type: R4.MedicationRequest(json: json).map { prescription($0, id) } ?? []
    case R4.Appointment.type: R4.Appointment(json: json).map { appointment($0, id) } ?? []
    case R4.Slot.type: R4.Slot(json: json).map { slot($0, id) } ?? []
    case R4.Communication.type: R4.Communication(json: json).map { message($0, id) } ?? []
    case R4.MedicationDispense.type: ofEncounter(R4.MedicationDispense(json: json)?.encounter, type, id)
    default: ofEncounter(json["encounter"]?.referenced(R4.Encounter.type), type, id)
    }
  }

  private func ofEncounter(_ encounter: ResourceID?, _ type: String, _ id: ResourceID) -> [IndexEntry] {
    encounter.map { [IndexEntry(key: Keys.ofEncounter($0, type, id), place: .own(.null))] } ?? []
  }

  // MARK: Patients and encounters

  private func patient(_ patient: R4.Patient, _ id: ResourceID) -> [IndexEntry] {
    var entries: [IndexEntry] = []
    for (number, isVerified) in patient.numbers {
      let code = secrets.code(of: number)
      let key = Keys.patient(ofNumber: code, id)
      guard !entries.contains(where: { $0.key == key }) else { continue }
      entries.append(IndexEntry(key: key, place: .own(["verified": .bool(isVerified)])))
    }
    guard patient.isActive else { return entries }
    for (number, isVerified) in patient.numbers where isVerified {
      let key = Keys.claim(ofNumber: secrets.code(of: number))
      guard !entries.contains(where: { $0.key == key }) else { continue }
      let place = IndexEntry.Place.claim(number.scheme.registry, rule: 10, owner: "\(R4.Patient.type)/\(id)")
      entries.append(IndexEntry(key: key, place: place))
    }
    let marks = CallerMarks(number: nil, patient.demographics, secrets)
    for block in marks.blocks {
      entries.append(IndexEntry(key: Keys.patient(alike: block, id), place: .own(marks.fieldsJSON)))
    }
    return entries
  }

  private func encounter(_ encounter: R4.Encounter, _ id: ResourceID) -> [IndexEntry] {
    var entries = ofEncounter(encounter.partOf, R4.Encounter.type, id)
    guard let status = encounter.status, status != .enteredInError, let start = encounter.start else { return entries }
    let summary: JSONValue = .object(present: [
      "status": .string(status.rawValue), "rank": encounter.rank.map { .integer($0) },
    ])
    if let patient = encounter.patient {
      entries.append(IndexEntry(key: Keys.ofPatient(patient, start, id), place: .own(summary)))
    }
    if !status.isTerminal, let service = keyPart(encounter.service) {
      entries.append(IndexEntry(key: Keys.openEncounter(service, start, id), place: .own(summary)))
    }
    return entries
  }

  // MARK: Tasks

  private func task(_ task: R4.Task, _ id: ResourceID) -> [IndexEntry] {
    var entries = ofEncounter(task.encounter, R4.Task.type, id)
    guard let kind = task.kind, let status = task.status, status.isOpen else { return entries }
    if let encounter = task.encounter {
      let entry = SharedRow.Entry(id: id.text, at: task.clockStart ?? SharedRow.epoch, value: .string(kind.rawValue))
      entries.append(IndexEntry(key: Keys.openWork(encounter), place: .shared(entry, .whole)))
      if kind == .dispatch, let need = keyPart(task.need) {
        entries.append(
          IndexEntry(key: Keys.task(ofNeed: need, encounter: encounter), place: .exclusive(rule: 4)))
      }
    }
    guard let service = keyPart(task.service) else { return entries }
    for callsign in [task.lead].compactMap({ $0 }) + task.support {
      guard let callsign = keyPart(callsign) else { continue }
      let key = Keys.task(ofUnit: callsign, service: service)
      guard !entries.contains(where: { $0.key == key }) else { continue }
      entries.append(IndexEntry(key: key, place: .exclusive(rule: 1)))
    }
    guard status.isQueued, let rank = task.rank, (0...9).contains(rank), let start = task.clockStart else {
      return entries
    }
    let row = QueueItem(task, id).row
    switch kind {
    case .dispatch:
      entries.append(IndexEntry(key: Keys.dispatch(home, service, rank, start, id), place: .own(row)))
      if let deadline = task.deadline {
        entries.append(IndexEntry(key: Keys.breach(home, service, deadline, id), place: .own(row)))
      }
    case .callback:
      let due = task.deadline ?? start
      entries.append(IndexEntry(key: Keys.callback(home, service, rank, due, id), place: .own(row)))
    }
    return entries
  }

  // MARK: Prescriptions

  private func prescription(_ item: R4.MedicationRequest, _ id: ResourceID) -> [IndexEntry] {
    var entries = ofEncounter(item.encounter, R4.MedicationRequest.type, id)
    if let group = item.group, let form = item.form {
      let registry = Self.registry(of: form, home: home)
      let code = secrets.code(ofPrescription: group.value, system: group.system, registry: registry)
      let entry = SharedRow.Entry(
        id: id.text, at: SharedRow.epoch, value: item.item.map { .integer($0) } ?? .null)
      entries.append(IndexEntry(key: Keys.items(ofPrescription: code), place: .shared(entry, .whole)))
      // Of what was issued here the first item stands for the whole; of what was imported nothing says which items are
      // one prescription's, so that all of one number are.
      let owner =
        switch item.item {
        case nil: "\(home)/import"
        case 1: "\(R4.MedicationRequest.type)/\(id)"
        default: nil as String?
        }
      if let owner {
        let place = IndexEntry.Place.claim(registry, rule: 3, owner: owner)
        entries.append(IndexEntry(key: Keys.claim(ofPrescription: code), place: place))
      }
    }
    if let status = item.status, status != .enteredInError, let pharmacy = keyPart(item.pharmacy),
      let issued = item.issued
    {
      entries.append(
        IndexEntry(
          key: Keys.item(forPharmacy: pharmacy, issued, id), place: .own(["status": .string(status.rawValue)])))
    }
    return entries
  }

  /// Where it is known which prescriptions there are: tokens of the electronic service, which nations share, in England;
  /// forms where they were signed.
  static func registry(of form: PrescriptionForm, home: Nation) -> Nation {
    switch form {
    case .electronic: .england
    case .paper: home
    }
  }

  // MARK: Bookings and messages

  private func appointment(_ appointment: R4.Appointment, _ id: ResourceID) -> [IndexEntry] {
    var entries = ofEncounter(appointment.encounter, R4.Appointment.type, id)
    if let slot = appointment.slot, appointment.status?.holdsSlot == true {
      entries.append(IndexEntry(key: Keys.holder(ofSlot: slot), place: .exclusive(rule: 2)))
    }
    return entries
  }

  private func slot(_ slot: R4.Slot, _ id: ResourceID) -> [IndexEntry] {
    guard let service = keyPart(slot.dosService), let start = slot.start, let status = slot.status,
      status != .enteredInError
    else { return [] }
    let row: JSONValue = .object(present: [
      "status": .string(status.rawValue), "end": slot.end.map { .integer($0.milliseconds) },
    ])
    return [IndexEntry(key: Keys.slot(service, start, id), place: .own(row))]
  }

  private func message(_ message: R4.Communication, _ id: ResourceID) -> [IndexEntry] {
    var entries = ofEncounter(message.encounter, R4.Communication.type, id)
    if let channel = message.channel, message.status?.isQueued == true, let due = message.due {
      entries.append(
        IndexEntry(key: Keys.outbox(channel, due, id), place: .own(.object(present: [
          "lease": message.lease.map { .integer($0.number) },
          "until": message.lease.flatMap { $0.isHeld ? .integer($0.until.milliseconds) : nil },
        ]))))
    }
    return entries
  }
}
