public import JSON

extension R4 {
  /// When a service can be had.
  public struct Schedule: R4Resource {
    public static let type = "Schedule"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    /// Of a healthcare service, by its id in the directory of services.
    public init(dosService: String, _ name: String) {
      json = .resource(Self.type)
      json.setMember("active", to: true)
      json.setMember(
        "actor",
        to: [["identifier": .identifier(Vocabulary.dosServiceID, dosService), "display": .string(name)]])
    }

    /// The healthcare service's id in the directory of services.
    public var dosService: String? {
      json["actor"]?.array?.compactMap { $0["identifier"] }.first {
        $0["system"]?.string == Vocabulary.dosServiceID
      }?["value"]?.string
    }
  }

  /// A time that can be booked.
  public struct Slot: R4Resource {
    public static let type = "Slot"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    init(of schedule: ResourceID, dosService: String, _ times: SlotTimes) {
      json = .resource(Self.type)
      json.setExtension(Self.serviceURL, "valueIdentifier", .identifier(Vocabulary.dosServiceID, dosService))
      json.setMember("schedule", to: .reference(Schedule.type, schedule))
      json.setMember("status", to: .string(SlotStatus.free.rawValue))
      json.setMember("start", to: .instant(times.start))
      json.setMember("end", to: .instant(times.end))
    }

    private static let serviceURL = Vocabulary.extensionBase + "service"

    public var status: SlotStatus? { json["status"]?.string.flatMap { SlotStatus(rawValue: $0) } }
    public var schedule: ResourceID? { referenced("schedule", Schedule.type) }
    public var start: Instant? { json["start"]?.instant }
    public var end: Instant? { json["end"]?.instant }
    /// By which slots are found.
    public var dosService: String? { json.extension(Self.serviceURL)?["valueIdentifier"]?["value"]?.string }

    mutating func setStatus(_ status: SlotStatus) { json.setMember("status", to: .string(status.rawValue)) }
  }

  /// A booked time.
  public struct Appointment: R4Resource {
    public static let type = "Appointment"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    /// A new one, to be booked; what else is known may be put into ``json``.
    public init() { json = .resource(Self.type) }

    public var status: AppointmentStatus? { json["status"]?.string.flatMap { AppointmentStatus(rawValue: $0) } }
    public var slot: ResourceID? { json["slot"]?[0]?.referenced(Slot.type) }
    public var encounter: ResourceID? {
      json["supportingInformation"]?.array?.compactMap { $0.referenced(Encounter.type) }.first
    }
    public var patient: ResourceID? {
      json["participant"]?.array?.compactMap { $0["actor"]?.referenced(Patient.type) }.first
    }

    mutating func setStatus(_ status: AppointmentStatus, reason: String? = nil) {
      json.setMember("status", to: .string(status.rawValue))
      if let reason { json.setMember("cancelationReason", to: ["text": .string(reason)]) }
    }
  }
}

/// From when to when.
public struct SlotTimes: Hashable, Sendable, Encodable {
  public var start: Instant
  public var end: Instant
  public init(_ start: Instant, _ end: Instant) {
    self.start = start
    self.end = end
  }
}
