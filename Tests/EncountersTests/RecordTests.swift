import Base
import Encounters
import Identifiers
import JSON
import Model
import QuartetClient
import QuartetTesting
import Testing

@Suite("Records")
struct RecordTests {
  @Test("Every version can be read, also after the store forgot its own history")
  func versions() async throws {
    let ward = Ward()
    let id = try await ward.openCall(status: .planned).encounter.id
    try await ward.run(MoveEncounter(id, .arrive), at: Ward.morning.minutes(1))
    try await ward.run(MoveEncounter(id, .attend), at: Ward.morning.minutes(2))
    let revision = try await ward.store.read(R4.Encounter.self, id).revision
    _ = try await ward.keyspace(.england).compact(revision)
    for (version, status) in [EncounterStatus.planned, .arrived, .inProgress].enumerated() {
      let found = try await ward.store.read(R4.Encounter.self, id, version: UInt64(version + 1))
      #expect(found.resource.status == status)
      #expect(found.version == UInt64(version + 1))
      #expect(found.at == Ward.morning.minutes(Int64(version)))
    }
    for version in [UInt64(0), 4, .max] {
      await #expect(throws: EncounterError.self) { try await ward.store.read(R4.Encounter.self, id, version: version) }
    }
    let history = try await ward.store.history(R4.Encounter.type, id)
    #expect(history.map(\.version) == [3, 2, 1])
    #expect(Set(history.map(\.chain)).count == 3)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("The history of statuses has each with its period")
  func statusHistory() async throws {
    let ward = Ward()
    let id = try await ward.openCall(status: .planned).encounter.id
    try await ward.run(MoveEncounter(id, .arrive), at: Ward.morning.minutes(1))
    try await ward.run(MoveEncounter(id, .attend), at: Ward.morning.minutes(5))
    try await ward.run(CancelEncounter(id, reason: "hung up"), at: Ward.morning.minutes(7))
    let history = try await ward.encounter(id).json["statusHistory"]
    #expect(
      history == [
        ["status": "planned", "period": ["start": "2026-01-10T09:00:00Z", "end": "2026-01-10T09:01:00Z"]],
        ["status": "arrived", "period": ["start": "2026-01-10T09:01:00Z", "end": "2026-01-10T09:05:00Z"]],
        ["status": "in-progress", "period": ["start": "2026-01-10T09:05:00Z", "end": "2026-01-10T09:07:00Z"]],
      ])
    #expect(try await ward.encounter(id).json["period"]?["end"] == "2026-01-10T09:07:00Z")
  }

