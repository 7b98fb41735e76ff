import Encounters
import JSON

/// `quartet encounter …` and `quartet encounters …`: what the commands take. What they do stands in ``EncounterDesk``.
enum EncounterCommands {
  static let group = DeskGroup(
    "encounter", "Work with one encounter as a service does: open, triage, dispatch, book, prescribe, close",
    discussion: """
      Each command is one operation of the library QuartetEncounters, with its rules: an encounter moves along its life \
      cycle, a unit is on one task, a slot is booked once, a prescription's number is used once.

      Every change has a request id. Sent again under the same --request-id, from any machine and at any time, it has one \
      effect and gives the same answer. A command that does not know its outcome says the id to repeat it with.

      Where something is stored follows from its content: an encounter is at home with the service that opened it, and \
      its id tells where.
      """,
    examples: [
      .init("quartet encounter open --service england/X26", "A call from somebody unknown; prints the encounter's id."),
      .init("quartet encounter triage ID --disposition Dx05 --priority callback-20m", "What the triage led to."),
      .init("quartet encounter list --dispatch england/RX6", "Who waits for an ambulance, most urgent first."),
      .init("quartet encounter show ID", "Where it stands, and all that belongs to it."),
    ],
    commands: [
      open, show, list, triage, dispatch, allocate, prescribe, book, close, transfer, cancel, enterInError, reopen,
    ])

  static let storeGroup = DeskGroup(
    "encounters", "Verify what is recorded of all encounters, and mend indexes",
    examples: [.init("quartet encounters check", "Every rule, over all four nations.")],
    commands: [check, rebuild])

  private static let at = DeskWords.at
  private static let reading = DeskWords.reading
  private static let writing = DeskWords.writing
  private static let encounter = DeskWords.encounter
  private static let reason = DeskWords.reason
  private static let priorityOption = DeskWords.priority

  private static let open = DeskCommand(
    "open", "Open an encounter, and see whether the caller has called before",
    discussion: """
      Says whom it is about: --patient of somebody on record; --number, looked up in all four nations, or with --new put on \
      a new record; --patient-file with a Patient resource for a new record; nothing, for somebody unknown.

      In the same transaction it is seen how often the patient has called within 96 hours: no, yes (two earlier calls or \
      more), partial (ask the caller). Nations of which no node answered are named.
      """,
    options: [
      OptionSpec("--service", "NATION/ODS", "Whose service takes the call."),
      OptionSpec("--patient", "ID", "A patient on record."),
      OptionSpec("--number", "NUMBER", "NHS, CHI or health and care number."),
      OptionSpec("--new", nil, "With --number: make a record with it."),
      OptionSpec("--verified", nil, "With --new: the number was traced to the person."),
      OptionSpec("--patient-file", "FILE", "A Patient resource to make a record of; '-' for standard input."),
      OptionSpec("--class", "CLASS", "virtual (default), emergency, ambulatory, home or field."),
      OptionSpec("--status", "STATUS", "planned, arrived or in-progress (default)."),
    ] + writing,
    examples: [
      .init("quartet encounter open --service wales/7A1AU --class emergency", "Somebody unknown, a 999 call."),
      .init("quartet encounter open --service england/X26 --number 9434765919 --new", "Known by number for the first time."),
    ],
    work: { try await $0.open() })

  private static let show = DeskCommand(
    "show", "Print where an encounter stands and what belongs to it",
    discussion: """
      The page has no word about the patient; --json has the resources whole. An encounter that is not there ends with exit \
      code 1.
      """,
    arguments: [encounter],
    options: [
      OptionSpec("--history", nil, "Its versions, newest first, with the requests that made them."),
      OptionSpec("--version", "N", "The resource as it was in this version."),
    ] + reading,
    examples: [
      .init("quartet encounter show e-abcdefghijklmnopqrstuvwxyz", "The page."),
      .init("quartet encounter show ID --history", "Who changed it when, by request."),
    ],
    work: { try await $0.show() })

