import Base
import FHIR
import Identifiers
import JSON
import Synthetic
import Testing

@Suite struct VolumeTests {
  @Test("Every resource is one of FHIR R4, its identifiers and codes right, in either detail")
  func valid() throws {
    var wrong: Set<String> = []
    let validator = ResourceValidator(identifierSeverity: .error)
    for encounter in draw(150) + draw(60, .full) {
      for resource in encounter.resources {
        for issue in validator.validate(try JSONValue(parsing: resource.body)).issues { wrong.insert("\(issue)") }
      }
    }
    #expect(wrong.sorted() == [])
  }

  @Test("Full encounters have the size of real ones, and as many questions")
  func sizes() throws {
    let encounters = draw(400, .full)
    func sizes(_ kind: SyntheticEncounters.Kind) -> [Int] {
      encounters.filter { $0.kind == kind }.map { $0.resources.reduce(0) { $0 + $1.body.count } }.sorted()
    }
    let urgent = sizes(.urgentCall)
    #expect((42_000...52_000).contains(urgent[urgent.count / 2]), "the middle is \(urgent[urgent.count / 2])")
    #expect(urgent[0] > 15_000)
    #expect(urgent[urgent.count - 1] < 145_000)
    let emergency = sizes(.emergencyCall)
    let mean = emergency.reduce(0, +) / emergency.count
    #expect((26_000...36_000).contains(mean), "the mean is \(mean)")
    var outside: [Int] = []
    for encounter in encounters.prefix(100) {
      var pairs = 0
      for resource in encounter.resources.dropFirst(6) where resource.type == "QuestionnaireResponse" {
        pairs += try JSONValue(parsing: resource.body)["item"]?.array?.count ?? 0
      }
      if !(15...73).contains(pairs) { outside.append(pairs) }
    }
    #expect(outside == [])
  }

  @Test("Full encounters have bookings and prescriptions, and each resource stands before those that refer to it")
  func order() throws {
    var types: Set<String> = []
    var early = 0
    for encounter in draw(200, .full) {
      var known: Set<String> = []
      for resource in encounter.resources {
        types.insert(resource.type)
        known.insert("\(resource.type)/\(resource.id)")
        for text in references(try JSONValue(parsing: resource.body)) where !known.contains(text) { early += 1 }
      }
    }
    #expect(early == 0)
    #expect(types.isSuperset(of: ["Appointment", "Slot", "Schedule", "MedicationRequest", "Condition", "Communication"]))
  }

  private func references(_ value: JSONValue) -> [String] {
    var found: [String] = []
    if let text = value["reference"]?.string { found.append(text) }
    for element in value.array ?? [] { found += references(element) }
    for member in value.members ?? [] { found += references(member.value) }
    return found
  }

  @Test("Of a patient's number there is one patient, who calls again with the same record")
  func numbers() {
    var patients: [String: [UInt8]] = [:]
    var differing = 0
    for encounter in draw(20_000) {
      guard let number = encounter.patientNumber else { continue }
      let body = encounter.resources[0].body
      if let other = patients.updateValue(body, forKey: number.digits), other != body { differing += 1 }
      if encounter.callNumber > 1 { #expect(patients[number.digits] == body) }
    }
    #expect(differing == 0)
    #expect(patients.count > 15_000)
  }

  @Test("3 % are somebody's third call within 96 hours, 8 % of the known are at home elsewhere, one in ten is unknown")
  func shares() {
    let encounters = draw(30_000)
    let count = Double(encounters.count)
    func share(_ isOne: (SyntheticEncounters.Encounter) -> Bool) -> Double { Double(encounters.count(where: isOne)) / count }
    #expect(abs(share { $0.callNumber == 3 } - 0.03) < 0.006, "\(share { $0.callNumber == 3 })")
    #expect(abs(share { $0.patientNumber == nil } - 0.1) < 0.008)
    let known = encounters.filter { $0.patientHome != nil }
    let away = Double(known.count { $0.patientHome != $0.nation }) / Double(known.count)
    #expect(abs(away - 0.08) < 0.008, "\(away)")
    var calls: [String: [SyntheticEncounters.Encounter]] = [:]
    for encounter in known { calls[encounter.patientNumber?.digits ?? "", default: []].append(encounter) }
    let thirds = calls.values.filter { $0.count == 3 }
    #expect(thirds.count > 700)
    #expect(
      thirds.allSatisfy { row in
        row.map(\.callNumber) == [1, 2, 3] && row[2].start - row[0].start < 96 * 3_600 && row[2].start >= row[0].start
      })
    #expect(calls.values.allSatisfy { $0.count <= 3 })
  }

  @Test("Calls come to what calls come to, and 999 is for ambulances")
  func dispositions() {
    let encounters = draw(20_000)
    let urgent = encounters.filter { $0.kind == .urgentCall }
    func share(_ disposition: SyntheticEncounters.Disposition) -> Double {
      Double(urgent.count { $0.disposition == disposition }) / Double(urgent.count)
    }
    #expect(abs(share(.untriaged) - 0.13) < 0.01)
    #expect(abs(share(.ambulance) / 0.87 - 0.127) < 0.01)
    #expect(abs(share(.emergencyDepartment) / 0.87 - 0.074) < 0.01)
    #expect(abs(share(.primaryCare) / 0.87 - 0.62) < 0.02)
    #expect(encounters.allSatisfy { $0.kind == .urgentCall || $0.disposition == .ambulance })
  }

  @Test("The first hour is the peak: about three calls a second")
  func peak() {
    let encounters = draw(9_000)
    let seconds = encounters[8_999].start - encounters[0].start
    #expect((2.7...3.2).contains(9_000 / Double(seconds)), "\(9_000 / Double(seconds)) a second")
    #expect(zip(encounters, encounters.dropFirst()).allSatisfy { $0.start <= $1.start })
  }
}
