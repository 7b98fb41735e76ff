import FHIR
import JSON
import Testing

/// What each file that is no whole resource of R4 is refused for.
private let faults: [String: [String]] = [
  "bars-appointment-patch.json": ["Appointment.participant: is required"],
  "bars-capabilitystatement.json": [
    "CapabilityStatement.rest[0].security: must not be a list",
    "CapabilityStatement.rest[1].security: must not be a list",
  ],
  "bars-healthcareservice-searchset.json": [
    "Bundle.entry[0].resource.providedBy: must not be a list",
    "Bundle.entry[1].resource.providedBy: must not be a list",
  ],
  "bars-message-booking-response.json": [
    "Bundle.entry[1].resource.participant[0].status: is required",
    "Bundle.entry[3].resource: unknown element 'Schedule': did you mean 'schedule'?",
  ] + (4...8).map { "Bundle.entry[\($0)].resource.id: is not an id: 1 to 64 of A-Z, a-z, 0-9, '-' and '.'" },
  "bars-servicerequest-patch.json": [
    "ServiceRequest.status: is not one of draft | active | on-hold | revoked | completed | entered-in-error | unknown",
    "ServiceRequest: unknown element 'PatientInstruction': did you mean 'patientInstruction'?",
    "ServiceRequest.subject: is required",
  ],
  "bars-servicerequest-put.json": [
    "ServiceRequest.basedOn: must be a list",
    "ServiceRequest: unknown element 'PatientInstruction': did you mean 'patientInstruction'?",
  ],
  "bars-servicerequest-read.json": [
    "ServiceRequest.basedOn: must be a list",
    "ServiceRequest: unknown element 'PatientInstruction': did you mean 'patientInstruction'?",
  ],
]

@Suite("Real FHIR files", .enabled(if: Samples.areHere, "there is no folder of FHIR samples"))
struct SampleTests {
  @Test("Every whole resource of R4 passes, and every other file is refused for its true faults", arguments: Samples.names)
  func verdict(name: String) throws {
    let report = ResourceValidator().validate(try Samples.json(name))
    if name.hasSuffix(".stu3.json") {
      #expect(report.isSTU3)
      #expect(report.errors.count == 1)
      #expect(report.errors.first?.reason.hasPrefix("this is STU3 (FHIR 3.0), not R4") == true)
    } else {
      #expect(report.errors.map(\.description) == faults[name] ?? [])
      #expect(report.looksPartial == name.hasSuffix("-patch.json"))
    }
  }

  @Test("The body of a PATCH passes as what it is, but for what is wrong in it")
  func partial() throws {
    let validator = ResourceValidator(form: .partial)
    #expect(validator.validate(try Samples.json("bars-appointment-patch.json")).issues == [])
    let request = validator.validate(try Samples.json("bars-servicerequest-patch.json"))
    #expect(request.errors.map(\.code) == ["notACode", "unknownElement"])
  }

  @Test(
    "Identifiers that break the rules of their system are named, and refused by who makes them",
    arguments: [
      ("bars-message-CAS-to-999-validation-response.json", "fails its check digit"),
      ("eps-prescription-order-acute.json", "is of a range that is not issued"),
    ])
  func identifiers(name: String, reason: String) throws {
    let json = try Samples.json(name)
    let report = ResourceValidator().validate(json)
    #expect(report.isValid)
    #expect(report.issues.contains { $0.reason == reason && $0.severity == .warning })
    let strict = ResourceValidator(identifierSeverity: .error).validate(json)
    #expect(!strict.isValid)
    #expect(strict.errors.contains { $0.reason == reason })
  }

  @Test("Judging changes nothing: each file's compact text comes back the same, numbers and order kept", arguments: Samples.names)
  func roundTrip(name: String) throws {
    let json = try Samples.json(name)
    #expect(try JSONValue(parsing: json.serialized()) == json)
  }
}