  private static let list = DeskCommand(
    "list", "List encounters, queues, slots or prescriptions",
    discussion: "One of the first six options says what is listed.",
    options: [
      OptionSpec("--open", "NATION/ODS", "Encounters that a service has open, oldest first."),
      OptionSpec("--patient", "ID", "Encounters of a patient in all nations, latest first."),
      OptionSpec("--dispatch", "NATION/ODS", "Tasks that wait for a unit, most urgent first."),
      OptionSpec("--callbacks", "NATION/ODS", "Callbacks that wait."),
      OptionSpec("--slots", "DOS-ID", "Free slots of a healthcare service, by its id in the directory of services."),
      OptionSpec("--pharmacy", "ODS", "Items of prescriptions for a pharmacy, latest first."),
      OptionSpec("--nation", "NATION", "With --slots and --pharmacy: whose keyspace."),
      OptionSpec("--breaching-in", "TIME", "With --dispatch: those whose target passes within this time."),
      OptionSpec("--within", "TIME", "With --slots: how far from now (or --at). Default 7d."),
      OptionSpec("--limit", "N", "At most so many. Default 100."), at,
    ] + reading,
    examples: [
      .init("quartet encounter list --open england/X26", "What 111 has open."),
      .init("quartet encounter list --dispatch wales/RT4 --breaching-in 5m", "Who is late in five minutes."),
    ],
    work: { try await $0.list() })

  private static let triage = DeskCommand(
    "triage", "Save answers of a triage, set what it led to, or both",
    discussion: """
      The first saved triage takes the encounter in progress; the disposition makes it triaged. A repeat caller is given no \
      less than a clinician's callback: a lower priority is raised to it.
      """,
    arguments: [encounter],
    options: [
      OptionSpec("--answers", "FILE", "A QuestionnaireResponse; '-' for standard input."),
      OptionSpec("--replacing", "ID", "With --answers: the response saved before that this one replaces."),
      OptionSpec("--disposition", "CODE", "For example Dx06."),
      OptionSpec("--disposition-system", "URI", "Its code system. Default that of NHS Pathways."),
      priorityOption,
      OptionSpec("--advice", "TEXT", "Advice given."),
    ] + writing,
    examples: [
      .init("quartet encounter triage ID --answers answers.json", "Save the questions and answers so far."),
      .init("quartet encounter triage ID --disposition Dx06 --priority primary-care-6h", "A GP within six hours."),
    ],
    work: { try await $0.triage() })

  private static let dispatch = DeskCommand(
    "dispatch", "Ask for an ambulance",
    discussion: """
      Puts a task in the queue of a service of the encounter's nation, and prints the task's id. A second request for the \
      same need is merged into the open one and raises its priority if it is the higher.
      """,
    arguments: [encounter],
    options: [
      OptionSpec("--service", "NATION/ODS", "Whose queue it joins."),
      priorityOption,
      OptionSpec("--to", "TEXT", "Where the patient is."),
      OptionSpec("--postcode", "POSTCODE", "Of that place."),
      OptionSpec("--need", "NEED", "What for: one open task for each. Default ambulance."),
    ] + writing,
    examples: [
      .init(
        "quartet encounter dispatch ID --service england/RX6 --priority C2 --to 'by the bandstand'", "Prints the task.")
    ],
    work: { try await $0.dispatch() })

  private static let allocate = DeskCommand(
    "allocate", "Send a unit to a task, and tell how it gets on",
    discussion: """
      Claims the task for --user and sends the unit as its leading one. A task that another desk has claimed is refused, as \
      is a unit that is on another task.
      """,
    arguments: [ArgumentSpec("TASK", "Its id, or Task/ID.")],
    options: [
      OptionSpec("--unit", "CALLSIGN", "Which unit."),
      OptionSpec("--service", "NATION/ODS", "The unit's service. Default the task's."),
      OptionSpec("--lease", "N", "The number of a claim that was made before."),
      OptionSpec("--support", nil, "The unit helps the one that leads."),
      OptionSpec("--status", "STATUS", "Of a unit that is sent: mobile, on-scene, conveying, at-hospital, clear."),
      OptionSpec("--stand-down", nil, "Cancel the task and free its units; with --reason."), reason,
    ] + writing,
    examples: [
      .init("quartet encounter allocate TASK --unit A1", "Claim it and send A1."),
      .init("quartet encounter allocate TASK --unit A1 --status on-scene", "A1 is there."),
      .init("quartet encounter allocate TASK --stand-down --reason 'not needed'", "Nobody goes."),
    ],
    work: { try await $0.allocate() })

