import Base
import Encounters
import Identifiers
import JSON
import QuartetTesting
import Testing

@Suite("Prescribing")
struct PrescribingTests {
  static func item(_ code: String = "322236009") -> R4.MedicationRequest {
    R4.MedicationRequest(
      Coding(system: "https://dmd.nhs.uk", code: code, display: "Paracetamol 500mg tablets"),
      dosage: "one or two, up to four times a day")
  }

  static func issue(
    _ encounter: ResourceID, _ number: String = "24F5DA-A83008-7EFE6Z", items: Int = 1
  ) -> IssuePrescription {
    IssuePrescription(
      for: encounter, number: number, .electronic, (0..<items).map { _ in item() }, to: "FH542")
  }

  @Test("A hundred clients in four nations issue one number: it is issued once")
  func race() async throws {
    let ward = Ward()
    var encounters: [ResourceID] = []
    for (nation, code) in zip(Nation.allCases, ["X26", "SN924", "7A1AU", "ZT001"]) {
      encounters.append(try await ward.openCall(at: service(nation, code)).encounter.id)
    }
    let opened = encounters
    let outcomes = await withTaskGroup(of: EncounterError?.self) { group in
      for client in 0..<100 {
        group.addTask { await ward.attempt(Self.issue(opened[client % 4], items: 1 + client % 4)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == nil } == 1)
    for error in outcomes.compactMap({ $0 }) {
      #expect(error.code == .duplicate)
      #expect(error.rule == 3)
    }
    let items = try await ward.store.prescription("24F5DA-A83008-7EFE6Z", .electronic)
    #expect((1...4).contains(items.count))
    #expect(Set(items.map(\.request)).count == 1)
    #expect(try await ward.store.check().faultCount == 0)
  }

  @Test("Token and form alike: status, items by pharmacy, and one way of writing a number")
  func lifeCycle() async throws {
    let ward = Ward()
    let encounter = try await ward.openCall().encounter.id
    let token = try await ward.run(Self.issue(encounter, items: 2))
    let paper = try await ward.run(
      IssuePrescription(for: encounter, number: "4711", .paper, [Self.item()], to: nil), at: Ward.morning.minutes(1))
    #expect(token.resources.map(\.type) == ["MedicationRequest", "MedicationRequest", "Communication"])
    #expect(paper.resources.map(\.type) == ["MedicationRequest"])
    #expect(try await ward.refusal(of: Self.issue(encounter, "24f5da a83008 7efe6z".replacing(" ", with: ""))).code == .duplicate)
    #expect(try await ward.refusal(of: IssuePrescription(for: encounter, number: "4711", .paper, [Self.item()], to: nil)).code == .duplicate)
    #expect(try await ward.store.prescription("24F5DA-A83008-7EFE6Z", .electronic).map(\.resource.form) == [.electronic, .electronic])
    #expect(try await ward.store.prescription("4711", .paper).map(\.resource.form) == [.paper])
    #expect(try await ward.store.prescription("24F5DA-A83008-7EFE6Z", .paper).isEmpty)
    let listed = try await ward.store.prescriptions(forPharmacy: "FH542", issuedIn: .england)
    #expect(Set(listed.map(\.item)) == Set(token.resources.prefix(2).map(\.id)))
    #expect(listed.allSatisfy { $0.status == .active && $0.issued == Ward.morning })

    let first = token.resources[0].id
    try await ward.run(RecordDispense(first, by: "FH542", isWhole: false))
    #expect(try await ward.store.read(R4.MedicationRequest.self, first).resource.status == .active)
    // A prescription is taken back as a whole, and only while nothing of it was given out.
    #expect(try await ward.refusal(of: CancelPrescription(token.resources[1].id, reason: "?")).code == .invalidTransition)
    try await ward.run(RecordDispense(first, by: "FH542"))
    #expect(try await ward.refusal(of: RecordDispense(first, by: "FH542")).code == .invalidTransition)
    #expect(try await ward.refusal(of: CancelPrescription(token.resources[1].id, reason: "?")).code == .invalidTransition)
    try await ward.run(CancelPrescription(paper.resources[0].id, reason: "wrong strength"))
    // A number is used once, also when it was cancelled.
    #expect(try await ward.refusal(of: IssuePrescription(for: encounter, number: "4711", .paper, [Self.item()], to: nil)).code == .duplicate)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Cancelling takes back every item, and tells the electronic service")
  func cancelling() async throws {
    let ward = Ward()
    let encounter = try await ward.openCall().encounter.id
    let issued = try await ward.run(Self.issue(encounter, items: 3))
    let cancelled = try await ward.run(CancelPrescription(issued.resources[1].id, reason: "allergy"))
    #expect(cancelled.resources.map(\.type) == [String](repeating: "MedicationRequest", count: 3) + ["Communication"])
    let items = try await ward.store.prescription("24F5DA-A83008-7EFE6Z", .electronic)
    #expect(items.map(\.resource.status) == [.cancelled, .cancelled, .cancelled])
    let outbox = try await ward.store.outbox(.prescriptions, of: .england, before: Ward.morning.hours(1))
    #expect(outbox.count == 2)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("What is given is checked: number, pharmacy, items", arguments: [
    ("24F5DA-A83008-7EFE6Y", "FH542", 1, "number"), ("24F5DA-A83008", "FH542", 1, "number"),
    ("24F5DA-A83008-7EFE6Z", nil, 1, "pharmacy"), ("24F5DA-A83008-7EFE6Z", "fh542", 1, "pharmacy"),
    ("24F5DA-A83008-7EFE6Z", "FH542", 0, "items"), ("24F5DA-A83008-7EFE6Z", "FH542", 5, "items"),
  ])
  func arguments(_ number: String, _ pharmacy: String?, _ count: Int, _ path: String) async throws {
    let ward = Ward()
    let encounter = try await ward.openCall().encounter.id
    let operation = IssuePrescription(
      for: encounter, number: number, .electronic, (0..<count).map { _ in Self.item() }, to: pharmacy)
    let refusal = try await ward.refusal(of: operation)
    #expect(refusal.code == .invalid)
    #expect(refusal.path == path)
  }

  @Test("The outbox: claimed, put back, sent; a message has one id for ever, and a late sender may still say that it went out")
  func outbox() async throws {
    let ward = Ward()
    let encounter = try await ward.openCall().encounter.id
    let message = try await ward.run(Self.issue(encounter)).resources[1].id
    let at = Ward.morning.minutes(1)
    #expect(try await ward.store.outbox(.prescriptions, of: .england, before: at).map(\.message) == [message])
    let claim = try await ward.run(ClaimMessage(message, holder: "sender 1"), at: at)
    #expect(try await ward.refusal(of: ClaimMessage(message, holder: "sender 2"), at: at).code == .conflict)
    try await ward.run(PutBackMessage(message, lease: claim.lease, due: at.minutes(10)), at: at)
    #expect(try await ward.store.outbox(.prescriptions, of: .england, before: at.minutes(9)).isEmpty)
    let second = try await ward.run(ClaimMessage(message, holder: "sender 1", seconds: 5), at: at.minutes(10))
    let third = try await ward.run(ClaimMessage(message, holder: "sender 2"), at: at.minutes(11))
    #expect(third.lease == 3)
    #expect(try await ward.refusal(of: AcknowledgeMessage(message, lease: 4), at: at.minutes(11)).code == .leaseLost)
    try await ward.run(AcknowledgeMessage(message, lease: second.lease), at: at.minutes(11))
    #expect(try await ward.refusal(of: AcknowledgeMessage(message, lease: third.lease), at: at.minutes(11)).code == .invalidTransition)
    #expect(try await ward.store.outbox(.prescriptions, of: .england, before: at.hours(100)).isEmpty)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("The practice is told when an encounter ends, or it is said why not")
  func postEventMessage() async throws {
    let ward = Ward()
    let outcome = Coding(system: "http://snomed.info/sct", code: "182992009")
    let first = try await ward.openCall().encounter.id
    let second = try await ward.openCall().encounter.id
    #expect(try await ward.refusal(of: CloseEncounter(first, outcome: outcome, message: .send(to: []))).code == .invalid)
    #expect(try await ward.refusal(of: CloseEncounter(first, outcome: outcome, message: .suppressed(reason: ""))).code == .invalid)
    try await ward.run(CloseEncounter(first, outcome: outcome, message: .send(to: ["A83008", "X26"])))
    try await ward.run(CloseEncounter(second, outcome: outcome, message: .suppressed(reason: "Dx28")))
    let queued = try await ward.store.outbox(.postEvent, of: .england, before: Ward.morning.hours(1))
    #expect(queued.count == 1)
    let message = try await ward.store.read(R4.Communication.self, queued[0].message).resource
    #expect(message.encounter == first)
    #expect(message.json["recipient"]?.array?.count == 2)
    #expect(try await ward.store.check().faults.isEmpty)
  }
}
