import Base
import Identifiers
import JSON

/// Writes the resources of one encounter, which refer to each other.
struct ResourceAuthor {
  let nation: Nation
  let kind: SyntheticEncounters.Kind
  let disposition: SyntheticEncounters.Disposition
  let person: Person?
  let start: Int
  var random: SplitMix64
  let patient: Identifier
  let encounter: Identifier
  let request: Identifier
  /// The Patient of an earlier call.
  private let known: SyntheticEncounters.Resource?
  let complaint: (code: String, display: String)
  private let ambulance: AmbulancePriority

  init(
    nation: Nation, kind: SyntheticEncounters.Kind, disposition: SyntheticEncounters.Disposition, person: Person?,
    patient known: SyntheticEncounters.Resource?, start: Int, random: SplitMix64
  ) {
    self.nation = nation
    self.kind = kind
    self.disposition = disposition
    self.person = person
    self.known = known
    self.start = start
    var random = random
    patient = known?.id ?? Self.uuid(&random)
    encounter = Self.uuid(&random)
    request = Self.uuid(&random)
    complaint = Self.complaints[random.below(Self.complaints.count)]
    ambulance = AmbulancePriority.draw(nation, &random)
    self.random = random
  }

  mutating func resources(_ detail: SyntheticEncounters.Detail) -> [SyntheticEncounters.Resource] {
    let last = random.oneIn(2) ? ("Observation", observation()) : ("CarePlan", carePlan())
    let brief = [
      known ?? resource("Patient", patient, patientBody()),
      resource("Encounter", encounter, encounterBody()),
      resource("ServiceRequest", request, serviceRequest()),
      resource("Task", newID(), task()),
      resource("QuestionnaireResponse", newID(), questionnaireResponse()),
      resource(last.0, newID(), last.1),
    ]
    switch detail {
    case .brief: return brief
    case .full: return brief + rest(after: brief.reduce(0) { $0 + $1.body.count })
    }
  }

  mutating func newID() -> Identifier { Self.uuid(&random) }

  /// A version 4 UUID (RFC 9562 §5.4) of seeded bits.
  private static func uuid(_ random: inout SplitMix64) -> Identifier {
    let drawn = random.identifier()
    return Identifier(
      high: drawn.high & ~0xF000 | 0x4000, low: drawn.low & ~(0b11 << 62) | 0b10 << 62)
  }

  func resource(
    _ type: String, _ id: Identifier, _ members: KeyValuePairs<String, JSONValue?>
  ) -> SyntheticEncounters.Resource {
    let head: [JSONMember] = [
      JSONMember("resourceType", .string(type)), JSONMember("id", .string(id.description)),
      JSONMember(
        "meta",
        [
          "lastUpdated": .string(time(600)),
          "profile": [.string("https://fhir.hl7.org.uk/StructureDefinition/UKCore-\(type)")],
          "tag": [["system": "https://quartet.example/CodeSystem/home", "code": .string(nation.description)]],
        ]),
    ]
    let body = head + members.compactMap { name, value in value.map { JSONMember(name, $0) } }
    return SyntheticEncounters.Resource(
      type: type, id: id, key: Key("r/\(type)/\(id)"), body: JSONValue.object(body).serialized())
  }

  // MARK: Parts

  func time(_ offset: Int) -> JSONValue { .string(instant(start + offset)) }
  func time(_ offset: Int) -> String { instant(start + offset) }
  func reference(_ type: String, _ id: Identifier) -> JSONValue { ["reference": .string("\(type)/\(id)")] }

  func concept(_ system: String, _ code: String, _ display: String) -> JSONValue {
    [
      "coding": [["system": .string(system), "code": .string(code), "display": .string(display)]],
      "text": .string(display),
    ]
  }

