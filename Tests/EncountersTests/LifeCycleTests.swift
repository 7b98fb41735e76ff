import Base
import Encounters
import JSON
import QuartetTesting
import Testing

/// Every operation on every status, against tables that are written down here a second time.
@Suite("Life cycles, every status by every operation")
struct LifeCycleTests {
  // MARK: The tables themselves

  @Test("The encounter's table is the drawing of the life cycle, and its complement is refused")
  func encounterTable() {
    let allowed: [EncounterStatus: [EncounterEvent: EncounterStatus]] = [
      .planned: [
        .arrive: .arrived, .triage: .inProgress, .attend: .inProgress, .cancel: .cancelled,
        .enterInError: .enteredInError, .arrange: .planned,
      ],
      .arrived: [
        .triage: .inProgress, .attend: .inProgress, .cancel: .cancelled, .enterInError: .enteredInError,
        .arrange: .arrived,
      ],
      .inProgress: [
        .triage: .inProgress, .dispose: .triaged, .leave: .onLeave, .close: .finished, .cancel: .cancelled,
        .enterInError: .enteredInError, .arrange: .inProgress,
      ],
      .triaged: [
        .triage: .triaged, .dispose: .triaged, .attend: .inProgress, .close: .finished, .cancel: .cancelled,
        .enterInError: .enteredInError, .arrange: .triaged,
      ],
      .onLeave: [.comeBack: .inProgress, .enterInError: .enteredInError, .arrange: .onLeave],
      .finished: [.enterInError: .enteredInError], .cancelled: [.enterInError: .enteredInError],
      .unknown: [.enterInError: .enteredInError], .enteredInError: [:],
    ]
    for state in EncounterStatus.allCases {
      for event in EncounterEvent.allCases {
        #expect(LifeCycles.encounter.next(state, event) == allowed[state]?[event], "\(state) by \(event)")
      }
      #expect(state.isTerminal == (allowed[state].map { Set($0.keys).isSubset(of: [.enterInError]) } ?? true) || state == .unknown)
    }
  }

  @Test("A dispatch task's table, and its complement")
  func dispatchTable() {
    let allowed: [TaskStatus: [DispatchEvent: TaskStatus]] = [
      .requested: [
        .claim: .received, .reprioritise: .requested, .standDown: .cancelled, .reassign: .requested,
        .handOver: .cancelled,
      ],
      .received: [
        .claim: .received, .release: .requested, .reprioritise: .received, .allocate: .accepted, .reject: .requested,
        .standDown: .cancelled, .reassign: .requested, .handOver: .cancelled,
      ],
      .accepted: [
        .reprioritise: .accepted, .support: .accepted, .progress: .inProgress, .clear: .completed, .reject: .requested,
        .standDown: .cancelled,
      ],
      .inProgress: [
        .reprioritise: .inProgress, .support: .inProgress, .progress: .inProgress, .clear: .completed,
        .reject: .requested, .standDown: .cancelled,
      ],
    ]
    for state in TaskStatus.allCases {
      for event in DispatchEvent.allCases {
        #expect(LifeCycles.dispatch.next(state, event) == allowed[state]?[event], "\(state) by \(event)")
      }
      #expect(state.isOpen == (allowed[state] != nil), "\(state)")
    }
  }

  @Test("The tables of callbacks, prescriptions, appointments, slots and messages, and their complements")
  func otherTables() {
    expect(
      LifeCycles.callback, [
        .requested: [.claim: .received, .cancel: .cancelled],
        .received: [.claim: .received, .putBack: .requested, .complete: .completed, .cancel: .cancelled],
      ])
    expect(
      LifeCycles.prescription, [
        .active: [.dispensePart: .active, .dispense: .completed, .cancel: .cancelled], .onHold: [.cancel: .cancelled],
      ])
    expect(
      LifeCycles.appointment, [
        .booked: [.arrive: .arrived, .miss: .noshow, .cancel: .cancelled], .arrived: [.fulfil: .fulfilled],
        .checkedIn: [.fulfil: .fulfilled],
      ])
    expect(LifeCycles.slot, [.free: [.book: .busy], .busy: [.free: .free]])
    expect(
      LifeCycles.message, [
        .preparation: [.claim: .inProgress, .giveUp: .stopped],
        .inProgress: [.claim: .inProgress, .putBack: .preparation, .acknowledge: .completed, .giveUp: .stopped],
      ])
  }

