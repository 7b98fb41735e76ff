import Base
import Encounters
import JSON

/// `quartet dispatch …`: tasks in the queue of an ambulance service, and the units on them.
enum DispatchCommands {
  static let group = DeskGroup(
    "dispatch", "Work a queue of ambulance tasks: claim, send, upgrade, stand down, hand over",
    discussion: """
      'quartet encounter dispatch' puts a task into a queue. A desk claims it for a while, under a number that goes with \
      what it does next; once the while is over and another has claimed it, the first can do nothing with it any more. \
      'quartet encounter allocate' claims and sends in one command.
      """,
    examples: [
      .init("quartet dispatch list england/RX6", "Who waits, most urgent first."),
      .init("quartet dispatch unit TASK --unit A1 --status on-scene", "A1 is there."),
    ],
    commands: [list, claim, release, upgrade, downgrade, unit, find, reject, standDown, mutualAid])

  private static let list = DeskCommand(
    "list", "List the tasks that wait for a unit, most urgent first",
    arguments: [DeskWords.queue],
    options: [
      OptionSpec("--breaching-in", "TIME", "Those whose target passes within this time, soonest first."),
      DeskWords.limit, DeskWords.at,
    ] + DeskWords.reading,
    examples: [.init("quartet dispatch list wales/RT4 --breaching-in 5m", "Who is late in five minutes.")],
    work: { desk in
      try await desk.listDispatch(try desk.service(desk.invocation.required(0), called: "NATION/ODS"))
      return .ok
    })

  private static let claim = DeskCommand.operation(
    "claim", "Take a task from the queue for a while",
    discussion: "Prints the number of the claim, for --lease of the commands that follow.",
    arguments: [DeskWords.task],
    options: [OptionSpec("--for", "TIME", "How long, in whole seconds. Default 2m.")] + DeskWords.writing,
    examples: [.init("quartet dispatch claim TASK --user 'desk 7'", "Nobody else sends a unit for two minutes.")],
    make: { desk in
      ClaimTask(
        try await desk.subject(R4.Task.type, "TASK"), holder: try desk.request().agent.user,
        seconds: try desk.seconds("--for") ?? 120)
    },
    answer: { _, claimed in DeskAnswer("task", claimed) })

  private static let release = DeskCommand.operation(
    "release", "Give a claimed task back to the queue",
    arguments: [DeskWords.task], options: [DeskWords.lease] + DeskWords.writing,
    examples: [.init("quartet dispatch release TASK --lease 1", "The next desk may have it.")],
    make: { desk in
      let lease = try desk.neededLease()
      return ReleaseTask(try await desk.subject(R4.Task.type, "TASK"), lease: lease)
    },
    answer: { _, task in DeskAnswer("task", task, "back in the queue") })

