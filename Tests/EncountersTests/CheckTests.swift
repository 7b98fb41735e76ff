import Base
@testable import Encounters
import Identifiers
import JSON
import Model
import QuartetClient
import QuartetTesting
import Testing

/// Plants one fault of each kind and looks whether the check names it.
@Suite("The check finds what is wrong")
struct CheckTests {
  /// A store with something of everything in it.
  fileprivate struct Populated {
    let ward = Ward()
    var encounter: ResourceID
    var closed: ResourceID
    var task: ResourceID
    var otherTask: ResourceID
    var patient: ResourceID
    var slot: ResourceID
    var appointment: ResourceID
    var item: ResourceID

    init() async throws {
      patient = try await ward.run(
        RegisterPatient(
          at: .wales,
          R4.Patient(
            number("9434765919"), isVerified: true,
            Demographics(given: "Gwenda", family: "Llanfiction", birthDate: "1961-04-12", gender: "female")))).id
      encounter = try await ward.openCall(of: .patient(patient)).encounter.id
      task = try await Self.ask("ambulance", for: encounter, ward)
      otherTask = try await Self.ask("specialist-team", for: encounter, ward)
      try await ward.dispatch(unit("A1"), to: task)
      let slots = try await ward.publishSlots(2)
      slot = slots[0]
      appointment = try await ward.run(BookAppointment(slots[0], for: encounter)).id
      item = try await ward.run(PrescribingTests.issue(encounter, items: 2)).resources[0].id
      closed = try await ward.openCall().encounter.id
      try await ward.run(
        CloseEncounter(
          closed, outcome: Coding(system: "http://snomed.info/sct", code: "182992009"), message: .send(to: ["A83008"])))
    }

    private static func ask(_ need: String, for encounter: ResourceID, _ ward: Ward) async throws -> ResourceID {
      let arranged = try await ward.run(
        RequestAmbulance(
          for: encounter, from: Ward.ambulance, priority(.england, "C2"), at: R4.Location("here"), need: need))
      return try #require(arranged.task)
    }

    func put(_ key: Key, _ bytes: [UInt8], _ nation: Nation = .england) {
      ward.keyspace(nation).damage([.put(key: key, value: Value(bytes), wantsPrevious: false)])
    }

    func delete(_ key: Key, _ nation: Nation = .england) {
      ward.keyspace(nation).damage([.delete(KeyRange(only: key), wantsPrevious: false)])
    }

    /// Another body in place of the current one, with a head that fits it: only rules beyond versions can see it.
    func forge<Resource: R4Resource>(
      _ type: Resource.Type, _ id: ResourceID, _ nation: Nation = .england, _ change: (inout JSONValue) -> Void
    ) async throws {
      var json = try await ward.store.read(type, id, includingHidden: true).resource.json
      change(&json)
      let key = Keys.head(type.type, id)
      let row = try #require(ward.keyspace(nation).rows.first { $0.key == key }?.value?.bytes)
      var head = try #require(ResourceHead(row))
      var chain = Digest.zero
      if head.version > 1 {
        let before = Keys.oldHead(type.type, id, head.version - 1)
        let old = try #require(ward.keyspace(nation).rows.first { $0.key == before }?.value?.bytes)
        chain = try #require(ResourceHead(old)).chain
      }
      head.chain = ResourceHead.chain(after: chain, version: head.version, body: json.serialized())
      put(key, head.bytes, nation)
      put(Keys.body(type.type, id), json.serialized(), nation)
    }

    func rules() async throws -> Set<Int> { Set(try await ward.store.check().faults.filter { !$0.isNote }.map(\.rule)) }
  }

  @Test("A store that only operations wrote to is clean")
  func clean() async throws {
    let store = try await Populated()
    let report = try await store.ward.store.check()
    #expect(report.faults.isEmpty)
    #expect(report.resources > 15)
    #expect(report.versions > report.resources)
    #expect(report.requests == 11)
    #expect(report.revisions.map(\.nation) == Nation.allCases)
  }

