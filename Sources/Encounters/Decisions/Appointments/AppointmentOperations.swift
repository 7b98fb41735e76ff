public import Base

/// Opens times for booking: a schedule, and its slots, which are free.
public struct PublishSlots: EncounterOperation {
  public static let name = "publishSlots"
  /// Slots in one request at most.
  public static let slotsMax = 24
  public var nation: Nation
  public var schedule: Plan
  public var times: [SlotTimes]

  public enum Plan: Hashable, Sendable, Encodable {
    /// One that is on record.
    case existing(ResourceID)
    /// One made with the slots.
    case new(R4.Schedule)
  }

  public init(at nation: Nation, of schedule: Plan, _ times: [SlotTimes]) {
    self.nation = nation
    self.schedule = schedule
    self.times = times
  }

  public var home: Nation? { nation }
}

/// Books a slot: the slot becomes busy and the appointment booked in one transaction, in the slot's keyspace.
public struct BookAppointment: EncounterOperation {
  public static let name = "bookAppointment"
  public var slot: ResourceID
  public var encounter: ResourceID?
  public var patient: ResourceID?
  /// What else is known; status, slot, times and participants are filled in.
  public var appointment: R4.Appointment

  public init(
    _ slot: ResourceID, for encounter: ResourceID?, patient: ResourceID? = nil,
    _ appointment: R4.Appointment = R4.Appointment()
  ) {
    self.slot = slot
    self.encounter = encounter
    self.patient = patient
    self.appointment = appointment
  }

  public var home: Nation? { slot.home }
}

/// Moves a booking to another slot of the same nation, in one transaction. To a slot elsewhere
/// ``EncounterStore/rebook(_:to:as:)`` goes in two.
public struct RebookAppointment: EncounterOperation {
  public static let name = "rebookAppointment"
  public var appointment: ResourceID
  public var slot: ResourceID
  public var reason: String

  public init(_ appointment: ResourceID, to slot: ResourceID, reason: String) {
    self.appointment = appointment
    self.slot = slot
    self.reason = reason
  }

  public var home: Nation? { appointment.home }
}

/// The slot is free again.
public struct CancelAppointment: EncounterOperation {
  public static let name = "cancelAppointment"
  public var appointment: ResourceID
  public var reason: String

  public init(_ appointment: ResourceID, reason: String) {
    self.appointment = appointment
    self.reason = reason
  }

  public var home: Nation? { appointment.home }
}

/// The patient has come, has been seen, or has not come; the slot stays used.
public struct MarkAttendance: EncounterOperation {
  public static let name = "markAttendance"
  public enum Attendance: String, Hashable, Sendable, CaseIterable, Encodable { case arrived, fulfilled, noShow }
  public var appointment: ResourceID
  public var attendance: Attendance

  public init(_ appointment: ResourceID, _ attendance: Attendance) {
    self.appointment = appointment
    self.attendance = attendance
  }

  public var home: Nation? { appointment.home }
}
