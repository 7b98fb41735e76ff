import Base
import Encounters
import JSON

extension EncounterDesk {
  // MARK: show

  func show() async throws -> ExitCode {
    let timeout = try invocation.timeout()
    let word = invocation.required(0)
    do {
      let id = try await resource(R4.Encounter.type, word, called: "ENCOUNTER")
      if invocation.has("--history") { return try await history(id, timeout) }
      if let version = try invocation.integer("--version", in: 1...UInt64.max) {
        let found = try await reading { () async throws(EncounterError) in
          try await store.read(R4.Encounter.self, id, version: version, timeout: timeout)
        }
        console.json(found.resource.json)
        return .ok
      }
      let found = try await reading { () async throws(EncounterError) in
        try await store.read(R4.Encounter.self, id, includingHidden: true, timeout: timeout)
      }
      let parts = try await reading { () async throws(EncounterError) in
        try await store.everything(of: id, timeout: timeout)
      }
      if invocation.isJSON { printJSON(found, parts) } else { printPage(found, parts) }
      return .ok
    } catch let failure as CommandFailure where failure.code == EncounterError.Code.notFound.name {
      console.say(failure.message)
      return .no
    }
  }

  private func history(_ id: ResourceID, _ timeout: Interval) async throws -> ExitCode {
    let notes = try await reading { () async throws(EncounterError) in
      try await store.history(R4.Encounter.type, id, timeout: timeout)
    }
    if invocation.isJSON {
      console.json([
        "encounter": .string("Encounter/\(id)"),
        "versions": .array(
          notes.map {
            [
              "version": .integer($0.version), "at": .string("\($0.at)"), "request": .string($0.request.description),
              "chain": .string($0.chain.description),
            ]
          }),
      ])
      return .ok
    }
    var table = TextTable([">VERSION", "AT", "REQUEST"])
    for note in notes { table.add(["\(note.version)", "\(note.at)", "\(note.request)"]) }
    console.write(table.text)
    return .ok
  }

  private func printJSON(_ found: Found<R4.Encounter>, _ parts: [StoredJSON]) {
    console.json([
      "keyspace": .string(found.nation.description), "revision": .integer(found.revision.rawValue),
      "version": .integer(found.version), "hidden": .bool(found.isHidden), "encounter": found.resource.json,
      "resources": .array(parts.dropFirst().map(\.json)),
    ])
  }

  /// No word about the patient: the resources themselves are for --json.
  private func printPage(_ found: Found<R4.Encounter>, _ parts: [StoredJSON]) {
    let encounter = found.resource
    let rows: [(String, String?)] = [
      ("encounter", "\(found.id), version \(found.version) of \(found.at)\(found.isHidden ? ", entered in error" : "")"),
      ("keyspace", "\(found.nation) at revision \(found.revision)"),
      ("status", encounter.status?.rawValue), ("service", encounter.service), ("start", encounter.start.map { "\($0)" }),
      ("disposition", encounter.disposition), ("rank", encounter.rank.map { "\($0)" }),
      ("repeat caller", encounter.repeatCaller?.rawValue), ("patient", encounter.patient?.text),
      ("part of", encounter.partOf?.text),
    ]
    for (name, value) in rows {
      guard let value else { continue }
      console.line(name + String(repeating: " ", count: 15 - name.utf8.count) + value)
    }
    guard parts.count > 1 else { return }
    var table = TextTable(["TYPE", "ID", "STATUS"])
    for part in parts.dropFirst() { table.add([part.type, part.id.text, part.json["status"]?.string ?? "-"]) }
    console.write("\n" + table.text)
  }

  // MARK: list

