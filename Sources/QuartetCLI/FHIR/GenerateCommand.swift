import Base
import JSON
import Synthetic

/// `quartet generate`: synthetic encounters as files.
enum GenerateCommand {
  static let spec = CommandSpec(
    "generate", "Write made-up encounters as FHIR: nobody in them exists",
    discussion: """
      Four nations' calls to 111 and 999 at the volumes and in the mix of a winter weekend's peak day, with what they came \
      to: as many as asked for, the same for the same seed. Patients have valid numbers of ranges for tests; one in ten is \
      not identified, 3 % of calls are somebody's third within 96 hours, 8 % are of patients at home in another nation.

      Give the result to 'quartet fhir import'. Of a patient's number a store takes one patient, so import what one seed \
      gave, or other seeds into another store.
      """,
    options: [
      OptionSpec("--encounters", "N", "How many. Default 1000."),
      OptionSpec("--seed", "S", "Another number gives other encounters. Default 2026."),
      OptionSpec(
        "--format", "ndjson|bundles",
        "One resource a line, or one transaction bundle a line for each encounter. Default ndjson."),
      OptionSpec(
        "--full", nil,
        "Encounters of real size: 18 to 132 KB each instead of 8, with triage, bookings and prescriptions."),
      OptionSpec("--out", "FILE", "Where to write. Default standard output."),
    ],
    examples: [
      .init("quartet generate --encounters 10000 --out day.ndjson", "60,000 resources in a file."),
      .init("quartet generate --encounters 100 --full | quartet fhir import -", "Straight into the cluster."),
    ],
    action: .blocking { try run($0) })

  private static func run(_ invocation: Invocation) throws -> ExitCode {
    let count = try invocation.integer("--encounters", in: 1...50_000_000) ?? 1_000
    let seed = try invocation.integer("--seed", in: 0...UInt64.max) ?? 2026
    let isBundles = try invocation.choice("--format", of: ["ndjson", "bundles"], default: "ndjson") == "bundles"
    let path = invocation.text("--out")
    if invocation.isJSON, path == nil { throw CommandFailure.usage("--json goes with --out, as the data is JSON itself") }
    let file = try OutputFile(path)
    var source = SyntheticEncounters(seed: seed, detail: invocation.has("--full") ? .full : .brief)
    var resources = 0
    var bytes = 0
    for number in 1...count {
      let encounter = source.next()
      let lines = isBundles ? [bundle(encounter)] : encounter.resources.map(\.body)
      for line in lines {
        try file.write(line + [0x0A])
        bytes += line.count + 1
      }
      resources += encounter.resources.count
      if number % 500 == 0 { invocation.console.progress("\(number) of \(count) encounters", isMilestone: false) }
    }
    try file.finish()
    if invocation.isJSON {
      invocation.console.json([
        "encounters": .integer(count), "resources": .integer(resources), "bytes": .integer(bytes), "seed": .integer(seed),
      ])
    } else {
      invocation.console.progress(
        "\(count) encounters, \(resources) resources, \(bytes / 1_024) KB, seed \(seed)", isMilestone: true)
    }
    return .ok
  }

  /// The encounter as a transaction: each resource under a `urn:uuid:` that the others refer to.
  private static func bundle(_ encounter: SyntheticEncounters.Encounter) -> [UInt8] {
    var names: [String: String] = [:]
    for resource in encounter.resources { names["\(resource.type)/\(resource.id)"] = "urn:uuid:\(resource.id)" }
    func renamed(_ value: JSONValue) -> JSONValue {
      switch value {
      case .array(let elements): .array(elements.map(renamed))
      case .object(let members):
        .object(
          members.map { member in
            guard member.name == "reference", let text = member.value.string, let name = names[text] else {
              return JSONMember(member.name, renamed(member.value))
            }
            return JSONMember(member.name, .string(name))
          })
      case .null, .bool, .number, .string: value
      }
    }
    let entries = encounter.resources.map { resource -> JSONValue in
      guard var json = try? JSONValue(parsing: resource.body) else { preconditionFailure("a resource that is no JSON") }
      json = renamed(json)
      json.setMember("id", to: nil)
      return [
        "fullUrl": .string("urn:uuid:\(resource.id)"), "resource": json,
        "request": ["method": "POST", "url": .string(resource.type)],
      ]
    }
    let bundle: JSONValue = ["resourceType": "Bundle", "type": "transaction", "entry": .array(entries)]
    return bundle.serialized()
  }
}