  private static let prescribe = DeskCommand(
    "prescribe", "Issue a prescription, once",
    discussion: """
      Of one medicine, or of one to four items out of a file; to a pharmacy electronically, or on a paper form. Without \
      --number an electronic one gets a number that follows from the request id, so that a repeat has the same. A number \
      that was used before is refused, wherever it was.
      """,
    arguments: [encounter],
    options: [
      OptionSpec("--medicine", "CODE", "Its dm+d code."),
      OptionSpec("--display", "TEXT", "With --medicine: its name."),
      OptionSpec("--dosage", "TEXT", "With --medicine: as the patient is to read it."),
      OptionSpec("--items", "FILE", "A MedicationRequest or a list of them instead; '-' for standard input."),
      OptionSpec("--pharmacy", "ODS", "Who is to dispense it; an electronic one needs it."),
      OptionSpec("--number", "NUMBER", "An electronic prescription's number."),
      OptionSpec("--paper", "SERIAL", "On a paper form with this serial number."),
    ] + writing,
    examples: [
      .init(
        "quartet encounter prescribe ID --items items.json --pharmacy FH123 --organisation X26",
        "Prints the number and the ids of its items.")
    ],
    work: { try await $0.prescribe() })

  private static let book = DeskCommand(
    "book", "Book a slot, or cancel a booking",
    discussion: """
      The slot becomes busy and the appointment booked in one transaction. A slot that is not free is refused. Find slots \
      with 'quartet encounter list --slots'.
      """,
    arguments: [ArgumentSpec("SLOT", "The slot's id; with --cancel the appointment's.")],
    options: [
      OptionSpec("--encounter", "ID", "The encounter that it is for."),
      OptionSpec("--patient", "ID", "The patient, if there is no encounter."),
      OptionSpec("--cancel", nil, "Cancel the appointment, with --reason: its slot is free again."), reason,
    ] + writing,
    examples: [
      .init("quartet encounter book SLOT --encounter ID", "Prints the appointment's id."),
      .init("quartet encounter book APPOINTMENT --cancel --reason 'cannot come'", "The slot is free again."),
    ],
    work: { try await $0.book() })

  private static let close = DeskCommand(
    "close", "End an encounter",
    discussion: """
      With an outcome, nothing left to do, and the patient's practice told or a reason why not. --cancel is for a caller who \
      hung up, --entered-in-error for what should never have been recorded: it is kept, and hidden.
      """,
    arguments: [encounter],
    options: [
      OptionSpec("--outcome", "CODE", "How it ended."),
      OptionSpec("--outcome-system", "URI", "Its code system. Default SNOMED CT."),
      OptionSpec("--tell", "ODS[,ODS…]", "Who gets the post event message, the first for action."),
      OptionSpec("--tell-nobody", "REASON", "Why nobody is told."),
      OptionSpec("--cancel", nil, "It came to nothing; with --reason."),
      OptionSpec("--duplicate-of", "ID", "With --cancel: the encounter that is kept."),
      OptionSpec("--entered-in-error", nil, "It should never have been recorded; with --reason."), reason,
    ] + writing,
    examples: [
      .init("quartet encounter close ID --outcome 19712007 --tell W97003", "Done, and the practice is told."),
      .init("quartet encounter close ID --cancel --reason 'caller hung up'", "It came to nothing."),
    ],
    work: { try await $0.close() })

