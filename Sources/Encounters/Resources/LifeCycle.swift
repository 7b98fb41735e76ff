/// Which status may follow which, as data: whatever is not in the table is refused.
public struct LifeCycle<State: Hashable & Sendable, Event: Hashable & Sendable>: Sendable {
  public struct Step: Hashable, Sendable {
    public var from: State
    public var event: Event
    public var to: State
  }

  /// Invariant: no two steps have the same `from` and `event`.
  public let steps: [Step]

  init(_ steps: [(from: [State], event: Event, to: State)]) {
    self.steps = steps.flatMap { step in step.from.map { Step(from: $0, event: step.event, to: step.to) } }
    for (place, step) in self.steps.enumerated() {
      precondition(
        !self.steps[..<place].contains { $0.from == step.from && $0.event == step.event },
        "two steps from \(step.from) by \(step.event)")
    }
  }

  /// Where `event` leads; nil when it must not happen in `state`.
  public func next(_ state: State, _ event: Event) -> State? {
    steps.first { $0.from == state && $0.event == event }?.to
  }

  /// Whether some event leads from one to the other, or nothing changed.
  public func allows(_ from: State, to: State) -> Bool {
    from == to || steps.contains { $0.from == from && $0.to == to }
  }
}

/// Which event may happen in which status, and where it leads (FHIR R4's codes).
public enum LifeCycles {
  /// Of encounters: planned, arrived, in-progress, triaged, in-progress, finished, with the ways out.
  public static let encounter = LifeCycle<EncounterStatus, EncounterEvent>([
    (from: [.planned], event: .arrive, to: .arrived),
    (from: [.planned, .arrived, .inProgress], event: .triage, to: .inProgress),
    (from: [.triaged], event: .triage, to: .triaged),
    (from: [.inProgress, .triaged], event: .dispose, to: .triaged),
    (from: [.planned, .arrived, .triaged], event: .attend, to: .inProgress),
    (from: [.inProgress], event: .leave, to: .onLeave),
    (from: [.onLeave], event: .comeBack, to: .inProgress),
    (from: [.inProgress, .triaged], event: .close, to: .finished),
    (from: [.planned, .arrived, .inProgress, .triaged], event: .cancel, to: .cancelled),
    (
      from: EncounterStatus.allCases.filter { $0 != .enteredInError }, event: .enterInError, to: .enteredInError
    ),
    (from: [.planned], event: .arrange, to: .planned), (from: [.arrived], event: .arrange, to: .arrived),
    (from: [.inProgress], event: .arrange, to: .inProgress), (from: [.triaged], event: .arrange, to: .triaged),
    (from: [.onLeave], event: .arrange, to: .onLeave),
  ])

  /// Of tasks of dispatch.
  public static let dispatch = LifeCycle<TaskStatus, DispatchEvent>([
    // A claim whose lease has run out is claimed anew.
    (from: [.requested, .received], event: .claim, to: .received),
    (from: [.received], event: .release, to: .requested),
    (from: [.requested], event: .reprioritise, to: .requested),
    (from: [.received], event: .reprioritise, to: .received),
    (from: [.accepted], event: .reprioritise, to: .accepted),
    (from: [.inProgress], event: .reprioritise, to: .inProgress),
    (from: [.received], event: .allocate, to: .accepted),
    (from: [.accepted], event: .support, to: .accepted), (from: [.inProgress], event: .support, to: .inProgress),
    (from: [.accepted, .inProgress], event: .progress, to: .inProgress),
    (from: [.accepted, .inProgress], event: .clear, to: .completed),
    (from: [.received, .accepted, .inProgress], event: .reject, to: .requested),
    (from: [.requested, .received, .accepted, .inProgress], event: .standDown, to: .cancelled),
    (from: [.requested, .received], event: .reassign, to: .requested),
    (from: [.requested, .received], event: .handOver, to: .cancelled),
  ])

  /// Of clinical callbacks.
  public static let callback = LifeCycle<TaskStatus, CallbackEvent>([
    (from: [.requested, .received], event: .claim, to: .received),
    (from: [.received], event: .putBack, to: .requested),
    (from: [.received], event: .complete, to: .completed),
    (from: [.requested, .received], event: .cancel, to: .cancelled),
  ])

  /// Of items of a prescription.
  public static let prescription = LifeCycle<PrescriptionStatus, PrescriptionEvent>([
    (from: [.active], event: .dispensePart, to: .active),
    (from: [.active], event: .dispense, to: .completed),
    (from: [.active, .onHold], event: .cancel, to: .cancelled),
  ])

  /// Of appointments.
  public static let appointment = LifeCycle<AppointmentStatus, AppointmentEvent>([
    (from: [.booked], event: .arrive, to: .arrived),
    (from: [.arrived, .checkedIn], event: .fulfil, to: .fulfilled),
    (from: [.booked], event: .miss, to: .noshow),
    (from: [.booked], event: .cancel, to: .cancelled),
  ])

  /// Of slots.
  public static let slot = LifeCycle<SlotStatus, SlotEvent>([
    (from: [.free], event: .book, to: .busy),
    (from: [.busy], event: .free, to: .free),
  ])

  /// Of messages to the outside.
  public static let message = LifeCycle<MessageStatus, MessageEvent>([
    (from: [.preparation, .inProgress], event: .claim, to: .inProgress),
    (from: [.inProgress], event: .putBack, to: .preparation),
    (from: [.inProgress], event: .acknowledge, to: .completed),
    (from: [.preparation, .inProgress], event: .giveUp, to: .stopped),
  ])
}