  private static let upgrade = DeskCommand.operation(
    "upgrade", "Make a task more urgent",
    discussion: """
      Its clock stays, so that its place in the queue never falls. A code that is less urgent than the task's is refused: \
      that is a downgrade.
      """,
    arguments: [DeskWords.task], options: [DeskWords.priority, DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet dispatch upgrade TASK --priority C1 --reason 'not breathing'", "To the front.")],
    make: { desk in
      let (task, priority, reason) = try await desk.reprioritising()
      return UpgradePriority(of: task, to: priority, reason: reason)
    },
    answer: { operation, task in DeskAnswer("task", task, "\(operation.priority)") })

  private static let downgrade = DeskCommand.operation(
    "downgrade", "Make a task less urgent",
    discussion: "Of a repeat caller no lower than a clinician's callback.",
    arguments: [DeskWords.task], options: [DeskWords.priority, DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet dispatch downgrade TASK --priority C3 --reason 'validated by CAS'", "After a second look.")],
    make: { desk in
      let (task, priority, reason) = try await desk.reprioritising()
      return DowngradePriority(of: task, to: priority, reason: reason)
    },
    answer: { operation, task in DeskAnswer("task", task, "\(operation.priority)") })

  private static let unit = DeskCommand.operation(
    "unit", "Tell how a unit gets on with its task",
    discussion: """
      The leading unit's status is the task's: on-scene takes the encounter in progress, clear ends the task and frees every \
      unit on it. A supporting unit's clear frees that unit alone. A status goes forward only.
      """,
    arguments: [DeskWords.task],
    options: [
      OptionSpec("--unit", "CALLSIGN", "Which unit."),
      OptionSpec("--service", "NATION/ODS", "The unit's service. Default the task's."),
      OptionSpec("--status", "STATUS", "mobile, on-scene, conveying, at-hospital or clear."),
    ] + DeskWords.writing,
    examples: [
      .init("quartet dispatch unit TASK --unit A1 --status conveying", "On the way to hospital."),
      .init("quartet dispatch unit TASK --unit A1 --status clear", "Done: A1 is free."),
    ],
    make: { desk in
      guard let status = try desk.member("--status", of: UnitStatus.self) else {
        throw CommandFailure.usage("--status is needed: \(UnitStatus.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      let task = try await desk.subject(R4.Task.type, "TASK")
      return UpdateUnitStatus(try await desk.unit(of: task), on: task, status)
    },
    answer: { operation, task in
      DeskAnswer("task", task, "\(operation.unit.callsign) \(operation.status.rawValue)")
    })

  private static let find = DeskCommand(
    "where", "Find the task that a unit is on",
    discussion: "Exit code 1 when it is on none.",
    arguments: [
      ArgumentSpec("NATION/ODS", "The unit's service."), ArgumentSpec("CALLSIGN", "The unit."),
    ],
    options: DeskWords.reading, examples: [.init("quartet dispatch where england/RX6 A1", "Prints the task's id.")],
    work: { try await $0.whereUnit() })

  private static let reject = DeskCommand.operation(
    "reject", "Put a task back because its unit cannot go, or go on",
    discussion: "It returns to its old place in the queue; its units are free.",
    arguments: [DeskWords.task], options: [DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet dispatch reject TASK --reason 'broken down'", "To be sent again.")],
    make: { desk in
      let reason = try desk.need("--reason", "why the unit cannot go")
      return RejectTask(try await desk.subject(R4.Task.type, "TASK"), reason: reason)
    },
    answer: { _, task in DeskAnswer("task", task, "back in the queue; its units are free") })

  private static let standDown = DeskCommand.operation(
    "stand-down", "Cancel a task: no ambulance is needed any more",
    discussion: "Its units are free. The same as 'quartet encounter allocate TASK --stand-down'.",
    arguments: [DeskWords.task], options: [DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet dispatch stand-down TASK --reason 'went by car'", "Nobody goes.")],
    make: { desk in
      let reason = try desk.need("--reason", "why no ambulance is needed any more")
      return StandDown(try await desk.subject(R4.Task.type, "TASK"), reason: reason)
    },
    answer: { _, task in stoodDown(task) })

  static func stoodDown(_ task: VersionedID) -> DeskAnswer {
    DeskAnswer("task", task, "stood down; its units are free")
  }

  private static let mutualAid = DeskCommand(
    "mutual-aid", "Hand a task over to another service, of this nation or another",
    discussion: """
      Within a nation the task changes its queue. In another nation it is taken over by a task of its own, with the same rank, \
      clock and deadline, before the old one ends: broken off between the two, both queues have it, and the same command with \
      the same --request-id completes it. Prints the id of the task that goes on.
      """,
    arguments: [DeskWords.task],
    options: [OptionSpec("--to-service", "NATION/ODS", "Who takes over."), DeskWords.reason] + DeskWords.writing,
    examples: [
      .init("quartet dispatch mutual-aid TASK --to-service wales/RT4 --reason 'nearer'", "Over the border.")
    ],
    work: { try await $0.mutualAid() })
}

extension EncounterDesk {
  /// Whole seconds.
  func seconds(_ option: String) throws(CommandFailure) -> Int64? {
    guard let time = try invocation.interval(option) else { return nil }
    guard time.milliseconds > 0, time.milliseconds % 1_000 == 0 else {
      throw .usage("\(option) takes a time in whole seconds, as 90s or 2m")
    }
    return time.milliseconds / 1_000
  }

  func neededLease() throws(CommandFailure) -> UInt64 {
    guard let lease = try invocation.integer("--lease", in: 1...UInt64.max) else {
      throw .usage("--lease is needed: the number that the claim gave")
    }
    return lease
  }

  fileprivate func reprioritising() async throws(CommandFailure) -> (ResourceID, Priority, String) {
    let reason = try need("--reason", "why its priority changes")
    guard invocation.text("--priority") != nil else {
      throw .usage("--priority is needed, as C2 in England or red in Wales")
    }
    let task = try await subject(R4.Task.type, "TASK")
    return (task, try neededPriority(task.home), reason)
  }

  fileprivate func whereUnit() async throws -> ExitCode {
    let service = try service(invocation.required(0), called: "NATION/ODS")
    let unit = try unit(invocation.required(1), of: service, called: "CALLSIGN")
    let timeout = try invocation.timeout()
    let task = try await reading { () async throws(EncounterError) in try await store.task(of: unit, timeout: timeout) }
    if invocation.isJSON {
      console.json(["unit": .string("\(unit)"), "task": task.map { .string("Task/\($0)") } ?? .null])
    } else if let task {
      console.line(task.text)
    } else {
      console.say("\(unit.callsign) is on no task")
    }
    return task == nil ? .no : .ok
  }

  fileprivate func mutualAid() async throws -> ExitCode {
    let service = try neededService("--to-service", "who takes over")
    let reason = try need("--reason", "why it is handed over")
    let aid = MutualAid(try await subject(R4.Task.type, "TASK"), to: service, reason: reason)
    let done = try await perform { (request) async throws(EncounterError) in
      try await store.mutualAid(aid, as: request)
    }
    report(done, DeskAnswer("task", done.result, "\(done.result.id)"))
    return .ok
  }
}