  private func expect<State: CaseIterable & Hashable, Event: CaseIterable & Hashable>(
    _ cycle: LifeCycle<State, Event>, _ allowed: [State: [Event: State]]
  ) {
    for state in State.allCases {
      for event in Event.allCases {
        #expect(cycle.next(state, event) == allowed[state]?[event], "\(state) by \(event)")
      }
    }
  }

  // MARK: Operations in the store

  /// Brings a fresh encounter into a status.
  private func encounter(_ status: EncounterStatus, in ward: Ward) async throws -> ResourceID? {
    let began = status == .planned || status == .arrived ? status : .inProgress
    let id = try await ward.openCall(status: began).encounter.id
    switch status {
    case .planned, .arrived, .inProgress: break
    case .triaged: try await ward.run(Self.disposition(id))
    case .onLeave: try await ward.run(MoveEncounter(id, .leave))
    case .finished: try await ward.run(Self.close(id))
    case .cancelled: try await ward.run(CancelEncounter(id, reason: "hung up"))
    case .enteredInError: try await ward.run(MarkEnteredInError(id, reason: "test call"))
    case .unknown: return nil
    }
    #expect(try await ward.encounter(id).status == status)
    return id
  }

  private static func disposition(_ id: ResourceID) -> SetDisposition {
    SetDisposition(
      id, Coding(system: Vocabulary.pathwaysDisposition, code: "Dx06"), priority: Priority(.primaryCareWithin6Hours))
  }

  private static func close(_ id: ResourceID) -> CloseEncounter {
    CloseEncounter(
      id, outcome: Coding(system: "http://snomed.info/sct", code: "182992009"), message: .send(to: ["A83008"]))
  }

  @Test("Every operation on an encounter of every status does what the table says, or nothing", arguments: EncounterStatus.allCases)
  func encounterOperations(_ status: EncounterStatus) async throws {
    let ward = Ward()
    let kept = try await ward.openCall().encounter.id
    let operations: [(EncounterEvent, (ResourceID) -> any EncounterOperation)] = [
      (.arrive, { MoveEncounter($0, .arrive) }), (.attend, { MoveEncounter($0, .attend) }),
      (.leave, { MoveEncounter($0, .leave) }), (.comeBack, { MoveEncounter($0, .comeBack) }),
      (.triage, { RecordTriage($0, R4.QuestionnaireResponse([("Awake?", "yes")])) }),
      (.dispose, { Self.disposition($0) }), (.close, { Self.close($0) }),
      (.cancel, { CancelEncounter($0, reason: "duplicate", duplicateOf: kept) }),
      (.enterInError, { MarkEnteredInError($0, reason: "test call") }),
      (.arrange, { TransferCare($0, to: service(.england, "A83008"), reason: "own practice") }),
      (.arrange, {
        RequestAmbulance(for: $0, from: Ward.ambulance, priority(.england, "C3"), at: R4.Location("at home"))
      }),
      (.arrange, { RequestCallback(for: $0, by: service(.england, "CAS01"), Priority(.callbackWithin1Hour)) }),
      (.arrange, {
        IssuePrescription(
          for: $0, number: "24F5DA-A83008-7EFE6Z", .electronic,
          [R4.MedicationRequest(Coding(system: "https://dmd.nhs.uk", code: "322236009"), dosage: "one")], to: "FH542")
      }),
      // Its patient is registered right before.
      (.arrange, { LinkPatient($0, to: $0) }),
    ]
    for (event, operation) in operations {
      guard let id = try await encounter(status, in: ward) else { return }
      let expected = LifeCycles.encounter.next(status, event)
      let before = ward.keyspace(.england).rows
      var work = operation(id)
      if work is LinkPatient {
        let patient = try await ward.run(RegisterPatient(at: .wales, R4.Patient(Demographics(given: "Anwyn")))).id
        work = LinkPatient(patient, to: id)
      }
      let error = await ward.attempt(work)
      if let expected {
        let what = String(describing: status) + " by " + String(describing: work)
        #expect(error == nil, "\(what)")
        #expect(try await ward.encounter(id).status == expected, "\(status) by \(event)")
      } else {
        #expect(error?.code == .invalidTransition, "\(status) by \(event): \(String(describing: error))")
        #expect(ward.keyspace(.england).rows == before)
      }
    }
  }