  func list() async throws -> ExitCode {
    let ways = ["--open", "--patient", "--dispatch", "--callbacks", "--slots", "--pharmacy"]
    let given = ways.filter { invocation.text($0) != nil }
    guard given.count == 1 else { throw CommandFailure.usage("give one of \(ways.joined(separator: ", "))") }
    let limit = try limit()
    let timeout = try invocation.timeout()
    switch given[0] {
    case "--open":
      let service = try service("--open")
      try await listEncounters { () async throws(EncounterError) in
        guard let service else { return [] }
        return try await store.openEncounters(at: service, limit: limit, timeout: timeout)
      }
    case "--patient":
      let patient = try await resource(R4.Patient.type, option: "--patient")
      try await listEncounters { () async throws(EncounterError) in
        guard let patient else { return [] }
        return try await store.encounters(of: patient, limit: limit, timeout: timeout)
      }
    case "--slots":
      let nation = try neededNation("where the service is")
      try await listSlots(try need("--slots", "the service's id in the directory of services"), in: nation, status: .free)
    case "--pharmacy":
      let nation = try neededNation("where they were issued")
      try await listPrescriptions(try need("--pharmacy", "its ODS code"), in: nation)
    case "--dispatch": try await listDispatch(try neededService("--dispatch", "whose queue"))
    default:
      if invocation.text("--breaching-in") != nil { throw CommandFailure.usage("--breaching-in goes with --dispatch") }
      try await listCallbacks(try neededService("--callbacks", "whose queue"))
    }
    return .ok
  }

  func limit() throws(CommandFailure) -> Int { try invocation.integer("--limit", in: 1...100_000) ?? 100 }

  private func listEncounters(
    _ find: () async throws(EncounterError) -> [EncounterFound]
  ) async throws {
    let found = try await reading(find)
    if invocation.isJSON {
      console.json([
        "encounters": .array(
          found.map {
            [
              "encounter": .string("Encounter/\($0.encounter)"), "start": .string("\($0.start)"),
              "status": .string($0.status.rawValue), "rank": $0.rank.map { .integer($0) } ?? .null,
            ]
          })
      ])
      return
    }
    var table = TextTable(["ENCOUNTER", "START", "STATUS", ">RANK"])
    for one in found {
      table.add([one.encounter.text, "\(one.start)", one.status.rawValue, one.rank.map { "\($0)" } ?? "-"])
    }
    console.write(table.text)
  }

  func listDispatch(_ service: Service) async throws {
    let (limit, timeout, now) = (try limit(), try invocation.timeout(), try time())
    let late = try invocation.interval("--breaching-in")
    printQueue(
      try await reading { () async throws(EncounterError) in
        guard let late else { return try await store.dispatchQueue(of: service, limit: limit, timeout: timeout) }
        let end = now.adding(seconds: late.milliseconds / 1_000)
        return try await store.breaching(before: end, of: service, limit: limit, timeout: timeout)
      }, at: now)
  }

  func listCallbacks(_ provider: Service) async throws {
    let (limit, timeout, now) = (try limit(), try invocation.timeout(), try time())
    printQueue(
      try await reading { () async throws(EncounterError) in
        try await store.callbackQueue(of: provider, limit: limit, timeout: timeout)
      }, at: now)
  }

  private func printQueue(_ items: [QueueItem], at now: Instant) {
    if invocation.isJSON {
      console.json(["queue": .array(items.map { json($0, now) })])
      return
    }
    var table = TextTable(["TASK", "PRIORITY", ">RANK", "SINCE", ">LEFT", "STATUS", "CLAIMED BY"])
    for item in items {
      let left = item.secondsToBreach(at: now).map { Quantities.text(.seconds($0)) } ?? "-"
      table.add([
        item.task.text, item.priorityCode, "\(item.rank)", "\(item.clockStart)", left, item.status.rawValue,
        item.isFree(at: now) ? "-" : item.lease?.holder ?? "-",
      ])
    }
    console.write(table.text)
  }

  private func json(_ item: QueueItem, _ now: Instant) -> JSONValue {
    [
      "task": .string("Task/\(item.task)"), "encounter": item.encounter.map { .string("Encounter/\($0)") } ?? .null,
      "status": .string(item.status.rawValue), "priority": .string(item.priorityCode), "rank": .integer(item.rank),
      "since": .string("\(item.clockStart)"), "deadline": item.deadline.map { .string("\($0)") } ?? .null,
      "seconds_left": item.secondsToBreach(at: now).map { .integer($0) } ?? .null,
      "claimed_by": item.isFree(at: now) ? .null : item.lease.map { .string($0.holder) } ?? .null,
    ]
  }

