import Base
import Encounters
import Identifiers
import JSON
import QuartetClient
import QuartetTesting
import Testing

/// Working with `QuartetEncounters`: four small services, one after the other. Read it from the top; it compiles and runs.
///
/// Connect once, and keep the store for the life of the process:
/// ```
/// let client = try QuartetClient(nodes: ["10.1.0.4:7401", "10.2.0.4:7401"])
/// let store = EncounterStore(client)
/// ```
@Suite("Tutorial")
struct Tutorial {
  // MARK: 1. A 111 service

  /// Takes calls. Everything it does is an operation given to `perform`, with a ``Request`` that says who asks, when it
  /// happened, and under which id. The id is what makes it safe: send the same operation under the same id as often as
  /// you like, from wherever you like, and it happens once. Keep the id until you have an answer.
  struct UrgentCareService<Store: KeyValueStore> {
    let store: EncounterStore<Store>
    let service: Service
    let agent: Agent

    func request(at: Instant, id: Identifier = .random()) -> Request { Request(id, by: agent, at: at) }

    /// The call is answered: is the caller known, and have they called before?
    func answer(_ number: PatientNumber, at: Instant) async throws -> Opened {
      // Records of all four nations are searched at once.
      let found = try await store.findPatients(number)
      let subject: OpenEncounter.Subject =
        if let match = found.patients.first { .patient(match.patient) } else { .new(R4.Patient(number, isVerified: true)) }
      let open = OpenEncounter(at: service, for: subject, R4.Encounter(.virtual), status: .inProgress)
      return try await store.perform(open, as: request(at: at)).result
    }

    /// Each save replaces the one before; every version can be read later.
    func triage(_ encounter: ResourceID, at: Instant) async throws {
      var answers = [("Is the person awake?", "yes")]
      let first = try await store.perform(
        RecordTriage(encounter, R4.QuestionnaireResponse(answers)), as: request(at: at))
      answers.append(("Is breathing harder than usual?", "no"))
      try await store.perform(
        RecordTriage(encounter, R4.QuestionnaireResponse(answers), replacing: first.result.made["response"]?.id),
        as: request(at: at.adding(seconds: 60)))
    }

    /// The triage ended with a callback by a clinician within the hour.
    func sendToClinician(_ encounter: ResourceID, _ provider: Service, at: Instant) async throws -> ResourceID? {
      let dx = Coding(system: Vocabulary.pathwaysDisposition, code: "Dx34", display: "Speak to clinician, 1 hour")
      let urgency = Priority(.callbackWithin1Hour)
      try await store.perform(SetDisposition(encounter, dx, priority: urgency), as: request(at: at))
      let arranged = try await store.perform(
        RequestCallback(for: encounter, by: provider, urgency), as: request(at: at))
      return arranged.result.task
    }

    /// Nothing is left to do: the practice is told, through the outbox.
    func close(_ encounter: ResourceID, practice: String, at: Instant) async throws {
      let outcome = Coding(system: "http://snomed.info/sct", code: "182992009", display: "Treatment completed")
      try await store.perform(
        CloseEncounter(encounter, outcome: outcome, message: .send(to: [practice])), as: request(at: at))
    }
  }

  // MARK: 2. A dispatch desk

  /// Watches one queue and sends units. Claims keep desks out of each other's way: of fifty that reach for the same task
  /// one gets it, and the others are told to take the next.
  struct DispatchDesk<Store: KeyValueStore> {
    let store: EncounterStore<Store>
    let service: Service
    let name: String
    let agent: Agent

    /// Sends the unit to the most urgent task that nobody has claimed; nil when there is none.
    func send(_ unit: Encounters.Unit, at: Instant) async throws -> ResourceID? {
      for item in try await store.dispatchQueue(of: service) where item.isFree(at: at) {
        do {
          let claim = try await store.perform(ClaimTask(item.task, holder: name), as: Request(by: agent, at: at))
          try await store.perform(
            AllocateUnit(unit, to: item.task, lease: claim.result.lease), as: Request(by: agent, at: at))
          return item.task
        } catch {
          // Another desk was faster: the next task, then. Anything else is not for the desk to settle.
          guard error.code == .conflict || error.code == .invalidTransition else { throw error }
        }
      }
      return nil
    }

