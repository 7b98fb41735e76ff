import Base
import Encounters
import FHIR
import Glibc
import JSON
import Network
import QuartetClient

/// `quartet fhir import` and `export`.
enum FHIRCommands {
  static let spec = CommandSpec(
    "fhir", "Bring FHIR R4 resources in and get them out again",
    examples: [
      .init("quartet fhir import day.ndjson", "What is wrong is named, the rest goes in."),
      .init("quartet fhir export --out all.ndjson", "One resource a line, as it is stored."),
    ],
    children: [importSpec, exportSpec])

  private static let importSpec = CommandSpec(
    "import", "Store resources out of files: bundles, single resources, one a line",
    discussion: """
      A file holds one JSON text (a resource, or a Bundle of type transaction, batch, collection, message or searchset), or \
      one such text a line (NDJSON). Every resource is checked by the structure of FHIR R4; what is wrong is named by file, \
      line, path and reason and left out, while the rest goes in. Numbers keep their text, and members that Quartet does not \
      know stay. The entries of a bundle are taken each for itself, whatever the bundle's type.

      A resource keeps its id. One without gets an id that follows from its entry's fullUrl, or from its content; references \
      to urn:uuid: entries of the same bundle then point to where they are stored.

      Each resource goes to the nation where it is at home, told by its content: an id that was made here, a tag of system \
      https://quartet.example/CodeSystem/home, a patient's number (CHI: Scotland; health and care: Northern Ireland; NHS: \
      England, or Wales with --nation wales), or what it refers to; else what its bundle's other resources say, else \
      --nation. Give patients before what refers to them.

      The same resource imported twice is stored once. An import that was broken off goes on where it was when the same \
      command is given again. Of a resource that is stored with another content nothing is changed, unless --replace is given.

      Exit code 0: all is in; 75: some were refused and are listed; 2 to 4 and above: it could not run, or not to the end, and \
      may be started again.
      """,
    arguments: [ArgumentSpec("FILE", "A file, or '-' for standard input. At least one.", .any)],
    options: [
      OptionSpec("--nation", "NATION", "Where resources go that nothing tells a home of."),
      OptionSpec("--replace", nil, "Put a new version in the place of imported resources that differ."),
      OptionSpec(
        "--strict", nil, "Refuse identifiers that break their rules (check digits, ranges) instead of warning of them."),
      OptionSpec("--unknown-types", nil, "Take resources of types that R4 does not have, with little checked."),
      OptionSpec("--from-start", nil, "Begin at the beginning, whatever an earlier run has done."),
      OptionSpec("--in-flight", "N", "Transactions under way at once. Default 48."), IndexKeyFile.option,
      CommandTree.timeoutOption, CommandTree.clusterOption,
    ],
    examples: [
      .init("quartet fhir import day.ndjson", "What 'quartet generate' wrote."),
      .init("quartet fhir import *.json --nation wales", "Files of a supplier in Wales."),
      .init("quartet fhir import - --json < bundle.json", "The report as JSON."),
    ],
    action: .asynchronous { try await runImport($0) })

  private static let exportSpec = CommandSpec(
    "export", "Write resources as they are stored, one a line",
    discussion: """
      Each nation's keyspace is written as of one revision, whatever is written meanwhile; the revisions stand in the report \
      on standard error. Resources entered in error are among them. What was imported comes out as it went in.
      """,
    options: [
      OptionSpec("--type", "TYPE[,TYPE…]", "Only these types. Default all."),
      OptionSpec("--nation", "NATION", "Only this nation's keyspace. Default all four."),
      OptionSpec("--patient", "ID", "Only this Patient and what refers to it."),
      OptionSpec("--encounter", "ID", "Only this Encounter and what refers to it."),
      OptionSpec("--revision", "REV", "As it was at this revision; with --nation, as each keyspace has its own."),
      OptionSpec("--out", "FILE", "Where to write. Default standard output."),
      CommandTree.timeoutOption, CommandTree.clusterOption,
    ],
    examples: [
      .init("quartet fhir export --out all.ndjson", "Everything, of all four nations."),
      .init("quartet fhir export --type Patient,Encounter --nation wales", "To standard output."),
    ],
    action: .asynchronous { try await runExport($0) })

  // MARK: Import

  private static func runImport(_ invocation: Invocation) async throws -> ExitCode {
    let words = invocation.command.arguments
    guard !words.isEmpty else { throw CommandFailure.usage("give at least one FILE, or '-' for standard input") }
    guard words.count(where: { $0 == "-" }) <= 1 else { throw CommandFailure.usage("'-' can be given once") }
    var options = ImportOptions()
    options.nation = try nation(invocation)
    options.replaces = invocation.has("--replace")
    options.isStrict = invocation.has("--strict")
    options.takesUnknownTypes = invocation.has("--unknown-types")
    options.isFromStart = invocation.has("--from-start")
    options.inFlightMax = try invocation.integer("--in-flight", in: 1...512) ?? options.inFlightMax
    options.timeout = try invocation.interval("--timeout") ?? options.timeout
    let chosen = options
    let keys = try IndexKeyFile(invocation)
    let sources = words.map { ImportSource($0) }
    let begun = Clock.now()
    let console = invocation.console
    let report = try await invocation.withClient { client, _ in
      let meter = ProgressMeter(console)
      var importer = Importer(
        encounters: EncounterStore(client, secrets: keys.keys), system: client.keyspace("system"), options: chosen, agent: agent,
        onRefusal: { refusal in
          if !invocation.isJSON { for line in refusal.lines { meter.say(line) } }
        },
        onProgress: { meter.show($0) })
      do {
        try await importer.run(sources)
      } catch {
        meter.end()
        let stopped = importer.report.stored + importer.report.storedBefore
        console.say("stopped with \(stopped) resources in: give the same command again to go on")
        throw error
      }
      meter.end()
      return importer.report
    }
    let took = Clock.now() - begun
    if invocation.isJSON {
      console.json(report.json(took: took))
    } else {
      for warning in report.warned { for line in warning.lines { console.say("warning: \(line)") } }
      console.write(report.text(took: took))
    }
    return report.isAllIn ? .ok : .partly
  }

