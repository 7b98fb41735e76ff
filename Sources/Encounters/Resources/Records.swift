public import JSON

extension R4 {
  /// What is asked for: an ambulance, a transfer of care.
  public struct ServiceRequest: R4Resource {
    public static let type = "ServiceRequest"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    init(encounter: ResourceID, patient: JSONValue?, code: JSONValue, performer: Service, at: Instant) {
      json = .resource(Self.type)
      json.setMember("status", to: "active")
      json.setMember("intent", to: "order")
      json.setMember("code", to: code)
      // R4 asks for a subject; of somebody unknown it is said that there is none yet.
      json.setMember("subject", to: patient ?? ["display": "not yet known"])
      json.setMember("encounter", to: .reference(Encounter.type, encounter))
      json.setMember("authoredOn", to: .instant(at))
      json.setMember("performer", to: [.organisation(performer.code)])
    }

    /// draft, active, on-hold, revoked, completed, entered-in-error, unknown
    public var status: String? { json["status"]?.string }
    public var encounter: ResourceID? { referenced("encounter", Encounter.type) }
    public var patient: ResourceID? { referenced("subject", Patient.type) }
    mutating func setStatus(_ status: String) { json.setMember("status", to: .string(status)) }
  }

  /// Questions of a triage and the answers.
  public struct QuestionnaireResponse: R4Resource {
    public static let type = "QuestionnaireResponse"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    /// Answers to be saved with ``RecordTriage``.
    public init(_ answers: [(question: String, answer: String)]) {
      json = .resource(Self.type)
      json.setMember("status", to: "in-progress")
      json.setMember(
        "item",
        to: .array(
          answers.enumerated().map { number, item in
            [
              "linkId": .string(String(number + 1)), "text": .string(item.question),
              "answer": [["valueString": .string(item.answer)]],
            ]
          }))
    }

    public var encounter: ResourceID? { referenced("encounter", Encounter.type) }
  }

  /// Advice given.
  public struct CarePlan: R4Resource {
    public static let type = "CarePlan"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    public init(advice: String) {
      json = .resource(Self.type)
      json.setMember("status", to: "active")
      json.setMember("intent", to: "plan")
      json.setMember("description", to: .string(advice))
    }

    public var encounter: ResourceID? { referenced("encounter", Encounter.type) }
  }

  /// Where the patient is now.
  public struct Location: R4Resource {
    public static let type = "Location"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    /// - Parameter description: as the caller says it.
    public init(_ description: String, postcode: String? = nil) {
      json = .resource(Self.type)
      json.setMember("status", to: "active")
      json.setMember("description", to: .string(description))
      if let postcode { json.setMember("address", to: ["postalCode": .string(postcode)]) }
    }
  }

  public struct Organization: R4Resource {
    public static let type = "Organization"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    public var odsCode: String? { json["identifier"]?.identifierValue(Vocabulary.odsCode) }
    public var name: String? { json["name"]?.string }
  }

  public struct HealthcareService: R4Resource {
    public static let type = "HealthcareService"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    public var dosServiceID: String? { json["identifier"]?.identifierValue(Vocabulary.dosServiceID) }
    public var name: String? { json["name"]?.string }
  }

  /// A message to the outside: the outbox's item. Its id never changes, so that a receiver can tell a repeat.
  public struct Communication: R4Resource {
    public static let type = "Communication"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    init(
      _ channel: OutboxChannel, about: JSONValue, encounter: ResourceID?, patient: JSONValue?, recipients: [String],
      at: Instant
    ) {
      json = .resource(Self.type)
      json.setExtension(Self.dueURL, "valueInstant", .instant(at))
      json.setMember("status", to: .string(MessageStatus.preparation.rawValue))
      json.setMember("category", to: [.concept(Vocabulary.channel, channel.rawValue)])
      if let patient { json.setMember("subject", to: patient) }
      if let encounter { json.setMember("encounter", to: .reference(Encounter.type, encounter)) }
      json.setMember("about", to: [about])
      if !recipients.isEmpty { json.setMember("recipient", to: .array(recipients.map { .organisation($0) })) }
    }

    private static let dueURL = Vocabulary.extensionBase + "due"

    public var status: MessageStatus? { json["status"]?.string.flatMap { MessageStatus(rawValue: $0) } }
    public var channel: OutboxChannel? {
      json["category"]?[0]?.code(in: Vocabulary.channel).flatMap { OutboxChannel(rawValue: $0) }
    }
    public var encounter: ResourceID? { referenced("encounter", Encounter.type) }
    /// When it is to be sent, or sent again.
    public var due: Instant? { json.extension(Self.dueURL)?["valueInstant"]?.instant }
    public var lease: Lease? { Lease(json) }

    mutating func setDue(_ due: Instant) { json.setExtension(Self.dueURL, "valueInstant", .instant(due)) }
    mutating func setStatus(_ status: MessageStatus, reason: String? = nil) {
      json.setMember("status", to: .string(status.rawValue))
      if let reason { json.setMember("statusReason", to: ["text": .string(reason)]) }
    }
  }
}

/// Where messages to the outside go.
public enum OutboxChannel: String, Hashable, Sendable, CaseIterable, Encodable {
  /// Post event messages to the patient's practice.
  case postEvent = "pem"
  /// The electronic prescription service.
  case prescriptions = "eps"
}
