public import Base
public import JSON

extension R4 {
  /// One contact of a patient with a service.
  public struct Encounter: R4Resource {
    public static let type = "Encounter"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    /// What R4 calls class: how it takes place.
    public enum Class: String, Hashable, Sendable, CaseIterable, Encodable {
      /// A telephone call to 111.
      case virtual = "VR"
      /// An emergency call to 999.
      case emergency = "EMER"
      case ambulatory = "AMB"
      case homeHealth = "HH"
      case field = "FLD"
    }

    /// A new one, to be opened; what else is known may be put into ``json``.
    public init(_ class: Class) {
      json = .resource(Self.type)
      json.setMember("class", to: .coding(Vocabulary.actCode, `class`.rawValue))
    }

    public var status: EncounterStatus? { json["status"]?.string.flatMap { EncounterStatus(rawValue: $0) } }
    public var patient: ResourceID? { referenced("subject", Patient.type) }
    /// Whom this one continues.
    public var partOf: ResourceID? { referenced("partOf", Encounter.type) }
    /// ODS code of the service that has it now.
    public var service: String? { json["serviceProvider"]?.organisationCode }
    public var start: Instant? { json["period"]?["start"]?.instant }
    /// What the triage led to: a code such as `Dx06`.
    public var disposition: String? {
      json.extension(Self.dispositionURL)?["valueCoding"]?["code"]?.string
    }
    /// The common rank of its priority.
    public var rank: Int? { json["priority"]?.rank }
    public var repeatCaller: RepeatCaller.Answer? {
      json.extension(Self.repeatCallerURL)?["valueCode"]?.string.flatMap { RepeatCaller.Answer(rawValue: $0) }
    }
    /// How it ended.
    public var outcome: JSONValue? { json.extension(Vocabulary.outcome)?["valueCodeableConcept"] }

    static let dispositionURL = Vocabulary.extensionBase + "disposition"
    static let repeatCallerURL = Vocabulary.extensionBase + "repeat-caller"
    static let duplicateURL = Vocabulary.extensionBase + "duplicate-of"
    static let reasonURL = Vocabulary.extensionBase + "status-reason"

    /// Another status from `at` on; the one before goes to the history of statuses with its period.
    mutating func setStatus(_ status: EncounterStatus, at: Instant) {
      if let old = self.status {
        guard old != status else { return }
        var history = json["statusHistory"]?.array ?? []
        let since = history.last?["period"]?["end"] ?? json["period"]?["start"] ?? .instant(at)
        history.append(["status": .string(old.rawValue), "period": ["start": since, "end": .instant(at)]])
        json.setMember("statusHistory", to: .array(history))
      }
      json.setMember("status", to: .string(status.rawValue))
      if status.isTerminal {
        var period = json["period"] ?? ["start": .instant(at)]
        period.setMember("end", to: .instant(at))
        json.setMember("period", to: period)
      }
    }

    mutating func setPatient(_ id: ResourceID) { json.setMember("subject", to: .reference(Patient.type, id)) }
    mutating func setService(_ service: Service) {
      json.setMember("serviceProvider", to: .organisation(service.code))
    }
    mutating func setRepeatCaller(_ answer: RepeatCaller.Answer) {
      json.setExtension(Self.repeatCallerURL, "valueCode", .string(answer.rawValue))
    }
    mutating func setReason(_ reason: String) { json.setExtension(Self.reasonURL, "valueString", .string(reason)) }
    /// No less urgent than a clinician's callback.
    mutating func raiseToCallback() {
      guard var priority = json["priority"] else { return }
      priority.raiseRank(to: Priority.clinicianCallbackRank)
      json.setMember("priority", to: priority)
    }
    mutating func setDisposition(_ coding: Coding, priority: Priority, rank: Int) {
      json.setExtension(
        Self.dispositionURL, "valueCoding", .coding(coding.system, coding.code, coding.display))
      json.setMember("priority", to: .priority(priority, rank: rank))
    }
  }
}

extension JSONValue {
  /// A CodeableConcept with the nation's own code and the common rank.
  static func priority(_ priority: Priority, rank: Int) -> JSONValue {
    ["coding": [.coding(priority.system, priority.code), .coding(Vocabulary.rank, String(rank))]]
  }

  /// Of such a CodeableConcept.
  var rank: Int? { code(in: Vocabulary.rank).flatMap { Int($0) } }

  /// Makes the common rank in it no less urgent than `limit`; the nation's own code stays as it was given.
  mutating func raiseRank(to limit: Int) {
    guard let rank, rank > limit, let coding = self["coding"]?.array else { return }
    let others = coding.filter { $0["system"]?.string != Vocabulary.rank }
    setMember("coding", to: .array(others + [.coding(Vocabulary.rank, String(limit))]))
  }

  /// The nation's own code in it.
  var priorityCode: String? {
    self["coding"]?.array?.first { $0["system"]?.string != Vocabulary.rank }?["code"]?.string
  }
}

/// What is known of earlier calls of a caller, by the rules of the Repeat Caller Service.
public struct RepeatCaller: Hashable, Sendable {
  public enum Answer: String, Hashable, Sendable, CaseIterable {
    /// Fewer than two earlier calls.
    case no
    /// Two or more earlier calls of the same verified number, or that agree in four of the five demographics.
    case yes
    /// Two or more, if those are counted that agree in three of five: ask the caller.
    case partial
  }

  public var answer: Answer
  /// The earlier calls found, newest first.
  public var earlier: [ResourceID]
  /// Nations whose calls could not be looked at: none of their nodes answered.
  public var unheard: [Nation]

  /// How long a call counts.
  public static let windowSeconds: Int64 = 96 * 3_600

  public init(answer: Answer, earlier: [ResourceID], unheard: [Nation]) {
    self.answer = answer
    self.earlier = earlier
    self.unheard = unheard
  }
}
