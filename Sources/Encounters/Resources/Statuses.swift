/// R4's Encounter.status.
public enum EncounterStatus: String, Hashable, Sendable, CaseIterable, Encodable {
  case planned, arrived, triaged
  case inProgress = "in-progress"
  case onLeave = "onleave"
  case finished, cancelled
  case enteredInError = "entered-in-error"
  /// On import only.
  case unknown

  /// Whether nothing but entering in error can follow.
  public var isTerminal: Bool {
    switch self {
    case .finished, .cancelled, .enteredInError: true
    case .planned, .arrived, .triaged, .inProgress, .onLeave, .unknown: false
    }
  }
}

public enum EncounterEvent: String, Hashable, Sendable, CaseIterable, Encodable {
  /// The caller waits in the queue.
  case arrive
  /// A triage was saved: whoever was waiting has been answered.
  case triage
  /// A disposition was set.
  case dispose
  /// A clinician or a crew is with the patient.
  case attend
  /// Under observation.
  case leave
  case comeBack
  case close
  case cancel
  case enterInError
  /// Care went to another service, or an ambulance, callback or appointment was arranged: the status stays.
  case arrange
}

/// R4's Task.status, as far as dispatch and callbacks use it.
public enum TaskStatus: String, Hashable, Sendable, CaseIterable, Encodable {
  case draft, requested, received, accepted, rejected, ready, cancelled
  case inProgress = "in-progress"
  case onHold = "on-hold"
  case failed, completed
  case enteredInError = "entered-in-error"

  /// Whether it waits for somebody to take it: then, and only then, it has a row in its queue.
  public var isQueued: Bool { self == .requested || self == .received }
  /// Whether it is still to be done.
  public var isOpen: Bool {
    switch self {
    case .requested, .received, .accepted, .inProgress: true
    case .draft, .rejected, .ready, .cancelled, .onHold, .failed, .completed, .enteredInError: false
    }
  }
}

public enum DispatchEvent: String, Hashable, Sendable, CaseIterable, Encodable {
  case claim
  /// The claimant gives it back.
  case release
  case reprioritise
  /// A lead unit was allocated.
  case allocate
  /// A further unit, or a status of a unit that is not the lead.
  case support
  /// The lead unit is on its way, there, conveying, or at hospital.
  case progress
  /// The lead unit is clear: done.
  case clear
  /// The lead unit cannot: back into the queue.
  case reject
  case standDown
  /// To another queue of the same nation.
  case reassign
  /// Another nation's service has taken it over.
  case handOver
}

public enum CallbackEvent: String, Hashable, Sendable, CaseIterable, Encodable {
  case claim
  /// No answer: to be tried again later.
  case putBack
  case complete
  case cancel
}

/// R4's MedicationRequest.status.
public enum PrescriptionStatus: String, Hashable, Sendable, CaseIterable, Encodable {
  case active
  case onHold = "on-hold"
  case cancelled, completed
  case enteredInError = "entered-in-error"
  case stopped, draft, unknown
}

public enum PrescriptionEvent: String, Hashable, Sendable, CaseIterable, Encodable {
  /// Some of it was given out.
  case dispensePart
  /// All of it was given out.
  case dispense
  case cancel
}

/// R4's Appointment.status.
public enum AppointmentStatus: String, Hashable, Sendable, CaseIterable, Encodable {
  case proposed, pending, booked, arrived, fulfilled, cancelled, noshow
  case enteredInError = "entered-in-error"
  case checkedIn = "checked-in"
  case waitlist

  /// Whether the slot is taken by it, or was used up.
  public var holdsSlot: Bool {
    switch self {
    case .booked, .arrived, .checkedIn, .fulfilled, .noshow: true
    case .proposed, .pending, .cancelled, .enteredInError, .waitlist: false
    }
  }
}

public enum AppointmentEvent: String, Hashable, Sendable, CaseIterable, Encodable {
  case arrive, fulfil, miss, cancel
}

/// R4's Slot.status.
public enum SlotStatus: String, Hashable, Sendable, CaseIterable, Encodable {
  case busy, free
  case busyUnavailable = "busy-unavailable"
  case busyTentative = "busy-tentative"
  case enteredInError = "entered-in-error"
}

public enum SlotEvent: String, Hashable, Sendable, CaseIterable, Encodable {
  case book
  /// Its appointment was cancelled.
  case free
}

/// R4's Communication.status: of a message to the outside.
public enum MessageStatus: String, Hashable, Sendable, CaseIterable, Encodable {
  /// Waits to be sent.
  case preparation
  /// Somebody is sending it.
  case inProgress = "in-progress"
  /// It will not be sent; the reason stands in the resource.
  case notDone = "not-done"
  case onHold = "on-hold"
  case stopped, completed
  case enteredInError = "entered-in-error"
  case unknown

  /// Whether it is still to be sent.
  public var isQueued: Bool { self == .preparation || self == .inProgress }
}

public enum MessageEvent: String, Hashable, Sendable, CaseIterable, Encodable {
  case claim
  /// Sending failed: to be tried again later.
  case putBack
  case acknowledge
  /// Given up: a human takes over.
  case giveUp
}
