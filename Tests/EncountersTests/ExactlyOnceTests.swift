import Base
import Encounters
import JSON
import Model
import QuartetClient
import QuartetTesting
import Synchronization
import Testing
import Wire

@Suite("Operations happen once")
struct ExactlyOnceTests {
  @Test("The same request again has no second effect and the first result")
  func repeats() async throws {
    let ward = Ward()
    let request = ward.request()
    let operation = OpenEncounter(at: Ward.service111, for: .new(R4.Patient(unknown: nil)), R4.Encounter(.virtual))
    let first = try await ward.store.perform(operation, as: request)
    let rows = ward.keyspace(.england).rows
    let again = try await ward.store.perform(operation, as: request)
    #expect(again.result == first.result)
    #expect(again.isRepeat)
    #expect(!first.isRepeat)
    #expect(ward.keyspace(.england).rows == rows)
  }

  @Test("The same request id with other arguments, or of another operation, is refused without effect")
  func reused() async throws {
    let ward = Ward()
    let request = ward.request()
    let opened = try await ward.store.perform(
      OpenEncounter(at: Ward.service111, for: .new(R4.Patient(unknown: nil)), R4.Encounter(.virtual)), as: request)
    let rows = ward.keyspace(.england).rows
    let other = OpenEncounter(at: Ward.service111, for: .new(R4.Patient(unknown: nil)), R4.Encounter(.emergency))
    await #expect(throws: EncounterError.self) { try await ward.store.perform(other, as: request) }
    do {
      _ = try await ward.store.perform(MoveEncounter(opened.result.encounter.id, .attend), as: request)
      Issue.record("a request id was used for two operations")
    } catch {
      #expect(error.code == .requestReused)
      #expect(error.outcome == .notApplied)
    }
    #expect(ward.keyspace(.england).rows == rows)
  }

  @Test("A transaction whose answer is lost is found by its record, whether it was applied or not", arguments: [true, false])
  func lostAnswers(isApplied: Bool) async throws {
    let ward = Ward()
    let losses = Atomic<Int>(0)
    ward.keyspace(.england).intercept { call in
      guard case .write = call, losses.wrappingAdd(1, ordering: .relaxed).newValue <= 3 else { return .normal }
      return isApplied ? .answerLost : .lost
    }
    let opened = try await ward.openCall()
    let history = try await ward.store.history(R4.Encounter.type, opened.encounter.id)
    #expect(history.count == 1)
    #expect(ward.keyspace(.england).rows.count { $0.key.bytes.starts(with: Array("rq/".utf8)) } == 1)
  }

  @Test("Another's write between reading and committing is never overwritten")
  func interference() async throws {
    let ward = Ward()
    let opened = try await ward.openCall(status: .arrived)
    let id = opened.encounter.id
    let once = Atomic<Bool>(true)
    ward.keyspace(.england).intercept { call in
      guard case .write = call, once.exchange(false, ordering: .relaxed) else { return .normal }
      _ = try? await ward.run(CancelEncounter(id, reason: "caller hung up"))
      return .normal
    }
    let refusal = try await ward.refusal(of: RecordTriage(id, R4.QuestionnaireResponse([("Awake?", "yes")])))
    #expect(refusal.code == .invalidTransition)
    #expect(try await ward.encounter(id).status == .cancelled)
  }

  @Test("A refusal rests on rows of one moment")
  func refusalOnOneRevision() async throws {
    let ward = Ward()
    let opened = try await ward.openCall()
    let id = opened.encounter.id
    let plan = R4.Schedule(dosService: "2000099999", "Walk-in centre")
    let published = try await ward.run(
      PublishSlots(at: .england, of: .new(plan), [SlotTimes(Ward.morning, Ward.morning.minutes(10))]))
    let slot = published.resources[1].id
    let appointment = try await ward.run(BookAppointment(slot, for: id)).id
    // Between the reading of the appointment and that of its slot the booking is cancelled: a mixture of the two would
    // show a booked appointment in a free slot.
    let once = Atomic<Bool>(true)
    ward.keyspace(.england).intercept { (call: MemoryKeyspace.Call) async -> MemoryKeyspace.Fate in
      guard case .read(.range(let query)) = call, query.range.start == Key("r/Slot/\(slot)"),
        once.exchange(false, ordering: .relaxed)
      else { return .normal }
      _ = try? await ward.run(CancelAppointment(appointment, reason: "no longer needed"))
      return .normal
    }
    let refusal = try await ward.refusal(of: CancelAppointment(appointment, reason: "again"))
    #expect(refusal.code == .invalidTransition)
    #expect(refusal.message.contains("cancelled"))
  }

  @Test("Two machines with one request: one effect, one result")
  func race() async throws {
    let ward = Ward()
    let opened = try await ward.openCall()
    for round in 0..<20 {
      let request = ward.request(at: Ward.morning.minutes(Int64(round)))
      let operation = RecordTriage(opened.encounter.id, R4.QuestionnaireResponse([("Round", "\(round)")]))
      let results = try await withThrowingTaskGroup(of: Arranged.self) { group in
        for _ in 0..<6 { group.addTask { try await ward.store.perform(operation, as: request).result } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(results).count == 1)
    }
    let everything = try await ward.store.everything(of: opened.encounter.id)
    #expect(everything.count { $0.type == R4.QuestionnaireResponse.type } == 20)
  }

  @Test("With the store silent the error says whether it may have been applied")
  func silence() async throws {
    let ward = Ward()
    // The first operation of all seals the keyspace.
    try await ward.openCall()
    let operation = OpenEncounter(at: Ward.service111, for: .new(R4.Patient(unknown: nil)), R4.Encounter(.virtual))
    ward.keyspace(.england).intercept { _ in .refused }
    let refused = try await ward.refusal(of: operation)
    #expect(refused.code == .unavailable)
    #expect(refused.outcome == .notApplied)

    // The transaction goes out, and from then on nobody answers.
    let isCut = Atomic<Bool>(false)
    ward.keyspace(.england).intercept { call in
      if isCut.load(ordering: .relaxed) { return .refused }
      guard case .write = call else { return .normal }
      isCut.store(true, ordering: .relaxed)
      return .answerLost
    }
    let request = ward.request()
    do {
      _ = try await ward.store.perform(operation, as: request)
      Issue.record("an answer of a silent store")
    } catch {
      #expect(error.outcome == .unknown)
    }
    ward.keyspace(.england).intercept(nil)
    let settled = try await ward.store.perform(operation, as: request)
    #expect(settled.isRepeat)
  }

  @Test("An expected version that has passed is a conflict; the current one is accepted once")
  func expectedVersions() async throws {
    let ward = Ward()
    let opened = try await ward.openCall(status: .planned)
    let id = opened.encounter.id
    try await ward.run(MoveEncounter(id, .arrive), expecting: 1)
    let stale = try await ward.refusal(of: MoveEncounter(id, .attend), expecting: 1)
    #expect(stale.code == .conflict)
    #expect(stale.about == ["Encounter/\(id)"])
    #expect(try await ward.run(MoveEncounter(id, .attend), expecting: 2).version == 3)
  }

  @Test("A nation whose nodes are silent holds up no call; the answer says who was not asked")
  func cutNation() async throws {
    let ward = Ward()
    ward.keyspace(.wales).intercept { _ in .refused }
    let patient = R4.Patient(number("9434765919"), isVerified: true)
    let opened = try await ward.openCall(of: .new(patient))
    #expect(opened.repeatCaller.unheard == [.wales])
    #expect(opened.repeatCaller.answer == .no)
  }
}
