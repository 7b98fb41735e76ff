import Base
import Encounters
import Identifiers
import JSON
import Model
import QuartetClient
import QuartetTesting
import Synchronization
import Testing

@Suite("Patients and their numbers")
struct PatientTests {
  private static let nhs = number("9434765919")
  private static let chi = number("2902201230")
  private static let hc = number("3200000015")

  @Test("A verified number has one active patient, whichever nations the two services are of", arguments: Nation.allCases)
  func uniqueness(_ other: Nation) async throws {
    for number in [Self.nhs, Self.chi, Self.hc] {
      let ward = Ward()
      let first = try await ward.run(RegisterPatient(at: .wales, R4.Patient(number, isVerified: true)))
      let refusal = try await ward.refusal(of: RegisterPatient(at: other, R4.Patient(number, isVerified: true)))
      #expect(refusal.code == .duplicate)
      #expect(refusal.rule == 10)
      #expect(refusal.about == [first.reference])
      // What was not verified is nobody's yet.
      try await ward.run(RegisterPatient(at: other, R4.Patient(number, isVerified: false)))
      #expect(try await ward.store.check().faults.isEmpty)
    }
  }

  @Test("A hundred services that register one number at once: one does")
  func race() async throws {
    let ward = Ward()
    let outcomes = await withTaskGroup(of: EncounterError?.self) { group in
      for place in 0..<100 {
        group.addTask {
          let nation = Nation.allCases[place % 4]
          return await ward.attempt(RegisterPatient(at: nation, R4.Patient(Self.chi, isVerified: true)))
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(outcomes.compactMap { $0?.code }.allSatisfy { $0 == .duplicate })
    let found = try await ward.store.findPatients(Self.chi)
    #expect(found.patients.count == 1)
    #expect(try await ward.store.check().faultCount == 0)
  }

  @Test("A process that dies between claim and record: the retry completes it; another is told who has the number")
  func diedInBetween() async throws {
    let ward = Ward()
    ward.keyspace(.scotland).intercept { call in
      if case .write = call { .refused } else { .normal }
    }
    // A Scottish service registers an English number: the claim goes to England, the record is never written.
    let request = ward.request()
    let operation = RegisterPatient(at: .scotland, R4.Patient(Self.nhs, isVerified: true))
    await #expect(throws: EncounterError.self) { try await ward.store.perform(operation, as: request) }
    ward.keyspace(.scotland).intercept(nil)

    let refusal = try await ward.refusal(of: RegisterPatient(at: .wales, R4.Patient(Self.nhs, isVerified: true)))
    #expect(refusal.code == .duplicate)
    let later = Ward.morning.hours(2)
    try await ward.openCall(on: later)
    let report = try await ward.store.check()
    #expect(report.isClean)
    #expect(report.faults.map(\.rule) == [10])
    #expect(report.noteCount == 1)

    let completed = try await ward.store.perform(operation, as: request)
    #expect(refusal.about == [completed.result.reference])
    #expect(try await ward.store.check().noteCount == 0)
  }

  @Test("A claim whose record never came to be can be released; the late transaction of its process is refused")
  func release() async throws {
    let ward = Ward()
    let request = ward.request()
    let operation = RegisterPatient(at: .scotland, R4.Patient(Self.nhs, isVerified: true))
    // The process stops right before its transaction; meanwhile the claim is released and another registers the number.
    let once = Atomic<Bool>(true)
    ward.keyspace(.scotland).intercept { call in
      guard case .write(.transaction(let transaction)) = call, transaction.success.count > 2,
        once.exchange(false, ordering: .relaxed)
      else { return .normal }
      do {
        let isReleased = try await ward.store.releaseClaim(on: Self.nhs)
        #expect(isReleased)
        try await ward.run(RegisterPatient(at: .wales, R4.Patient(Self.nhs, isVerified: true)))
      } catch {
        Issue.record("\(error)")
      }
      return .normal
    }
    do {
      _ = try await ward.store.perform(operation, as: request)
      Issue.record("two records of one number")
    } catch {
      #expect(error.code == .conflict || error.code == .duplicate)
    }
    let found = try await ward.store.findPatients(Self.nhs)
    #expect(found.patients.map(\.patient.home) == [.wales])
    #expect(try await ward.store.check().faultCount == 0)
    // Of a number that an active record has nothing is released.
    await #expect(throws: EncounterError.self) { try await ward.store.releaseClaim(on: Self.nhs) }
    #expect(try await ward.store.releaseClaim(on: Self.hc) == false)
  }

  @Test("A number amended away stays the record's until it is released")
  func amended() async throws {
    let ward = Ward()
    let first = try await ward.run(RegisterPatient(at: .england, R4.Patient(Self.nhs, isVerified: true)))
    try await ward.run(AmendPatient(first.id, to: R4.Patient(Demographics(given: "Elowen"))))
    let second = RegisterPatient(at: .wales, R4.Patient(Self.nhs, isVerified: true))
    #expect(try await ward.refusal(of: second).code == .duplicate)
    #expect(try await ward.store.releaseClaim(on: Self.nhs))
    try await ward.run(second)
    #expect(try await ward.store.check().faultCount == 0)
  }

  @Test("A number that fails the rules of its scheme is refused, and the message says where and why, not what")
  func invalidNumbers() async throws {
    let ward = Ward()
    var patient = R4.Patient(Self.nhs, isVerified: true)
    patient.json.setMember(
      "identifier", to: [["system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765918"]])
    let refusal = try await ward.refusal(of: RegisterPatient(at: .england, patient))
    #expect(refusal.code == .invalid)
    #expect(refusal.path == "Patient.identifier[0].value")
    #expect(refusal.message.contains("check digit"))
    #expect(!refusal.description.contains("9434765918"))
    #expect(ward.keyspace(.england).rows.isEmpty)
  }

  @Test("No key, no error and no fault gives away a number, a name or a postcode")
  func secrecy() async throws {
    let ward = Ward()
    let person = Demographics(
      given: "Gwenda", family: "Llanfiction", birthDate: "1961-04-12", gender: "female", postcode: "ZZ99 9ZZ")
    let patient = try await ward.run(RegisterPatient(at: .wales, R4.Patient(Self.nhs, isVerified: true, person)))
    try await ward.openCall(of: .patient(patient.id))
    for keyspace in ward.keyspaces {
      for row in keyspace.rows {
        let key = String(decoding: row.key.bytes, as: UTF8.self)
        for secret in ["9434765919", "Gwenda", "gwenda", "Llanfiction", "1961", "ZZ99"] {
          #expect(!key.contains(secret))
        }
      }
    }
  }

  @Test("Patients are found by number across all nations, with a revision for each, and by three of five demographics")
  func finding() async throws {
    let ward = Ward()
    let person = Demographics(
      given: "Gwenda", family: "Llanfiction", birthDate: "1961-04-12", gender: "female", postcode: "ZZ99 9ZZ")
    let patient = try await ward.run(RegisterPatient(at: .wales, R4.Patient(Self.nhs, isVerified: true, person))).id
    let found = try await ward.store.findPatients(number("943 476 5919"))
    #expect(found.patients.map(\.patient) == [patient])
    #expect(found.patients.first?.isVerified == true)
    #expect(found.revisions.map(\.nation) == Nation.allCases)
    #expect(found.revisions[2].revision > found.revisions[1].revision)

    // Every way in which three of the five agree.
    for mask in 0..<32 {
      let guess = Demographics(
        given: mask & 1 > 0 ? "gwenda" : "Hester", family: mask & 2 > 0 ? "LLANFICTION" : "Dummond",
        birthDate: mask & 4 > 0 ? "1961-04-12" : "1990-01-01", gender: mask & 8 > 0 ? "female" : "male",
        postcode: mask & 16 > 0 ? "zz999zz" : "AA1 1AA")
      let matches = try await ward.store.matchPatients(guess).patients
      let agreement = mask.nonzeroBitCount
      #expect(matches.map(\.patient) == (agreement >= 3 ? [patient] : []), "\(mask)")
      if agreement >= 3 { #expect(matches.first?.agreement == agreement) }
    }
  }

  @Test("A merged record points to its survivor and is used for nothing new")
  func merging() async throws {
    let ward = Ward()
    let survivor = try await ward.run(RegisterPatient(at: .england, R4.Patient(Self.nhs, isVerified: true)))
    let duplicate = try await ward.run(RegisterPatient(at: .scotland, R4.Patient(Self.chi, isVerified: true)))
    try await ward.run(MergePatients(duplicate.id, into: survivor.id))
    let merged = try await ward.store.read(R4.Patient.self, duplicate.id).resource
    #expect(!merged.isActive)
    #expect(merged.replacedBy == survivor.id)
    let refusal = try await ward.refusal(
      of: OpenEncounter(at: Ward.service111, for: .patient(duplicate.id), R4.Encounter(.virtual)))
    #expect(refusal.code == .conflict)
    #expect(refusal.about == [survivor.reference])
    #expect(try await ward.refusal(of: MergePatients(duplicate.id, into: survivor.id)).code == .invalidTransition)
    #expect(try await ward.refusal(of: MergePatients(survivor.id, into: duplicate.id)).code == .conflict)
    #expect(try await ward.refusal(of: MergePatients(survivor.id, into: survivor.id)).code == .invalid)
    // The number stays with the person.
    let again = try await ward.refusal(of: RegisterPatient(at: .scotland, R4.Patient(Self.chi, isVerified: true)))
    #expect(again.about == [duplicate.reference])
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("An encounter opened for somebody unknown is linked to the patient, with everything that is still to be done")
  func linking() async throws {
    let ward = Ward()
    let (encounter, task) = try await ward.openIncident()
    let placeholder = try #require(try await ward.encounter(encounter).patient)
    let patient = try await ward.run(RegisterPatient(at: .wales, R4.Patient(Self.nhs, isVerified: true))).id
    let linked = try await ward.run(LinkPatient(patient, to: encounter))
    #expect(linked.patient == patient)
    #expect(try await ward.encounter(encounter).patient == patient)
    #expect(try await ward.task(task).patient == patient)
    #expect(try await ward.store.read(R4.Patient.self, placeholder).resource.replacedBy == patient)
    #expect(try await ward.store.encounters(of: patient).map(\.encounter) == [encounter])
    // Somebody identified is not exchanged for somebody else.
    let other = try await ward.run(RegisterPatient(at: .scotland, R4.Patient(Self.chi, isVerified: true))).id
    let localPatient = try await ward.run(RegisterPatient(at: .england, R4.Patient(Self.hc, isVerified: true))).id
    #expect(try await ward.refusal(of: LinkPatient(other, to: encounter)).code == .conflict)
    let second = try await ward.openCall(of: .patient(localPatient)).encounter.id
    #expect(try await ward.refusal(of: LinkPatient(other, to: second)).code == .conflict)
    #expect(try await ward.store.check().faults.isEmpty)
  }
}
