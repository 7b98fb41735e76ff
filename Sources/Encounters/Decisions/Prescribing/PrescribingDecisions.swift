import Base
import Identifiers
import JSON

extension IssuePrescription {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Written {
    try checkArguments(view)
    let number = try canonicalNumber()
    let (loaded, _) = try view.encounter(encounter, .arrange)
    guard let subject = loaded.resource.json["subject"] else {
      throw .refused(.damaged("an encounter has no patient", [loaded.reference]))
    }
    let registry = IndexEntries.registry(of: form, home: view.home)
    let code = view.secrets.code(ofPrescription: number, system: form.system, registry: registry)
    let before = try view.sharedRow(from: try view.row(Keys.items(ofPrescription: code)))
    if let item = before.entries.first { throw .refused(.taken(3, by: "\(R4.MedicationRequest.type)/\(item.id)")) }

    var written: [VersionedID] = []
    for (place, item) in items.enumerated() {
      let issued = issued(item, of: number, place: place + 1, subject: subject, at: view.at)
      written.append(try view.create(issued, role: "item-\(place)"))
    }
    if form == .electronic, let first = written.first {
      let message = R4.Communication(
        .prescriptions, about: .reference(R4.MedicationRequest.type, first.id), encounter: encounter, patient: subject,
        recipients: pharmacy.map { [$0] } ?? [], at: view.at)
      written.append(try view.create(message, role: "message"))
    }
    return Written(written)
  }

  private func checkArguments(_ view: DecisionView) throws(DecisionStop) {
    try view.require(
      (1...Self.itemsMax).contains(items.count), "items", "a prescription has 1 to \(Self.itemsMax) items")
    try view.require((1...64).contains(number.utf8.count), "number", "it has 1 to 64 bytes")
    try view.require(
      pharmacy.map(Service.isCode) ?? (form == .paper), "pharmacy",
      "an electronic prescription goes to one pharmacy, by its ODS code")
    for (place, item) in items.enumerated() {
      try view.requireNew(item, "items[\(place)]")
      try view.require(
        item.json["medicationCodeableConcept"] != nil || item.json["medicationReference"] != nil,
        "items[\(place)].medication[x]", "R4 asks for the medication")
    }
  }

  /// One text for one prescription, however it was typed.
  private func canonicalNumber() throws(DecisionStop) -> String {
    guard form == .electronic else { return number }
    do {
      return try PrescriptionNumber(number).text
    } catch {
      throw .refused(.invalid("number", "the number \(error)"))
    }
  }

  private func issued(
    _ item: R4.MedicationRequest, of number: String, place: Int, subject: JSONValue, at: Instant
  ) -> R4.MedicationRequest {
    var item = item
    item.setStatus(.active)
    if item.json["intent"] == nil { item.json.setMember("intent", to: "order") }
    item.json.setMember("subject", to: subject)
    item.json.setMember("encounter", to: .reference(R4.Encounter.type, encounter))
    item.json.setMember("authoredOn", to: .instant(at))
    item.json.setMember("groupIdentifier", to: .identifier(form.system, number))
    let others = (item.json["identifier"]?.array ?? []).filter {
      $0["system"]?.string != Vocabulary.prescriptionItem
    }
    let own = JSONValue.identifier(Vocabulary.prescriptionItem, "\(number)/\(place)")
    item.json.setMember("identifier", to: .array([own] + others))
    if let pharmacy {
      var request = item.json["dispenseRequest"] ?? .object([])
      request.setMember("performer", to: .organisation(pharmacy))
      item.json.setMember("dispenseRequest", to: request)
    }
    return item
  }
}

extension DecisionView {
  /// The item that the operation is about, which must have been issued here.
  fileprivate mutating func item(_ id: ResourceID) throws(DecisionStop) -> Loaded<R4.MedicationRequest> {
    let loaded = try subject(R4.MedicationRequest.self, id)
    note(encounter: loaded.resource.encounter, patient: loaded.resource.patient)
    return loaded
  }
}

extension CancelPrescription {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Written {
    let loaded = try view.item(item)
    guard let form = loaded.resource.form, let group = loaded.resource.group else {
      throw .refused(.invalid("item", "it is no item of a prescription with a number"))
    }
    let registry = IndexEntries.registry(of: form, home: view.home)
    let code = view.secrets.code(ofPrescription: group.value, system: group.system, registry: registry)
    let row = try view.sharedRow(from: try view.row(Keys.items(ofPrescription: code)))
    var written: [VersionedID] = []
    let ids = row.entries.compactMap { ResourceID($0.id, at: view.home) }
    try view.need(ids.flatMap {
      [Keys.head(R4.MedicationRequest.type, $0), Keys.body(R4.MedicationRequest.type, $0)]
    })
    for id in ids {
      let item = try view.require(R4.MedicationRequest.self, id)
      let status = try view.next(LifeCycles.prescription, item.resource.status, .cancel, of: item.reference)
      guard !item.resource.isPartlyGiven else {
        throw .refused(
          EncounterError(.invalidTransition, "a part of it was given out: it is too late", about: [item.reference]))
      }
      var changed = item.resource
      changed.setStatus(status, reason: reason)
      written.append(try view.update(item, changed))
    }
    if form == .electronic {
      let message = R4.Communication(
        .prescriptions, about: .reference(R4.MedicationRequest.type, item), encounter: loaded.resource.encounter,
        patient: loaded.resource.json["subject"], recipients: loaded.resource.pharmacy.map { [$0] } ?? [], at: view.at)
      written.append(try view.create(message, role: "message"))
    }
    return Written(written)
  }
}

extension RecordDispense {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Written {
    try view.require(Service.isCode(pharmacy), "pharmacy", "it is an ODS code")
    let loaded = try view.item(item)
    let event: PrescriptionEvent = isWhole ? .dispense : .dispensePart
    let status = try view.next(LifeCycles.prescription, loaded.resource.status, event, of: loaded.reference)
    let given = R4.MedicationDispense(of: item, loaded.resource, by: pharmacy, at: view.at)
    var changed = loaded.resource
    changed.setStatus(status)
    if !isWhole { changed.setPartlyGiven() }
    return Written([try view.update(loaded, changed), try view.create(given, role: "dispense")])
  }
}
