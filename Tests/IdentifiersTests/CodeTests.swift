import Identifiers
import Testing

/// What reading throws; nil when it does not.
private func fault(_ body: () throws(IdentifierFault) -> Void) -> IdentifierFault? {
  do throws(IdentifierFault) {
    try body()
    return nil
  } catch {
    return error
  }
}

@Suite struct SNOMEDCodeTests {
  private func refusal(_ text: String) -> IdentifierFault? { fault { () throws(IdentifierFault) in _ = try SNOMEDCode(text) } }

  @Test(
    "Codes with their check digit are taken, and tell their kind and who made them",
    arguments: [
      ("138875005", SNOMEDCode.Kind.concept, nil), ("404684003", .concept, nil), ("73211009", .concept, nil),
      ("322236009", .concept, nil), ("39113311000001107", .concept, "1000001"),
      ("999000771000000106", .concept, "1000000"), ("100022", .relationship, nil), ("101013", .description, nil),
      ("1290989121103027", .relationship, nil), ("1290023401015", .description, nil),
      ("11000001100", nil, "1000001"),
    ] as [(String, SNOMEDCode.Kind?, String?)])
  func taken(text: String, kind: SNOMEDCode.Kind?, namespace: String?) {
    // Where no published code is at hand, the check digit is the one that holds: exactly one does.
    let stem = String(text.dropLast())
    let held = (0...9).compactMap { try? SNOMEDCode("\(stem)\($0)") }
    #expect(held.count == 1)
    if let kind { #expect(held.first?.kind == kind) }
    #expect(held.first?.namespace == namespace)
  }

  @Test(
    "Published codes are taken as they are",
    arguments: [
      "138875005", "404684003", "73211009", "322236009", "39113311000001107", "999000771000000106",
    ])
  func published(text: String) throws { #expect(try SNOMEDCode(text).digits == text) }

  @Test("Every wrong digit and every transposition of neighbours in a code is found")
  func misprints() {
    let code = Array("39113311000001107".utf8)
    var missed: [String] = []
    for place in code.indices {
      for digit in UInt8(0x30)...0x39 where digit != code[place] {
        var other = code
        other[place] = digit
        let text = String(decoding: other, as: UTF8.self)
        if refusal(text) != .checkDigit, refusal(text) != .leadingZero { missed.append(text) }
      }
      guard place + 1 < code.count, code[place] != code[place + 1] else { continue }
      var other = code
      other.swapAt(place, place + 1)
      let text = String(decoding: other, as: UTF8.self)
      if refusal(text) != .checkDigit { missed.append(text) }
    }
    #expect(missed == [])
  }

  @Test(
    "Others are refused for what is wrong with them",
    arguments: [
      ("322236008", IdentifierFault.checkDigit), ("1577041000000100", .checkDigit), ("", .length(found: 0, expected: 6...18)),
      ("12345", .length(found: 5, expected: 6...18)), ("1234567890123456789", .length(found: 19, expected: 6...18)),
      ("022236009", .leadingZero), ("32223600a", .character), ("322 236 009", .character),
    ])
  func refused(text: String, expected: IdentifierFault) { #expect(refusal(text) == expected) }

  @Test("A partition that does not exist is named, and a long form too short for its namespace")
  func partitions() {
    let unknown = (0...9).compactMap { refusal("4046842\($0)\($0)") }
    #expect(!unknown.isEmpty)
    let faults = (0...9).map { refusal("10000020\($0)") }  // partition 20
    #expect(faults.filter { $0 == .partition }.count == 1)
    #expect(faults.filter { $0 == .checkDigit }.count == 9)
    let short = (0...9).map { refusal("1000010\($0)") }  // partition 10 without room for a namespace
    #expect(short.filter { $0 == .length(found: 8, expected: 11...18) }.count == 1)
  }
}

@Suite struct PrescriptionNumberTests {
  private func refusal(_ text: String) -> IdentifierFault? {
    fault { () throws(IdentifierFault) in _ = try PrescriptionNumber(text) }
  }

  @Test(
    "Numbers with their check character are taken",
    arguments: [
      "24F5DA-A83008-7EFE6Z", "A0548B-A99968-451485", "C8A579-A83008-42FFAU", "E3E6FA-A83008-41F09Y",
      "4243A0-A99968-4E149+",
    ])
  func taken(text: String) throws {
    #expect(try PrescriptionNumber(text).text == text)
    #expect(try PrescriptionNumber(" \(text.lowercased()) ").text == text)
    #expect(try PrescriptionNumber(text.filter { $0 != "-" }).text == text)
    let parts = text.split(separator: "-")
    let first = try #require(UInt32(parts[0], radix: 16))
    let last = try #require(UInt32(parts[2].dropLast(), radix: 16))
    #expect(try PrescriptionNumber(first: first, organisation: String(parts[1]), last: last).text == text)
  }

  @Test(
    "Numbers of official samples that fail their own check are refused for that",
    arguments: ["269CA9-A99968-4577BP", "561479-395879-521272", "887228-510420-124913"])
  func wrongCheck(text: String) { #expect(refusal(text) == .checkDigit) }

  @Test(
    "Others are refused for what is wrong with them",
    arguments: [
      ("24F5DA-A83008-7EFE6", IdentifierFault.length(found: 17, expected: 18...18)),
      ("24F5DA-A83008-7EFE6ZZ", .length(found: 19, expected: 18...18)), ("24F5DG-A83008-7EFE6Z", .character),
      ("24F5DA-A83008-7EFG6Z", .character), ("24F5DA-A8300+-7EFE6Z", .character), ("24F5DA_A83008_7EFE6Z", .character),
      ("24F5-DAA83008-7EFE6Z", .grouping(form: "HHHHHH-OOOOOO-HHHHHC")),
      ("24F5DA-A830087EFE6Z", .grouping(form: "HHHHHH-OOOOOO-HHHHHC")),
    ])
  func refused(text: String, expected: IdentifierFault) { #expect(refusal(text) == expected) }

  @Test("A short organisation's code is filled up with 0 from the left")
  func padding() throws {
    let number = try PrescriptionNumber(first: 0xABC, organisation: "RBA", last: 0x1)
    #expect(number.text.hasPrefix("000ABC-000RBA-00001"))
    #expect(try PrescriptionNumber(number.text) == number)
    #expect(fault { () throws(IdentifierFault) in
      _ = try PrescriptionNumber(first: 1, organisation: "A830081", last: 1)
    } == .length(found: 7, expected: 1...6))
  }
}

@Suite struct RegistryCodeTests {
  @Test(
    "Codes of the form of their register are taken",
    arguments: [
      (RegistryCode.Register.odsOrganisation, ["RBA", "A83008", "FH542", "X26", "T1450", "G7H8J"]),
      (.odsSite, ["RBA01"]), (.sdsUser, ["555086689106"]), (.sdsRoleProfile, ["200102238987"]),
      (.dosService, ["2000099999"]), (.gmc, ["6095103", "C1234567", "L123456"]), (.gphc, ["2075189"]),
      (.nmc, ["12A3456B"]), (.hcpc, ["PA12345", "PA1", "PA123456"]), (.gmp, ["G9999999"]),
      (.uprn, ["1", "999999999999", "10010457355"]),
    ])
  func taken(register: RegistryCode.Register, texts: [String]) throws {
    for text in texts {
      #expect(try RegistryCode(text, of: register).text == text)
      #expect(try RegistryCode(" \(text.lowercased())\n", of: register).text == text)
    }
  }

  @Test(
    "Others are refused, with the form in words",
    arguments: [
      (RegistryCode.Register.odsOrganisation, ["", "AB", "A8300800000", "A83-08", "A83 08"]), (.odsSite, ["R"]),
      (.sdsUser, ["55508668A106", "123456789", "1234567890123"]), (.sdsRoleProfile, ["R00102238987"]),
      (.dosService, ["", "12a"]), (.gmc, ["609510", "60951033", "CC123456", "C12345", "C12345678"]),
      (.gphc, ["1075189", "207518", "20751890"]), (.nmc, ["12A3456", "1AA3456B", "12A34567", "12A3456BC"]),
      (.hcpc, ["PA", "P12345", "PA1234567", "PAA12345"]), (.gmp, ["9999999", "H9999999", "G999999"]),
      (.uprn, ["", "1000000000000", "12x"]),
    ])
  func refused(register: RegistryCode.Register, texts: [String]) {
    for text in texts {
      #expect(fault { () throws(IdentifierFault) in _ = try RegistryCode(text, of: register) } == .form(register.form))
    }
  }

  @Test("A UPRN does not begin with 0")
  func uprn() {
    #expect(fault { () throws(IdentifierFault) in _ = try RegistryCode("0", of: .uprn) } == .leadingZero)
    #expect(fault { () throws(IdentifierFault) in _ = try RegistryCode("010457355", of: .uprn) } == .leadingZero)
  }
}

@Suite struct KnownIdentifierTests {
  @Test("A value is read by the rules of its system, and of other systems nothing is said")
  func systems() throws {
    let number = try PatientNumber("9434765919")
    #expect(
      try KnownIdentifier(system: "https://fhir.nhs.uk/Id/nhs-number", value: "943 476 5919") == .patient(number))
    let oid = "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53"
    #expect(try KnownIdentifier(system: oid, value: "0101201234") == .patient(try PatientNumber("0101201234")))
    #expect(
      try KnownIdentifier(system: PrescriptionNumber.system, value: "24F5DA-A83008-7EFE6Z")
        == .prescription(try PrescriptionNumber("24F5DA-A83008-7EFE6Z")))
    #expect(
      try KnownIdentifier(system: "https://fhir.hl7.org.uk/Id/nmc-number", value: "12A3456B")
        == .registered(try RegistryCode("12A3456B", of: .nmc)))
    #expect(try KnownIdentifier(system: "https://quartet.example/Id/case-number", value: "anything") == nil)
    #expect(throws: IdentifierFault.checkDigit) {
      try KnownIdentifier(system: "https://fhir.nhs.uk/Id/nhs-number", value: "3478526985")
    }
  }

  @Test("Every register with a system is found by it")
  func registers() {
    for register in RegistryCode.Register.allCases {
      guard let system = register.system else { continue }
      #expect(RegistryCode.Register(system: system) == register)
    }
    #expect(RegistryCode.Register.allCases.filter { $0.system == nil } == [.uprn])
  }
}
