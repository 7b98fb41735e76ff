import Base
import Identifiers
import JSON

// What a full encounter has beyond the six resources of a brief one.
extension ResourceAuthor {
  /// - Parameter bytes: what is written already.
  mutating func rest(after bytes: Int) -> [SyntheticEncounters.Resource] {
    let target = drawBytes()
    var resources = [resource("Condition", newID(), condition())]
    let isReferred = [.primaryCare, .emergencyDepartment].contains(disposition)
    if isReferred, random.oneIn(3) { resources += booking() }
    if kind == .urgentCall, disposition != .untriaged, random.below(100) < 8 {
      resources.append(resource("MedicationRequest", newID(), medicationRequest()))
    }
    resources.append(resource("Communication", newID(), communication()))
    resources.append(resource("Provenance", newID(), provenance()))
    let left = max(target - bytes - resources.reduce(0) { $0 + $1.body.count }, 9_000)
    let pairs = min(max(left / 650, 15), 73)
    var asked = 0
    while asked < pairs {
      // The call handler saves now and then.
      let count = min(8, pairs - asked)
      resources.append(
        resource("QuestionnaireResponse", newID(), save(from: asked, count: count, bytes: left * count / pairs)))
      asked += count
    }
    return resources
  }

  /// Between these sizes a real call's lies, each of the steps as often as the others (14 messages of 111 services; of 999
  /// assumed).
  private mutating func drawBytes() -> Int {
    let steps =
      kind == .urgentCall
      ? [17_700, 26_000, 36_000, 42_000, 46_500, 52_000, 62_000, 80_000, 131_800]
      : [18_000, 22_000, 26_000, 30_000, 34_000, 38_000, 44_000]
    let step = random.below(steps.count - 1)
    return steps[step] + random.below(steps[step + 1] - steps[step])
  }

  // MARK: Triage

  /// Some questions with their answers, and why each was asked, of `bytes` together.
  private mutating func save(from first: Int, count: Int, bytes: Int) -> KeyValuePairs<String, JSONValue?> {
    let each = bytes / count - 350
    let items = (first..<first + count).map { place -> JSONValue in
      let question = Self.questions[(place * 7 + start) % Self.questions.count]
      let answer = pick(["Yes", "No", "Not sure"])
      var rationale = pick(Self.notes)
      while question.utf8.count + rationale.utf8.count < each { rationale += " " + pick(Self.notes) }
      return [
        "linkId": .string("Tx\(1_000 + place)"), "text": .string(question),
        "answer": [
          [
            "valueCoding": [
              "system": "https://quartet.example/CodeSystem/triage-answer", "code": .string(String(answer.prefix(1))),
              "display": .string(answer),
            ],
            "item": [
              [
                "linkId": .string("Tx\(1_000 + place).why"), "text": "As the caller told it",
                "answer": [["valueString": .string(rationale)]],
              ]
            ],
          ]
        ],
      ]
    }
    return [
      "questionnaire": "https://quartet.example/Questionnaire/urgent-care-triage|1.4",
      "status": .string("in-progress"), "subject": reference("Patient", patient),
      "encounter": reference("Encounter", encounter), "authored": time(60 + 6 * first),
      "author": ["display": "Synthetic call handler"], "item": .array(items),
    ]
  }

  private mutating func condition() -> KeyValuePairs<String, JSONValue?> {
    [
      "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
      "verificationStatus": concept(
        "http://terminology.hl7.org/CodeSystem/condition-ver-status", "provisional", "Provisional"),
      "category": [
        concept(
          "http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis", "Encounter Diagnosis")
      ],
      "code": concept("http://snomed.info/sct", complaint.code, complaint.display),
      "subject": reference("Patient", patient), "encounter": reference("Encounter", encounter),
      "onsetString": .string(pick(Self.notes)), "recordedDate": time(560),
    ]
  }

  // MARK: What follows