  @Test("Every operation on a dispatch task of every status it can have does what the table says, or nothing")
  func dispatchOperations() async throws {
    let operations: [(DispatchEvent, (ResourceID, UInt64) -> any EncounterOperation)] = [
      (.claim, { task, _ in ClaimTask(task, holder: "desk 1") }), (.release, { ReleaseTask($0, lease: $1) }),
      (.reprioritise, { task, _ in UpgradePriority(of: task, to: priority(.england, "C1"), reason: "worse") }),
      (.reprioritise, { task, _ in DowngradePriority(of: task, to: priority(.england, "C4"), reason: "better") }),
      (.allocate, { AllocateUnit(unit("B2"), to: $0, lease: $1) }),
      (.support, { task, _ in AllocateUnit(unit("S9"), to: task, as: .support, lease: nil) }),
      (.progress, { task, _ in UpdateUnitStatus(unit("A1"), on: task, .atHospital) }),
      (.clear, { task, _ in UpdateUnitStatus(unit("A1"), on: task, .clear) }),
      (.reject, { task, _ in RejectTask(task, reason: "breakdown") }),
      (.standDown, { task, _ in StandDown(task, reason: "not needed") }),
    ]
    for status in [TaskStatus.requested, .received, .accepted, .inProgress, .completed, .cancelled] {
      for (event, operation) in operations {
        let ward = Ward()
        let task = try await ward.openIncident().task
        var lease: UInt64 = 0
        if status != .requested, status != .cancelled {
          lease = try await ward.run(ClaimTask(task, holder: "desk 1")).lease
        }
        if [.accepted, .inProgress, .completed].contains(status) {
          try await ward.run(AllocateUnit(unit("A1"), to: task, lease: lease))
        }
        if status == .inProgress { try await ward.run(UpdateUnitStatus(unit("A1"), on: task, .mobile)) }
        if status == .completed { try await ward.run(UpdateUnitStatus(unit("A1"), on: task, .clear)) }
        if status == .cancelled { try await ward.run(StandDown(task, reason: "not needed")) }
        #expect(try await ward.task(task).status == status)

        let before = ward.keyspace(.england).rows
        let error = await ward.attempt(operation(task, lease))
        if let next = LifeCycles.dispatch.next(status, event) {
          #expect(error == nil, "\(status) by \(event): \(String(describing: error))")
          #expect(try await ward.task(task).status == next)
        } else {
          // Without a unit on it there is no unit's status to tell.
          let codes: [EncounterError.Code] = [.invalidTransition] + (event == .progress || event == .clear ? [.notFound] : [])
          #expect(error.map { codes.contains($0.code) } ?? false, "\(status) by \(event): \(String(describing: error))")
          #expect(ward.keyspace(.england).rows == before)
        }
      }
    }
  }

