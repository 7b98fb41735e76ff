import Identifiers
public import JSON

extension R4 {
  /// One item of a prescription.
  public struct MedicationRequest: R4Resource {
    public static let type = "MedicationRequest"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    /// A new item, to be issued; what else is known may be put into ``json``.
    ///
    /// - Parameters:
    ///   - medication: usually a dm+d code.
    ///   - dosage: as it is to be read by the patient.
    public init(_ medication: Coding, dosage: String) {
      json = .resource(Self.type)
      json.setMember("intent", to: "order")
      json.setMember("medicationCodeableConcept", to: medication.concept)
      json.setMember("dosageInstruction", to: [["text": .string(dosage)]])
    }

    public var status: PrescriptionStatus? { json["status"]?.string.flatMap { PrescriptionStatus(rawValue: $0) } }
    public var encounter: ResourceID? { referenced("encounter", Encounter.type) }
    public var patient: ResourceID? { referenced("subject", Patient.type) }
    /// ODS code of the pharmacy that is to dispense it.
    public var pharmacy: String? { json["dispenseRequest"]?["performer"]?.organisationCode }
    public var issued: Instant? { json["authoredOn"]?.instant }
    /// The prescription that it is an item of: system, and value in its one form.
    var group: (system: String, value: String)? {
      guard let group = json["groupIdentifier"], let system = group["system"]?.string,
        let value = group["value"]?.string
      else { return nil }
      let canonical = system == PrescriptionNumber.system ? try? PrescriptionNumber(value).text : nil
      return (system, canonical ?? value)
    }
    /// From 1; nil when it was not issued here.
    var item: Int? {
      json["identifier"]?.identifierValue(Vocabulary.prescriptionItem)?.split(separator: "/").last.flatMap { Int($0) }
    }
    /// Whether a token went to the electronic prescription service or a paper form was signed.
    public var form: PrescriptionForm? {
      switch group?.system {
      case Vocabulary.prescriptionNumber: .electronic
      case Vocabulary.paperFormNumber: .paper
      default: nil
      }
    }

    private static let givenURL = Vocabulary.extensionBase + "given-out-partly"
    /// Whether a pharmacy has recorded that it gave out a part: R4 has no status for that.
    var isPartlyGiven: Bool { json.extension(Self.givenURL)?["valueBoolean"]?.bool ?? false }
    mutating func setPartlyGiven() { json.setExtension(Self.givenURL, "valueBoolean", true) }

    mutating func setStatus(_ status: PrescriptionStatus, reason: String? = nil) {
      json.setMember("status", to: .string(status.rawValue))
      if let reason { json.setMember("statusReason", to: ["text": .string(reason)]) }
    }
  }
}

extension R4 {
  /// That an item was given out.
  public struct MedicationDispense: R4Resource {
    public static let type = "MedicationDispense"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    init(of item: ResourceID, _ request: MedicationRequest, by pharmacy: String, at: Instant) {
      json = .resource(Self.type)
      json.setMember("status", to: "completed")
      for member in ["medicationCodeableConcept", "medicationReference", "subject"] {
        if let value = request.json[member] { json.setMember(member, to: value) }
      }
      if let encounter = request.encounter { json.setMember("context", to: .reference(Encounter.type, encounter)) }
      json.setMember("performer", to: [["actor": .organisation(pharmacy)]])
      json.setMember("authorizingPrescription", to: [.reference(MedicationRequest.type, item)])
      json.setMember("whenHandedOver", to: .instant(at))
    }

    public var encounter: ResourceID? { referenced("context", Encounter.type) }
  }
}

/// How a prescription leaves the prescriber.
public enum PrescriptionForm: String, Hashable, Sendable, CaseIterable, Encodable {
  /// A token of the electronic prescription service.
  case electronic
  /// A signed form.
  case paper

  var system: String {
    switch self {
    case .electronic: Vocabulary.prescriptionNumber
    case .paper: Vocabulary.paperFormNumber
    }
  }
}