  private static let transfer = DeskCommand.operation(
    "transfer", "Hand an encounter over to another service",
    discussion: """
      The other service, of whichever nation, has it open from then on; the encounter stays at home where it is. Its status \
      stays too, and so do its tasks: an ambulance goes to another service by 'quartet dispatch mutual-aid'.
      """,
    arguments: [encounter],
    options: [OptionSpec("--to-service", "NATION/ODS", "Who takes over."), reason] + writing,
    examples: [
      .init("quartet encounter transfer ID --to-service england/W97003 --reason 'own practice is open'", "To a practice.")
    ],
    make: { desk in
      let service = try desk.neededService("--to-service", "who takes over")
      let reason = try desk.need("--reason", "why it is handed over")
      return TransferCare(try await desk.subject(R4.Encounter.type, "ENCOUNTER"), to: service, reason: reason)
    },
    answer: { operation, result in
      DeskAnswer(
        [
          JSONMember("encounter", result.encounter.json), JSONMember("referral", result.made["request"]?.json ?? .null),
        ], "with \(operation.service) now")
    })

  private static let cancel = DeskCommand(
    "cancel", "End an encounter that came to nothing",
    discussion: """
      The caller hung up, or it is a second record of one incident: --duplicate-of names the one that is kept, and the call \
      counts once. Refused while something is still to be done for it. The same as 'quartet encounter close --cancel'.
      """,
    arguments: [encounter],
    options: [reason, OptionSpec("--duplicate-of", "ID", "The encounter that is kept.")] + writing,
    examples: [
      .init("quartet encounter cancel ID --reason 'caller hung up'", "It came to nothing."),
      .init("quartet encounter cancel ID --reason 'two callers' --duplicate-of OTHER", "OTHER is kept."),
    ],
    work: { try await $0.cancel() })

  private static let enterInError = DeskCommand(
    "entered-in-error", "Mark an encounter as one that should never have been recorded",
    discussion: """
      It is kept, hidden, and counted as no call; nothing can follow. The same as 'quartet encounter close \
      --entered-in-error'.
      """,
    arguments: [encounter], options: [reason] + writing,
    examples: [.init("quartet encounter entered-in-error ID --reason 'typed for another patient'", "Hidden from then on.")],
    work: { try await $0.enterInError() })

  private static let reopen = DeskCommand.operation(
    "reopen", "Go on after an encounter that has ended",
    discussion: """
      What has ended stays so: a new encounter of the same patient is opened that is part of it, at home with it, and counted \
      as a call.
      """,
    arguments: [encounter],
    options: [OptionSpec("--status", "STATUS", "planned, arrived or in-progress (default).")] + writing,
    examples: [.init("quartet encounter reopen ID", "Prints the new encounter's id.")],
    make: { desk in
      let status = try desk.invocation.choice("--status", of: EncounterDesk.openings, default: "in-progress")
      return ReopenEncounter(
        try await desk.subject(R4.Encounter.type, "ENCOUNTER"), status: EncounterStatus(rawValue: status) ?? .inProgress)
    },
    answer: { _, result in EncounterDesk.answer(result) })

  private static let check = DeskCommand(
    "check", "Verify every rule over all encounters",
    discussion: """
      Reads all four keyspaces, each as of one revision, and changes nothing; services go on meanwhile. Faults are named by \
      rule, resource and row, never with what is in them. Exit code 1 when there are some. What may be the trace of \
      something under way is a note.
      """,
    options: reading,
    examples: [.init("quartet encounters check --json", "The report for programs.")],
    work: { try await $0.check() })

  private static let rebuild = DeskCommand(
    "rebuild", "Make every index row what the resources say",
    discussion: """
      Services may go on meanwhile: a row is written only if it and its resources are as they were read. Exit code 75 when \
      rows are left.
      """,
    options: reading,
    examples: [.init("quartet encounters rebuild", "After 'quartet encounters check' has found faults of rule 15.")],
    work: { try await $0.rebuild() })
}