  @Test("Rule 1: a unit's row that is missing, or names another task; two tasks with one unit")
  func units() async throws {
    let store = try await Populated()
    store.delete(Keys.task(ofUnit: "A1", service: "RX6"))
    #expect(try await store.rules() == [1])
    store.put(Keys.task(ofUnit: "A1", service: "RX6"), Array("Task/\(store.otherTask)".utf8))
    #expect(try await store.rules() == [1])
    store.put(Keys.task(ofUnit: "A1", service: "RX6"), Array("Task/\(store.task)".utf8))
    #expect(try await store.rules() == [])
    try await store.forge(R4.Task.self, store.otherTask) { json in
      var task = R4.Task(json: json) ?? R4.Task(.dispatch, encounter: store.encounter, patient: nil, at: Ward.morning)
      task.setLead("A1")
      json = task.json
    }
    let report = try await store.ward.store.check()
    let fault = try #require(report.faults.first { $0.rule == 1 })
    #expect(fault.about == ["Task/\(store.otherTask)", "Task/\(store.task)"].sorted())
  }

  @Test("Rule 2: a slot that is free and booked, busy and not booked, booked twice")
  func slots() async throws {
    let store = try await Populated()
    try await store.forge(R4.Slot.self, store.slot) { $0.setMember("status", to: "free") }
    #expect(try await store.rules().contains(2))
    try await store.forge(R4.Slot.self, store.slot) { $0.setMember("status", to: "busy") }
    #expect(try await store.rules() == [])
    try await store.forge(R4.Appointment.self, store.appointment) { $0.setMember("status", to: "cancelled") }
    #expect(try await store.rules().contains(2))
    try await store.forge(R4.Appointment.self, store.appointment) { $0.setMember("status", to: "booked") }
    let other = try await store.ward.run(
      BookAppointment(store.ward.publishSlots(1)[0], for: store.encounter)).id
    try await store.forge(R4.Appointment.self, other) { $0.setMember("slot", to: [.reference("Slot", store.slot)]) }
    let report = try await store.ward.store.check()
    #expect(report.faults.contains { $0.rule == 2 && $0.about.first == "Slot/\(store.slot)" && $0.about.count == 3 })
  }