    func report(_ unit: Encounters.Unit, on task: ResourceID, _ status: UnitStatus, at: Instant) async throws {
      try await store.perform(UpdateUnitStatus(unit, on: task, status), as: Request(by: agent, at: at))
    }
  }

  // MARK: 3. A prescribing service

  /// Issues prescriptions, each once. When the answer to a call does not come, it does not guess: it sends the same request
  /// again until it knows.
  struct PrescribingService<Store: KeyValueStore> {
    let store: EncounterStore<Store>
    let agent: Agent

    func issue(
      _ number: PrescriptionNumber, for encounter: ResourceID, to pharmacy: String, at: Instant
    ) async throws -> Written {
      let item = R4.MedicationRequest(
        Coding(system: "https://dmd.nhs.uk", code: "322236009", display: "Paracetamol 500mg tablets"),
        dosage: "one or two, up to four times a day")
      let operation = IssuePrescription(for: encounter, number: number.text, .electronic, [item], to: pharmacy)
      // Write the id down before the first try: whoever finds it there after a crash asks again.
      let request = Request(by: agent, at: at)
      while true {
        do {
          return try await store.perform(operation, as: request).result
        } catch {
          // Whatever leaves the outcome open is asked again, until it is known: a refusal too, where an earlier try may
          // still have been applied. Asking again is right either way, as it is the same request.
          guard error.outcome == .unknown || error.code == .unavailable || error.code == .deadline else { throw error }
          try await Swift.Task.sleep(for: .milliseconds(20))
        }
      }
    }
  }

  // MARK: 4. A booking service

  /// Opens and books times. A slot is busy exactly when it has an appointment, whoever races for it.
  struct BookingService<Store: KeyValueStore> {
    let store: EncounterStore<Store>
    let nation: Nation
    let dosService: String
    let agent: Agent

    func open(from start: Instant, count: Int) async throws {
      let times = (0..<count).map { place in
        SlotTimes(start.adding(seconds: Int64(place) * 600), start.adding(seconds: Int64(place + 1) * 600))
      }
      let schedule = R4.Schedule(dosService: dosService, "Walk-in centre")
      try await store.perform(PublishSlots(at: nation, of: .new(schedule), times), as: Request(by: agent, at: start))
    }

    /// The first free slot from `start` on.
    func bookFirst(for encounter: ResourceID, from start: Instant, at: Instant) async throws -> ResourceID? {
      let free = try await store.slots(
        ofService: dosService, at: nation, from: start, before: start.adding(seconds: 86_400))
      for slot in free {
        do {
          return try await store.perform(BookAppointment(slot.slot, for: encounter), as: Request(by: agent, at: at)).result.id
        } catch {
          // Somebody was faster: the next slot.
          guard error.code == .conflict else { throw error }
        }
      }
      return nil
    }
  }

  // MARK: All four together

