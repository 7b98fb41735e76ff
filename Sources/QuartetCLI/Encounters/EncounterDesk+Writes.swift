import Base
import Encounters
import Identifiers
import JSON

extension EncounterDesk {
  // MARK: open

  func open() async throws -> ExitCode {
    let service = try neededService("--service", "whose service takes the call")
    let word = try invocation.choice("--class", of: Self.classes.map(\.word), default: "virtual")
    let kind = Self.classes.first { $0.word == word }?.class ?? .virtual
    let status = try invocation.choice("--status", of: Self.openings, default: "in-progress")
    let opened = try await perform(
      OpenEncounter(
        at: service, for: try await subject(), R4.Encounter(kind), status: EncounterStatus(rawValue: status) ?? .inProgress))
    report(opened, Self.answer(opened.result))
    return .ok
  }

  static var openings: [String] { ["planned", "arrived", "in-progress"] }

  /// An encounter that was opened, or whose patient is another now, and what is known of the caller.
  static func answer(_ opened: Opened) -> DeskAnswer {
    let caller = opened.repeatCaller
    let unheard = caller.unheard.map(\.description)
    let earlier = caller.earlier.isEmpty ? "" : "; earlier calls \(caller.earlier.map(\.text).joined(separator: ", "))"
    var answer = DeskAnswer(
      [
        JSONMember("encounter", opened.encounter.json), JSONMember("patient", .string("Patient/\(opened.patient)")),
        JSONMember("repeat_caller", .string(caller.answer.rawValue)),
        JSONMember("earlier", .array(caller.earlier.map { .string("Encounter/\($0)") })),
        JSONMember("unheard", .array(unheard.map { .string($0) })),
      ],
      "\(opened.encounter.id)", "patient \(opened.patient)", "repeat caller: \(caller.answer.rawValue)\(earlier)")
    if !unheard.isEmpty { answer.lines.append("not asked, as no node answered: \(unheard.joined(separator: ", "))") }
    return answer
  }

  private static var classes: [(word: String, class: R4.Encounter.Class)] {
    [
      ("virtual", .virtual), ("emergency", .emergency), ("ambulatory", .ambulatory), ("home", .homeHealth),
      ("field", .field),
    ]
  }

  /// Whom it is about. What the command line says decides alone whether a record is made, never whether one is found, so
  /// that a repeat means the same.
  private func subject() async throws -> OpenEncounter.Subject {
    let ways = ["--patient", "--number", "--patient-file"].filter { invocation.text($0) != nil }
    guard ways.count <= 1 else { throw CommandFailure.usage("give one of \(ways.joined(separator: " and "))") }
    if let patient = try await resource(R4.Patient.type, option: "--patient") { return .patient(patient) }
    if let patient = try document("--patient-file", as: R4.Patient.self) { return .new(patient) }
    guard let text = invocation.text("--number") else { return .new(R4.Patient(unknown: nil)) }
    let number = try patientNumber(text, called: "--number")
    if invocation.has("--new") { return .new(R4.Patient(number, isVerified: invocation.has("--verified"))) }
    let timeout = try invocation.timeout()
    let found = try await reading { () async throws(EncounterError) in
      try await store.findPatients(number, timeout: timeout)
    }
    var active: [ResourceID] = []
    for match in found.patients {
      let patient = try await reading { () async throws(EncounterError) in
        try await store.read(R4.Patient.self, match.patient, includingHidden: true, timeout: timeout)
      }
      if patient.resource.isActive, !patient.isHidden { active.append(match.patient) }
    }
    switch active.count {
    case 1: return .patient(active[0])
    case 0:
      throw CommandFailure(
        .notApplied, "not-found", "no patient has this number on record: add --new to make a record with it")
    default:
      throw CommandFailure(
        .notApplied, "ambiguous",
        "several patients have it: say which with --patient \(active.map(\.text).joined(separator: " or "))")
    }
  }

  func patientNumber(_ text: String, called name: String) throws(CommandFailure) -> PatientNumber {
    do throws(IdentifierFault) {
      return try PatientNumber(text)
    } catch {
      throw .usage("\(name) \(error)")
    }
  }

  // MARK: triage

