import Base
import Encounters
import JSON

/// `quartet patient …`: who it is about.
enum PatientCommands {
  static let group = DeskGroup(
    "patient", "Find patients in all nations, link callers to them, merge records",
    discussion: """
      Numbers and names are looked up by keyed hashes, never stored in keys. Pages tell ids and no word about the person; \
      'quartet fhir export --patient ID' has the record.
      """,
    examples: [
      .init("quartet patient find 9434765919", "In whichever nation the record is."),
      .init("quartet patient link ID --encounter ENCOUNTER", "The unknown caller is this patient."),
    ],
    commands: [find, match, register, link, merge])

  private static let patient = ArgumentSpec("PATIENT", "Its id, or Patient/ID.")

  private static let find = DeskCommand(
    "find", "Find the records that have a number",
    discussion: "All four nations are asked at once. Exit code 1 when nobody has it.",
    arguments: [ArgumentSpec("NUMBER", "NHS, CHI or health and care number.")], options: DeskWords.reading,
    examples: [.init("quartet patient find 943-476-5919", "Blanks and hyphens make no difference.")],
    work: { desk in
      let number = try desk.patientNumber(desk.invocation.required(0), called: "NUMBER")
      let timeout = try desk.invocation.timeout()
      return desk.print(
        try await desk.reading { () async throws(EncounterError) in
          try await desk.store.findPatients(number, timeout: timeout)
        })
    })

  private static let match = DeskCommand(
    "match", "Find records by what a caller without a number tells",
    discussion: """
      Those that agree in at least three of the five, best first, in all four nations. Give two names, or a name and the \
      postcode, or date of birth and gender, at least. Exit code 1 when nobody agrees.
      """,
    options: [
      OptionSpec("--given", "NAME", "First name."), OptionSpec("--family", "NAME", "Last name."),
      OptionSpec("--birth-date", "DATE", "As 1961-04-12."),
      OptionSpec("--gender", "GENDER", "male, female, other or unknown."),
      OptionSpec("--postcode", "POSTCODE", "Of the home."),
    ] + DeskWords.reading,
    examples: [
      .init("quartet patient match --given Ada --family Test --birth-date 1961-04-12", "In how many of five they agree.")
    ],
    work: { try await $0.matchPatients() })

  private static let register = DeskCommand.operation(
    "register", "Record a patient",
    discussion: "A verified number that another active patient has is refused, and that patient named.",
    options: [
      OptionSpec("--nation", "NATION", "Where the record is at home."),
      OptionSpec("--patient-file", "FILE", "A Patient resource without an id; '-' for standard input."),
      OptionSpec("--number", "NUMBER", "Instead of a file: NHS, CHI or health and care number."),
      OptionSpec("--verified", nil, "With --number: it was traced to the person."),
    ] + DeskWords.making,
    examples: [.init("quartet patient register --nation wales --patient-file patient.json", "Prints the record's id.")],
    make: { try $0.registering() },
    answer: { _, patient in DeskAnswer("patient", patient, "\(patient.id)") })

  private static let link = DeskCommand.operation(
    "link", "Make a patient the one whom an encounter is about",
    discussion: """
      Of an encounter that was opened for somebody unknown: the placeholder's record is replaced by the patient's, and the call \
      counts as the patient's. The answer says again whether the caller has called before.
      """,
    arguments: [patient],
    options: [OptionSpec("--encounter", "ID", "Which encounter.")] + DeskWords.writing,
    examples: [.init("quartet patient link ID --encounter ENCOUNTER", "Known from here on.")],
    make: { desk in
      _ = try desk.need("--encounter", "which encounter it is about")
      let patient = try await desk.subject(R4.Patient.type, "PATIENT")
      guard let encounter = try await desk.resource(R4.Encounter.type, option: "--encounter") else {
        throw CommandFailure.usage("--encounter is needed: which encounter it is about")
      }
      return LinkPatient(patient, to: encounter)
    },
    answer: { _, result in EncounterDesk.answer(result) })

  private static let merge = DeskCommand.operation(
    "merge", "Say that two records are of one person",
    discussion: "The first becomes inactive and points to the second; its encounters stay as they are.",
    arguments: [ArgumentSpec("DUPLICATE", "The record that is given up."), ArgumentSpec("SURVIVOR", "The one that stays.")],
    options: DeskWords.writing,
    examples: [.init("quartet patient merge OTHER ID", "ID stays.")],
    make: { desk in
      let duplicate = try await desk.subject(R4.Patient.type, "DUPLICATE")
      return MergePatients(
        duplicate,
        into: try await desk.resource(R4.Patient.type, desk.invocation.required(1), called: "SURVIVOR"))
    },
    answer: { operation, patient in DeskAnswer("patient", patient, "replaced by \(operation.survivor)") })
}

extension EncounterDesk {
  fileprivate func print(_ found: PatientsFound) -> ExitCode {
    if invocation.isJSON {
      console.json([
        "patients": .array(
          found.patients.map {
            .object(present: [
              "patient": .string("Patient/\($0.patient)"), "verified": .bool($0.isVerified),
              "agreement": $0.agreement.map { .integer($0) },
            ])
          }),
        "keyspaces": .array(
          found.revisions.map { ["name": .string($0.nation.description), "revision": .integer($0.revision.rawValue)] }),
      ])
    } else if found.patients.isEmpty {
      console.say("nobody is on record with that")
    } else {
      var table = TextTable(["PATIENT", "KEYSPACE", "VERIFIED", ">AGREE"])
      for match in found.patients {
        table.add([
          match.patient.text, match.patient.home?.description ?? "-", match.isVerified ? "yes" : "no",
          match.agreement.map { "\($0) of 5" } ?? "-",
        ])
      }
      console.write(table.text)
    }
    return found.patients.isEmpty ? .no : .ok
  }

  fileprivate func matchPatients() async throws -> ExitCode {
    if let gender = invocation.text("--gender"), !["male", "female", "other", "unknown"].contains(gender) {
      throw CommandFailure.usage("--gender takes male, female, other or unknown")
    }
    let demographics = Demographics(
      given: invocation.text("--given"), family: invocation.text("--family"),
      birthDate: invocation.text("--birth-date"), gender: invocation.text("--gender"),
      postcode: invocation.text("--postcode"))
    let timeout = try invocation.timeout()
    return print(
      try await reading { () async throws(EncounterError) in
        try await store.matchPatients(demographics, timeout: timeout)
      })
  }

  fileprivate func registering() throws -> RegisterPatient {
    let nation = try neededNation("where the record is at home")
    switch (invocation.text("--number"), try document("--patient-file", as: R4.Patient.self)) {
    case (let text?, nil):
      let number = try patientNumber(text, called: "--number")
      return RegisterPatient(at: nation, R4.Patient(number, isVerified: invocation.has("--verified")))
    case (nil, let patient?): return RegisterPatient(at: nation, patient)
    default: throw CommandFailure.usage("give --patient-file or --number: who it is")
    }
  }
}