  @Test("What came with a resource stays: unknown members, the text of numbers, their order")
  func untouched() async throws {
    let ward = Ward()
    var patient = R4.Patient(Demographics(given: "Hale"))
    patient.json.setMember("extension", to: [["url": "https://example.org/x", "valueDecimal": .number(try #require(JSONNumber("1.00")))]])
    patient.json.setMember("zzz", to: ["b": 1, "a": [true, nil]])
    let id = try await ward.run(RegisterPatient(at: .england, patient)).id
    var stored = try await ward.store.read(R4.Patient.self, id).resource.json
    #expect(stored["id"] == .string(id.text))
    stored.setMember("id", to: nil)
    #expect(stored.text() == patient.json.text())
  }

  @Test("An encounter entered in error is kept, and hidden unless it is asked for")
  func enteredInError() async throws {
    let ward = Ward()
    let id = try await ward.openCall().encounter.id
    try await ward.run(MarkEnteredInError(id, reason: "test call"))
    await #expect(throws: EncounterError.self) { try await ward.store.read(R4.Encounter.self, id) }
    #expect(try await ward.store.read(R4.Encounter.self, id, includingHidden: true).resource.status == .enteredInError)
    #expect(try await ward.store.openEncounters(at: Ward.service111).isEmpty)
  }

  @Test("Later contact is a new encounter that continues the one that ended")
  func reopening() async throws {
    let ward = Ward()
    let patient = try await ward.run(RegisterPatient(at: .wales, R4.Patient(number("9434765919"), isVerified: true))).id
    let first = try await ward.openCall(of: .patient(patient)).encounter.id
    #expect(try await ward.refusal(of: ReopenEncounter(first)).code == .invalidTransition)
    try await ward.run(CancelEncounter(first, reason: "hung up"))
    let second = try await ward.run(ReopenEncounter(first), at: Ward.morning.hours(1))
    #expect(second.patient == patient)
    #expect(try await ward.encounter(second.encounter.id).partOf == first)
    #expect(second.repeatCaller.earlier == [first])
    #expect(try await ward.store.openEncounters(at: Ward.service111).map(\.encounter) == [second.encounter.id])
    #expect(try await ward.store.everything(of: first).contains { $0.id == second.encounter.id })
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Care goes to another service, of another nation too; the encounter stays where it is at home")
  func transfer() async throws {
    let ward = Ward()
    let id = try await ward.openCall().encounter.id
    let scottish = service(.scotland, "SN924")
    try await ward.run(TransferCare(id, to: scottish, reason: "moved"))
    #expect(try await ward.encounter(id).service == "SN924")
    #expect(try await ward.store.openEncounters(at: Ward.service111).isEmpty)
    #expect(try await ward.store.everything(of: id).count { $0.type == "ServiceRequest" } == 1)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  // MARK: Resources stored as they come

  private func resource(_ id: String, _ text: String) -> JSONValue {
    ["resourceType": "Observation", "id": .string(id), "status": "final", "note": [["text": .string(text)]]]
  }

  @Test("Resources are stored with the ids they came with, once, however often they are sent")
  func importing() async throws {
    let ward = Ward()
    let batch = (0..<20).map { resource("made-\($0)", "as it was") }
    let first = try await ward.run(StoreResources(at: .wales, batch))
    #expect(first.resources.map(\.version) == [UInt64](repeating: 1, count: 20))
    let rows = ward.keyspace(.wales).rows.filter { !$0.key.bytes.starts(with: Array("rq/".utf8)) }
    // Another request with the same resources: nothing changes but the record that it was made.
    let again = try await ward.run(StoreResources(at: .wales, batch))
    #expect(again == first)
    #expect(ward.keyspace(.wales).rows.filter { !$0.key.bytes.starts(with: Array("rq/".utf8)) } == rows)
    // A part that is there already does not keep the rest out.
    let more = try await ward.run(StoreResources(at: .wales, batch.suffix(1) + [resource("made-20", "new")]))
    #expect(more.resources.map(\.version) == [1, 1])
    let other = try await ward.refusal(of: StoreResources(at: .wales, [resource("made-0", "otherwise")]))
    #expect(other.code == .duplicate)
    let replaced = try await ward.run(StoreResources(at: .wales, [resource("made-0", "otherwise")], replaces: true))
    #expect(replaced.resources.map(\.version) == [2])
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("An id that does not tell its home is looked up in all four keyspaces")
  func locating() async throws {
    let ward = Ward()
    try await ward.run(
      StoreResources(
        at: .scotland,
        [["resourceType": "Encounter", "id": "old-1", "status": "in-progress", "class": ["code": "VR"]]]))
    let id = try #require(ResourceID("old-1"))
    #expect(id.home == nil)
    #expect(try await ward.refusal(of: MoveEncounter(id, .leave)).code == .invalid)
    let located = try await ward.store.locate(R4.Encounter.type, id)
    #expect(located.home == .scotland)
    try await ward.run(MoveEncounter(located, .leave))
    #expect(try await ward.store.read(R4.Encounter.self, id).resource.status == .onLeave)
    await #expect(throws: EncounterError.self) { try await ward.store.locate("Encounter", #require(ResourceID("old-2"))) }
  }

  @Test("What an operation made is changed by operations alone")
  func noOverwriting() async throws {
    let ward = Ward()
    let id = try await ward.openCall().encounter.id
    var json = try await ward.encounter(id).json
    json.setMember("status", to: "finished")
    #expect(try await ward.refusal(of: StoreResources(at: .england, [json], replaces: true)).code == .duplicate)
    #expect(try await ward.refusal(of: StoreResources(at: .wales, [json], replaces: true)).code == .invalid)
  }

  @Test("More than a transaction takes is refused before anything is written")
  func tooMuch() async throws {
    let ward = Ward()
    let many = try await ward.refusal(of: StoreResources(at: .wales, (0..<80).map { resource("many-\($0)", "x") }))
    #expect(many.code == .tooMuch)
    let large = resource("large", String(repeating: "x", count: 1 << 20))
    #expect(try await ward.refusal(of: StoreResources(at: .wales, [large])).code == .tooMuch)
    #expect(ward.keyspace(.wales).rows.isEmpty)
  }

  @Test("Imported items of one prescription share its number; nobody issues it again")
  func importedPrescription() async throws {
    let ward = Ward()
    func item(_ id: String) -> JSONValue {
      [
        "resourceType": "MedicationRequest", "id": .string(id), "status": "active", "intent": "order",
        "groupIdentifier": ["system": .string(Vocabulary.prescriptionNumber), "value": "24F5DA-A83008-7EFE6Z"],
      ]
    }
    try await ward.run(StoreResources(at: .wales, [item("a")]))
    try await ward.run(StoreResources(at: .wales, [item("b")]))
    #expect(try await ward.store.prescription("24F5DA-A83008-7EFE6Z", .electronic).count == 2)
    for code in ["X26", "7A1AU"] {
      let nation: Nation = code == "X26" ? .england : .wales
      let encounter = try await ward.openCall(at: service(nation, code)).encounter.id
      #expect(try await ward.refusal(of: PrescribingTests.issue(encounter)).code == .duplicate)
    }
    #expect(try await ward.store.check().faults.isEmpty)
  }
}