  func triage() async throws -> ExitCode {
    let encounter = try await resource(R4.Encounter.type, invocation.required(0), called: "ENCOUNTER")
    let answers = try document("--answers", as: R4.QuestionnaireResponse.self)
    let disposition = invocation.text("--disposition")
    guard answers != nil || disposition != nil else {
      throw CommandFailure.usage("give --answers FILE, or --disposition with --priority, or both")
    }
    var setting: SetDisposition?
    if let disposition {
      guard let nation = encounter.home, let priority = try priority(nation) else {
        throw CommandFailure.usage("--priority is needed with --disposition: how urgent it is")
      }
      let system = invocation.text("--disposition-system") ?? Vocabulary.pathwaysDisposition
      setting = SetDisposition(
        encounter, Coding(system: system, code: disposition), priority: priority,
        advice: invocation.text("--advice").map { R4.CarePlan(advice: $0) })
    } else if invocation.text("--priority") != nil || invocation.text("--advice") != nil {
      throw CommandFailure.usage("--priority and --advice go with --disposition")
    }
    if let answers {
      let replacing = try await resource(R4.QuestionnaireResponse.type, option: "--replacing")
      let saved = try await perform(RecordTriage(encounter, answers, replacing: replacing))
      guard setting != nil else {
        let response = saved.result.made["response"]
        report(
          saved,
          [JSONMember("encounter", saved.result.encounter.json), JSONMember("response", response?.json ?? .null)],
          ["\(response?.id.text ?? "")"])
        return .ok
      }
    }
    guard let setting else { return .ok }
    let set = try await perform(setting, step: answers == nil ? nil : "disposition")
    report(
      set,
      [
        JSONMember("encounter", set.result.encounter.json), JSONMember("rank", .integer(set.result.rank)),
        JSONMember("raised", .bool(set.result.wasRaised)),
      ],
      ["rank \(set.result.rank)" + (set.result.wasRaised ? ", raised to a clinician's callback: a repeat caller" : "")])
    return .ok
  }

  // MARK: dispatch and allocate

  func dispatch() async throws -> ExitCode {
    let encounter = try await resource(R4.Encounter.type, invocation.required(0), called: "ENCOUNTER")
    let service = try neededService("--service", "whose queue it joins")
    let priority = try neededPriority(service.nation)
    let location = R4.Location(try need("--to", "where the patient is"), postcode: invocation.text("--postcode"))
    let asked = try await perform(
      RequestAmbulance(
        for: encounter, from: service, priority, at: location, need: invocation.text("--need") ?? "ambulance"))
    let task = asked.result.made["task"]
    report(
      asked,
      [
        JSONMember("encounter", asked.result.encounter.json), JSONMember("task", task?.json ?? .null),
        JSONMember("merged", .bool(asked.result.wasMerged)),
      ],
      ["\(task?.id.text ?? "")"] + (asked.result.wasMerged ? ["merged into the open request for the same"] : []))
    return .ok
  }

  func allocate() async throws -> ExitCode {
    let task = try await resource(R4.Task.type, invocation.required(0), called: "TASK")
    if invocation.has("--stand-down") {
      guard invocation.text("--unit") == nil else { throw CommandFailure.usage("--stand-down goes without --unit") }
      let done = try await perform(StandDown(task, reason: try need("--reason", "why no ambulance is needed any more")))
      report(done, DispatchCommands.stoodDown(done.result))
      return .ok
    }
    let unit = try await unit(of: task)
    if let status = try member("--status", of: UnitStatus.self) {
      let done = try await perform(UpdateUnitStatus(unit, on: task, status))
      report(done, [JSONMember("task", done.result.json)], ["\(unit.callsign) \(status.rawValue)"])
      return .ok
    }
    if invocation.has("--support") {
      let done = try await perform(AllocateUnit(unit, to: task, as: .support, lease: nil))
      report(done, [JSONMember("task", done.result.json)], ["\(unit.callsign) supports"])
      return .ok
    }
    var lease = try invocation.integer("--lease", in: 1...UInt64.max)
    if lease == nil {
      lease = try await perform(ClaimTask(task, holder: try request().agent.user), step: "claim").result.lease
    }
    let done = try await perform(AllocateUnit(unit, to: task, lease: lease))
    report(
      done, [JSONMember("task", done.result.json), JSONMember("lease", lease.map { .integer($0) } ?? .null)],
      ["\(unit.callsign) is on it"])
    return .ok
  }

  /// Of the service that has the task, unless the command line names another.
  func unit(of task: ResourceID) async throws -> Unit {
    let callsign = try need("--unit", "its callsign")
    var service = try service("--service")
    if service == nil, let nation = task.home {
      let timeout = try invocation.timeout()
      let found = try await reading { () async throws(EncounterError) in
        try await store.read(R4.Task.self, task, timeout: timeout)
      }
      service = found.resource.service.flatMap { Service(nation, $0) }
    }
    guard let service else { throw CommandFailure.usage("the task does not tell its service: name it with --service") }
    return try unit(callsign, of: service, called: "--unit")
  }

  func unit(_ callsign: String, of service: Service, called name: String) throws(CommandFailure) -> Unit {
    guard let unit = Unit(callsign, of: service) else { throw .usage("\(name) takes 1 to 16 of A-Z, 0-9 and '-'") }
    return unit
  }

  // MARK: prescribe

  func prescribe() async throws -> ExitCode {
    let encounter = try await resource(R4.Encounter.type, invocation.required(0), called: "ENCOUNTER")
    let items = try items()
    let paper = invocation.text("--paper")
    guard paper == nil || invocation.text("--number") == nil else {
      throw CommandFailure.usage("a paper form has the number that --paper gives: leave --number out")
    }
    let number = try paper ?? invocation.text("--number") ?? newNumber()
    let issued = try await perform(
      IssuePrescription(
        for: encounter, number: number, paper == nil ? .electronic : .paper, items, to: invocation.text("--pharmacy")))
    let written = issued.result.resources.filter { $0.type == R4.MedicationRequest.type }
    report(
      issued, [JSONMember("number", .string(number)), JSONMember("items", .array(written.map(\.json)))],
      [number] + written.map { "item \($0.id)" })
    return .ok
  }