  /// - Parameter status: nil for all.
  func listSlots(_ dosService: String, in nation: Nation, status: SlotStatus?) async throws {
    let (limit, timeout, from) = (try limit(), try invocation.timeout(), try time())
    let within = try invocation.interval("--within") ?? .seconds(7 * 86_400)
    let slots = try await reading { () async throws(EncounterError) in
      try await store.slots(
        ofService: dosService, at: nation, from: from, before: from.adding(seconds: within.milliseconds / 1_000),
        status: status, limit: limit, timeout: timeout)
    }
    if invocation.isJSON {
      console.json([
        "slots": .array(
          slots.map {
            [
              "slot": .string("Slot/\($0.slot)"), "start": .string("\($0.start)"),
              "end": $0.end.map { .string("\($0)") } ?? .null, "status": .string($0.status.rawValue),
            ]
          })
      ])
      return
    }
    var table = TextTable(["SLOT", "START", "END", "STATUS"])
    for slot in slots { table.add([slot.slot.text, "\(slot.start)", slot.end.map { "\($0)" } ?? "-", slot.status.rawValue]) }
    console.write(table.text)
  }

  func listPrescriptions(_ pharmacy: String, in nation: Nation) async throws {
    let (limit, timeout) = (try limit(), try invocation.timeout())
    let items = try await reading { () async throws(EncounterError) in
      try await store.prescriptions(forPharmacy: pharmacy, issuedIn: nation, limit: limit, timeout: timeout)
    }
    if invocation.isJSON {
      console.json([
        "items": .array(
          items.map {
            [
              "item": .string("MedicationRequest/\($0.item)"), "issued": .string("\($0.issued)"),
              "status": .string($0.status.rawValue),
            ]
          })
      ])
      return
    }
    var table = TextTable(["ITEM", "ISSUED", "STATUS"])
    for item in items { table.add([item.item.text, "\(item.issued)", item.status.rawValue]) }
    console.write(table.text)
  }

  // MARK: The whole store

  func check() async throws -> ExitCode {
    let timeout = try invocation.timeout()
    let console = console
    let report = try await reading { () async throws(EncounterError) in
      try await store.check(timeout: timeout) { console.progress("\($0) rows", isMilestone: false) }
    }
    if invocation.isJSON {
      console.json(json(report))
    } else {
      if indexKeys.path == nil { console.say(IndexKeyFile.notice) }
      for fault in report.faults { console.line("\(fault)") }
      if report.faultCount + report.noteCount > report.faults.count { console.line("and more, which are counted only") }
      let places = report.revisions.map { "\($0.nation) \($0.revision)" }.joined(separator: ", ")
      console.line(
        "\(report.faultCount) faults and \(report.noteCount) notes in \(report.resources) resources, \(report.versions) "
          + "versions, \(report.requests) requests, \(report.rows) rows; revisions \(places)")
    }
    return report.isClean ? .ok : .no
  }

  private func json(_ report: CheckReport) -> JSONValue {
    [
      "clean": .bool(report.isClean), "index_keys": .string(indexKeys.path == nil ? "development" : "given"),
      "faults": .integer(report.faultCount), "notes": .integer(report.noteCount),
      "resources": .integer(report.resources), "versions": .integer(report.versions),
      "requests": .integer(report.requests), "rows": .integer(report.rows),
      "keyspaces": .array(
        report.revisions.map { ["name": .string($0.nation.description), "revision": .integer($0.revision.rawValue)] }),
      "found": .array(
        report.faults.map {
          [
            "rule": .integer($0.rule), "keyspace": .string($0.nation.description), "note": .bool($0.isNote),
            "message": .string($0.message), "about": .array($0.about.map { .string($0) }),
          ]
        }),
    ]
  }

  func rebuild() async throws -> ExitCode {
    let timeout = try invocation.timeout()
    let rebuilt = try await reading { () async throws(EncounterError) in try await store.rebuildIndexes(timeout: timeout) }
    if invocation.isJSON {
      console.json([
        "mended": .integer(rebuilt.mended), "passed_over": .integer(rebuilt.passedOver), "left": .integer(rebuilt.left),
      ])
    } else {
      console.line("\(rebuilt.mended) rows mended")
      if rebuilt.passedOver > 0 { console.line("\(rebuilt.passedOver) changed meanwhile and left alone: run it again") }
      if rebuilt.left > 0 {
        console.line("\(rebuilt.left) are claimed by two resources: 'quartet encounters check' names them, a human decides")
      }
    }
    return rebuilt.passedOver + rebuilt.left == 0 ? .ok : .partly
  }
}
