import Base
import Encounters
import JSON
import Model
import QuartetClient
import QuartetTesting
import Synchronization
import Synthetic
import Testing

@testable import QuartetCLI

/// Four keyspaces in memory, and `system`.
private struct Shelf {
  let nations: [MemoryKeyspace]
  let system = MemoryKeyspace("system")
  let store: EncounterStore<MemoryKeyspace>

  init() {
    let nations = Nation.allCases.map { MemoryKeyspace("\($0)") }
    self.nations = nations
    store = EncounterStore { nations[Int($0.rawValue) - 1] }
  }

  func importer(_ options: ImportOptions = ImportOptions()) -> Importer<MemoryKeyspace> {
    Importer(
      encounters: store, system: system, options: options,
      agent: Agent(user: "tests", role: "import", organisation: "", software: "tests 1"))
  }

  @discardableResult
  func take(_ paths: String..., options: ImportOptions = ImportOptions()) async throws -> ImportReport {
    var importer = importer(options)
    try await importer.run(paths.map { ImportSource($0) })
    return importer.report
  }

  /// Everything that an export of all nations writes, in order.
  func exported(_ selection: Exporter<MemoryKeyspace>.Selection = .init()) async throws -> [String] {
    var lines: [String] = []
    for nation in nations {
      let exporter = Exporter<MemoryKeyspace>(
        selection: selection, timeout: .seconds(60),
        write: { lines.append(String(decoding: $0.dropLast(), as: UTF8.self)) }, onProgress: { _ in })
      _ = try await exporter.export(nation, asOf: .zero)
    }
    return lines.sorted()
  }

  var rows: [[KeyValue]] { nations.map(\.rows) }
}

/// Resources of some encounters, one a line, and the same as a set, as a patient who calls twice stands there twice.
private func generated(_ count: Int, seed: UInt64 = 5) -> (lines: [String], once: [String]) {
  var source = SyntheticEncounters(seed: seed)
  let lines = (0..<count).flatMap { _ in source.next().resources.map { String(decoding: $0.body, as: UTF8.self) } }
  return (lines, Set(lines).sorted())
}

extension TemporaryDirectory {
  fileprivate func file(_ name: String, _ text: String) throws -> String {
    try LocalFiles.replace("\(path)/\(name)", with: Array(text.utf8))
    return "\(path)/\(name)"
  }
}

@Suite struct ImportTests {
  @Test("What is imported comes out byte for byte, and imported again it changes nothing")
  func roundTrip() async throws {
    let directory = try TemporaryDirectory()
    let (lines, once) = generated(80)
    let path = try directory.file("day.ndjson", lines.joined(separator: "\n") + "\n")
    let shelf = Shelf()
    let report = try await shelf.take(path)
    #expect(report.stored == lines.count)
    #expect(report.refused == 0)
    #expect(try await shelf.exported() == once)
    let rows = shelf.rows
    #expect(rows.allSatisfy { !$0.isEmpty })

    let again = try await shelf.take(path)
    #expect(again.stored == lines.count)
    // Under other names too: the content tells that it is there.
    try await shelf.take(try directory.file("copy.ndjson", "\n" + lines.reversed().joined(separator: "\n\n")))
    #expect(try await shelf.exported() == once)
    let resources = { (rows: [[KeyValue]]) in
      rows.map { $0.filter { $0.key.bytes.starts(with: Array("r/".utf8)) || $0.key.bytes.starts(with: Array("h/".utf8)) } }
    }
    #expect(resources(shelf.rows) == resources(rows))
    #expect(shelf.system.rows.isEmpty)
    #expect(try await shelf.store.check().faults.filter { !$0.isNote } == [])
  }