  func organisation(_ code: String, _ display: String) -> JSONValue {
    [
      "identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": .string(code)],
      "display": .string(display),
    ]
  }

  var callHandler: JSONValue { organisation("X\(nation.rawValue)1Q9", "Synthetic call handling, \(nation)") }
  /// Whether an ambulance is asked for, by whatever number was called.
  var isEmergency: Bool { disposition == .ambulance }

  mutating func pick(_ words: [String]) -> String { words[random.below(words.count)] }

  // MARK: Resources

  private func patientBody() -> KeyValuePairs<String, JSONValue?> {
    let contact: JSONValue = [
      "relationship": [
        concept("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "CARE", "Caller on behalf of patient")
      ],
      "name": ["use": "usual", "text": "Caller, name withheld"],
      "telecom": [["system": "phone", "value": "07700900000", "use": "mobile", "rank": 1]],
    ]
    guard let person else { return ["active": true, "gender": "unknown", "contact": [contact]] }
    let verification: JSONValue = [
      "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
      "valueCodeableConcept": concept(
        "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus", "number-present-and-verified",
        "Number present and verified"),
    ]
    let address = "\(person.line), \(person.city), ZZ99 9ZZ"
    return [
      "identifier": [
        [
          "extension": [verification], "system": .string(person.number.scheme.system),
          "value": .string(person.number.digits),
        ]
      ],
      "active": true,
      "name": [
        [
          "use": "official", "text": .string("\(person.given) \(person.family)"), "family": .string(person.family),
          "given": [.string(person.given)],
        ]
      ],
      "telecom": [["system": "phone", "value": .string(person.phone), "use": "mobile", "rank": 1]],
      "gender": person.male ? "male" : "female",
      "birthDate": .string(person.born.text),
      "address": [
        [
          "use": "home", "text": .string(address), "line": [.string(person.line)], "city": .string(person.city),
          "postalCode": "ZZ99 9ZZ",
        ]
      ],
      "contact": [contact],
      "managingOrganization": organisation("Y9\(nation.rawValue)01", "Synthetic practice, \(nation)"),
    ]
  }

  private func encounterBody() -> KeyValuePairs<String, JSONValue?> {
    let act = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    let steps = [("planned", 0, 15), ("arrived", 15, 40), ("in-progress", 40, 600)]
    return [
      "identifier": [
        [
          "system": "https://quartet.example/Id/case-number",
          "value": .string("SYN-\(String(encounter.low, radix: 36))"),
        ]
      ],
      "status": "triaged",
      "statusHistory": .array(
        steps.map { status, from, to in
          ["status": .string(status), "period": ["start": time(from), "end": time(to)]]
        }),
      "class": kind == .emergencyCall
        ? ["system": .string(act), "code": "EMER", "display": "emergency"]
        : ["system": .string(act), "code": "VR", "display": "virtual"],
      "priority": priority,
      "subject": reference("Patient", patient),
      "participant": [
        [
          "type": [concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "PPRF", "primary performer")],
          "individual": ["display": "Synthetic call handler"],
        ]
      ],
      "period": ["start": time(0)],
      "reasonCode": [concept("http://snomed.info/sct", complaint.code, complaint.display)],
      "serviceProvider": callHandler,
    ]
  }

  private var priority: JSONValue {
    isEmergency
      ? concept(ambulance.system, ambulance.code, "Ambulance, \(ambulance.code)")
      : concept(
        "https://fhir.nhs.uk/CodeSystem/pathways-dx-codes", disposition.pathways.code, disposition.pathways.display)
  }

  /// Seconds within which somebody is to answer.
  private var targetSeconds: Int { isEmergency ? ambulance.targetSeconds : 6 * 3_600 }

  private mutating func serviceRequest() -> KeyValuePairs<String, JSONValue?> {
    [
      "status": "active", "intent": "order",
      "category": [
        concept("https://fhir.nhs.uk/CodeSystem/message-category-servicerequest", "referral", "Transfer of care")
      ],
      "priority": isEmergency ? "stat" : "urgent",
      "code": isEmergency
        ? concept("http://snomed.info/sct", "409971007", "Emergency medical services")
        : concept("http://snomed.info/sct", "3457005", "Patient referral"),
      "subject": reference("Patient", patient),
      "encounter": reference("Encounter", encounter),
      "occurrencePeriod": ["start": time(600), "end": time(600 + targetSeconds)],
      "authoredOn": time(600),
      "requester": callHandler,
      "performer": [organisation("Z\(nation.rawValue)7K2", "Synthetic receiving service, \(nation)")],
      "reasonCode": [concept("http://snomed.info/sct", complaint.code, complaint.display)],
      "locationReference": [
        ["display": .string(person.map { "\($0.line), \($0.city)" } ?? "As the caller describes it")]
      ],
      "note": [["time": time(590), "text": .string(pick(Self.notes))]],
    ]
  }

  private mutating func task() -> KeyValuePairs<String, JSONValue?> {
    let statuses = ["requested", "received", "accepted", "in-progress"]
    return [
      "identifier": [
        ["system": "https://quartet.example/Id/task-number", "value": .string("T-\(String(request.low, radix: 36))")]
      ],
      "basedOn": [reference("ServiceRequest", request)],
      "status": .string(pick(statuses)),
      "businessStatus": concept(
        "https://quartet.example/CodeSystem/queue-status", isEmergency ? "awaiting-unit" : "awaiting-callback",
        isEmergency ? "Awaiting an ambulance" : "Awaiting a clinician's call"),
      "intent": "order", "priority": isEmergency ? "stat" : "urgent",
      "code": concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", "Fulfill the focal request"),
      "focus": reference("ServiceRequest", request),
      "for": reference("Patient", patient),
      "encounter": reference("Encounter", encounter),
      "executionPeriod": ["start": time(605)],
      "authoredOn": time(600), "lastModified": time(605),
      "requester": callHandler,
      "owner": organisation("Z\(nation.rawValue)7K2", "Synthetic receiving service, \(nation)"),
      "restriction": ["period": ["end": time(600 + targetSeconds)]],
      "input": [
        [
          "type": ["text": "Waiting allowed"],
          "valueDuration": [
            "value": .number(Self.decimal(targetSeconds * 100 / 60, places: 2)), "unit": "minutes",
            "system": "http://unitsofmeasure.org", "code": "min",
          ],
        ]
      ],
    ]
  }

  private mutating func questionnaireResponse() -> KeyValuePairs<String, JSONValue?> {
    let first = random.below(Self.questions.count)
    let items = (0..<5 + random.below(4)).map { index -> JSONValue in
      let answer = random.oneIn(3) ? pick(Self.notes) : pick(["Yes", "No", "Not sure"])
      return [
        "linkId": .string("Tx\(1_000 + random.below(9_000)).\(index + 1)"),
        "text": .string(Self.questions[(first + index) % Self.questions.count]),
        "answer": [["valueString": .string(answer)]],
      ]
    }
    return [
      "questionnaire": "https://quartet.example/Questionnaire/urgent-care-triage|1.4",
      "status": "completed",
      "subject": reference("Patient", patient),
      "encounter": reference("Encounter", encounter),
      "authored": time(580),
      "author": ["display": "Synthetic call handler"],
      "item": .array(items),
    ]
  }

  private mutating func observation() -> KeyValuePairs<String, JSONValue?> {
    [
      "status": "final",
      "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")],
      "code": concept("http://snomed.info/sct", "276885007", "Core body temperature"),
      "subject": reference("Patient", patient),
      "encounter": reference("Encounter", encounter),
      "effectiveDateTime": time(300), "issued": time(320),
      "performer": [["display": "Synthetic caller, own thermometer"]],
      "valueQuantity": [
        "value": .number(Self.decimal(360 + random.below(45), places: 1)), "unit": "degrees Celsius",
        "system": "http://unitsofmeasure.org", "code": "Cel",
      ],
      "interpretation": [
        concept("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "N", "Normal")
      ],
      "note": [["text": .string(pick(Self.notes))]],
      "method": ["text": "Reported by telephone"],
    ]
  }

  private mutating func carePlan() -> KeyValuePairs<String, JSONValue?> {
    [
      "status": "active", "intent": "plan", "title": "Care advice given by telephone",
      "description": .string("\(pick(Self.notes)) \(pick(Self.notes))"),
      "subject": reference("Patient", patient),
      "encounter": reference("Encounter", encounter),
      "period": ["start": time(600)], "created": time(600),
      "author": ["display": "Synthetic clinician"],
      "activity": [
        [
          "detail": [
            "kind": "ServiceRequest", "status": "in-progress", "doNotPerform": false,
            "code": concept("http://snomed.info/sct", "3457005", "Patient referral"),
            "description": .string(pick(Self.notes)),
          ]
        ]
      ],
    ]
  }

  /// 365 in 1 place is 36.5; trailing zeros stay, as FHIR takes them for precision.
  static func decimal(_ value: Int, places: Int) -> JSONNumber {
    let scale = places == 1 ? 10 : 100
    let fraction = String(scale + value % scale).dropFirst()
    guard let number = JSONNumber("\(value / scale).\(fraction)") else {
      preconditionFailure("\(value) of \(places) places makes no number")
    }
    return number
  }

  // MARK: Words

  static let complaints = [
    (code: "29857009", display: "Chest pain"), (code: "267036007", display: "Dyspnea"),
    (code: "386661006", display: "Fever"), (code: "21522001", display: "Abdominal pain"),
    (code: "25064002", display: "Headache"), (code: "271594007", display: "Syncope"),
  ]

  static let questions = [
    "Is the person awake and able to speak in full sentences?", "Has there been any heavy bleeding in the last hour?",
    "Is there pain in the chest, arm, neck or jaw now?", "Is breathing harder than usual for them?",
    "When did this problem begin?", "Has it become worse since it began?", "Is there a rash that stays when pressed?",
    "Have they taken any medicine for it today?", "Do they have an illness that they see a doctor for?",
    "Has a fall or an injury gone before?", "Is somebody with them now?", "Have they been seen for the same before?",
    "Can they drink and keep it down?",
  ]

  static let notes = [
    "Began this morning and has slowly become worse.", "A neighbour is with them and will open the door.",
    "Told to rest, drink and call again if it worsens.", "Takes tablets every day and has them at hand.",
    "No change since the first call; agrees with the plan.", "Access by the side gate; there is a small dog.",
  ]
}
