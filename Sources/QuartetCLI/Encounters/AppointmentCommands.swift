import Encounters
import JSON

/// `quartet appointment …`: slots and what is booked in them.
enum AppointmentCommands {
  static let group = DeskGroup(
    "appointment", "Publish slots, and work with what is booked in them",
    discussion: "'quartet encounter book' books a slot. A slot has one booking at most, whoever tries at the same moment.",
    examples: [
      .init("quartet appointment search 2000001 --nation england", "Free slots of the next seven days."),
      .init("quartet appointment arrived APPOINTMENT", "The patient has come."),
    ],
    commands: [publish, search, rebook, cancel, arrived, seen, noShow])

  private static let appointment = ArgumentSpec("APPOINTMENT", "Its id, or Appointment/ID.")

  private static let publish = DeskCommand.operation(
    "publish", "Open slots for booking",
    discussion: """
      One request opens up to \(PublishSlots.slotsMax) slots, one after another from --from on. They belong to a schedule: a \
      new one of a healthcare service, or with --schedule one that is there. Prints the schedule and the slots.
      """,
    arguments: [],
    options: [
      OptionSpec("--nation", "NATION", "Whose keyspace."),
      OptionSpec("--dos-service", "DOS-ID", "The healthcare service, by its id in the directory of services."),
      OptionSpec("--name", "TEXT", "With --dos-service: what it is called."),
      OptionSpec("--schedule", "ID", "More slots of a schedule that is there."),
      OptionSpec("--from", "TIME", "When the first slot begins."),
      OptionSpec("--each", "TIME", "How long a slot is. Default 15m."),
      OptionSpec("--slots", "N", "How many. Default 1."),
    ] + DeskWords.making,
    examples: [
      .init(
        "quartet appointment publish --nation england --schedule ID --from 2026-01-10T09:00:00Z --slots 8",
        "Two more hours of a schedule."),
      .init(
        "quartet appointment publish --nation wales --dos-service 2 --name 'Urgent care' --from 2026-01-10T09:00:00Z",
        "The first slot of a new one.")
    ],
    make: { try await $0.publishing() },
    answer: { operation, written in
      let slots = written.resources.filter { $0.type == R4.Slot.type }
      var schedule = written.resources.first { $0.type == R4.Schedule.type }.map { "\($0.id)" }
      if case .existing(let id) = operation.schedule { schedule = "\(id)" }
      var answer = DeskAnswer([
        JSONMember("schedule", schedule.map { .string("Schedule/\($0)") } ?? .null),
        JSONMember("slots", .array(slots.map(\.json))),
      ])
      answer.lines = ["schedule \(schedule ?? "")"] + slots.map { "slot \($0.id)" }
      return answer
    })

  private static let search = DeskCommand(
    "search", "Find slots of a healthcare service by time",
    arguments: [ArgumentSpec("DOS-ID", "The service's id in the directory of services.")],
    options: [
      OptionSpec("--nation", "NATION", "Whose keyspace."),
      OptionSpec("--at", "TIME", "From when on. Default now."),
      OptionSpec("--within", "TIME", "How far from then. Default 7d."),
      OptionSpec("--status", "STATUS", "free (default), busy, or all."), DeskWords.limit,
    ] + DeskWords.reading,
    examples: [
      .init("quartet appointment search 2000001 --nation wales --at 2026-01-10T09:00:00Z --within 4h", "This morning's."),
    ],
    work: { desk in
      let nation = try desk.neededNation("where the service is")
      let status = try desk.invocation.choice("--status", of: ["free", "busy", "all"], default: "free")
      try await desk.listSlots(desk.invocation.required(0), in: nation, status: SlotStatus(rawValue: status))
      return .ok
    })

  private static let rebook = DeskCommand(
    "rebook", "Move a booking to another slot",
    discussion: """
      Within a nation in one transaction. To a slot of another nation the new one is booked before the old is cancelled, so \
      that the patient is never without; broken off between the two, the same command with the same --request-id completes it. \
      Prints the new appointment's id.
      """,
    arguments: [appointment],
    options: [OptionSpec("--to-slot", "SLOT", "The slot's id."), DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet appointment rebook ID --to-slot SLOT --reason 'earlier'", "The old slot is free again.")],
    work: { try await $0.rebook() })

  private static let cancel = DeskCommand(
    "cancel", "Cancel a booking: its slot is free again",
    discussion: "The same as 'quartet encounter book APPOINTMENT --cancel'.",
    arguments: [appointment], options: [DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet appointment cancel ID --reason 'cannot come'", "Somebody else may have the slot.")],
    work: { try await $0.cancelAppointment() })

  private static let arrived = attendance(
    "arrived", "Record that the patient has come", .arrived,
    .init("quartet appointment arrived ID --organisation FH123", "In the waiting room."))
  private static let seen = attendance(
    "seen", "Record that the patient has been seen", .fulfilled,
    .init("quartet appointment seen ID", "The appointment is fulfilled."))
  private static let noShow = attendance(
    "no-show", "Record that the patient has not come", .noShow,
    .init("quartet appointment no-show ID", "The slot stays used."))

  private static func attendance(
    _ name: String, _ summary: String, _ attendance: MarkAttendance.Attendance, _ example: CommandSpec.Example
  ) -> DeskCommand {
    .operation(
      name, summary, arguments: [appointment], options: DeskWords.writing, examples: [example],
      make: { MarkAttendance(try await $0.subject(R4.Appointment.type, "APPOINTMENT"), attendance) },
      answer: { _, result in DeskAnswer("appointment", result, name) })
  }
}

extension EncounterDesk {
  fileprivate func publishing() async throws -> PublishSlots {
    let nation = try neededNation("whose keyspace has the slots")
    guard let from = try moment("--from") else {
      throw CommandFailure.usage("--from is needed: when the first slot begins, as 2026-01-10T09:00:00Z")
    }
    let count = try invocation.integer("--slots", in: 1...Int64(PublishSlots.slotsMax)) ?? 1
    let each = try seconds("--each") ?? 900
    let times = (0..<count).map {
      SlotTimes(from.adding(seconds: $0 * each), from.adding(seconds: ($0 + 1) * each))
    }
    switch (invocation.text("--dos-service"), invocation.text("--schedule")) {
    case (let service?, nil):
      let name = try need("--name", "what the service is called")
      return PublishSlots(at: nation, of: .new(R4.Schedule(dosService: service, name)), times)
    case (nil, _?):
      guard let schedule = try await resource(R4.Schedule.type, option: "--schedule") else { break }
      return PublishSlots(at: nation, of: .existing(schedule), times)
    default: break
    }
    throw CommandFailure.usage("give --dos-service with --name, or --schedule: what the slots belong to")
  }

  fileprivate func rebook() async throws -> ExitCode {
    let reason = try need("--reason", "why it is moved")
    _ = try need("--to-slot", "the slot that it moves to")
    let appointment = try await subject(R4.Appointment.type, "APPOINTMENT")
    guard let slot = try await resource(R4.Slot.type, option: "--to-slot") else { return .usage }
    let rebooking = RebookAppointment(appointment, to: slot, reason: reason)
    let done = try await perform { (request) async throws(EncounterError) in
      try await store.rebook(rebooking, as: request)
    }
    let new = done.result.resources.first
    let old = done.result.resources.dropFirst().first
    report(
      done,
      DeskAnswer(
        [JSONMember("appointment", new?.json ?? .null), JSONMember("cancelled", old?.json ?? .null)],
        new?.id.text ?? ""))
    return .ok
  }
}
