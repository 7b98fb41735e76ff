import Base
public import JSON

extension R4 {
  /// Something to be done for an encounter: an ambulance to be sent, a callback to be made.
  public struct Task: R4Resource {
    public static let type = "Task"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    public enum Kind: String, Hashable, Sendable, CaseIterable, Encodable {
      case dispatch, callback
    }

    init(_ kind: Kind, encounter: ResourceID, patient: JSONValue?, at: Instant) {
      json = .resource(Self.type)
      json.setMember("status", to: .string(TaskStatus.requested.rawValue))
      json.setMember("intent", to: "order")
      json.setMember("code", to: .concept(Vocabulary.taskKind, kind.rawValue))
      if let patient { json.setMember("for", to: patient) }
      json.setMember("encounter", to: .reference(Encounter.type, encounter))
      json.setMember("authoredOn", to: .instant(at))
      json.setMember("lastModified", to: .instant(at))
    }

    /// Nil for a task of somebody else's kind, which no operation touches.
    public var kind: Kind? { json["code"]?.code(in: Vocabulary.taskKind).flatMap { Kind(rawValue: $0) } }
    public var status: TaskStatus? { json["status"]?.string.flatMap { TaskStatus(rawValue: $0) } }
    public var encounter: ResourceID? { referenced("encounter", Encounter.type) }
    public var patient: ResourceID? { referenced("for", Patient.type) }
    public var focus: ResourceID? { referenced("focus", ServiceRequest.type) }

    // MARK: What it asks for

    /// ODS code of the service in whose queue it stands.
    public var service: String? { input("service")?["valueIdentifier"]?["value"]?.string }
    /// What the encounter needs: one open task for each.
    public var need: String? { input("need")?["valueCode"]?.string }
    public var priorityCode: String? { input("priority")?["valueCodeableConcept"]?.priorityCode }
    public var rank: Int? { input("priority")?["valueCodeableConcept"]?.rank }
    /// From which its waiting counts. An upgrade leaves it, so that nothing loses its place.
    public var clockStart: Instant? { json["executionPeriod"]?["start"]?.instant }
    /// When it is to be answered by the national target.
    public var deadline: Instant? { json["restriction"]?["period"]?["end"]?.instant }

    mutating func setService(_ code: String) {
      setInput("service", "valueIdentifier", .identifier(Vocabulary.odsCode, code))
    }
    mutating func setNeed(_ need: String) { setInput("need", "valueCode", .string(need)) }
    mutating func setPriority(_ priority: Priority, rank: Int) {
      setInput("priority", "valueCodeableConcept", .priority(priority, rank: rank))
      json.setMember("priority", to: .string(rank <= 1 ? "stat" : rank <= 3 ? "asap" : rank <= 5 ? "urgent" : "routine"))
    }
    mutating func raiseToCallback() {
      guard var priority = input("priority")?["valueCodeableConcept"] else { return }
      priority.raiseRank(to: Priority.clinicianCallbackRank)
      setInput("priority", "valueCodeableConcept", priority)
    }
    mutating func setClock(start: Instant, deadline: Instant?) {
      json.setMember("executionPeriod", to: ["start": .instant(start)])
      json.setMember("restriction", to: deadline.map { ["period": ["end": .instant($0)]] })
    }
    mutating func setStatus(_ status: TaskStatus, at: Instant) {
      json.setMember("status", to: .string(status.rawValue))
      json.setMember("lastModified", to: .instant(at))
    }
    mutating func setLease(_ lease: Lease) { lease.write(to: &json) }
    mutating func endLease() {
      guard var lease else { return }
      lease.isHeld = false
      lease.write(to: &json)
    }
    /// Nobody is on it, and nobody has claimed it.
    mutating func clearCrew() {
      setLead(nil)
      setUnitStatus(nil)
      setSupporters([])
      endLease()
    }
    mutating func setReason(_ reason: String?) {
      json.setMember("statusReason", to: reason.map { ["text": .string($0)] })
    }

    private func input(_ name: String) -> JSONValue? {
      json["input"]?.array?.first { $0["type"]?.code(in: Vocabulary.taskInput) == name }
    }