  @Test("Rules 3 and 10: a registry that lost a number, or gives it to another")
  func registries() async throws {
    let store = try await Populated()
    for (prefix, rule) in [("un/rx/", 3), ("un/pid/", 10)] {
      let row = try #require(
        store.ward.keyspace(.england).rows.first { $0.key.bytes.starts(with: Array(prefix.utf8)) })
      let claim = try #require(ClaimRow(row.value?.bytes ?? []))
      store.delete(row.key)
      #expect(try await store.rules() == [rule])
      var stolen = claim
      stolen.owner = "\(rule == 3 ? "MedicationRequest" : "Patient")/\(store.closed)"
      store.put(row.key, stolen.bytes)
      #expect(try await store.rules() == [rule])
      store.put(row.key, claim.bytes)
      #expect(try await store.rules() == [])
    }
  }

  @Test("Rule 10: two active patients with one verified number, at home in one nation and in two")
  func twoPatients() async throws {
    for nation in [Nation.wales, .scotland] {
      let store = try await Populated()
      let other = try await store.ward.run(
        RegisterPatient(at: nation, R4.Patient(number("9434765870"), isVerified: true))).id
      let twin = R4.Patient(number("9434765919"), isVerified: true)
      try await store.forge(R4.Patient.self, other, nation) { $0.setMember("identifier", to: twin.json["identifier"]) }
      let fault = try #require(try await store.ward.store.check().faults.first { $0.rule == 10 && !$0.isNote })
      #expect(fault.about == ["Patient/\(other)", "Patient/\(store.patient)"])
    }
  }

  @Test("Rule 3: two prescriptions with one number, issued in one nation and in two")
  func twoPrescriptions() async throws {
    for nation in [Nation.england, .wales] {
      let store = try await Populated()
      let encounter = try await store.ward.openCall(at: service(nation, nation == .wales ? "7A1AU" : "X26")).encounter.id
      let other = try await store.ward.run(PrescribingTests.issue(encounter, "A0548B-A99968-451485")).resources[0].id
      let json = try await store.ward.store.read(R4.MedicationRequest.self, store.item).resource.json
      try await store.forge(R4.MedicationRequest.self, other, nation) { forged in
        forged.setMember("groupIdentifier", to: json["groupIdentifier"])
      }
      let fault = try #require(try await store.ward.store.check().faults.first { $0.rule == 3 && !$0.isNote })
      #expect(fault.about == ["MedicationRequest/\(other)", "MedicationRequest/\(store.item)"])
    }
  }

  @Test("A claim whose resource never came to be is a note when an hour has passed, and the retry completes it")
  func orphanedClaim() async throws {
    let store = try await Populated()
    let ward = store.ward
    // The process dies between the claim in England and its transaction in Wales.
    ward.keyspace(.wales).intercept { call in if case .write = call { .refused } else { .normal } }
    let register = RegisterPatient(at: .wales, R4.Patient(number("9434765870"), isVerified: true))
    let request = ward.request()
    await #expect(throws: EncounterError.self) { try await ward.store.perform(register, as: request) }
    ward.keyspace(.wales).intercept(nil)
    #expect(try await ward.store.check().faults == [])
    try await ward.openCall(on: Ward.morning.hours(2))
    let report = try await ward.store.check()
    let note = try #require(report.faults.first)
    #expect(report.faults.count == 1 && report.noteCount == 1 && report.isClean)
    #expect(note.rule == 10 && note.isNote && note.nation == .england)
    let patient = try await ward.store.perform(register, as: request).result
    #expect(note.about == ["Patient/\(patient.id)"])
    #expect(try await ward.store.check().faults == [])
  }

  @Test("With other index keys a check, a rebuild, a search and an operation say so, and change nothing")
  func otherKeys() async throws {
    let store = try await Populated()
    let keyspaces = store.ward.keyspaces
    let secrets = (0...4).map { number in Array("another key, number \(number), of 32 bytes".utf8) }
    let other = EncounterStore(secrets: IndexKeys(nations: Array(secrets.dropLast()), demographics: secrets[4])) {
      keyspaces[Int($0.rawValue) - 1]
    }
    let before = keyspaces.map(\.rows)
    func code(_ body: () async throws(EncounterError) -> Void) async -> EncounterError.Code? {
      do {
        try await body()
        return nil
      } catch {
        return error.code
      }
    }
    #expect(await code { () async throws(EncounterError) in _ = try await other.check() } == .wrongIndexKeys)
    #expect(await code { () async throws(EncounterError) in _ = try await other.rebuildIndexes() } == .wrongIndexKeys)
    let gwenda = number("9434765919")
    #expect(await code { () async throws(EncounterError) in _ = try await other.findPatients(gwenda) } == .wrongIndexKeys)
    // At home in Scotland, where nothing was written yet, but registered in England.
    for nation in [Nation.wales, .england, .scotland] {
      let register = RegisterPatient(at: nation, R4.Patient(gwenda, isVerified: true))
      let request = store.ward.request()
      #expect(
        await code { () async throws(EncounterError) in _ = try await other.perform(register, as: request) }
          == .wrongIndexKeys)
    }
    #expect(keyspaces.map(\.rows) == before)
    #expect(try await store.ward.store.check().faults == [])
  }

  @Test("Rule 4: a task without its row in the queue, a row without its task, two open tasks for one need")
  func queues() async throws {
    let store = try await Populated()
    let range = Keys.dispatch(.england, "RX6")
    let row = try #require(store.ward.keyspace(.england).rows.first { range.contains($0.key) })
    store.delete(row.key)
    #expect(try await store.rules() == [4])
    store.put(row.key, row.value?.bytes ?? [])
    #expect(try await store.rules() == [])
    store.put(Keys.dispatch(.england, "RX6", 0, Ward.morning, store.task), row.value?.bytes ?? [])
    #expect(try await store.rules() == [4])
    store.delete(Keys.dispatch(.england, "RX6", 0, Ward.morning, store.task))
    try await store.forge(R4.Task.self, store.otherTask) { json in
      var task = R4.Task(json: json) ?? R4.Task(.dispatch, encounter: store.encounter, patient: nil, at: Ward.morning)
      task.setNeed("ambulance")
      json = task.json
    }
    #expect(try await store.ward.store.check().faults.contains { $0.rule == 4 && $0.about.count == 2 })
  }

  @Test("Rule 5: a body that was changed, a version that is missing, one too many, a head or a body alone")
  func versions() async throws {
    let damages: [(Populated) -> Void] = [
      { $0.put(Keys.body("Task", $0.task), Array(#"{"resourceType":"Task","id":"\#($0.task)"}"#.utf8)) },
      { $0.delete(Keys.oldBody("Task", $0.task, 1)) }, { $0.delete(Keys.oldHead("Task", $0.task, 2)) },
      { $0.put(Keys.oldBody("Task", $0.task, 2), Array(#"{"resourceType":"Task"}"#.utf8)) },
      { $0.put(Keys.oldBody("Task", $0.task, 9), Array(#"{"resourceType":"Task"}"#.utf8)) },
      { $0.delete(Keys.head("Location", $0.locations[0])) }, { $0.delete(Keys.body("Location", $0.locations[0])) },
      { $0.put(Keys.body("Task", $0.task), Array("no JSON".utf8)) },
      { $0.put(Keys.head("Task", $0.task), Array("no head".utf8)) },
    ]
    for (place, damage) in damages.enumerated() {
      let store = try await Populated()
      damage(store)
      #expect(try await store.rules().contains(5), "\(place)")
    }
  }

  @Test("Rule 6: a status that must not follow, a condition that does not hold, a task of an ended encounter")
  func lifeCycles() async throws {
    let store = try await Populated()
    try await store.forge(R4.Task.self, store.task) { $0.setMember("status", to: "draft") }
    #expect(try await store.rules().contains(6))
    let other = try await Populated()
    try await other.forge(R4.Encounter.self, other.closed) { $0.setMember("extension", to: nil) }
    #expect(try await other.rules() == [6])
    let third = try await Populated()
    try await third.forge(R4.Encounter.self, third.encounter) { $0.setMember("status", to: "finished") }
    #expect(try await third.ward.store.check().faults.count { $0.rule == 6 } == 3)
  }

  @Test("Rule 7: claims whose numbers fall, or that nobody holds")
  func leases() async throws {
    let store = try await Populated()
    try await store.forge(R4.Task.self, store.task) { json in
      Lease(number: 0, holder: "x", until: Ward.morning, isHeld: false).write(to: &json)
    }
    #expect(try await store.rules() == [7])
    try await store.forge(R4.Task.self, store.task) { $0.setExtension(Lease.url, "extension", nil) }
    #expect(try await store.rules() == [7])
  }

  @Test("Rule 8: a clock set back, a repeat caller below a clinician's callback")
  func priorities() async throws {
    let store = try await Populated()
    try await store.forge(R4.Task.self, store.task) {
      $0.setMember("executionPeriod", to: ["start": "2026-01-10T10:00:00Z"])
    }
    #expect(try await store.rules().contains(8))
    // Its place in the queue: lowered by a downgrade, which may, and by something else, which must not.
    let queued = try await Populated()
    try await queued.ward.run(DowngradePriority(of: queued.otherTask, to: priority(.england, "C3"), reason: "x"))
    try await queued.ward.run(UpgradePriority(of: queued.otherTask, to: priority(.england, "C1"), reason: "x"))
    #expect(try await queued.rules() == [])
    try await queued.forge(R4.Task.self, queued.task) { json in
      var task = R4.Task(json: json) ?? R4.Task(.dispatch, encounter: queued.encounter, patient: nil, at: Ward.morning)
      task.setPriority(priority(.england, "C4"), rank: 4)
      json = task.json
    }
    #expect(try await queued.rules() == [8])
    let other = try await Populated()
    try await other.forge(R4.Encounter.self, other.closed) { json in
      json.setExtension(R4.Encounter.repeatCallerURL, "valueCode", "yes")
      json.setMember("priority", to: .priority(Priority(.selfCare), rank: 9))
    }
    #expect(try await other.rules().contains(8))
  }

  @Test("Rule 9: a version without a record, a record of nothing, an audit row that is missing")
  func records() async throws {
    let store = try await Populated()
    let history = try await store.ward.store.history("Task", store.task)
    let row = try #require(
      store.ward.keyspace(.england).rows.first { $0.key == Keys.request(history[0].request) })
    store.delete(row.key)
    #expect(try await store.rules().contains(9))
    store.put(row.key, row.value?.bytes ?? [])
    #expect(try await store.rules() == [])
    store.put(Keys.request(.random()), row.value?.bytes ?? [])
    #expect(try await store.rules().contains(9))
    let other = try await Populated()
    let audit = try #require(
      other.ward.keyspace(.england).rows.first { $0.key.bytes.starts(with: Array("ix/au/".utf8)) })
    other.delete(audit.key)
    #expect(try await other.rules() == [9])
  }

  @Test("Rule 11: a reference to what is not there, in the same keyspace and in another")
  func references() async throws {
    let nowhere = ["Patient/e-aaaaaaaaaaaaaaaaaaaaaaaaaa", "Patient/n-aaaaaaaaaaaaaaaaaaaaaaaaaa"]
    for reference in nowhere {
      let store = try await Populated()
      try await store.forge(R4.Task.self, store.task) { $0.setMember("for", to: ["reference": .string(reference)]) }
      let fault = try #require(try await store.ward.store.check().faults.first)
      #expect(fault.rule == 11)
      #expect(fault.about == ["Task/\(store.task)", reference])
    }
  }

  @Test("Rule 12: a message that is owed and was never made, or has lost its place in the outbox")
  func messages() async throws {
    let store = try await Populated()
    let history = try await store.ward.store.history("Encounter", store.closed)
    let key = Keys.request(history[0].request)
    let bytes = try #require(store.ward.keyspace(.england).rows.first { $0.key == key }?.value?.bytes)
    var record = try #require(RequestRecord(bytes, request: history[0].request, home: .england))
    record.writes.removeAll { $0.type == "Communication" }
    store.put(key, record.bytes)
    #expect(try await store.rules() == [9, 12])
    let other = try await Populated()
    let range = Keys.outbox(.postEvent, before: Ward.morning.hours(1))
    store.delete(try #require(store.ward.keyspace(.england).rows.first { range.contains($0.key) }).key)
    other.delete(try #require(other.ward.keyspace(.england).rows.first { range.contains($0.key) }).key)
    #expect(try await other.rules() == [12])
  }

  @Test("Rule 15: every index row that is taken away, changed or added is found, and rebuilding puts it right")
  func indexes() async throws {
    let store = try await Populated()
    let keyspace = store.ward.keyspace(.england)
    let before = keyspace.rows
    func contents(_ rows: [KeyValue]) -> [String] { rows.map { "\($0.key.bytes)=\($0.value?.bytes ?? [])" } }
    let indexRows = before.filter { row in
      ["ix/", "q/", "u/", "ob/", "un/slot/"].contains { row.key.bytes.starts(with: Array($0.utf8)) }
    }
    #expect(indexRows.count > 20)
    for row in indexRows {
      store.delete(row.key)
      #expect(try await store.ward.store.check().faultCount >= 1, "a row that is missing")
      #expect(try await store.ward.store.rebuildIndexes().mended == 1)
      #expect(contents(keyspace.rows) == contents(before))
      store.put(row.key, Array("nonsense".utf8))
      #expect(try await store.ward.store.check().faultCount >= 1, "a row that is wrong")
      #expect(try await store.ward.store.rebuildIndexes().mended == 1)
      #expect(contents(keyspace.rows) == contents(before))
    }
    for extra in ["ix/enc/\(store.closed)/Task/\(store.task)", "ix/pat/\(store.patient)/000/x", "u/RX6/B9", "q/enc/X/1/y"] {
      store.put(Key(extra), Array("null".utf8))
      #expect(try await store.ward.store.check().faultCount == 1, "\(extra)")
      #expect(try await store.ward.store.rebuildIndexes().mended == 1)
      #expect(contents(keyspace.rows) == contents(before))
    }
    store.put(Key("zz/what"), [1])
    #expect(try await store.rules() == [15])
  }

  @Test("Rebuilding writes nothing that an operation has changed meanwhile")
  func rebuildBesideOperations() async throws {
    let store = try await Populated()
    let key = Keys.openWork(store.encounter)
    store.delete(key)
    // After the survey and before the mending, the task is stood down and its row with it.
    store.ward.keyspace(.england).intercept { call in
      guard case .write(.transaction(let transaction)) = call, transaction.success.count == 1 else { return .normal }
      store.ward.keyspace(.england).intercept(nil)
      _ = try? await store.ward.run(StandDown(store.task, reason: "not needed"))
      return .normal
    }
    let rebuilt = try await store.ward.store.rebuildIndexes()
    #expect(rebuilt.passedOver == 1)
    _ = try await store.ward.store.rebuildIndexes()
    #expect(try await store.rules() == [])
  }

  @Test("Faults name resources, and never what is in them")
  func secrecy() async throws {
    let store = try await Populated()
    for row in store.ward.keyspace(.england).rows where !row.key.bytes.starts(with: Array("r/".utf8)) {
      store.delete(row.key)
    }
    let report = try await store.ward.store.check()
    #expect(report.faultCount > 20)
    for fault in report.faults {
      for secret in ["9434765919", "Gwenda", "Llanfiction", "1961"] { #expect(!fault.description.contains(secret)) }
    }
  }
}

extension CheckTests.Populated {
  fileprivate var locations: [ResourceID] {
    ward.keyspace(.england).rows.compactMap { row in
      let parts = String(decoding: row.key.bytes, as: UTF8.self).split(separator: "/")
      return parts.count == 3 && parts[0] == "r" && parts[1] == "Location" ? ResourceID(String(parts[2])) : nil
    }
  }
}
