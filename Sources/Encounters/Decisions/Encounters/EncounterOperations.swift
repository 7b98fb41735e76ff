public import Base

/// Opens an encounter, at home with the service's nation, and says in the same transaction whether the caller has called
/// before.
public struct OpenEncounter: EncounterOperation {
  public static let name = "openEncounter"

  /// Whom it is about.
  public enum Subject: Hashable, Sendable, Encodable {
    /// Somebody on record, at home wherever.
    case patient(ResourceID)
    /// A record made with the encounter: of somebody unknown, or known for the first time.
    case new(R4.Patient)
  }

  public var service: Service
  public var subject: Subject
  /// What is known at the start; status, subject and service are filled in.
  public var encounter: R4.Encounter
  /// `planned`, `arrived` or `in-progress`.
  public var status: EncounterStatus

  public init(
    at service: Service, for subject: Subject, _ encounter: R4.Encounter, status: EncounterStatus = .arrived
  ) {
    self.service = service
    self.subject = subject
    self.encounter = encounter
    self.status = status
  }

  public var home: Nation? { service.nation }
}

/// Saves the answers so far.
public struct RecordTriage: EncounterOperation {
  public static let name = "recordTriage"
  public var encounter: ResourceID
  public var response: R4.QuestionnaireResponse
  /// The response saved before that this one replaces; nil for the first.
  public var replacing: ResourceID?

  public init(_ encounter: ResourceID, _ response: R4.QuestionnaireResponse, replacing: ResourceID? = nil) {
    self.encounter = encounter
    self.response = response
    self.replacing = replacing
  }

  public var home: Nation? { encounter.home }
}

/// Sets what the triage led to. A repeat caller is given no less than a clinician's callback: a lower priority is raised
/// to it, and the result says so.
public struct SetDisposition: EncounterOperation {
  public static let name = "setDisposition"
  public var encounter: ResourceID
  /// For example `Dx06` of ``Vocabulary/pathwaysDisposition``.
  public var disposition: Coding
  public var priority: Priority
  /// Advice given, if any.
  public var plan: R4.CarePlan?

  public init(
    _ encounter: ResourceID, _ disposition: Coding, priority: Priority, advice plan: R4.CarePlan? = nil
  ) {
    self.encounter = encounter
    self.disposition = disposition
    self.priority = priority
    self.plan = plan
  }

  public var home: Nation? { encounter.home }
}

/// A step of the life cycle that carries nothing else: the caller waits, somebody is with the patient, observation.
public struct MoveEncounter: EncounterOperation {
  public static let name = "moveEncounter"
  public enum Step: String, Hashable, Sendable, CaseIterable, Encodable {
    case arrive, attend, leave, comeBack
  }
  public var encounter: ResourceID
  public var step: Step

  public init(_ encounter: ResourceID, _ step: Step) {
    self.encounter = encounter
    self.step = step
  }

  public var home: Nation? { encounter.home }
}

/// Another service takes over, of whichever nation; the encounter stays where it is at home.
public struct TransferCare: EncounterOperation {
  public static let name = "transferCare"
  public var encounter: ResourceID
  public var service: Service
  public var reason: String

  public init(_ encounter: ResourceID, to service: Service, reason: String) {
    self.encounter = encounter
    self.service = service
    self.reason = reason
  }

  public var home: Nation? { encounter.home }
}

/// Ends an encounter: with an outcome, nothing left to do, and the practice told or a reason why not.
public struct CloseEncounter: EncounterOperation {
  public static let name = "closeEncounter"

  /// The post event message to the patient's practice.
  public enum Message: Hashable, Sendable, Encodable {
    /// ODS codes of those who get it: the first for action, the others for information.
    case send(to: [String])
    /// It is owed to nobody, for example after some dispositions.
    case suppressed(reason: String)
  }

  public var encounter: ResourceID
  public var outcome: Coding
  public var message: Message

  public init(_ encounter: ResourceID, outcome: Coding, message: Message) {
    self.encounter = encounter
    self.outcome = outcome
    self.message = message
  }

  public var home: Nation? { encounter.home }
}

/// The caller hung up, or it is a second record of one incident.
public struct CancelEncounter: EncounterOperation {
  public static let name = "cancelEncounter"
  public var encounter: ResourceID
  public var reason: String
  /// The encounter that is kept.
  public var duplicateOf: ResourceID?

  public init(_ encounter: ResourceID, reason: String, duplicateOf: ResourceID? = nil) {
    self.encounter = encounter
    self.reason = reason
    self.duplicateOf = duplicateOf
  }

  public var home: Nation? { encounter.home }
}

/// It should never have been recorded. It is kept, hidden by default, and nothing can follow.
public struct MarkEnteredInError: EncounterOperation {
  public static let name = "markEnteredInError"
  public var encounter: ResourceID
  public var reason: String

  public init(_ encounter: ResourceID, reason: String) {
    self.encounter = encounter
    self.reason = reason
  }

  public var home: Nation? { encounter.home }
}

/// Goes on where a finished or cancelled encounter ended: a new one of the same patient that is part of it.
public struct ReopenEncounter: EncounterOperation {
  public static let name = "reopenEncounter"
  public var encounter: ResourceID
  public var status: EncounterStatus

  public init(_ encounter: ResourceID, status: EncounterStatus = .arrived) {
    self.encounter = encounter
    self.status = status
  }

  public var home: Nation? { encounter.home }
}
