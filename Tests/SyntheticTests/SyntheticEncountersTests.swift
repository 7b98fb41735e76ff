import Base
import Identifiers
import JSON
import Synthetic
import Testing

func draw(
  _ count: Int, seed: UInt64 = 1, _ detail: SyntheticEncounters.Detail = .brief
) -> [SyntheticEncounters.Encounter] {
  var source = SyntheticEncounters(seed: seed, detail: detail)
  return (0..<count).map { _ in source.next() }
}

/// Every string of `value`, by the name of its member.
private func strings(_ value: JSONValue, _ name: String, _ body: (String, String) -> Void) {
  if let text = value.string { body(name, text) }
  for element in value.array ?? [] { strings(element, name, body) }
  for member in value.members ?? [] { strings(member.value, member.name, body) }
}

@Suite struct SyntheticEncountersTests {
  @Test("An encounter is six resources of FHIR's shape under keys of their type and id")
  func shape() throws {
    var wrong: [String] = []
    for encounter in draw(300) {
      for resource in encounter.resources {
        let value = try JSONValue(parsing: resource.body)
        let right =
          value["resourceType"]?.string == resource.type && value["id"]?.string == resource.id.description
          && resource.key == Key("r/\(resource.type)/\(resource.id)") && value.serialized() == resource.body
        if !right { wrong.append("\(resource.type)") }
      }
      let types = encounter.resources.map(\.type)
      let fixed = ["Patient", "Encounter", "ServiceRequest", "Task", "QuestionnaireResponse"]
      if Array(types.dropLast()) != fixed || !["Observation", "CarePlan"].contains(types.last) {
        wrong.append("\(types)")
      }
    }
    #expect(wrong == [])
  }

  @Test("An encounter of an identified patient takes 8 KB, give or take a quarter")
  func size() {
    let encounters = draw(1_000)
    let sizes = encounters.map { $0.resources.reduce(0) { $0 + $1.body.count } }
    let mean = sizes.reduce(0, +) / sizes.count
    #expect((7_000...9_000).contains(mean), "mean \(mean)")
    let outside = zip(encounters, sizes).filter { $0.patientNumber != nil && !(6_000...10_000).contains($1) }.map(\.1)
    #expect(outside == [])
    #expect(sizes.allSatisfy { $0 > 5_000 })
  }

  @Test("References lead to resources of the same encounter")
  func references() throws {
    var dangling = 0
    var count = 0
    for encounter in draw(200) {
      let known = Set(encounter.resources.map { "\($0.type)/\($0.id)" })
      for resource in encounter.resources {
        strings(try JSONValue(parsing: resource.body), "") { name, text in
          guard name == "reference" else { return }
          count += 1
          if !known.contains(text) { dangling += 1 }
        }
      }
    }
    #expect(dangling == 0)
    #expect(count == 200 * 11)
  }

  @Test("The same seed gives the same encounters byte for byte, and another seed others")
  func deterministic() {
    #expect(draw(50, seed: 7) == draw(50, seed: 7))
    let ids = draw(50, seed: 7).flatMap(\.resources).map(\.id)
    #expect(Set(ids).isDisjoint(with: draw(50, seed: 8).flatMap(\.resources).map(\.id)))
  }

  @Test("Ids are version 4 UUIDs and never come twice, but for the patients who call again")
  func ids() {
    let encounters = draw(1_000)
    let ids = encounters.flatMap { $0.callNumber == 1 ? $0.resources[...] : $0.resources.dropFirst() }.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { $0.high >> 12 & 0xF == 4 && $0.low >> 62 == 0b10 })
  }

  @Test("Nations come in the proportions of the peak day, and one patient in ten is not identified")
  func mix() {
    let encounters = draw(4_000)
    func share(_ nation: Nation) -> Double { Double(encounters.count { $0.nation == nation }) / 4_000 }
    #expect(abs(share(.england) - 0.837) < 0.02)
    #expect(abs(share(.scotland) - 0.0945) < 0.01)
    #expect(abs(share(.wales) - 0.0422) < 0.01)
    #expect(abs(share(.northernIreland) - 0.0262) < 0.01)
    #expect(abs(Double(encounters.count { $0.patientNumber == nil }) / 4_000 - 0.1) < 0.01)
    #expect(abs(Double(encounters.count { $0.kind == .emergencyCall }) / 4_000 - 0.18) < 0.02)
  }
}