  @Test("The four services work together on a real node", .timeLimit(.minutes(2)))
  func together() async throws {
    let node = try await Quartet.ephemeral()
    defer { node.stop() }
    // One node is enough for a test; `EncounterStore(client)` is all there is to connect.
    let store = EncounterStore(node.client)
    let agent = Agent(user: "555086689106", role: "call handler", organisation: "X26", software: "tutorial 1")
    let morning = instant("2026-01-10T09:00:00Z")

    let calls = UrgentCareService(store: store, service: service(.england, "X26"), agent: agent)
    let opened = try await calls.answer(number("9434765919"), at: morning)
    let encounter = opened.encounter.id
    #expect(opened.repeatCaller.answer == .no)
    try await calls.triage(encounter, at: morning)

    let booking = BookingService(store: store, nation: .england, dosService: "2000099999", agent: agent)
    try await booking.open(from: morning.adding(seconds: 3_600), count: 3)
    let appointment = try await booking.bookFirst(for: encounter, from: morning, at: morning)
    #expect(appointment != nil)

    let prescribing = PrescribingService(store: store, agent: agent)
    let issued = try await prescribing.issue(
      PrescriptionNumber("24F5DA-A83008-7EFE6Z"), for: encounter, to: "FH542", at: morning)
    #expect(issued.resources.count == 2)

    let provider = service(.england, "CAS01")
    let callback = try await calls.sendToClinician(encounter, provider, at: morning.adding(seconds: 120))
    let waiting = try await store.callbackQueue(of: provider)
    #expect(waiting.map(\.task) == [callback])
    let claim = try await store.perform(
      ClaimCallback(waiting[0].task, holder: "nurse 1"), as: Request(by: agent, at: morning.adding(seconds: 600)))
    try await store.perform(
      CompleteCallback(waiting[0].task, lease: claim.result.lease, outcome: "advice given"),
      as: Request(by: agent, at: morning.adding(seconds: 900)))
    try await calls.close(encounter, practice: "A83008", at: morning.adding(seconds: 1_000))

    try await dispatch(with: store, agent, calls, at: morning.adding(seconds: 1_200))

    let everything = try await store.everything(of: encounter)
    #expect(
      everything.map(\.type) == [
        "Encounter", "Patient", "Appointment", "Communication", "Communication", "MedicationRequest",
        "QuestionnaireResponse", "Task",
      ])
    #expect(try await store.check().faults.isEmpty)
  }

  @Test("A prescribing service that is refused while it does not know what became of its first try asks until it knows")
  func unknownRefusal() async throws {
    let ward = Ward()
    let encounter = try await ward.openCall().encounter.id
    let rival = try await ward.openCall().encounter.id
    let england = ward.keyspace(.england)
    // The first try is lost on its way, and before it is looked for somebody else uses the number.
    england.intercept { call in
      guard case .write = call else { return .normal }
      england.intercept(nil)
      _ = try? await ward.run(PrescribingTests.issue(rival))
      return .lost
    }
    let prescribing = PrescribingService(store: ward.store, agent: Ward.agent)
    do {
      _ = try await prescribing.issue(
        PrescriptionNumber("24F5DA-A83008-7EFE6Z"), for: encounter, to: "FH542", at: Ward.morning)
      Issue.record("a number was used twice")
    } catch let error as EncounterError {
      #expect(error.code == .duplicate && error.outcome == .notApplied)
    }
    #expect(try await ward.store.prescription("24F5DA-A83008-7EFE6Z", .electronic).map(\.resource.encounter) == [rival])
  }

  /// Another call needs an ambulance. Two desks watch the queue; one of them finds something to do.
  private func dispatch<Store: KeyValueStore>(
    with store: EncounterStore<Store>, _ agent: Agent, _ calls: UrgentCareService<Store>, at: Instant
  ) async throws {
    let trust = service(.england, "RX6")
    let incident = try await calls.answer(number("9434765870"), at: at).encounter.id
    try await store.perform(
      RequestAmbulance(for: incident, from: trust, priority(.england, "C2"), at: R4.Location("by the bandstand")),
      as: Request(by: agent, at: at))
    let desks = (1...2).map { DispatchDesk(store: store, service: trust, name: "desk \($0)", agent: agent) }
    let task = try #require(try await desks[0].send(unit("A1"), at: at))
    #expect(try await desks[1].send(unit("A2"), at: at) == nil)
    for status in [UnitStatus.mobile, .onScene, .clear] { try await desks[0].report(unit("A1"), on: task, status, at: at) }
    #expect(try await store.task(of: unit("A1")) == nil)
  }
}