    private mutating func setInput(_ name: String, _ member: String, _ value: JSONValue) {
      var inputs = json["input"]?.array ?? []
      let input = JSONValue.object([
        JSONMember("type", .concept(Vocabulary.taskInput, name)), JSONMember(member, value),
      ])
      if let place = inputs.firstIndex(where: { $0["type"]?.code(in: Vocabulary.taskInput) == name }) {
        inputs[place] = input
      } else {
        inputs.append(input)
      }
      json.setMember("input", to: .array(inputs))
    }

    // MARK: Who does it

    /// The unit that leads.
    public var lead: String? { json["owner"]?["identifier"]?["value"]?.string }
    /// Units that help, each with what it does.
    var supporters: [Supporter] {
      (json["extension"]?.array ?? []).filter { $0["url"]?.string == Self.supportURL }.compactMap { parts in
        parts.extension("callsign")?["valueString"]?.string.map {
          Supporter(
            callsign: $0,
            status: parts.extension("status")?["valueCode"]?.string.flatMap { UnitStatus(rawValue: $0) })
        }
      }
    }
    /// Callsigns of units that help.
    public var support: [String] { supporters.map(\.callsign) }
    /// What the leading unit does: `mobile`, `on-scene`…
    public var unitStatus: UnitStatus? {
      json["businessStatus"]?.code(in: Vocabulary.unitStatus).flatMap { UnitStatus(rawValue: $0) }
    }

    private static let supportURL = Vocabulary.extensionBase + "support-unit"

    mutating func setLead(_ callsign: String?) {
      json.setMember("owner", to: callsign.map { ["identifier": .identifier(Vocabulary.callsign, $0)] })
    }
    mutating func setUnitStatus(_ status: UnitStatus?) {
      json.setMember("businessStatus", to: status.map { .concept(Vocabulary.unitStatus, $0.rawValue) })
    }
    mutating func setSupporters(_ supporters: [Supporter]) {
      var list = (json["extension"]?.array ?? []).filter { $0["url"]?.string != Self.supportURL }
      for supporter in supporters {
        var parts: [JSONValue] = [["url": "callsign", "valueString": .string(supporter.callsign)]]
        if let status = supporter.status { parts.append(["url": "status", "valueCode": .string(status.rawValue)]) }
        list.append(["url": .string(Self.supportURL), "extension": .array(parts)])
      }
      json.setMember("extension", to: list.isEmpty ? nil : .array(list))
    }

    /// A unit that helps.
    struct Supporter: Hashable {
      var callsign: String
      var status: UnitStatus?
    }

    /// The claim on it, if there is one.
    public var lease: Lease? { Lease(json) }
  }
}

/// Where a unit is in its work. In this order, without going back; steps may be left out.
public enum UnitStatus: String, Hashable, Sendable, CaseIterable, Encodable {
  case mobile
  case onScene = "on-scene"
  case conveying
  case atHospital = "at-hospital"
  /// Free for the next task.
  case clear

  var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A claim for a time. Its number rises with each claim of the same item and never falls, so that a claimant who comes
/// late, after another has claimed, is told apart and refused.
public struct Lease: Hashable, Sendable {
  public var number: UInt64
  public var holder: String
  public var until: Instant
  /// Whether the holder has it still; a lease that was given back keeps its number.
  public var isHeld: Bool

  public init(number: UInt64, holder: String, until: Instant, isHeld: Bool) {
    self.number = number
    self.holder = holder
    self.until = until
    self.isHeld = isHeld
  }

  static let url = Vocabulary.extensionBase + "lease"

  /// Reads it from a resource.
  init?(_ resource: JSONValue) {
    guard let parts = resource.extension(Self.url),
      let number = parts.extension("number")?["valuePositiveInt"]?.uint64,
      let holder = parts.extension("holder")?["valueString"]?.string,
      let until = parts.extension("until")?["valueInstant"]?.instant
    else { return nil }
    self.init(
      number: number, holder: holder, until: until, isHeld: parts.extension("held")?["valueBoolean"]?.bool ?? false)
  }

  func write(to resource: inout JSONValue) {
    let parts: JSONValue = [
      ["url": "number", "valuePositiveInt": .integer(number)], ["url": "holder", "valueString": .string(holder)],
      ["url": "until", "valueInstant": .instant(until)], ["url": "held", "valueBoolean": .bool(isHeld)],
    ]
    // An extension that has extensions has no value of its own.
    resource.setExtension(Self.url, "extension", parts)
  }

  func isRunning(at: Instant) -> Bool { isHeld && at < until }
}