@Suite struct PatientNumberTests {
  @Test("Every number drawn is of a test range, with its check digit, and a CHI number begins with the date of birth")
  func drawn() throws {
    var wrong: [String] = []
    var seen: [PatientNumber.Scheme: Int] = [:]
    var byNewRuleAlone = 0
    for encounter in draw(3_000) {
      guard let number = encounter.patientNumber else { continue }
      seen[number.scheme, default: 0] += 1
      guard encounter.callNumber == 1 else { continue }
      let digits = number.digits.compactMap(\.wholeNumberValue)
      let patient = try JSONValue(parsing: encounter.resources[0].body)
      var right =
        (try? PatientNumber(number.digits, as: number.scheme)) == number
        && patient["identifier"]?[0]?["value"]?.string == number.digits
        && patient["identifier"]?[0]?["system"]?.string == number.scheme.system
      switch number.scheme {
      case .nhs: right = right && number.digits.hasPrefix("999")
      case .healthAndCare: right = right && number.digits.hasPrefix("32")
      case .chi:
        let born = (patient["birthDate"]?.string ?? "").split(separator: "-")
        right = right && born.count == 3 && number.digits.hasPrefix("\(born[2])\(born[1])\(born[0].suffix(2))")
        right = right && (digits[8] % 2 == 1) == (patient["gender"]?.string == "male")
        if PatientNumber.CheckRule.modulo11.digit(for: digits.dropLast()) != digits[9] { byNewRuleAlone += 1 }
      }
      if !right { wrong.append(number.digits) }
    }
    #expect(wrong == [])
    #expect(PatientNumber.Scheme.allCases.allSatisfy { (seen[$0] ?? 0) > 50 }, "every scheme is drawn: \(seen)")
    #expect(byNewRuleAlone > 10, "both check rules of CHI numbers are drawn")
  }

  @Test("Dates of birth are days of the calendar, with leap days where they belong")
  func dates() throws {
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var wrong: [String] = []
    var leapDays = 0
    for encounter in draw(4_000) {
      guard let text = try JSONValue(parsing: encounter.resources[0].body)["birthDate"]?.string else { continue }
      let parts = text.split(separator: "-").compactMap { Int($0) }
      let leap = parts[0] % 4 == 0  // 1930 to 2019 holds no century that is not a leap year
      let length = lengths[parts[1] - 1] + (parts[1] == 2 && leap ? 1 : 0)
      if !(1930...2019).contains(parts[0]) || !(1...length).contains(parts[2]) { wrong.append(text) }
      if parts[1] == 2, parts[2] == 29 { leapDays += 1 }
    }
    #expect(wrong == [])
    #expect(leapDays > 0)
  }

  @Test("Every SNOMED CT code that is written has its check digit")
  func snomed() throws {
    var codes: Set<String> = []
    for encounter in draw(100) {
      for resource in encounter.resources { collect(try JSONValue(parsing: resource.body), &codes) }
    }
    #expect(codes.count >= 9)
    #expect(codes.sorted().filter { (try? SNOMEDCode($0))?.kind != .concept } == [])
  }

  private func collect(_ value: JSONValue, _ codes: inout Set<String>) {
    if value["system"]?.string == "http://snomed.info/sct", let code = value["code"]?.string { codes.insert(code) }
    for element in value.array ?? [] { collect(element, &codes) }
    for member in value.members ?? [] { collect(member.value, &codes) }
  }
}
