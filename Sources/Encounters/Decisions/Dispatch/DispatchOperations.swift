public import Base

/// Asks for an ambulance: a request and a task in the queue of a service. A second request for the same need while the
/// first is open is merged into it, and raises its priority if it is the higher.
public struct RequestAmbulance: EncounterOperation {
  public static let name = "requestAmbulance"
  public var encounter: ResourceID
  /// Whose queue; of the encounter's own nation. ``MutualAid`` carries the task to another's.
  public var service: Service
  public var priority: Priority
  public var location: R4.Location
  /// What for: one open task for each.
  public var need: String
  /// From which the waiting counts; nil: the request's time.
  public var clockStart: Instant?

  public init(
    for encounter: ResourceID, from service: Service, _ priority: Priority, at location: R4.Location,
    need: String = "ambulance", clockStart: Instant? = nil
  ) {
    self.encounter = encounter
    self.service = service
    self.priority = priority
    self.location = location
    self.need = need
    self.clockStart = clockStart
  }

  public var home: Nation? { encounter.home }
}

/// Makes a task more urgent. Its place in the queue never falls: the clock stays.
public struct UpgradePriority: EncounterOperation {
  public static let name = "upgradePriority"
  public var task: ResourceID
  public var priority: Priority
  public var reason: String

  public init(of task: ResourceID, to priority: Priority, reason: String) {
    self.task = task
    self.priority = priority
    self.reason = reason
  }

  public var home: Nation? { task.home }
}

/// Makes a task less urgent.
public struct DowngradePriority: EncounterOperation {
  public static let name = "downgradePriority"
  public var task: ResourceID
  public var priority: Priority
  public var reason: String

  public init(of task: ResourceID, to priority: Priority, reason: String) {
    self.task = task
    self.priority = priority
    self.reason = reason
  }

  public var home: Nation? { task.home }
}

/// A desk takes a task from the queue for some time. One claim at a time; when its time is over the next claim gets the
/// next number, and the first can do nothing with the task any more.
public struct ClaimTask: EncounterOperation {
  public static let name = "claimTask"
  public var task: ResourceID
  public var holder: String
  public var seconds: Int64

  public init(_ task: ResourceID, holder: String, seconds: Int64 = 120) {
    self.task = task
    self.holder = holder
    self.seconds = seconds
  }

  public var home: Nation? { task.home }
}

/// Gives a claimed task back.
public struct ReleaseTask: EncounterOperation {
  public static let name = "releaseTask"
  public var task: ResourceID
  public var lease: UInt64

  public init(_ task: ResourceID, lease: UInt64) {
    self.task = task
    self.lease = lease
  }

  public var home: Nation? { task.home }
}

/// Sends a unit. A unit is on one task at most; a task has one leading unit, others support it.
public struct AllocateUnit: EncounterOperation {
  public static let name = "allocateUnit"
  public enum Part: String, Hashable, Sendable, CaseIterable, Encodable { case lead, support }
  public var task: ResourceID
  public var unit: Unit
  public var part: Part
  /// The claim on the task; needed to send the leading unit.
  public var lease: UInt64?

  public init(_ unit: Unit, to task: ResourceID, as part: Part = .lead, lease: UInt64?) {
    self.task = task
    self.unit = unit
    self.part = part
    self.lease = lease
  }

  public var home: Nation? { task.home }
}

/// Where a unit is in its work. The leading unit's status is the task's; clear ends the task and frees every unit on it.
public struct UpdateUnitStatus: EncounterOperation {
  public static let name = "updateUnitStatus"
  public var task: ResourceID
  public var unit: Unit
  public var status: UnitStatus

  public init(_ unit: Unit, on task: ResourceID, _ status: UnitStatus) {
    self.task = task
    self.unit = unit
    self.status = status
  }

  public var home: Nation? { task.home }
}

/// No ambulance is needed any more: the task is cancelled, its units are free.
public struct StandDown: EncounterOperation {
  public static let name = "standDown"
  public var task: ResourceID
  public var reason: String

  public init(_ task: ResourceID, reason: String) {
    self.task = task
    self.reason = reason
  }

  public var home: Nation? { task.home }
}

/// The unit cannot go, or go on: the task returns to its old place in the queue, its units are free.
public struct RejectTask: EncounterOperation {
  public static let name = "rejectTask"
  public var task: ResourceID
  public var reason: String

  public init(_ task: ResourceID, reason: String) {
    self.task = task
    self.reason = reason
  }

  public var home: Nation? { task.home }
}

/// Another service takes the task over, of the same nation or another: first it gets a task of its own, then the old one
/// ends. A crash between the two leaves both queues with it, never none; the same request again completes it.
public struct MutualAid: Hashable, Sendable {
  public var task: ResourceID
  public var service: Service
  public var reason: String

  public init(_ task: ResourceID, to service: Service, reason: String) {
    self.task = task
    self.service = service
    self.reason = reason
  }
}
