import Base
import Encounters
import Identifiers
import JSON
import QuartetTesting
import Testing

@Suite("Scenarios, told from beginning to end")
struct CategoryOneScenario {
  @Test("A Category 1 incident, from an unknown caller to an identified patient to hospital")
  func incident() async throws {
    let ward = Ward()
    let trust = Ward.ambulance
    let start = instant("2026-01-10T22:14:05Z")
    func at(_ seconds: Int64) -> Instant { start.adding(seconds: seconds) }

    // A passer-by rings 999: somebody has collapsed at the bandstand. Nobody knows who it is.
    let caller = Caller(name: "a passer-by", phone: "07700900123", relationship: "Third party")
    let opened = try await ward.run(
      OpenEncounter(at: trust, for: .new(R4.Patient(unknown: caller)), R4.Encounter(.emergency), status: .inProgress),
      at: at(0))
    let incident = opened.encounter.id
    #expect(opened.repeatCaller.answer == .no)

    // Not breathing normally: Category 1, at once, while the triage goes on.
    let dispatch = try await ward.run(
      RequestAmbulance(
        for: incident, from: trust, priority(.england, "C2"), at: R4.Location("by the bandstand", postcode: "ZZ99 3CZ")),
      at: at(30))
    let task = try #require(dispatch.task)
    try await ward.run(
      RecordTriage(incident, R4.QuestionnaireResponse([("Is the person breathing normally?", "no")])), at: at(40))
    try await ward.run(UpgradePriority(of: task, to: priority(.england, "C1"), reason: "not breathing normally"), at: at(42))

    // A second caller reports the same. It is one incident, one ambulance.
    let second = try await ward.openCall(at: trust, on: at(50)).encounter.id
    try await ward.run(CancelEncounter(second, reason: "same incident", duplicateOf: incident), at: at(70))
    let again = try await ward.run(
      RequestAmbulance(for: incident, from: trust, priority(.england, "C1"), at: R4.Location("the park")), at: at(71))
    #expect(again.wasMerged)

    // It heads the queue, and has seven minutes from the first request.
    let head = try #require(try await ward.store.dispatchQueue(of: trust).first)
    #expect(head.task == task)
    #expect(head.priorityCode == "C1")
    #expect(head.deadline == at(30 + 420))
    #expect(try await ward.store.breaching(before: at(600), of: trust).map(\.task) == [task])

    // Desk 4 takes it and sends A1; a response car helps. Desk 7 reached for it a moment later.
    let claim = try await ward.run(ClaimTask(task, holder: "desk 4"), at: at(75))
    #expect(try await ward.refusal(of: ClaimTask(task, holder: "desk 7"), at: at(75)).code == .conflict)
    try await ward.run(AllocateUnit(unit("A1"), to: task, lease: claim.lease), at: at(78))
    try await ward.run(AllocateUnit(unit("RRV2"), to: task, as: .support, lease: nil), at: at(80))
    #expect(try await ward.store.dispatchQueue(of: trust).isEmpty)
    try await ward.run(
      SetDisposition(
        incident, Coding(system: Vocabulary.pathwaysDisposition, code: "Dx010"), priority: priority(.england, "C1")),
      at: at(90))
    #expect(try await ward.encounter(incident).status == .triaged)
    try await ward.run(UpdateUnitStatus(unit("A1"), on: task, .mobile), at: at(95))
    try await ward.run(UpdateUnitStatus(unit("RRV2"), on: task, .onScene), at: at(240))
    try await ward.run(UpdateUnitStatus(unit("A1"), on: task, .onScene), at: at(300))
    #expect(try await ward.encounter(incident).status == .inProgress)

    // The crew finds a name, and the number is traced: she is on record in Wales.
    let known = try await ward.run(
      RegisterPatient(
        at: .wales,
        R4.Patient(
          number("9434765919"), isVerified: true,
          Demographics(given: "Gwenda", family: "Llanfiction", birthDate: "1961-04-12", gender: "female"))))
    let found = try await ward.store.findPatients(number("943 476 5919"))
    #expect(found.patients.map(\.patient) == [known.id])
    try await ward.run(LinkPatient(known.id, to: incident), at: at(900))
    #expect(try await ward.task(task).patient == known.id)

    // To hospital, and both units are free.
    try await ward.run(UpdateUnitStatus(unit("RRV2"), on: task, .clear), at: at(1_000))
    for (status, seconds) in [(UnitStatus.conveying, 1_200), (.atHospital, 1_900), (.clear, 3_000)] {
      #expect(try await ward.store.task(of: unit("A1")) == task)
      try await ward.run(UpdateUnitStatus(unit("A1"), on: task, status), at: at(Int64(seconds)))
    }
    #expect(try await ward.store.task(of: unit("A1")) == nil)
    try await ward.run(
      CloseEncounter(
        incident, outcome: Coding(system: "http://snomed.info/sct", code: "19712007", display: "Patient transfer"),
        message: .send(to: ["W97003"])),
      at: at(3_100))

    // What remains: one record in order, a message to the practice, and a history without a gap.
    let record = try await ward.store.everything(of: incident)
    #expect(
      record.map(\.type) == [
        "Encounter", "Patient", "Communication", "QuestionnaireResponse", "ServiceRequest", "Task",
      ])
    #expect(try await ward.store.encounters(of: known.id).map(\.encounter) == [incident])
    let statuses = try await ward.encounter(incident).json["statusHistory"]?.array?.compactMap { $0["status"]?.string }
    #expect(statuses == ["in-progress", "triaged", "in-progress"])
    // Asked for, upgraded, claimed, two units sent, five steps of the one and two of the other, the patient named.
    let versions = try await ward.store.history("Task", task).map(\.version)
    #expect(versions == (1...13).reversed())
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A patient on record in Wales rings 111 in England three times in four days")
  func knownInWales() async throws {
    let ward = Ward()
    // Her record was made by 111 Wales, where she rang on Thursday.
    let thursday = instant("2026-01-08T19:00:00Z")
    let wales = service(.wales, "7A1AU")
    let mine = R4.Patient(
      number("9434765919"), isVerified: true,
      Demographics(
        given: "Gwenda", family: "Llanfiction", birthDate: "1961-04-12", gender: "female", postcode: "ZZ99 9ZZ"))
    let first = try await ward.run(
      OpenEncounter(at: wales, for: .new(mine), R4.Encounter(.virtual), status: .inProgress), at: thursday)
    #expect(first.patient.home == .wales)

    // On Friday, visiting her sister, she rings 111 in England; her number is traced, her record found.
    let found = try await ward.store.findPatients(number("9434765919"))
    let patient = try #require(found.patients.first).patient
    #expect(patient == first.patient)
    let second = try await ward.openCall(of: .patient(patient), on: thursday.hours(26))
    #expect(second.encounter.id.home == .england)
    #expect(second.repeatCaller.answer == .no)
    #expect(second.repeatCaller.earlier == [first.encounter.id])

    // On Sunday she rings again. It is the third call within 96 hours: whatever the triage says, a clinician will call.
    let third = try await ward.openCall(of: .patient(patient), on: thursday.hours(70))
    #expect(third.repeatCaller.answer == .yes)
    #expect(third.repeatCaller.earlier == [second.encounter.id, first.encounter.id])
    let disposed = try await ward.run(
      SetDisposition(
        third.encounter.id, Coding(system: Vocabulary.pathwaysDisposition, code: "Dx38", display: "Home care"),
        priority: Priority(.selfCare)),
      at: thursday.hours(71))
    #expect(disposed.wasRaised)
    #expect(disposed.rank == Priority.clinicianCallbackRank)

    // Her calls stand in one list, wherever they were taken.
    #expect(
      try await ward.store.encounters(of: patient).map(\.encounter) == [third, second, first].map(\.encounter.id))
    #expect(try await ward.store.check().faults.isEmpty)
  }
}