  private static var agent: Agent {
    let user = getenv("USER").map { String(cString: $0) } ?? "uid \(getuid())"
    return Agent(
      user: String(user.prefix(64)), role: "import", organisation: "", software: "quartet \(Versions.program)")
  }

  static func nation(_ invocation: Invocation) throws(CommandFailure) -> Nation? {
    guard let text = invocation.text("--nation") else { return nil }
    guard let nation = Nation(text) else {
      throw .usage("--nation takes \(Nation.allCases.map(\.description).joined(separator: ", "))")
    }
    return nation
  }

  // MARK: Export

  private static func runExport(_ invocation: Invocation) async throws -> ExitCode {
    let nation = try nation(invocation)
    let revision = try invocation.integer("--revision", in: 1...UInt64.max).map { Revision($0) } ?? .zero
    if revision != .zero, nation == nil { throw CommandFailure.usage("--revision goes with --nation") }
    var selection = Exporter<Keyspace>.Selection()
    selection.types = try types(invocation)
    selection.patient = try invocation.text("--patient").map { try reference("Patient", $0) }
    selection.encounter = try invocation.text("--encounter").map { try reference("Encounter", $0) }
    let chosen = selection
    let file = try OutputFile(invocation.text("--out"))
    let timeout = try invocation.timeout()
    let console = invocation.console
    let exported = try await invocation.withClient { client, _ in
      var exported: [Exporter<Keyspace>.Exported] = []
      var before = 0
      for nation in nation.map({ [$0] }) ?? Nation.allCases {
        let done = before
        let exporter = Exporter<Keyspace>(
          selection: chosen, timeout: timeout, write: { try file.write($0) },
          onProgress: { console.progress("\(done + $0) resources", isMilestone: false) })
        let one = try await exporter.export(client.keyspace(nation.description), asOf: revision)
        before += one.count
        exported.append(one)
      }
      return exported
    }
    try file.finish()
    report(exported, invocation)
    return .ok
  }

  /// Beside the data: on standard error, or where nothing else is with --out.
  private static func report(_ exported: [Exporter<Keyspace>.Exported], _ invocation: Invocation) {
    let count = exported.reduce(0) { $0 + $1.count }
    guard invocation.isJSON else {
      let places = exported.map { "\($0.keyspace) \($0.count) at revision \($0.revision)" }
      invocation.console.progress("\(count) resources: \(places.joined(separator: ", "))", isMilestone: true)
      return
    }
    let json: JSONValue = [
      "exported": .integer(count),
      "keyspaces": .array(
        exported.map {
          [
            "name": .string($0.keyspace), "exported": .integer($0.count), "revision": .integer($0.revision.rawValue),
          ]
        }),
    ]
    if invocation.text("--out") == nil { invocation.console.say(json.text()) } else { invocation.console.json(json) }
  }

  private static func types(_ invocation: Invocation) throws(CommandFailure) -> [String]? {
    guard let text = invocation.text("--type") else { return nil }
    let types = text.split(separator: ",").map(String.init)
    for type in types where !ResourceValidator.resourceTypes.contains(type) {
      let nearest = Spelling.nearest(to: type, in: ResourceValidator.resourceTypes)
      throw .usage("'\(type)' is no type of R4\(nearest.map { ": did you mean '\($0)'?" } ?? "")")
    }
    guard !types.isEmpty else { throw .usage("--type takes types of R4, with commas between them") }
    return Array(Set(types))
  }

  private static func reference(_ type: String, _ text: String) throws(CommandFailure) -> String {
    let id = text.hasPrefix("\(type)/") ? String(text.dropFirst(type.utf8.count + 1)) : text
    guard ResourceID(id) != nil else { throw .usage("--\(type.lowercased()) takes the id of a resource") }
    return "\(type)/\(id)"
  }
}

/// Shows how an import goes, not more often than can be read.
private final class ProgressMeter {
  private let console: Console
  private var last = Moment.zero
  private var begun = Clock.now()
  private var isShown = false

  init(_ console: Console) { self.console = console }

  func show(_ report: ImportReport) {
    let now = Clock.now()
    guard now - last > .milliseconds(250) else { return }
    last = now
    let rate = Int64(report.stored) * 1_000 / max((now - begun).milliseconds, 1)
    let refused = report.refused > 0 ? ", \(report.refused) refused" : ""
    console.progress("\(report.stored) resources in, \(rate) a second\(refused)", isMilestone: false)
    isShown = true
  }

  /// A line of its own, whatever is shown.
  func say(_ text: String) {
    if isShown, console.isInteractive { console.say(raw: "\r\u{1B}[K") }
    console.say(text)
    isShown = false
  }

  func end() { if isShown, console.isInteractive { console.say(raw: "\r\u{1B}[K") } }
}
