import Base
import Identifiers
import Testing

/// What `text` is refused for; nil when it is taken.
private func fault(_ text: String, as scheme: PatientNumber.Scheme? = nil) -> IdentifierFault? {
  do throws(IdentifierFault) {
    _ = try PatientNumber(text, as: scheme)
    return nil
  } catch {
    return error
  }
}

@Suite struct PatientNumberTests {
  @Test(
    "NHS numbers with their check digit are taken, and the range tells the scheme",
    arguments: [
      "9434765919", "9434765870", "9876543210", "9000000009", "9990000018", "9990000026", "9990000034", "9990000042",
      "9990000050", "9990238359", "9449304130", "9476719931", "4010232137",
    ])
  func nhs(text: String) throws {
    let number = try PatientNumber(text)
    #expect(number.scheme == .nhs)
    #expect(number.digits == text)
    #expect(number.isForTests == (text.first == "9"))
    #expect(try PatientNumber(text, as: .nhs) == number)
    #expect(fault(text, as: .healthAndCare) == .otherScheme(.nhs))
    #expect(fault(text, as: .chi) == .date, "no day of a month is above 31")
  }

  @Test(
    "Health and care numbers are taken", arguments: ["3200000015", "3200000023", "3200000058", "3999999993", "3418923631"])
  func healthAndCare(text: String) throws {
    let number = try PatientNumber(text)
    #expect(number.scheme == .healthAndCare)
    #expect(number.scheme.nations == [.northernIreland])
    #expect(fault(text, as: .nhs) == .otherScheme(.healthAndCare))
  }

  @Test(
    "CHI numbers are taken by either check rule",
    arguments: [
      ("1904851231", [PatientNumber.CheckRule.modulo11]), ("2902201230", [.modulo11]),
      ("0101011237", [.modulo11, .modulo10]), ("0101201234", [.modulo10]),
    ])
  func chi(text: String, rules: [PatientNumber.CheckRule]) throws {
    let number = try PatientNumber(text)
    #expect(number.scheme == .chi)
    #expect(number.digits == text, "the leading 0 stays")
    #expect(try PatientNumber(text, as: .chi) == number)
    #expect(fault(text, as: .nhs) == .otherScheme(.chi))
    let digits = text.compactMap(\.wholeNumberValue)
    #expect(PatientNumber.CheckRule.allCases.filter { $0.digit(for: digits.dropLast()) == digits[9] } == rules)
  }

  @Test(
    "A wrong check digit is named",
    arguments: ["9434765918", "9991234560", "3478526985", "3200000003", "0101201233", "1904851232"])
  func wrongCheckDigit(text: String) {
    #expect(fault(text) == .checkDigit)
  }

  @Test(
    "A CHI number must begin with a day of the calendar",
    arguments: ["2902191230", "3201201234", "0113201234", "0000000000", "1234567881", "1234567890", "3104851230"])
  func dates(text: String) {
    #expect(fault(text, as: .chi) == .date)
  }

  @Test("Out of the CHI range a date is not asked for, within it it is")
  func dateByRange() {
    #expect(fault("1234567890") == .date)
    #expect(fault("0113201234") == .date)
    #expect(fault("0000000000") == .notIssued)
    #expect(fault("3201201234") == .checkDigit, "a number of Northern Ireland's range")
  }

  @Test("29 February is a day exactly when some century makes the year a leap year")
  func leapDays() {
    let taken = (0..<100).filter { year in
      let date = [2, 9, 0, 2, year / 10, year % 10]
      return PatientNumber(stem: date + [1, 2, 3], rule: .modulo10) != nil
    }
    #expect(taken == Array(stride(from: 0, to: 100, by: 4)))
  }

  @Test("Stems that no number has are refused with every check digit", arguments: ["999000000", "320000004", "399999990"])
  func without(stem: String) {
    #expect(PatientNumber(stem: stem.compactMap(\.wholeNumberValue)) == nil)
    #expect((0...9).allSatisfy { fault("\(stem)\($0)") == .checkDigit })
  }