  /// A schedule with one slot, which is booked.
  private mutating func booking() -> [SyntheticEncounters.Resource] {
    let schedule = newID()
    let slot = newID()
    let service: JSONValue = [
      "identifier": [
        "system": "https://fhir.nhs.uk/Id/dos-service-id", "value": .string("\(2_000_000 + random.below(1_000_000))"),
      ],
      "display": .string("Synthetic receiving service, \(nation)"),
    ]
    let begins = 3_600 * (1 + random.below(6))
    return [
      resource(
        "Schedule", schedule,
        [
          "active": true, "actor": [service],
          "planningHorizon": ["start": time(0), "end": time(86_400)],
        ]),
      resource(
        "Slot", slot,
        ["schedule": reference("Schedule", schedule), "status": "busy", "start": time(begins), "end": time(begins + 900)]),
      resource(
        "Appointment", newID(),
        [
          "status": "booked", "description": "Booked while the caller held the line",
          "supportingInformation": [reference("Encounter", encounter)], "start": time(begins), "end": time(begins + 900),
          "slot": [reference("Slot", slot)], "created": time(595), "basedOn": [reference("ServiceRequest", request)],
          "participant": [
            ["actor": reference("Patient", patient), "status": "accepted"], ["actor": service, "status": "accepted"],
          ],
        ]),
    ]
  }

  private mutating func medicationRequest() -> KeyValuePairs<String, JSONValue?> {
    let medicine = Self.medicines[random.below(Self.medicines.count)]
    let practice = "Y9\(nation.rawValue)01"
    let first = UInt32(random.below(1 << 24))
    let last = UInt32(random.below(1 << 20))
    guard let number = try? PrescriptionNumber(first: first, organisation: practice, last: last) else {
      preconditionFailure("the organisation's code makes no prescription number")
    }
    return [
      "identifier": [
        ["system": "https://quartet.example/Id/prescription-item", "value": .string("\(number.text)/1")]
      ],
      "status": "active", "intent": "order",
      "category": [
        concept("http://terminology.hl7.org/CodeSystem/medicationrequest-category", "outpatient", "Outpatient")
      ],
      "medicationCodeableConcept": concept("https://dmd.nhs.uk", medicine.code, medicine.display),
      "subject": reference("Patient", patient), "encounter": reference("Encounter", encounter), "authoredOn": time(590),
      "requester": unnamed(practice),
      "groupIdentifier": ["system": .string(PrescriptionNumber.system), "value": .string(number.text)],
      "dosageInstruction": [["text": "As the label says, for up to three days"]],
      "dispenseRequest": [
        "quantity": [
          "value": .number(Self.decimal(2_800, places: 2)), "unit": "tablet", "system": "http://snomed.info/sct",
          "code": "428673006",
        ],
        "performer": unnamed("FX\(nation.rawValue)42"),
      ],
      "substitution": ["allowedBoolean": false],
    ]
  }

  private mutating func communication() -> KeyValuePairs<String, JSONValue?> {
    [
      "status": "preparation",
      "category": [concept("https://quartet.example/CodeSystem/channel", "pem", "Message after the event")],
      "subject": reference("Patient", patient), "encounter": reference("Encounter", encounter),
      "recipient": [organisation("Y9\(nation.rawValue)01", "Synthetic practice, \(nation)")],
      "sender": callHandler,
      "payload": [["contentString": .string("\(complaint.display). \(pick(Self.notes)) \(pick(Self.notes))")]],
    ]
  }

  private func provenance() -> KeyValuePairs<String, JSONValue?> {
    [
      "target": [reference("Encounter", encounter), reference("ServiceRequest", request)], "recorded": time(600),
      "activity": concept("http://terminology.hl7.org/CodeSystem/v3-DataOperation", "CREATE", "create"),
      "agent": [["who": callHandler]],
    ]
  }

  private func unnamed(_ code: String) -> JSONValue { organisation(code, "Synthetic organisation, \(nation)") }

  private static let medicines = [
    (code: "322236009", display: "Paracetamol 500mg tablets"), (code: "317972000", display: "Furosemide 40mg tablets"),
    (code: "322341003", display: "Co-codamol 30mg/500mg tablets"),
    (code: "324252006", display: "Azithromycin 250mg capsules"),
  ]
}
