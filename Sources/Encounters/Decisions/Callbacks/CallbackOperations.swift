public import Base

/// Puts an encounter into the queue of a clinical assessment service. A repeat caller's callback ranks no lower than
/// ``Priority/clinicianCallbackRank``.
public struct RequestCallback: EncounterOperation {
  public static let name = "requestCallback"
  public var encounter: ResourceID
  /// Whose queue; of the encounter's own nation.
  public var provider: Service
  public var priority: Priority
  /// When the call is due; nil: by the priority's target from the request's time.
  public var due: Instant?

  public init(for encounter: ResourceID, by provider: Service, _ priority: Priority, due: Instant? = nil) {
    self.encounter = encounter
    self.provider = provider
    self.priority = priority
    self.due = due
  }

  public var home: Nation? { encounter.home }
}

/// A clinician takes a callback for some time, as ``ClaimTask`` does a task.
public struct ClaimCallback: EncounterOperation {
  public static let name = "claimCallback"
  public var callback: ResourceID
  public var holder: String
  public var seconds: Int64

  public init(_ callback: ResourceID, holder: String, seconds: Int64 = 1_200) {
    self.callback = callback
    self.holder = holder
    self.seconds = seconds
  }

  public var home: Nation? { callback.home }
}

/// The call was made. Refused to whoever's claim was followed by another's.
public struct CompleteCallback: EncounterOperation {
  public static let name = "completeCallback"
  public var callback: ResourceID
  public var lease: UInt64
  public var outcome: String

  public init(_ callback: ResourceID, lease: UInt64, outcome: String) {
    self.callback = callback
    self.lease = lease
    self.outcome = outcome
  }

  public var home: Nation? { callback.home }
}

/// Nobody answered: to be tried again.
public struct PutBackCallback: EncounterOperation {
  public static let name = "putBackCallback"
  public var callback: ResourceID
  public var lease: UInt64
  public var due: Instant
  public var reason: String

  public init(_ callback: ResourceID, lease: UInt64, due: Instant, reason: String) {
    self.callback = callback
    self.lease = lease
    self.due = due
    self.reason = reason
  }

  public var home: Nation? { callback.home }
}

/// It is needed no more.
public struct CancelCallback: EncounterOperation {
  public static let name = "cancelCallback"
  public var callback: ResourceID
  public var reason: String

  public init(_ callback: ResourceID, reason: String) {
    self.callback = callback
    self.reason = reason
  }

  public var home: Nation? { callback.home }
}