  @Test("Every operation on a callback of every status it can have does what the table says, or nothing")
  func callbackOperations() async throws {
    let operations: [(CallbackEvent, (ResourceID, UInt64) -> any EncounterOperation)] = [
      (.claim, { callback, _ in ClaimCallback(callback, holder: "nurse 1") }),
      (.putBack, { PutBackCallback($0, lease: $1, due: Ward.morning.minutes(30), reason: "no answer") }),
      (.complete, { CompleteCallback($0, lease: $1, outcome: "advice given") }),
      (.cancel, { callback, _ in CancelCallback(callback, reason: "rang 999") }),
    ]
    for status in [TaskStatus.requested, .received, .completed, .cancelled] {
      for (event, operation) in operations {
        let ward = Ward()
        let encounter = try await ward.openCall().encounter.id
        let arranged = try await ward.run(
          RequestCallback(for: encounter, by: service(.england, "CAS01"), Priority(.callbackWithin1Hour)))
        let callback = try #require(arranged.task)
        var lease: UInt64 = 0
        if status == .received || status == .completed {
          lease = try await ward.run(ClaimCallback(callback, holder: "nurse 1")).lease
        }
        if status == .completed { try await ward.run(CompleteCallback(callback, lease: lease, outcome: "advice")) }
        if status == .cancelled { try await ward.run(CancelCallback(callback, reason: "rang 999")) }
        let before = ward.keyspace(.england).rows
        let error = await ward.attempt(operation(callback, lease))
        if let next = LifeCycles.callback.next(status, event) {
          #expect(error == nil, "\(status) by \(event): \(String(describing: error))")
          #expect(try await ward.task(callback).status == next)
        } else {
          #expect(error?.code == .invalidTransition, "\(status) by \(event)")
          #expect(ward.keyspace(.england).rows == before)
        }
      }
    }
  }

  @Test("Every operation on an appointment of every status it can have does what the table says, or nothing")
  func appointmentOperations() async throws {
    let operations: [(AppointmentEvent, (ResourceID) -> any EncounterOperation)] = [
      (.arrive, { MarkAttendance($0, .arrived) }), (.fulfil, { MarkAttendance($0, .fulfilled) }),
      (.miss, { MarkAttendance($0, .noShow) }), (.cancel, { CancelAppointment($0, reason: "better") }),
    ]
    for status in [AppointmentStatus.booked, .arrived, .fulfilled, .noshow, .cancelled] {
      for (event, operation) in operations {
        let ward = Ward()
        let slots = try await ward.publishSlots(2)
        let encounter = try await ward.openCall().encounter.id
        let appointment = try await ward.run(BookAppointment(slots[0], for: encounter)).id
        if status == .arrived || status == .fulfilled { try await ward.run(MarkAttendance(appointment, .arrived)) }
        if status == .fulfilled { try await ward.run(MarkAttendance(appointment, .fulfilled)) }
        if status == .noshow { try await ward.run(MarkAttendance(appointment, .noShow)) }
        if status == .cancelled { try await ward.run(CancelAppointment(appointment, reason: "better")) }
        let before = ward.keyspace(.england).rows
        let error = await ward.attempt(operation(appointment))
        if let next = LifeCycles.appointment.next(status, event) {
          #expect(error == nil, "\(status) by \(event): \(String(describing: error))")
          let found = try await ward.store.read(R4.Appointment.self, appointment).resource
          #expect(found.status == next)
          let slot = try await ward.store.read(R4.Slot.self, slots[0]).resource
          #expect(slot.status == (next.holdsSlot ? .busy : .free))
        } else {
          #expect(error?.code == .invalidTransition, "\(status) by \(event)")
          #expect(ward.keyspace(.england).rows == before)
        }
      }
    }
  }
}

extension Ward {
  /// The error of an operation, or nil.
  func attempt(_ operation: some EncounterOperation) async -> EncounterError? {
    do {
      try await run(operation)
      return nil
    } catch {
      return error
    }
  }

  /// Free slots of ten minutes from the morning on.
  func publishSlots(_ count: Int, at nation: Nation = .england) async throws -> [ResourceID] {
    let times = (0..<count).map { place in
      let start = Ward.morning.minutes(Int64(10 * place))
      return SlotTimes(start, start.minutes(10))
    }
    let plan = R4.Schedule(dosService: "2000099999", "Walk-in centre")
    let written = try await run(PublishSlots(at: nation, of: .new(plan), times))
    return written.resources.dropFirst().map(\.id)
  }
}
