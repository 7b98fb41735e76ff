import Base
import Encounters
import JSON

/// `quartet prescription …`: what became of prescriptions.
enum PrescriptionCommands {
  static let group = DeskGroup(
    "prescription", "Look at issued prescriptions, cancel them, record what was given out",
    discussion: "'quartet encounter prescribe' issues one, once, under a number that is used for ever.",
    examples: [
      .init("quartet prescription status 24F5DA-A83008-7EFE6Z", "Its items, and how far each is."),
      .init("quartet prescription list FH123 --nation england", "What a pharmacy has to do."),
    ],
    commands: [status, list, dispense, cancel])

  private static let item = ArgumentSpec("ITEM", "The id of one of its items, or MedicationRequest/ID.")

  private static let status = DeskCommand(
    "status", "Print the items of a prescription and where each stands",
    discussion: """
      All four nations are asked. Exit code 1 when the number was never used. The page names no medicine; --json has the items \
      whole.
      """,
    arguments: [ArgumentSpec("NUMBER", "The electronic prescription's number, or a paper form's serial number.")],
    options: [OptionSpec("--form", "FORM", "electronic (default) or paper.")] + DeskWords.reading,
    examples: [.init("quartet prescription status 24F5DA-A83008-7EFE6Z", "Whether it was given out.")],
    work: { try await $0.prescriptionStatus() })

  private static let list = DeskCommand(
    "list", "List items of prescriptions for a pharmacy, latest first",
    arguments: [ArgumentSpec("ODS", "The pharmacy's code.")],
    options: [OptionSpec("--nation", "NATION", "Where they were issued."), DeskWords.limit] + DeskWords.reading,
    examples: [.init("quartet prescription list FH123 --nation england", "What FH123 was sent.")],
    work: { desk in
      let nation = try desk.neededNation("where they were issued")
      try await desk.listPrescriptions(desk.invocation.required(0), in: nation)
      return .ok
    })

  private static let dispense = DeskCommand.operation(
    "dispense", "Record that an item was given out",
    discussion: "In whole, or with --partly so that the rest can follow.",
    arguments: [item],
    options: [
      OptionSpec("--pharmacy", "ODS", "Which pharmacy."), OptionSpec("--partly", nil, "The rest is still to come."),
    ] + DeskWords.writing,
    examples: [.init("quartet prescription dispense ITEM --pharmacy FH123", "Given out whole.")],
    make: { desk in
      let pharmacy = try desk.need("--pharmacy", "who gave it out")
      return RecordDispense(
        try await desk.subject(R4.MedicationRequest.type, "ITEM"), by: pharmacy,
        isWhole: !desk.invocation.has("--partly"))
    },
    answer: { operation, written in
      DeskAnswer(
        [
          JSONMember("item", written.resources.first?.json ?? .null),
          JSONMember("dispense", written.resources.dropFirst().first?.json ?? .null),
        ], operation.isWhole ? "given out" : "given out in part")
    })

  private static let cancel = DeskCommand.operation(
    "cancel", "Take a whole prescription back, before anything of it was given out",
    arguments: [item], options: [DeskWords.reason] + DeskWords.writing,
    examples: [.init("quartet prescription cancel ITEM --reason 'wrong dose'", "All its items are cancelled.")],
    make: { desk in
      let reason = try desk.need("--reason", "why it is taken back")
      return CancelPrescription(try await desk.subject(R4.MedicationRequest.type, "ITEM"), reason: reason)
    },
    answer: { _, written in
      let items = written.resources.filter { $0.type == R4.MedicationRequest.type }
      return DeskAnswer([JSONMember("items", .array(items.map(\.json)))], "\(items.count) items cancelled")
    })
}

extension EncounterDesk {
  fileprivate func prescriptionStatus() async throws -> ExitCode {
    let form = try member("--form", of: PrescriptionForm.self) ?? .electronic
    let number = invocation.required(0)
    let timeout = try invocation.timeout()
    let items = try await reading { () async throws(EncounterError) in
      try await store.prescription(number, form, timeout: timeout)
    }
    if invocation.isJSON {
      console.json([
        "items": .array(
          items.map {
            [
              "item": .string("MedicationRequest/\($0.id)"), "version": .integer($0.version),
              "keyspace": .string($0.nation.description), "status": .string($0.resource.status?.rawValue ?? ""),
              "resource": $0.resource.json,
            ]
          })
      ])
    } else if items.isEmpty {
      console.say("this number was never used")
    } else {
      var table = TextTable(["ITEM", "KEYSPACE", ">VERSION", "STATUS", "PHARMACY"])
      for item in items {
        table.add([
          item.id.text, item.nation.description, "\(item.version)", item.resource.status?.rawValue ?? "-",
          item.resource.pharmacy ?? "-",
        ])
      }
      console.write(table.text)
    }
    return items.isEmpty ? .no : .ok
  }
}