  private func items() throws -> [R4.MedicationRequest] {
    if let json = try document("--items") {
      guard invocation.text("--medicine") == nil else { throw CommandFailure.usage("give --items or --medicine") }
      let items = (json.array ?? [json]).compactMap { R4.MedicationRequest(json: $0) }
      guard !items.isEmpty, items.count == json.array?.count ?? 1 else {
        throw CommandFailure.badData("--items takes a MedicationRequest, or a list of them")
      }
      return items
    }
    let code = try need("--medicine", "its dm+d code; or --items FILE")
    do throws(IdentifierFault) {
      _ = try SNOMEDCode(code)
    } catch {
      throw CommandFailure.usage("--medicine takes a dm+d code; this one \(error)")
    }
    let medicine = Coding(system: "https://dmd.nhs.uk", code: code, display: invocation.text("--display"))
    return [R4.MedicationRequest(medicine, dosage: try need("--dosage", "as the patient is to read it"))]
  }

  /// A number that follows from the request, so that a repeat has the same.
  private func newNumber() throws -> String {
    let organisation = try need(
      "--organisation", "a new number carries the code of the prescriber's organisation; or give --number")
    let digest = Digest(of: requestID.bytes + Array("prescription number".utf8))
    do throws(IdentifierFault) {
      return try PrescriptionNumber(
        first: UInt32(digest.word0 >> 40), organisation: organisation, last: UInt32(digest.word1 >> 44)).text
    } catch {
      throw CommandFailure.usage("--organisation: for a number it is at most 6 of A-Z and 0-9")
    }
  }

  // MARK: book

  func book() async throws -> ExitCode {
    let word = invocation.required(0)
    if invocation.has("--cancel") { return try await cancelAppointment() }
    let slot = try await resource(R4.Slot.type, word, called: "SLOT")
    let encounter = try await resource(R4.Encounter.type, option: "--encounter")
    let patient = try await resource(R4.Patient.type, option: "--patient")
    guard encounter != nil || patient != nil else {
      throw CommandFailure.usage("give --encounter, --patient or both: whom the slot is for")
    }
    let booked = try await perform(BookAppointment(slot, for: encounter, patient: patient))
    report(booked, [JSONMember("appointment", booked.result.json)], ["\(booked.result.id)"])
    return .ok
  }

  func cancelAppointment() async throws -> ExitCode {
    let appointment = try await subject(R4.Appointment.type, "APPOINTMENT")
    let done = try await perform(CancelAppointment(appointment, reason: try need("--reason", "why it is cancelled")))
    report(done, DeskAnswer("appointment", done.result, "cancelled; the slot is free"))
    return .ok
  }

  // MARK: close

  func close() async throws -> ExitCode {
    switch (invocation.has("--cancel"), invocation.has("--entered-in-error")) {
    case (true, true): throw CommandFailure.usage("give --cancel or --entered-in-error")
    case (true, false): return try await cancel()
    case (false, true): return try await enterInError()
    case (false, false): break
    }
    let outcome = Coding(
      system: invocation.text("--outcome-system") ?? "http://snomed.info/sct",
      code: try need("--outcome", "the code of how it ended"))
    let message = try message()
    let encounter = try await subject(R4.Encounter.type, "ENCOUNTER")
    let done = try await perform(CloseEncounter(encounter, outcome: outcome, message: message))
    report(
      done,
      [
        JSONMember("encounter", done.result.encounter.json),
        JSONMember("message", done.result.made["message"]?.json ?? .null),
      ], ["closed"])
    return .ok
  }

  func cancel() async throws -> ExitCode {
    let reason = try need("--reason", "why it is cancelled")
    let encounter = try await subject(R4.Encounter.type, "ENCOUNTER")
    let duplicate = try await resource(R4.Encounter.type, option: "--duplicate-of")
    let done = try await perform(CancelEncounter(encounter, reason: reason, duplicateOf: duplicate))
    report(done, DeskAnswer("encounter", done.result, "cancelled"))
    return .ok
  }

  func enterInError() async throws -> ExitCode {
    let reason = try need("--reason", "why it should never have been recorded")
    let done = try await perform(
      MarkEnteredInError(try await subject(R4.Encounter.type, "ENCOUNTER"), reason: reason))
    report(done, DeskAnswer("encounter", done.result, "entered in error: kept, and hidden"))
    return .ok
  }

  private func message() throws(CommandFailure) -> CloseEncounter.Message {
    switch (invocation.text("--tell"), invocation.text("--tell-nobody")) {
    case (let text?, nil): return .send(to: text.split(separator: ",").map(String.init))
    case (nil, let reason?): return .suppressed(reason: reason)
    default: throw .usage("say who is told: --tell ODS for the patient's practice, or --tell-nobody REASON")
    }
  }
}