  @Test("One stem in eleven has no number by modulo 11")
  func shareWithout() {
    let without = (0..<110_000).count { number in
      let last = [100_000, 10_000, 1_000, 100, 10, 1].map { number / $0 % 10 }
      return PatientNumber.CheckRule.modulo11.digit(for: ([4, 0, 0] + last)[...]) == nil
    }
    #expect(abs(without - 10_000) <= 10)
  }

  @Test("Ranges that are not issued are named as that, once the check digit holds")
  func ranges() {
    #expect(fault("5839945242") == .notIssued)
    #expect(fault("3200000007") == .notIssued, "before the first health and care number")
    #expect(fault("5839945243") == .checkDigit)
    #expect((0...9).compactMap { fault("800000001\($0)") }.filter { $0 == .foreign }.count == 1)
    #expect((0...9).compactMap { fault("870000001\($0)") }.filter { $0 == .notIssued }.count == 1)
    #expect((0...9).compactMap { fault("315000001\($0)") }.filter { $0 == .notIssued }.count == 1)
  }

  @Test(
    "Blanks or hyphens are taken where people write them",
    arguments: ["943 476 5919", "943-476-5919", "  9434765919\t", "943-476-5919\r\n"])
  func separators(text: String) throws {
    let number = try PatientNumber(text)
    #expect(number.digits == "9434765919")
    #expect(number.grouped == "943 476 5919")
    #expect(try PatientNumber(number.grouped) == number)
  }

  @Test(
    "Every other form is refused for what is wrong with it",
    arguments: [
      ("", IdentifierFault.length(found: 0, expected: 10...10)), ("   ", .length(found: 0, expected: 10...10)),
      ("943476591", .length(found: 9, expected: 10...10)), ("94347659190", .length(found: 11, expected: 10...10)),
      ("943 476 591", .length(found: 9, expected: 10...10)), ("943A765919", .character), ("943.476.5919", .character),
      ("943\u{2011}476\u{2011}5919", .character), ("٩٤٣٤٧٦٥٩١٩", .character), ("943\u{0}4765919", .character),
      ("9434 765 919", .grouping(form: "943 476 5919")), ("943 476-5919", .grouping(form: "943 476 5919")),
      ("943  476 5919", .grouping(form: "943 476 5919")), ("943 4765919", .grouping(form: "943 476 5919")),
      ("-9434765919", .grouping(form: "943 476 5919")), ("943-476-5919-", .grouping(form: "943 476 5919")),
    ])
  func forms(text: String, expected: IdentifierFault) {
    #expect(fault(text) == expected)
  }

  @Test("Every system of §2.3 leads to its scheme, and one of them is written")
  func systems() {
    let known: [(String, PatientNumber.Scheme)] = [
      ("https://fhir.nhs.uk/Id/nhs-number", .nhs), ("https://fhir.nhs.uk/Id/chi-number", .chi),
      ("urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53", .chi), ("https://fhir.nhs.uk/Id/hsc-number", .healthAndCare),
    ]
    for (system, scheme) in known {
      #expect(PatientNumber.Scheme(system: system) == scheme)
      #expect(PatientNumber.Scheme(system: scheme.system) == scheme)
    }
    #expect(PatientNumber.Scheme.allCases.flatMap(\.systems).count == known.count)
    #expect(PatientNumber.Scheme(system: "https://fhir.nhs.uk/Id/nhs-number/") == nil)
  }

  @Test("Each nation has a scheme that it issues, and each scheme one registry among its nations")
  func nations() {
    for nation in Nation.allCases { #expect(PatientNumber.Scheme(of: nation).nations.contains(nation)) }
    #expect(PatientNumber.Scheme.allCases.map(\.registry) == [.england, .scotland, .northernIreland])
  }

  @Test("Neither a number nor a fault says a digit of it when printed")
  func silence() throws {
    let number = try PatientNumber("9434765919")
    for text in ["\(number)", String(reflecting: number), "\(fault("9434765918")!)", "\(fault("94347659")!)"] {
      #expect(!text.contains("943"), "\(text.count) characters")
    }
  }
}
