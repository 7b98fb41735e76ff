import Base
import Encounters
import JSON
import QuartetClient

/// One command about encounters: its page, and what it does at the desk.
struct DeskCommand: Sendable {
  typealias Work = @Sendable (EncounterDesk) async throws -> ExitCode

  private let page: CommandSpec
  let work: Work

  init(
    _ name: String, _ summary: String, discussion: String = "", arguments: [ArgumentSpec] = [],
    options: [OptionSpec] = [], examples: [CommandSpec.Example], work: @escaping Work
  ) {
    page = CommandSpec(
      name, summary, discussion: discussion, arguments: arguments, options: options, examples: examples)
    self.work = work
  }

  /// A command that is one operation: `make` reads it off the command line, `answer` tells what it gave.
  static func operation<Operation: EncounterOperation>(
    _ name: String, _ summary: String, discussion: String = "", arguments: [ArgumentSpec] = [],
    options: [OptionSpec] = [], examples: [CommandSpec.Example],
    make: @escaping @Sendable (EncounterDesk) async throws -> Operation,
    answer: @escaping @Sendable (Operation, Operation.Result) -> DeskAnswer
  ) -> DeskCommand {
    DeskCommand(
      name, summary, discussion: discussion, arguments: arguments, options: options, examples: examples
    ) { desk in
      let operation = try await make(desk)
      let done = try await desk.perform(operation)
      desk.report(done, answer(operation, done.result))
      return .ok
    }
  }

  var name: String { page.name }

  /// For the tool: over the cluster that the command line names.
  var spec: CommandSpec {
    var spec = page
    let work = work
    spec.action = .asynchronous { invocation in
      try await invocation.withClient { client, _ in
        try await work(try EncounterDesk(invocation) { client.keyspace($0.description) })
      }
    }
    return spec
  }
}

/// Commands of one kind of work, under one word.
struct DeskGroup: Sendable {
  private let page: CommandSpec
  let commands: [DeskCommand]

  init(
    _ name: String, _ summary: String, discussion: String = "", examples: [CommandSpec.Example],
    commands: [DeskCommand]
  ) {
    page = CommandSpec(name, summary, discussion: discussion, examples: examples)
    self.commands = commands
  }

  var name: String { page.name }

  var spec: CommandSpec {
    var spec = page
    spec.children = commands.map(\.spec)
    return spec
  }

  /// In the order of the help.
  static let all = [
    EncounterCommands.group, PatientCommands.group, DispatchCommands.group, CallbackCommands.group,
    AppointmentCommands.group, PrescriptionCommands.group, EncounterCommands.storeGroup,
  ]
}

/// What an operation gave: members of a JSON object, or lines for people.
struct DeskAnswer: Sendable {
  var members: [JSONMember]
  var lines: [String]

  init(_ members: [JSONMember], _ lines: String...) {
    self.members = members
    self.lines = lines
  }

  /// One resource that has a new version.
  init(_ name: String, _ version: VersionedID, _ lines: String...) {
    members = [JSONMember(name, version.json)]
    self.lines = lines
  }

  /// A claim, with the number that goes with everything that the claimant does.
  init(_ name: String, _ claimed: Claimed) {
    members = [
      JSONMember(name, claimed.item.json), JSONMember("lease", .integer(claimed.lease)),
      JSONMember("until", .string("\(claimed.until)")),
    ]
    lines = ["lease \(claimed.lease), until \(claimed.until)"]
  }
}

/// Words that many commands take.
enum DeskWords {
  static let reading = [IndexKeyFile.option, CommandTree.timeoutOption, CommandTree.clusterOption]
  static let at = OptionSpec("--at", "TIME", "When it happened, as 2026-01-10T09:30:00Z. Default now.")
  static let expectVersion = OptionSpec(
    "--expect-version", "N", "Refuse unless this is the version of what the command names.")
  /// Of operations that make something new, which has no version to expect.
  static let making =
    [
      OptionSpec("--request-id", "ID", "The request's name for ever, 32 hexadecimal digits. Default a new one."),
      OptionSpec("--correlation", "ID", "Groups the requests of one piece of work. Default the request's id."), at,
      OptionSpec("--user", "ID", "Who does it, for the audit. Default the name of this shell's user."),
      OptionSpec("--role", "ROLE", "In which role."),
      OptionSpec("--organisation", "ODS", "For which organisation, by its ODS code."),
    ] + reading
  static let writing = [expectVersion] + making

  static let encounter = ArgumentSpec("ENCOUNTER", "Its id, or Encounter/ID.")
  static let task = ArgumentSpec("TASK", "Its id, or Task/ID.")
  static let queue = ArgumentSpec("NATION/ODS", "Whose queue, as england/RX6.")
  static let reason = OptionSpec("--reason", "TEXT", "Why.")
  static let service = OptionSpec("--service", "NATION/ODS", "Which service.")
  static let limit = OptionSpec("--limit", "N", "At most so many. Default 100.")
  static let lease = OptionSpec("--lease", "N", "The number of the claim.")
  static let priority = OptionSpec(
    "--priority", "CODE",
    "The nation's own code of an ambulance's priority (C1 to C5; purple to green), or callback-20m, callback-1h, "
      + "callback-4h, primary-care-6h, primary-care-24h, routine, self-care.")
}
