import Encounters
import JSON

/// `quartet callback …`: the queue of a clinical assessment service.
enum CallbackCommands {
  static let group = DeskGroup(
    "callback", "Call patients back: request, claim, complete",
    discussion: """
      A clinician claims a callback for a while, under a number that goes with what follows. Whoever's claim was followed by \
      another's can do nothing with it any more.
      """,
    examples: [
      .init("quartet callback request ENCOUNTER --service england/X26 --priority callback-1h", "Prints the callback's id."),
      .init("quartet callback list england/X26", "Who waits, most urgent first."),
    ],
    commands: [list, request, claim, complete, putBack, cancel])

  private static let callback = ArgumentSpec("CALLBACK", "Its id, or Task/ID.")

  private static let list = DeskCommand(
    "list", "List the callbacks that wait, most urgent first",
    arguments: [DeskWords.queue], options: [DeskWords.limit, DeskWords.at] + DeskWords.reading,
    examples: [.init("quartet callback list england/X26 --json", "For a screen.")],
    work: { desk in
      try await desk.listCallbacks(try desk.service(desk.invocation.required(0), called: "NATION/ODS"))
      return .ok
    })

  private static let request = DeskCommand.operation(
    "request", "Put an encounter into the queue of those who call back",
    discussion: "A repeat caller is called back no later than priority callback-4h would have it.",
    arguments: [DeskWords.encounter],
    options: [
      OptionSpec("--service", "NATION/ODS", "Whose queue; of the encounter's nation."), DeskWords.priority,
      OptionSpec("--due", "TIME", "When the call is due. Default by the priority."),
    ] + DeskWords.writing,
    examples: [
      .init("quartet callback request ID --service england/X26 --priority callback-20m", "Within twenty minutes.")
    ],
    make: { desk in
      let service = try desk.neededService("--service", "whose queue it joins")
      let priority = try desk.neededPriority(service.nation)
      let due = try desk.moment("--due")
      return RequestCallback(
        for: try await desk.subject(R4.Encounter.type, "ENCOUNTER"), by: service, priority, due: due)
    },
    answer: { _, result in
      let task = result.made["task"]
      return DeskAnswer(
        [JSONMember("encounter", result.encounter.json), JSONMember("callback", task?.json ?? .null)],
        task?.id.text ?? "")
    })

  private static let claim = DeskCommand.operation(
    "claim", "Take a callback for a while",
    discussion: "Prints the number of the claim, for --lease of the commands that follow.",
    arguments: [callback],
    options: [OptionSpec("--for", "TIME", "How long, in whole seconds. Default 20m.")] + DeskWords.writing,
    examples: [.init("quartet callback claim ID --user 555086689106", "The call is mine for twenty minutes.")],
    make: { desk in
      ClaimCallback(
        try await desk.subject(R4.Task.type, "CALLBACK"), holder: try desk.request().agent.user,
        seconds: try desk.seconds("--for") ?? 1_200)
    },
    answer: { _, claimed in DeskAnswer("callback", claimed) })

  private static let complete = DeskCommand.operation(
    "complete", "Record that the call was made",
    arguments: [callback],
    options: [DeskWords.lease, OptionSpec("--outcome", "TEXT", "How it ended.")] + DeskWords.writing,
    examples: [.init("quartet callback complete ID --lease 1 --outcome 'advice given'", "Done.")],
    make: { desk in
      let lease = try desk.neededLease()
      let outcome = try desk.need("--outcome", "how the call ended")
      return CompleteCallback(try await desk.subject(R4.Task.type, "CALLBACK"), lease: lease, outcome: outcome)
    },
    answer: { _, callback in DeskAnswer("callback", callback, "completed") })

  private static let putBack = DeskCommand.operation(
    "put-back", "Put a callback back because nobody answered",
    arguments: [callback],
    options: [DeskWords.lease, OptionSpec("--due", "TIME", "When it is tried again."), DeskWords.reason]
      + DeskWords.writing,
    examples: [
      .init(
        "quartet callback put-back ID --lease 1 --due 2026-01-10T10:00:00Z --reason 'no answer'", "Tried again at ten.")
    ],
    make: { desk in
      let lease = try desk.neededLease()
      guard let due = try desk.moment("--due") else {
        throw CommandFailure.usage("--due is needed: when it is tried again, as 2026-01-10T09:30:00Z")
      }
      let reason = try desk.need("--reason", "why it goes back")
      return PutBackCallback(
        try await desk.subject(R4.Task.type, "CALLBACK"), lease: lease, due: due, reason: reason)
    },
    answer: { operation, callback in DeskAnswer("callback", callback, "waits again, due \(operation.due)") })

  private static let cancel = DeskCommand.operation(
    "cancel", "Take a callback out of the queue: it is needed no more",
    arguments: [callback], options: [DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet callback cancel ID --reason 'patient came in'", "Nobody calls.")],
    make: { desk in
      let reason = try desk.need("--reason", "why nobody needs to call")
      return CancelCallback(try await desk.subject(R4.Task.type, "CALLBACK"), reason: reason)
    },
    answer: { _, callback in DeskAnswer("callback", callback, "cancelled") })
}