  @Test("What is wrong is named by line, path and reason, and everything else goes in")
  func badInput() async throws {
    let directory = try TemporaryDirectory()
    let good = generated(3).lines
    let text = [
      good[0], "{\"resourceType\":\"Patient\",", #"{"resourceType":"Encounter","id":"secret","class":{"code":"VR"}}"#, good[1],
      #"{"resourceType":"Patient","id":"secret2","birthDate":"31/12/1999"}"#, "", "[1]",
      #"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"secret"}}"#, good[2],
    ]
    let path = try directory.file("mixed.ndjson", text.joined(separator: "\n"))
    let shelf = Shelf()
    let report = try await shelf.take(path)
    #expect(report.stored == 3)
    #expect(report.refused == 5)
    let found = report.refusals.map { refusal in "\(refusal.place.line) \(refusal.issues[0].path)" }
    #expect(
      found == ["2 ", "3 Encounter.status", "5 Patient.birthDate", "7 ", "8 Observation"])
    #expect(report.refusals.flatMap(\.lines).allSatisfy { (line: String) in !line.contains("secret") && !line.contains("31/12") })
    #expect(try await shelf.exported() == good[..<3].sorted())
    // Told where it belongs, the one without a home goes in as well.
    var options = ImportOptions()
    options.nation = .wales
    #expect(try await shelf.take(path, options: options).stored == 4)
    #expect(shelf.nations[2].rows.contains { $0.key == Key("r/Observation/o1") })
  }

  @Test("An import that was broken off goes on where it was, without a loss and without a duplicate", arguments: [3, 20, 90])
  func brokenOff(writes: Int) async throws {
    let directory = try TemporaryDirectory()
    let (lines, once) = generated(400, seed: 8)
    let path = try directory.file("day.ndjson", lines.joined(separator: "\n"))
    let shelf = Shelf()
    let count = Mutex(0)
    for nation in shelf.nations {
      nation.intercept { call in
        guard case .write = call else { return .normal }
        let number = count.withLock { count in
          count += 1
          return count
        }
        // The last one that has an effect is not heard of.
        return number < writes ? .normal : number == writes ? .answerLost : .refused
      }
    }
    var options = ImportOptions()
    options.inFlightMax = 4
    options.markInterval = .zero
    options.patience = .zero
    options.timeout = .seconds(3_600)
    await #expect(throws: CommandFailure.self) { try await shelf.take(path, options: options) }

    for nation in shelf.nations { nation.intercept(nil) }
    let rest = try await shelf.take(path)
    #expect(rest.stored + rest.storedBefore == lines.count)
    if writes > 80 { #expect(rest.storedBefore > 0) }
    #expect(try await shelf.exported() == once)
    #expect(try await shelf.store.check().faults.filter { !$0.isNote } == [])
    #expect(shelf.system.rows.isEmpty)
  }

  @Test("A file that was changed after its import was broken off is taken from its beginning")
  func changedMeanwhile() async throws {
    let directory = try TemporaryDirectory()
    // The first 64 KB, which name the source, stay.
    let (lines, _) = generated(400, seed: 9)
    let path = try directory.file("day.ndjson", lines.joined(separator: "\n"))
    let shelf = Shelf()
    let count = Mutex(0)
    shelf.nations[0].intercept { call in
      guard case .write = call else { return .normal }
      return count.withLock { count in
        count += 1
        return count <= 60 ? .normal : .refused
      }
    }
    var options = ImportOptions()
    options.inFlightMax = 1
    options.markInterval = .zero
    options.patience = .zero
    options.timeout = .seconds(3_600)
    await #expect(throws: CommandFailure.self) { try await shelf.take(path, options: options) }
    #expect(!shelf.system.rows.isEmpty)
    shelf.nations[0].intercept(nil)
    var changed = lines
    changed.swapAt(120, 121)
    _ = try directory.file("day.ndjson", changed.joined(separator: "\n"))
    let report = try await shelf.take(path)
    #expect(report.storedBefore == 0)
    #expect(report.stored == lines.count)
  }

  @Test("A broken-off import with --replace goes on without undoing what others have written meanwhile")
  func replacingBrokenOff() async throws {
    let directory = try TemporaryDirectory()
    let (lines, _) = generated(400, seed: 12)
    let path = try directory.file("day.ndjson", lines.joined(separator: "\n"))
    let shelf = Shelf()
    let count = Mutex(0)
    shelf.nations[0].intercept { call in
      guard case .write = call else { return .normal }
      return count.withLock { count in
        count += 1
        return count <= 58 ? .normal : .refused
      }
    }
    var options = ImportOptions()
    options.replaces = true
    options.inFlightMax = 1
    options.markInterval = .zero
    options.patience = .zero
    options.timeout = .seconds(3_600)
    await #expect(throws: CommandFailure.self) { try await shelf.take(path, options: options) }
    shelf.nations[0].intercept(nil)
    // The last resource that went in is behind the mark; somebody makes something newer of it.
    let isBody = { (row: KeyValue) in row.key.bytes.starts(with: Array("r/".utf8)) }
    let last = try #require(shelf.nations[0].rows.filter(isBody).max { $0.modRevision < $1.modRevision })
    var newer = try JSONValue(parsing: try #require(last.value?.bytes))
    newer.setMember("language", to: "cy")
    _ = try await shelf.store.perform(
      StoreResources(at: .england, [newer], replaces: true),
      as: Request(
        by: Agent(user: "another", role: "", organisation: "", software: "tests 1"),
        at: try #require(Instant("2026-01-10T12:00:00Z")), deadline: .seconds(3_600)))

    let rest = try await shelf.take(path, options: options)
    #expect(rest.storedBefore > 0)
    #expect(rest.stored + rest.storedBefore == lines.count)
    #expect(try await shelf.exported().contains(newer.text()))
  }

  @Test("Of two that differ under one name the first that is read is stored, whichever batch is the faster")
  func oneNameTwice() async throws {
    let directory = try TemporaryDirectory()
    func observation(_ text: String) -> String {
      #"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"\#(text)"}}"#
    }
    let (lines, once) = generated(30, seed: 13)
    let path = try directory.file(
      "twice.ndjson", ([observation("first")] + lines + [observation("second")] + lines).joined(separator: "\n"))
    let shelf = Shelf()
    let writes = Mutex(0)
    // The first write is the slowest by far.
    shelf.nations[0].intercept { call in
      guard case .write = call else { return .normal }
      let number = writes.withLock { writes in
        writes += 1
        return writes
      }
      if number == 1 { for _ in 0..<200_000 where writes.withLock({ $0 < 14 }) { await Swift.Task.yield() } }
      return .normal
    }
    var options = ImportOptions()
    options.nation = .england
    options.timeout = .seconds(3_600)
    let report = try await shelf.take(path, options: options)
    #expect(report.refusals.map(\.place.line) == [lines.count + 2])
    #expect(try await shelf.exported() == ([observation("first")] + once).sorted())
  }

  @Test(
    "Input is told apart by how it begins, and one bad line is refused alone",
    arguments: [
      ("{\"resourceType\":\"Patient\",\n", 1), ("{\"resourceType\":\"Patient\",\"contained\":[{}\n", 1),
      ("{\"a\":\"no end\n", 1), ("}\n", 1), ("\n\n", 0), ("nonsense\n", 1),
    ])
  func firstLine(text: String, refused: Int) async throws {
    let directory = try TemporaryDirectory()
    let (lines, once) = generated(2, seed: 14)
    let path = try directory.file("input", text + lines.joined(separator: "\n"))
    let shelf = Shelf()
    let report = try await shelf.take(path)
    #expect(report.refused == refused)
    #expect(try await shelf.exported() == once)
  }

  @Test("A resource over several lines is one, however its members are laid out")
  func layouts() async throws {
    let directory = try TemporaryDirectory()
    let texts = [
      "{\n\"resourceType\":\"Basic\",\"id\":\"b1\",\"code\":{\"text\":\"x\"}}\n",
      "{\"resourceType\":\"Basic\",\"id\":\"b2\",\"contained\":[\n{\"resourceType\":\"Basic\",\"id\":\"c\",\"code\":{\"text\":\"x\"}}\n],"
        + "\"code\":{\"text\":\"x\"}}",
      "{\"resourceType\":\"Basic\",\"id\":\"b3\",\"code\":\n{\"text\":\"x\"}}",
    ]
    let shelf = Shelf()
    var options = ImportOptions()
    options.nation = .england
    for text in texts {
      let report = try await shelf.take(try directory.file("input", text), options: options)
      #expect(report.stored == 1)
      #expect(report.refused == 0)
    }
  }

  @Test("Entries before a fault of a bundle go in, and the fault is named")
  func brokenBundle() async throws {
    let directory = try TemporaryDirectory()
    func entry(_ id: String) -> String {
      #"{"resource":{"resourceType":"Basic","id":"\#(id)","code":{"text":"x"}}}"#
    }
    let text = """
      {"resourceType":"Bundle","type":"collection","entry":[
      \(entry("b1")),
      \(entry("b2")),
      5,
      \(entry("b3"))]}
      """
    let shelf = Shelf()
    var options = ImportOptions()
    options.nation = .england
    let report = try await shelf.take(try directory.file("bundle.json", text), options: options)
    #expect(report.stored == 2)
    #expect(report.refusals.map { "\($0.place.line) \($0.issues[0].reason)" } == ["4 an entry is no object"])
  }

  @Test("A file to be written keeps what it held until the new content is whole")
  func outputFile() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("out", "before")
    func content() throws -> String { String(decoding: try LocalFiles.contents(of: path), as: UTF8.self) }
    do {
      let broken = try OutputFile(path)
      try broken.write([UInt8](repeating: 0x61, count: 1 << 20))
      #expect(try content() == "before")
    }
    #expect(try content() == "before")
    #expect(try LocalFiles.names(in: directory.path) == ["out"])
    let whole = try OutputFile(path)
    try whole.write(Array("after".utf8))
    try whole.finish()
    #expect(try content() == "after")
    #expect(try LocalFiles.names(in: directory.path) == ["out"])
  }

  @Test("A resource with another content is refused, and with --replace becomes the next version")
  func replacing() async throws {
    let directory = try TemporaryDirectory()
    func patient(_ city: String) -> String {
      #"{"resourceType":"Patient","id":"p1","active":true,"address":[{"city":"\#(city)"}],"multipleBirthInteger":2}"#
    }
    let shelf = Shelf()
    var options = ImportOptions()
    options.nation = .scotland
    try await shelf.take(try directory.file("a.json", patient("Ayr")), options: options)
    let other = try directory.file("b.json", patient("Perth"))
    let refused = try await shelf.take(other, options: options)
    #expect(refused.refusals.map { $0.issues[0].code } == ["duplicate"])
    #expect(try await shelf.exported() == [patient("Ayr")])
    options.replaces = true
    #expect(try await shelf.take(other, options: options).stored == 1)
    #expect(try await shelf.exported() == [patient("Perth")])
    let id = try #require(ResourceID("p1"))
    #expect(try await shelf.store.history("Patient", id).map(\.version) == [2, 1])
  }

  @Test("Entries of a bundle that name each other by urn:uuid: are linked where they are stored")
  func bundle() async throws {
    let directory = try TemporaryDirectory()
    let urn = "urn:uuid:0a6ff3b1-55f8-4a2c-9c57-3a4dd4b7e3f0"
    let text = #"""
      {"resourceType": "Bundle", "type": "transaction", "entry": [
       {"fullUrl": "\#(urn)", "resource": {"resourceType": "Patient", "active": true,
         "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}]},
        "request": {"method": "POST", "url": "Patient"}},
       {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": {"value": 1.50},
         "subject": {"reference": "\#(urn)"}}, "request": {"method": "POST", "url": "Observation"}},
       {"request": {"method": "DELETE", "url": "Patient/1"}, "resource": {"resourceType": "Patient"}}
      ]}
      """#
    let path = try directory.file("bundle.json", text)
    let shelf = Shelf()
    let report = try await shelf.take(path)
    #expect(report.stored == 2)
    #expect(report.refusals.map { "\($0.place.line) \($0.place.entry)" } == ["7 entry[2]"])
    let lines = try await shelf.exported()
    #expect(lines.count == 2)
    let observation = try #require(lines.first { $0.contains("Observation") })
    #expect(observation.contains(#""reference":"Patient/0a6ff3b1-55f8-4a2c-9c57-3a4dd4b7e3f0""#))
    #expect(observation.contains("1.50"))
    try await shelf.take(path)
    #expect(try await shelf.exported() == lines)
  }

  @Test("Bundles of generated encounters hold what the lines hold")
  func generatedBundles() async throws {
    let directory = try TemporaryDirectory()
    let lines = "\(directory.path)/lines.ndjson"
    let bundles = "\(directory.path)/bundles.ndjson"
    #expect(try await run("generate", "--encounters", "30", "--seed", "3", "--out", lines).exit == .ok)
    #expect(
      try await run("generate", "--encounters", "30", "--seed", "3", "--format", "bundles", "--out", bundles).exit == .ok)
    let (one, other) = (Shelf(), Shelf())
    try await one.take(lines)
    try await other.take(bundles)
    let parsed = { (texts: [String]) in try texts.map { try JSONValue(parsing: Array($0.utf8)) } }
    #expect(try await parsed(one.exported()).count == 180)
    #expect(
      try await Set(parsed(one.exported()).map { $0["id"]?.string })
        == Set(parsed(other.exported()).map { $0["id"]?.string }))
  }

  @Test(
    "Files as suppliers send them: what is valid comes out with nothing lost, what is not is refused", .enabled(if: Samples.areHere),
    arguments: Samples.names)
  func samples(name: String) async throws {
    let shelf = Shelf()
    var options = ImportOptions()
    options.nation = .england
    let path = try #require(Samples.folder) + "/" + name
    let report = try await shelf.take(path, options: options)
    let json = try JSONValue(parsing: LocalFiles.contents(of: path))
    guard Samples.isValid(name) else {
      #expect(report.refused > 0)
      return
    }
    #expect(report.refused == 0)
    let resources = json["resourceType"] == "Bundle"
      ? (json["entry"]?.array ?? []).compactMap { $0["resource"] } : [json]
    let stored = try await shelf.exported().map { try JSONValue(parsing: Array($0.utf8)) }
    // Of what stands there twice alike one is stored.
    #expect(stored.count == Set(resources.map { $0.text() }).count)
    // References to entries of the bundle are changed; with these written alike, everything is as it was.
    let before = Set(resources.map { Samples.withoutLinks($0).text() })
    #expect(Set(stored.map { Samples.withoutLinks($0).text() }) == before)
  }
}

/// Real FHIR files where they are at hand: in the folder that QUARTET_FHIR_SAMPLES names, or `../shared/fhir-samples`
/// beside the package.
private enum Samples {
  static let folder: String? = {
    let package = #filePath.split(separator: "/").dropLast(3)
    let near = (1...2).map { "/" + package.dropLast($0).joined(separator: "/") + "/shared/fhir-samples" }
    return near.first { LocalFiles.isDirectory($0) }
  }()
  static var areHere: Bool { folder != nil }
  static var names: [String] {
    folder.flatMap { try? LocalFiles.names(in: $0) }?.filter { $0.hasSuffix(".json") }.sorted() ?? []
  }

  /// What the collection's own list says.
  static func isValid(_ name: String) -> Bool {
    let broken = [
      "bars-appointment-patch", "bars-capabilitystatement", "bars-healthcareservice-searchset",
      "bars-message-booking-response", "bars-servicerequest-patch", "bars-servicerequest-put", "bars-servicerequest-read",
    ]
    return !name.contains("stu3") && !broken.contains { name == $0 + ".json" }
  }

  static func withoutLinks(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(withoutLinks))
    case .object(let members):
      .object(
        members.map { member in
          let isLink = ["reference", "url", "valueUri", "valueUrl", "valueCanonical"].contains(member.name)
          return JSONMember(member.name, isLink && member.value.string != nil ? "…" : withoutLinks(member.value))
        }.filter { $0.name != "id" })
    case .null, .bool, .number, .string: value
    }
  }
}
