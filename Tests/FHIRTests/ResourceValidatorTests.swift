import FHIR
import Identifiers
import JSON
import Testing

private func issues(_ text: String, _ validator: ResourceValidator = ResourceValidator()) throws -> [String] {
  validator.validate(try JSONValue(parsing: text)).issues.map(\.description)
}

/// A patient with `members` besides its type.
private func patient(_ members: String) throws -> [String] {
  try issues(#"{"resourceType":"Patient",\#(members)}"#)
}

@Suite struct ResourceValidatorTests {
  @Test("The table has every resource type of R4, and each name once")
  func types() {
    #expect(ResourceValidator.resourceTypes.count == 146)
    #expect(Set(ResourceValidator.resourceTypes).count == 146)
    let needed = [
      "Patient", "Encounter", "ServiceRequest", "Task", "MedicationRequest", "Appointment", "Slot", "Schedule", "Location",
      "Organization", "HealthcareService", "QuestionnaireResponse", "CarePlan", "Bundle", "Parameters", "Binary",
    ]
    #expect(Set(needed).isSubset(of: ResourceValidator.resourceTypes))
  }

  @Test("A right resource has no issues")
  func right() throws {
    #expect(
      try issues(
        """
        {"resourceType":"Encounter","id":"e1","status":"triaged","class":{"system":"http://terminology.hl7.org/\
        CodeSystem/v3-ActCode","code":"VR"},"subject":{"reference":"Patient/p1"},"statusHistory":[{"status":"planned",\
        "period":{"start":"2026-01-10T15:00:00Z"}}],"length":{"value":1.50,"unit":"h"}}
        """) == [])
  }

  @Test("What is missing is named, and a part's own path")
  func required() throws {
    #expect(try issues(#"{"resourceType":"Encounter","status":"planned"}"#) == ["Encounter.class: is required"])
    #expect(
      try issues(#"{"resourceType":"Appointment","status":"booked","participant":[{"required":"required"}]}"#)
        == ["Appointment.participant[0].status: is required"])
    #expect(
      try issues(#"{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"}}"#)
        == ["MedicationRequest.medication[x]: is required"])
  }

  @Test("A misspelt element is told once, not as missing besides")
  func misspelt() throws {
    #expect(
      try issues(#"{"resourceType":"Slot","Schedule":{"display":"x"},"status":"free","start":"2026-01-10T15:00:00Z","end":"2026-01-10T16:00:00Z"}"#)
        == ["Slot: unknown element 'Schedule': did you mean 'schedule'?"])
    #expect(try patient(#""brithDate":"1990-01-01""#) == ["Patient: unknown element 'brithDate': did you mean 'birthDate'?"])
    #expect(try patient(#""zzzzzzzzzz":1"#) == ["Patient: unknown element 'zzzzzzzzzz'"])
  }

  @Test("A member whose name may be somebody's data is not repeated")
  func silence() throws {
    #expect(try patient(#""Ann Smith 943 476 5919":1"#) == ["Patient: unknown element"])
    let texts = try patient(#""birthDate":"Ann Smith","gender":"Ann Smith","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9434765918"}]"#)
    #expect(texts.count == 3)
    #expect(texts.allSatisfy { !$0.contains("Smith") && !$0.contains("943") })
  }

  @Test("Lists and single values are told apart")
  func lists() throws {
    #expect(try patient(#""name":{"family":"x"}"#) == ["Patient.name: must be a list"])
    #expect(try patient(#""gender":["male"]"#) == ["Patient.gender: must not be a list"])
    #expect(try patient(#""name":[]"#) == ["Patient.name: is empty"])
    #expect(try patient(#""name":[{}]"#) == ["Patient.name[0]: is empty"])
    #expect(try patient(#""name":["x"]"#) == ["Patient.name[0]: must be an object"])
    #expect(try patient(#""name":null"#) == ["Patient.name: is null"])
  }

  @Test("A choice is one value of one of its types")
  func choices() throws {
    #expect(try patient(#""deceasedBoolean":false"#) == [])
    #expect(
      try patient(#""deceasedBoolean":false,"deceasedDateTime":"2026-01-10""#)
        == ["Patient.deceasedDateTime: stands beside 'deceasedBoolean': only one of them can be given"])
    #expect(
      try patient(#""deceasedString":"no""#).first?.hasPrefix("Patient: unknown element 'deceasedString'") == true)
  }

  @Test("Codes of required bindings are one of their list")
  func codes() throws {
    #expect(try patient(#""gender":"male""#) == [])
    #expect(try patient(#""gender":"m""#) == ["Patient.gender: is not one of male | female | other | unknown"])
  }

  @Test("Extensions of primitives stand beside them, with null for those that have none")
  func companions() throws {
    #expect(
      try patient(#""name":[{"given":["a",null],"_given":[null,{"extension":[{"url":"http://x","valueBoolean":true}]}]}]"#)
        == [])
    #expect(try patient(#""name":[{"given":["a",null],"_given":[{"id":"1"},null]}]"#) == ["Patient.name[0].given[1]: is null"])
    #expect(try patient(#""_birthDate":{"extension":[{"url":"http://x","valueCode":"unknown"}]}"#) == [])
    #expect(try patient(#""_name":[{"id":"1"}]"#).first?.hasPrefix("Patient: unknown element '_name'") == true)
    #expect(
      try issues(#"{"resourceType":"Encounter","_status":{"extension":[{"url":"http://x","valueCode":"masked"}]},"class":{"code":"VR"}}"#)
        == [], "an extension says why a required element has no value")
  }

  @Test("An extension has a value or extensions")
  func extensions() throws {
    let wrong = "Patient.extension[0]: has to have a value or extensions, and not both"
    #expect(try patient(#""extension":[{"url":"http://x"}]"#) == [wrong])
    #expect(
      try patient(#""extension":[{"url":"http://x","valueString":"a","extension":[{"url":"y","valueCode":"b"}]}]"#) == [wrong])
    #expect(try patient(#""extension":[{"valueString":"a"}]"#) == ["Patient.extension[0].url: is required"])
  }

  @Test("What is contained or stands in a bundle is judged as what it is")
  func nested() throws {
    #expect(
      try patient(#""contained":[{"resourceType":"Encounter","status":"planned"}]"#)
        == ["Patient.contained[0].class: is required"])
    #expect(
      try issues(#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","active":1}}]}"#)
        == ["Bundle.entry[0].resource.active: must be true or false"])
    #expect(try issues(#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"id":"1"}}]}"#)
      == ["Bundle.entry[0].resource: is no resource: an object with a resourceType is expected"])
  }

  @Test("Items stand in items as deep as they like")
  func recursion() throws {
    #expect(
      try issues(#"{"resourceType":"QuestionnaireResponse","status":"completed","item":[{"linkId":"1","item":[{"linkId":"2","item":[{"text":"x"}]}]}]}"#)
        == ["QuestionnaireResponse.item[0].item[0].item[0].linkId: is required"])
  }

  @Test("A type that R4 has not is refused by name, or taken with what all have in common where that is allowed")
  func unknownTypes() throws {
    let lenient = ResourceValidator(takesUnknownTypes: true)
    #expect(try issues(#"{"resourceType":"Patent"}"#) == ["Patent: 'Patent' is no type of R4: did you mean 'Patient'?"])
    #expect(try issues(#"{"resourceType":"Qqqqqqqqqqq","anything":1}"#, lenient) == [])
    #expect(
      try issues(#"{"resourceType":"Qqqqqqqqqqq","id":"a b","anything":1}"#, lenient)
        == ["Qqqqqqqqqqq.id: is not an id: 1 to 64 of A-Z, a-z, 0-9, '-' and '.'"])
    #expect(
      try issues(#"{"resourceType":"DomainResource"}"#)
        == ["DomainResource: 'DomainResource' is what resources have in common: no resource is of it"])
    for text in ["[]", "1", #"{"id":"1"}"#, #"{"resourceType":1}"#] {
      #expect(try issues(text) == [": is no resource: an object with a resourceType is expected"])
    }
  }

  @Test("A text of STU3 is recognised by what only STU3 has, and nothing else is said of it")
  func stu3() throws {
    for text in [
      #"{"resourceType":"ReferralRequest","status":"active"}"#,
      #"{"resourceType":"Encounter","reason":[{"text":"x"}]}"#,
      #"{"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"Patient","foo":1}},{"resource":{"resourceType":"ProcedureRequest"}}]}"#,
    ] {
      let report = ResourceValidator().validate(try JSONValue(parsing: text))
      #expect(report.isSTU3)
      #expect(report.issues.count == 1)
      #expect(report.issues.first?.code == "stu3")
    }
  }

  @Test("Identifiers and SNOMED CT codes are checked by the rules of their system, and others are not")
  func identifiers() throws {
    func identifier(_ system: String, _ value: String) throws -> [String] {
      try patient(#""identifier":[{"system":"\#(system)","value":"\#(value)"}]"#)
    }
    let nhs = "https://fhir.nhs.uk/Id/nhs-number"
    #expect(try identifier(nhs, "9434765919") == [])
    #expect(try identifier(nhs, "9434765918") == ["Patient.identifier[0].value: fails its check digit"])
    #expect(try identifier(nhs, "943476591") == ["Patient.identifier[0].value: has 9 characters, not 10"])
    #expect(try identifier(nhs, "3200000015") == ["Patient.identifier[0].value: is of the range of health and care numbers"])
    #expect(try identifier("https://fhir.nhs.uk/Id/chi-number", "2902191230") == ["Patient.identifier[0].value: does not begin with a date of birth"])
    #expect(try identifier("urn:other", "9434765918") == [])
    func coding(_ code: String) throws -> [String] {
      try patient(#""maritalStatus":{"coding":[{"system":"http://snomed.info/sct","code":"\#(code)"}]}"#)
    }
    #expect(try coding("322236009") == [])
    #expect(try coding("322236008") == ["Patient.maritalStatus.coding[0].code: fails its check digit"])
    #expect(try coding("128045006:{363698007=56459004}") == [], "an expression is more than a code")
  }

  @Test("No more issues are gathered than asked for, and STU3 is still found behind them")
  func bound() throws {
    let names = (0..<100).map { _ in "1" }.joined(separator: ",")
    let text = #"{"resourceType":"Patient","name":[\#(names)]}"#
    #expect(try issues(text, ResourceValidator(issuesMax: 5)).count == 5)
    let old = #"{"resourceType":"Patient","name":[\#(names)],"animal":{}}"#
    #expect(ResourceValidator(issuesMax: 5).validate(try JSONValue(parsing: old)).isSTU3)
  }
}

@Suite struct PrimitiveTests {
  /// Whether `value`, as JSON, is taken as a value of the extension's type.
  private func takes(_ type: String, _ value: String) throws -> Bool {
    try patient(#""extension":[{"url":"http://x","value\#(type)":\#(value)}]"#).isEmpty
  }

  @Test(
    "Values of a primitive's form are taken",
    arguments: [
      ("Boolean", ["true", "false"]), ("Integer", ["0", "-7", "2147483647"]), ("UnsignedInt", ["0"]), ("PositiveInt", ["1"]),
      ("Decimal", ["1.00", "-0.5", "1e3"]), ("String", [#""x""#, #"" a\nb""#]), ("Code", [#""a b""#, #""x-1""#]),
      ("Id", [#""A-1.z""#]), ("Uri", [#""urn:x""#]), ("Oid", [#""urn:oid:1.2.30""#]),
      ("Uuid", [#""urn:uuid:c757873d-ec9a-4326-a141-556f43239520""#]), ("Date", [#""2024""#, #""2024-02""#, #""2024-02-29""#]),
      ("DateTime", [#""2024-02-29""#, #""2026-01-10T15:00:00+00:00""#, #""2026-01-10T15:00:00.8185338Z""#, #""2026-12-31T23:59:60Z""#]),
      ("Instant", [#""2026-01-10T15:00:00-14:00""#]), ("Time", [#""15:00:00""#, #""00:00:00.5""#]),
      ("Base64Binary", [#""QQ==""#, #""QUJD\nREVG""#]),
    ])
  func taken(type: String, values: [String]) throws {
    for value in values { #expect(try takes(type, value), "\(type) \(value)") }
  }

  @Test(
    "Others are not",
    arguments: [
      ("Boolean", [#""true""#, "1"]), ("Integer", ["1.0", "2147483648", #""1""#]), ("UnsignedInt", ["-1"]),
      ("PositiveInt", ["0"]), ("Decimal", [#""1""#]), ("String", [#""""#, #"" ""#, "1"]), ("Code", [#"" a""#, #""a  b""#, #""a ""#]),
      ("Id", [#""a b""#, #""a_b""#]), ("Uri", [#""a b""#]), ("Oid", [#""1.2""#, #""urn:oid:1""#, #""urn:oid:3.1""#, #""urn:oid:1.02""#]),
      ("Uuid", [#""c757873d-ec9a-4326-a141-556f43239520""#, #""urn:uuid:c757873d""#]),
      ("Date", [#""2023-02-29""#, #""2024-13""#, #""24-01-01""#, #""2026-01-10T15:00:00Z""#, #""0000""#]),
      ("DateTime", [#""2026-01-10T15:00:00""#, #""2026-01-10T15:00Z""#, #""2026-01-10T24:00:00Z""#, #""2026-01T15:00:00Z""#, #""2026-01-10 15:00:00Z""#]),
      ("Instant", [#""2026-01-10""#, #""2026-01-10T15:00:00+15:00""#]), ("Time", [#""15:00""#, #""25:00:00""#, #""15:00:00Z""#, #""15:00:00.""#]),
      ("Base64Binary", [#""QQ=""#, #""Q=QQ""#, #""Q@==""#]),
    ])
  func refused(type: String, values: [String]) throws {
    for value in values { #expect(try !takes(type, value), "\(type) \(value)") }
  }
}
