import Base
import Encounters
import Identifiers
import JSON
import QuartetTesting
import Testing

@Suite("Repeat callers")
struct RepeatCallerTests {
  private static let person = Demographics(
    given: "Gwenda", family: "Llanfiction", birthDate: "1961-04-12", gender: "female", postcode: "ZZ99 9ZZ")

  @Test("The third call of a verified number in 96 h is YES, with the calls before; the second is NO")
  func thirdCall() async throws {
    let ward = Ward()
    let patient = try await ward.run(RegisterPatient(at: .wales, R4.Patient(number("9434765919"), isVerified: true))).id
    let wales = service(.wales, "7A1AU")
    let first = try await ward.openCall(at: wales, of: .patient(patient))
    let second = try await ward.openCall(of: .patient(patient), on: Ward.morning.hours(20))
    let third = try await ward.openCall(at: service(.scotland, "SN924"), of: .patient(patient), on: Ward.morning.hours(95))
    #expect(first.repeatCaller.answer == .no)
    #expect(second.repeatCaller.answer == .no)
    #expect(second.repeatCaller.earlier == [first.encounter.id])
    #expect(third.repeatCaller.answer == .yes)
    #expect(third.repeatCaller.earlier == [second.encounter.id, first.encounter.id])
    #expect(try await ward.encounter(third.encounter.id).repeatCaller == .yes)
    let checked = try await ward.store.checkRepeatCaller(patient, at: Ward.morning.hours(95))
    #expect(checked.earlier == [third.encounter.id, second.encounter.id, first.encounter.id])
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A call counts for 96 h and not longer")
  func window() async throws {
    let ward = Ward()
    let patient = try await ward.run(RegisterPatient(at: .england, R4.Patient(number("9434765919"), isVerified: true))).id
    let hours: [Int64] = [0, 1, 96, 97]
    var answers: [RepeatCaller.Answer] = []
    for hour in hours {
      answers.append(try await ward.openCall(of: .patient(patient), on: Ward.morning.hours(hour)).repeatCaller.answer)
    }
    // At 96 h the call of hour 0 no longer counts, at 97 h that of hour 1.
    #expect(answers == [.no, .no, .no, .no])
    let fifth = try await ward.openCall(of: .patient(patient), on: Ward.morning.hours(98))
    #expect(fifth.repeatCaller.answer == .yes)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Without a number four of five demographics are YES, three are PARTIAL, two are NO", arguments: 0..<32)
  func demographics(_ mask: Int) async throws {
    let ward = Ward()
    for hour in Int64(0)..<2 {
      try await ward.openCall(of: .new(R4.Patient(Self.person)), on: Ward.morning.hours(hour))
    }
    let caller = Demographics(
      given: mask & 1 > 0 ? "GWENDA" : "Hester", family: mask & 2 > 0 ? "Llan-fiction" : nil,
      birthDate: mask & 4 > 0 ? "1961-04-12" : "1990-01-01", gender: mask & 8 > 0 ? "female" : "male",
      postcode: mask & 16 > 0 ? "zz999zz" : "AA1 1AA")
    let verdict = try await ward.openCall(of: .new(R4.Patient(caller)), on: Ward.morning.hours(2)).repeatCaller
    let agreement = mask.nonzeroBitCount
    #expect(verdict.answer == (agreement >= 4 ? .yes : agreement == 3 ? .partial : .no))
    #expect(verdict.earlier.count == (agreement >= 3 ? 2 : 0))
  }

  @Test("One certain and one possible call before are PARTIAL")
  func mixture() async throws {
    let ward = Ward()
    try await ward.openCall(of: .new(R4.Patient(Self.person)))
    var other = Self.person
    other.given = "Hester"
    other.postcode = nil
    try await ward.openCall(of: .new(R4.Patient(other)), on: Ward.morning.hours(1))
    let verdict = try await ward.openCall(of: .new(R4.Patient(Self.person)), on: Ward.morning.hours(2)).repeatCaller
    #expect(verdict.answer == .partial)
    #expect(verdict.earlier.count == 2)
  }

  @Test("Two people with verified numbers are two people, however alike: twins in one house")
  func twins() async throws {
    let ward = Ward()
    let twins = ["9434765919", "9434765870"].map { R4.Patient(number($0), isVerified: true, Self.person) }
    var ids: [ResourceID] = []
    for twin in twins { ids.append(try await ward.run(RegisterPatient(at: .england, twin)).id) }
    for hour in Int64(0)..<3 { try await ward.openCall(of: .patient(ids[0]), on: Ward.morning.hours(hour)) }
    let other = try await ward.openCall(of: .patient(ids[1]), on: Ward.morning.hours(3))
    #expect(other.repeatCaller.answer == .no)
    #expect(other.repeatCaller.earlier.isEmpty)
    // Without the number nobody can tell which of them it is.
    let unverified = try await ward.openCall(of: .new(R4.Patient(Self.person)), on: Ward.morning.hours(4))
    #expect(unverified.repeatCaller.answer == .yes)
  }

  @Test("Identifying the third caller makes it a repeat call, and raises what was set too low")
  func identifiedLate() async throws {
    let ward = Ward()
    let patient = try await ward.run(RegisterPatient(at: .england, R4.Patient(number("9434765919"), isVerified: true))).id
    for hour in Int64(0)..<2 { try await ward.openCall(of: .patient(patient), on: Ward.morning.hours(hour)) }
    let third = try await ward.openCall(on: Ward.morning.hours(3))
    #expect(third.repeatCaller.answer == .no)
    try await ward.run(
      SetDisposition(
        third.encounter.id, Coding(system: Vocabulary.pathwaysDisposition, code: "Dx38"), priority: Priority(.selfCare)))
    let callback = try await ward.run(
      RequestCallback(for: third.encounter.id, by: service(.england, "CAS01"), Priority(.routine)))
    let linked = try await ward.run(LinkPatient(patient, to: third.encounter.id), at: Ward.morning.hours(3))
    #expect(linked.repeatCaller.answer == .yes)
    #expect(try await ward.encounter(third.encounter.id).rank == Priority.clinicianCallbackRank)
    #expect(try await ward.task(#require(callback.task)).rank == Priority.clinicianCallbackRank)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A repeat caller is given a clinician's callback at least; a higher priority stays")
  func raised() async throws {
    let ward = Ward()
    let patient = try await ward.run(RegisterPatient(at: .england, R4.Patient(number("9434765919"), isVerified: true))).id
    for hour in Int64(0)..<2 { try await ward.openCall(of: .patient(patient), on: Ward.morning.hours(hour)) }
    let third = try await ward.openCall(of: .patient(patient), on: Ward.morning.hours(2)).encounter.id
    let dx = Coding(system: Vocabulary.pathwaysDisposition, code: "Dx38")
    let low = try await ward.run(SetDisposition(third, dx, priority: Priority(.selfCare)))
    #expect(low.wasRaised)
    #expect(low.rank == Priority.clinicianCallbackRank)
    let high = try await ward.run(SetDisposition(third, dx, priority: Priority(.callbackWithin20Minutes)))
    #expect(!high.wasRaised)
    #expect(high.rank == 3)
    let first = try await ward.openCall().encounter.id
    let other = try await ward.run(SetDisposition(first, dx, priority: Priority(.selfCare)))
    #expect(other.rank == 9)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Of two calls at the same moment one sees the other")
  func atOnce() async throws {
    let ward = Ward()
    let patient = try await ward.run(RegisterPatient(at: .england, R4.Patient(number("9434765919"), isVerified: true))).id
    try await ward.openCall(of: .patient(patient))
    let calls = try await withThrowingTaskGroup(of: Opened.self) { group in
      for _ in 0..<10 {
        group.addTask { try await ward.openCall(of: .patient(patient), on: Ward.morning.hours(1)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    // Each saw another number of calls before it: there was an order.
    #expect(calls.map { $0.repeatCaller.earlier.count }.sorted() == Array(1...10))
    #expect(calls.count { $0.repeatCaller.answer == .yes } == 9)
  }

  @Test("A call entered in error, and the second record of one incident, do not count")
  func notCounted() async throws {
    let ward = Ward()
    let patient = try await ward.run(RegisterPatient(at: .england, R4.Patient(number("9434765919"), isVerified: true))).id
    let first = try await ward.openCall(of: .patient(patient)).encounter.id
    let second = try await ward.openCall(of: .patient(patient)).encounter.id
    let third = try await ward.openCall(of: .patient(patient)).encounter.id
    try await ward.run(MarkEnteredInError(second, reason: "test call"))
    try await ward.run(CancelEncounter(third, reason: "same incident", duplicateOf: first))
    let fourth = try await ward.openCall(of: .patient(patient))
    #expect(fourth.repeatCaller.earlier == [first])
    #expect(fourth.repeatCaller.answer == .no)
    #expect(try await ward.store.check().faults.isEmpty)
  }
}
